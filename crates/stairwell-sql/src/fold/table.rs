//! CREATE TABLE and CREATE FOREIGN TABLE.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Column, Expression, Kind, Object, ObjectId, QualifiedName, Table, TableKind, Verb};

use super::{
    Fold,
    column::ColumnText,
    constraint::NewConstraint,
    foreign_options,
    inherit::Inherited,
    like::Like,
    options::options,
    query::Scope,
    relation::{column_id, table_id},
    resolve::{Found, TEMP, identifier, parts, text},
    state::Strength,
};

/// What the two statements have in common.
struct Definition {
    name_node: SyntaxNode,
    statement: SyntaxNode,
    temporary: bool,
    if_not_exists: bool,
    arguments: Vec<ast::TableArg>,
    parents: Vec<ast::TableNameRef>,
    bound: Option<ast::PartitionType>,
    of_type: Option<ast::Type>,
    partition_by: Option<ast::PartitionBy>,
    table: Table,
}

/// The columns of a new table while they are put together.
#[derive(Default)]
struct Columns {
    /// In their order; from parents, from LIKE, and as written.
    all: Vec<NewColumn>,
    likes: Vec<Like>,
    /// Why they may not be all, or in another order.
    opaque: Option<String>,
}

struct NewColumn {
    name: String,
    column: Column,
    from: Vec<QualifiedName>,
    /// Whether the statement itself has it.
    own: bool,
    text: Option<ColumnText>,
}

/// A table with what CREATE TABLE, CREATE TABLE AS and SELECT INTO have in common.
pub(crate) fn new_table(persistence: Option<ast::Persistence>, params: Option<ast::TableParams>) -> Table {
    Table {
        unlogged: matches!(persistence, Some(ast::Persistence::Unlogged(_))),
        options: options(match params {
            Some(ast::TableParams::WithParams(with)) => with.attribute_list(),
            _ => None,
        }),
        ..Table::default()
    }
}

impl Fold {
    pub(crate) fn create_table(&mut self, it: &ast::CreateTable) {
        let Some(name) = it.table_name() else { return };
        let partition_of = it.partition_of().and_then(|of| of.table_name_ref());
        let inherits = it.inherits().map(|inherits| inherits.table_name_refs().collect::<Vec<_>>());
        let table = new_table(it.persistence(), it.table_params());
        self.define_table(Definition {
            name_node: name.syntax().clone(),
            statement: it.syntax().clone(),
            temporary: matches!(it.persistence(), Some(ast::Persistence::Temp(_))),
            if_not_exists: it.if_not_exists().is_some(),
            arguments: it.table_arg_list().map(|list| list.args().collect()).unwrap_or_default(),
            bound: partition_of.is_some().then(|| it.partition_type()).flatten(),
            parents: partition_of.into_iter().chain(inherits.unwrap_or_default()).collect(),
            of_type: it.of_type().and_then(|of| of.ty()),
            partition_by: it.partition_by(),
            table,
        });
    }

    pub(crate) fn create_foreign_table(&mut self, it: &ast::CreateForeignTable) {
        let Some(name) = it.table_name() else { return };
        let partition_of = it.partition_of().and_then(|of| of.table_name_ref());
        let inherits = it.inherits().map(|inherits| inherits.table_name_refs().collect::<Vec<_>>());
        let server = it.server_clause().and_then(|clause| clause.server_ref());
        let server = server.map(|server| identifier(server.syntax())).unwrap_or_default();
        self.define_table(Definition {
            name_node: name.syntax().clone(),
            statement: it.syntax().clone(),
            temporary: false,
            if_not_exists: it.if_not_exists().is_some(),
            arguments: it.table_arg_list().map(|list| list.args().collect()).unwrap_or_default(),
            bound: partition_of.is_some().then(|| it.partition_type()).flatten(),
            parents: partition_of.into_iter().chain(inherits.unwrap_or_default()).collect(),
            of_type: None,
            partition_by: None,
            table: Table {
                kind: TableKind::Foreign {
                    server,
                    options: foreign_options::given(
                        it.alter_option_list().iter().flat_map(ast::AlterOptionList::alter_options),
                    ),
                },
                ..Table::default()
            },
        });
    }

    fn define_table(&mut self, mut definition: Definition) {
        let mut name = self.new_name(&parts(&definition.name_node));
        if definition.temporary {
            name.schema = TEMP.into();
        }
        if definition.if_not_exists && self.state.catalog().relation(&name).is_some() {
            return;
        }
        let node = definition.name_node.clone();
        if !self.has_schema(&name.schema, &node) || !self.may_be_table(&name, &node) {
            return;
        }
        let mut columns = Columns::default();
        let Some(parents) = self.parents(&definition, &mut columns) else { return };
        let partition = definition.bound.is_some();
        for Inherited { name, column, from } in self.inherited_columns(&parents) {
            columns.all.push(NewColumn { name, column, from, own: false, text: None });
        }
        if let Some(of_type) = &definition.of_type {
            definition.table.of_type = self.columns_of_type(of_type, &mut columns);
        }
        if !self.own_columns(&definition, partition, &mut columns) {
            return;
        }
        definition.table.parents.clone_from(&parents);
        definition.table.bound = definition.bound.as_ref().map(|bound| Expression(text(bound)));
        let id = table_id(&name);
        let foreign = matches!(definition.table.kind, TableKind::Foreign { .. });
        self.create(&id, definition.table.clone(), &node);
        if let TableKind::Foreign { server, .. } = &definition.table.kind {
            let server = ObjectId::global(Kind::Server, server.clone());
            if self.state.contains(&server) {
                self.state.depend(&id, &server, Strength::Normal);
            }
        }
        let strength = if partition { Strength::Auto } else { Strength::Normal };
        for parent in &parents {
            self.state.depend(&id, &table_id(parent), strength);
        }
        if let Some(of_type) = &definition.table.of_type {
            let of_type = ObjectId::new(Kind::Type, &*of_type.schema, &*of_type.name);
            self.state.depend(&id, &of_type, Strength::Normal);
        }
        self.put_columns(&name, &columns, &node);
        self.name_not_nulls(&name, &definition.arguments);
        if let Some(by) = &definition.partition_by {
            self.partition_by(&name, by);
        }
        for parent in &parents {
            self.inherit_checks(parent, &name, &node);
            if partition {
                self.equip_partition(parent, &name, &definition.statement);
            }
        }
        let constraints = constraints(&definition, &columns);
        let (keys, others): (Vec<NewConstraint>, Vec<NewConstraint>) = constraints
            .into_iter()
            .partition(|new| !matches!(new.rule, super::constraint::NewRule::Foreign(_)));
        self.add_constraints(&name, keys, !foreign, false);
        for like in &columns.likes {
            self.complete_like(like, &name);
        }
        self.add_constraints(&name, others, true, false);
        self.mark_opaque(&name, columns.opaque.take());
    }

    /// Whether neither a relation nor a type stands in the way of a table and its row type.
    pub(crate) fn may_be_table(&mut self, name: &QualifiedName, node: &SyntaxNode) -> bool {
        self.is_free(&table_id(name), node)
    }

    /// The tables that it inherits from; `None` if one is certainly not there.
    fn parents(&mut self, definition: &Definition, columns: &mut Columns) -> Option<Vec<QualifiedName>> {
        let mut parents = Vec::new();
        for node in &definition.parents {
            let node = node.syntax();
            match self.find_relation(&parts(node)) {
                Found::Object(id) => {
                    // A partition changes what the partitioned table holds.
                    let verb = if definition.bound.is_some() { Verb::Alter } else { Verb::Reference };
                    self.effect(verb, &id, node);
                    let name = id.owner();
                    if !self.is_sure(&id) {
                        columns
                            .opaque
                            .get_or_insert(format!("it is unknown whether the {id} is as it seems"));
                    } else if id.kind != Kind::Table {
                        self.invalid(format!("a table cannot inherit from the {id}"), node);
                        return None;
                    } else if definition.bound.is_some() != self.is_partitioned(&name) {
                        let not = if definition.bound.is_some() { "not " } else { "" };
                        self.invalid(format!("the {id} is {not}partitioned"), node);
                        return None;
                    }
                    parents.push(name);
                }
                found => {
                    self.relation(node, Verb::Reference);
                    if matches!(found, Found::Nothing(_)) && self.is_certain() {
                        return None;
                    }
                    columns
                        .opaque
                        .get_or_insert(format!("it inherits from {}, which cannot be seen", found.name()));
                }
            }
        }
        Some(parents)
    }

    /// The columns of a typed table.
    fn columns_of_type(&mut self, ty: &ast::Type, columns: &mut Columns) -> Option<QualifiedName> {
        let ty = self.sql_type(ty);
        let name = *ty.name()?;
        let id = ObjectId::new(Kind::Type, name.schema, name.name);
        let Some(Object::Composite(composite)) = self.state.get(&id).map(|entry| entry.object.clone()) else {
            columns.opaque.get_or_insert(format!("the type {name} cannot be seen"));
            return Some(name);
        };
        for attribute in composite.attributes {
            let mut column = Column::new(0, attribute.ty);
            column.collation = attribute.collation;
            columns.all.push(NewColumn {
                name: attribute.name,
                column,
                from: Vec::new(),
                own: true,
                text: None,
            });
        }
        Some(name)
    }

    /// The columns that the statement itself has; `false` if one of them is twice.
    fn own_columns(&mut self, definition: &Definition, partition: bool, columns: &mut Columns) -> bool {
        for argument in &definition.arguments {
            match argument {
                ast::TableArg::Column(column) => {
                    let Some(mut text) = ColumnText::of_column(column) else { continue };
                    let new = self.column_of(&mut text, 0);
                    let merges = text.ty.is_none();
                    match columns.all.iter_mut().find(|it| it.name == text.name) {
                        // What was inherited, or came from a type, and is said more about.
                        Some(before) if before.text.is_none() && (!before.own || merges) => {
                            before.column.not_null |= new.not_null;
                            let (settings, own) = (&mut before.column.settings, new.settings);
                            settings.storage = own.storage.or(settings.storage.take());
                            settings.compression = own.compression.or(settings.compression.take());
                            settings.foreign_options = own.foreign_options;
                            before.own |= !partition;
                            before.text = Some(text);
                        }
                        Some(_) => {
                            self.invalid(format!("the column {} is there twice", text.name), &text.node);
                            return false;
                        }
                        None if merges && columns.opaque.is_none() => {
                            let id = column_id(&self.new_name(&parts(&definition.name_node)), &text.name);
                            self.missing(&id, &text.node);
                            return false;
                        }
                        None => columns.all.push(NewColumn {
                            name: text.name.clone(),
                            column: new,
                            from: Vec::new(),
                            own: true,
                            text: Some(text),
                        }),
                    }
                }
                ast::TableArg::LikeClause(clause) => match self.like(clause) {
                    Ok(Some(like)) => {
                        for (name, column) in &like.columns {
                            if columns.all.iter().any(|it| it.name == *name && it.own) {
                                self.invalid(format!("the column {name} is there twice"), clause.syntax());
                                return false;
                            }
                            if let Some(before) = columns.all.iter_mut().find(|it| it.name == *name) {
                                before.own = true;
                                before.column.not_null |= column.not_null;
                                continue;
                            }
                            columns.all.push(NewColumn {
                                name: name.clone(),
                                column: column.clone(),
                                from: Vec::new(),
                                own: true,
                                text: None,
                            });
                        }
                        columns.likes.push(like);
                    }
                    Ok(None) => return false,
                    Err(reason) => {
                        columns.opaque.get_or_insert(reason);
                    }
                },
                ast::TableArg::TableConstraint(ast::TableConstraint::NotNullConstraint(it)) => {
                    let Some(column) = it.column_name_ref() else { continue };
                    let name = identifier(column.syntax());
                    if let Some(before) = columns.all.iter_mut().find(|it| it.name == name) {
                        before.column.not_null = true;
                    }
                }
                ast::TableArg::TableConstraint(_) => {}
            }
        }
        true
    }

    /// Puts the columns into the catalog: first all of them, then what may refer to the others.
    fn put_columns(&mut self, table: &QualifiedName, columns: &Columns, node: &SyntaxNode) {
        for (position, new) in (1..).zip(&columns.all) {
            let id = column_id(table, &new.name);
            let mut column = new.column.clone();
            column.position = position;
            let ty = column.ty.clone();
            match &new.text {
                Some(text) if new.own => self.create(&id, column, &text.node),
                _ => self.create_along(&id, column, node),
            }
            self.depend_on_type(&id, &ty);
            if !new.own {
                for parent in &new.from {
                    self.state.depend(&id, &column_id(parent, &new.name), Strength::Auto);
                }
                if self.is_partition(table) {
                    new.from.iter().for_each(|parent| self.doubt_identity(parent, &new.name, table));
                }
            }
        }
        for like in &columns.likes {
            self.like_identities(like, table);
        }
        for new in &columns.all {
            self.inherit_default(table, &new.name, &new.from);
        }
        for new in &columns.all {
            if let Some(text) = &new.text {
                self.complete_column(table, text);
            }
        }
    }

    /// Keeps the names that `CONSTRAINT … NOT NULL …` gives, which PostgreSQL 18 has.
    fn name_not_nulls(&mut self, table: &QualifiedName, arguments: &[ast::TableArg]) {
        for argument in arguments {
            if let ast::TableArg::TableConstraint(ast::TableConstraint::NotNullConstraint(it)) = argument
                && let Some(column) = it.column_name_ref()
                && let Some(name) = it.constraint_name_clause().and_then(|clause| clause.constraint_name())
            {
                let column = column_id(table, &identifier(column.syntax()));
                self.state.set_inner_names(&column, vec![identifier(name.syntax())]);
            }
        }
    }

    /// `PARTITION BY`. The table depends on the columns of its key: it is nothing without them.
    fn partition_by(&mut self, table: &QualifiedName, by: &ast::PartitionBy) {
        let strategy = by.partition_strategy().map(|strategy| text(&strategy).to_ascii_lowercase());
        let mut key = Vec::new();
        for item in by.partition_item_list().iter().flat_map(ast::PartitionItemList::partition_items) {
            let Some(expr) = item.expr() else { continue };
            match self.column_or_row(table, &expr) {
                Some((column, node)) => {
                    if self.has_columns(table, &[(column.clone(), node)]) {
                        self.state.depend(&table_id(table), &column_id(table, &column), Strength::Normal);
                    }
                    key.push(Some(column));
                }
                None => {
                    let analysed = self.expression(&expr, &Scope::of_relation(self, table));
                    for reference in analysed.references.iter().filter(|id| **id != table_id(table)) {
                        self.state.depend(&table_id(table), reference, Strength::Normal);
                    }
                    key.push(None);
                }
            }
        }
        let kind = TableKind::Partitioned { strategy: strategy.unwrap_or_default(), key };
        self.change_table(table, |it| it.kind = kind);
    }

    /// Notes that the table's columns are not certain.
    pub(crate) fn mark_opaque(&mut self, table: &QualifiedName, reason: Option<String>) {
        let Some(reason) = reason else { return };
        let parts: Vec<ObjectId> = self.state.catalog().parts(table).map(|(id, _)| *id).collect();
        for id in parts.into_iter().chain([table_id(table)]) {
            self.state.change(&id, |entry| entry.opaque = Some(reason.clone()));
        }
    }
}

/// The constraints in the order in which they are written, those of columns included.
fn constraints(definition: &Definition, columns: &Columns) -> Vec<NewConstraint> {
    let mut constraints = Vec::new();
    for argument in &definition.arguments {
        match argument {
            ast::TableArg::Column(column) => {
                let Some(name) = column.name().map(|name| identifier(name.syntax())) else { continue };
                let text = columns.all.iter().find(|it| it.name == name).and_then(|it| it.text.as_ref());
                let Some(text) = text else { continue };
                let named = Some((text.name.clone(), text.node.clone()));
                constraints
                    .extend(text.constraints.iter().filter_map(|it| NewConstraint::read(it, named.clone())));
            }
            ast::TableArg::TableConstraint(it) => {
                let constraint = ast::Constraint::cast(it.syntax().clone());
                constraints.extend(constraint.and_then(|it| NewConstraint::read(&it, None)));
            }
            ast::TableArg::LikeClause(_) => {}
        }
    }
    constraints
}
