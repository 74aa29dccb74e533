//! Columns as they are written in CREATE TABLE and ADD COLUMN.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Column, Expression, Generated, Kind, Object, ObjectId, QualifiedName, SqlType};

use super::{
    Fold,
    column_settings::SettingsText,
    query::Scope,
    relation::column_id,
    resolve::{identifier, text},
    state::Strength,
    types,
};

/// A column as it is written.
#[derive(Clone)]
pub(crate) struct ColumnText {
    pub(crate) name: String,
    /// The node that names it.
    pub(crate) node: SyntaxNode,
    /// Missing where only something is said about a column that is there already, as for a partition.
    pub(crate) ty: Option<ast::Type>,
    /// The integer type, if the type is `serial` or one of its siblings.
    serial: Option<&'static str>,
    collate: Option<ast::Collate>,
    /// The collation, if it is the application's; known once the column has been made.
    made_collation: Option<ObjectId>,
    pub(crate) constraints: Vec<ast::Constraint>,
    settings: SettingsText,
    /// Why the settings may not be as they seem; known once the column has been made.
    doubt: Option<String>,
}

impl ColumnText {
    /// From `CREATE TABLE`.
    pub(crate) fn of_column(column: &ast::Column) -> Option<Self> {
        let name = column.name()?;
        let mut collate = None;
        let mut constraints = Vec::new();
        for clause in column.clauses() {
            match clause {
                ast::ColumnClause::Collate(it) => collate = Some(it),
                ast::ColumnClause::ColumnConstraint(it) => {
                    constraints.extend(ast::Constraint::cast(it.syntax().clone()));
                }
                _ => {}
            }
        }
        Some(Self {
            name: identifier(name.syntax()),
            node: name.syntax().clone(),
            serial: column.ty().as_ref().and_then(types::serial),
            ty: column.ty(),
            collate,
            made_collation: None,
            constraints,
            settings: SettingsText::of_column(column),
            doubt: None,
        })
    }

    /// From `ADD COLUMN`.
    pub(crate) fn of_addition(column: &ast::AddColumn) -> Option<Self> {
        let name = column.column_name()?;
        Some(Self {
            name: identifier(name.syntax()),
            node: name.syntax().clone(),
            serial: column.ty().as_ref().and_then(types::serial),
            ty: column.ty(),
            collate: column.collate(),
            made_collation: None,
            constraints: column.constraints().collect(),
            settings: SettingsText::of_addition(column),
            doubt: None,
        })
    }

    /// Whether a clause refuses NULL.
    pub(crate) fn refuses_null(&self) -> bool {
        self.constraints.iter().any(|constraint| match constraint {
            ast::Constraint::NotNullConstraint(_) | ast::Constraint::PrimaryKeyConstraint(_) => true,
            ast::Constraint::GeneratedConstraint(it) => {
                matches!(it.generated_as(), Some(ast::GeneratedAs::GeneratedIdentity(_)))
            }
            _ => false,
        }) || self.serial.is_some()
    }

    /// The name that is given to its NOT NULL constraint, which counts from PostgreSQL 18 on.
    fn not_null_name(&self) -> Option<String> {
        self.constraints.iter().find_map(|constraint| match constraint {
            ast::Constraint::NotNullConstraint(it) => {
                Some(identifier(it.constraint_name_clause()?.constraint_name()?.syntax()))
            }
            _ => None,
        })
    }

    fn collation(&self) -> Option<ast::Collate> {
        self.collate.clone().or_else(|| {
            // The parser takes the COLLATE behind a default for a part of the default.
            self.constraints.iter().find_map(|constraint| match constraint {
                ast::Constraint::DefaultConstraint(it) => match it.expr() {
                    Some(ast::Expr::Collate(collate)) => Some(collate),
                    _ => None,
                },
                _ => None,
            })
        })
    }
}

impl Fold {
    /// The column itself, without what needs the other columns: default, generation, sequence.
    pub(crate) fn column_of(&mut self, text: &mut ColumnText, position: u32) -> Column {
        let ty = match &text.ty {
            None => SqlType::Opaque,
            Some(ty) => match text.serial {
                Some(integer) => SqlType::built_in(integer),
                None => self.sql_type(ty),
            },
        };
        let (settings, doubt) = text.settings.of_type(self, &ty);
        text.doubt = doubt;
        let mut column = Column::new(position, ty);
        column.settings = settings;
        column.not_null = text.refuses_null();
        if let Some(collate) = text.collation() {
            (column.collation, text.made_collation) = self.collation(&collate);
        }
        column
    }

    /// Notes what the column, which is in the catalog by now, depends on through its type and its collation.
    pub(crate) fn depend_on_type(&mut self, column: &ObjectId, ty: &SqlType) {
        if let Some(type_object) = self.type_object(ty) {
            self.state.depend(column, &type_object, Strength::Normal);
        }
        self.depend_on_collation(column);
    }

    /// Default, generation and sequence of a column that is in the catalog by now.
    pub(crate) fn complete_column(&mut self, table: &QualifiedName, text: &ColumnText) {
        let id = column_id(table, &text.name);
        if let Some(name) = text.not_null_name() {
            self.state.set_inner_names(&id, vec![name]);
        }
        if let Some(reason) = text.doubt.clone() {
            self.state.change(&id, |entry| {
                entry.opaque.get_or_insert(reason);
            });
        }
        if let Some(collation) = &text.made_collation {
            self.state.depend(&id, collation, Strength::Normal);
        }
        let Some(ty) = self.own_column(table, &text.name).map(|column| column.ty.clone()) else { return };
        if text.serial.is_some() {
            let sequence = self.create_column_sequence(table, &text.name, &ty, false, None, &text.node);
            self.default_to_sequence(table, &text.name, &sequence);
        }
        for constraint in &text.constraints {
            match constraint {
                ast::Constraint::DefaultConstraint(it) => {
                    let expr = match it.expr() {
                        Some(ast::Expr::Collate(collate)) => collate.expr(),
                        expr => expr,
                    };
                    if let Some(expr) = expr {
                        self.set_default(table, &text.name, &expr);
                    }
                }
                ast::Constraint::GeneratedConstraint(it) => match it.generated_as() {
                    Some(ast::GeneratedAs::GeneratedIdentity(identity)) => {
                        let generated = identity_of(identity.generated_when());
                        self.make_identity(
                            table,
                            &text.name,
                            generated,
                            identity.sequence_option_list(),
                            &text.node,
                        );
                    }
                    Some(ast::GeneratedAs::GeneratedStored(generated)) => {
                        let Some(expr) = generated.expr() else { continue };
                        // Without a word it is virtual, which only PostgreSQL 18 accepts.
                        let kind = match generated.generated_kind() {
                            Some(ast::GeneratedKind::Stored(_)) => Generated::Stored,
                            _ => Generated::Virtual,
                        };
                        self.set_generated(table, &text.name, &expr, kind);
                    }
                    None => {}
                },
                _ => {}
            }
        }
    }

    /// Makes the column an identity with a sequence of its own.
    pub(crate) fn make_identity(
        &mut self,
        table: &QualifiedName,
        column: &str,
        generated: Generated,
        options: Option<ast::SequenceOptionList>,
        node: &SyntaxNode,
    ) {
        let Some(ty) = self.own_column(table, column).map(|column| column.ty.clone()) else { return };
        self.create_column_sequence(table, column, &ty, true, options, node);
        self.change_column(table, column, |column| column.generated = generated);
    }

    /// The default of a `serial` column.
    pub(crate) fn default_to_sequence(
        &mut self,
        table: &QualifiedName,
        column: &str,
        sequence: &QualifiedName,
    ) {
        let sequence_id = ObjectId::new(Kind::Sequence, sequence.schema, sequence.name);
        let default = Expression(format!("nextval('{sequence}'::regclass)"));
        self.change_column(table, column, |column| column.default = Some(default));
        self.state.depend(&column_id(table, column), &sequence_id, Strength::Default);
    }

    /// Gives the column this default in place of what it had.
    pub(crate) fn set_default(&mut self, table: &QualifiedName, column: &str, expr: &ast::Expr) {
        self.forget_default(table, column);
        let Some(ty) = self.own_column(table, column).map(|column| column.ty.clone()) else { return };
        let analysed = self.expression(expr, &Scope::empty());
        let default = (!self.is_no_default(expr, &ty)).then(|| Expression(text(expr)));
        if default.is_some() {
            for reference in analysed.references {
                self.state.depend(&column_id(table, column), &reference, Strength::Default);
            }
        }
        self.change_column(table, column, |column| column.default = default);
    }

    /// Whether PostgreSQL does not keep the default, because it says no more than having none: NULL, unless
    /// the type's modifier or the domain makes more of it.
    fn is_no_default(&mut self, expr: &ast::Expr, ty: &SqlType) -> bool {
        // The expression has been analysed: what is found here is known already.
        let (effects, problems) = (self.outcome.effects.len(), self.outcome.problems.len());
        let answer = self.is_null_of(expr.clone(), ty);
        self.outcome.effects.truncate(effects);
        self.outcome.problems.truncate(problems);
        answer
    }

    fn is_null_of(&mut self, mut expr: ast::Expr, ty: &SqlType) -> bool {
        loop {
            match expr {
                ast::Expr::ParenExpr(paren) => match paren.expr() {
                    Some(inner) => expr = inner,
                    None => return false,
                },
                ast::Expr::CastExpr(ref cast) => match (cast.expr(), cast.ty()) {
                    (Some(inner), Some(cast_type)) if self.sql_type(&cast_type) == *ty => expr = inner,
                    _ => return false,
                },
                _ => break,
            }
        }
        let is_null =
            matches!(&expr, ast::Expr::Literal(literal) if text(literal).eq_ignore_ascii_case("null"));
        let is_domain = self.type_object(ty).is_some_and(|id| {
            matches!(self.state.get(&id).map(|entry| &entry.object), Some(Object::Domain(_)))
        });
        is_null && !is_domain && !ty.to_string().contains('(')
    }

    /// Makes the column a generated one.
    pub(crate) fn set_generated(
        &mut self,
        table: &QualifiedName,
        column: &str,
        expr: &ast::Expr,
        kind: Generated,
    ) {
        self.forget_default(table, column);
        let analysed = self.expression(expr, &Scope::of_relation(self, table));
        let id = column_id(table, column);
        for reference in analysed.references {
            if reference != id {
                self.state.depend(&id, &reference, Strength::Normal);
            }
        }
        self.change_column(table, column, |column| {
            column.default = Some(Expression(text(expr)));
            column.generated = kind;
        });
    }

    /// Drops the default or the generation expression, with what only it depends on.
    pub(crate) fn forget_default(&mut self, table: &QualifiedName, column: &str) {
        let id = column_id(table, column);
        let Some(before) = self.own_column(table, column) else { return };
        let ty = before.ty.clone();
        let generated = matches!(before.generated, Generated::Stored | Generated::Virtual);
        for (on, strength) in self.state.uses(&id) {
            if strength == Strength::Default || (generated && strength == Strength::Normal) {
                self.state.release(&id, &on);
            }
        }
        self.depend_on_type(&id, &ty);
        self.change_column(table, column, |column| {
            column.default = None;
            if generated {
                column.generated = Generated::No;
            }
        });
    }

    /// Gives a column of `table` what the column of another table has as default or generation expression.
    pub(crate) fn copy_default(
        &mut self,
        source: &QualifiedName,
        source_column: &str,
        table: &QualifiedName,
        column: &str,
    ) {
        let Some(from) = self.own_column(source, source_column).cloned() else { return };
        let generated = matches!(from.generated, Generated::Stored | Generated::Virtual);
        let id = column_id(table, column);
        for (on, strength) in self.state.uses(&column_id(source, source_column)) {
            let on = super::relation::transfer(&on, source, table);
            let wanted = strength == Strength::Default || (generated && strength == Strength::Normal);
            if wanted && on != id && self.state.contains(&on) {
                self.state.depend(&id, &on, strength);
            }
        }
        self.change_column(table, column, |column| {
            column.default.clone_from(&from.default);
            if generated {
                column.generated = from.generated;
            }
        });
    }
}

/// `ALWAYS` or `BY DEFAULT`.
pub(crate) fn identity_of(when: Option<ast::GeneratedWhen>) -> Generated {
    match when {
        Some(ast::GeneratedWhen::GeneratedByDefault(_)) => Generated::IdentityByDefault,
        _ => Generated::IdentityAlways,
    }
}
