//! Constraints as they are written, in the order in which PostgreSQL makes them: checks, then primary and unique
//! keys, then foreign keys.

use std::collections::BTreeSet;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Action, Constraint, ConstraintRule, Expression, Kind, ObjectId, QualifiedName, Verb,
};

use super::{
    Fold, ProblemKind,
    query::Scope,
    relation::{column_id, constraint_id, transfer},
    resolve::{identifier, text},
    state::Strength,
};

/// What can stand behind any constraint.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traits {
    pub(crate) deferrable: bool,
    pub(crate) deferred: bool,
    pub(crate) not_valid: bool,
    pub(crate) no_inherit: bool,
    pub(crate) not_enforced: bool,
    /// `PERIOD` or `WITHOUT OVERLAPS`.
    pub(crate) period: bool,
}

impl Traits {
    pub(crate) fn read(options: impl Iterator<Item = ast::ConstraintOption>) -> Self {
        let mut traits = Self::default();
        for option in options {
            match option {
                ast::ConstraintOption::DeferrableConstraintOption(_) => traits.deferrable = true,
                ast::ConstraintOption::InitiallyDeferredConstraintOption(_) => {
                    traits.deferrable = true;
                    traits.deferred = true;
                }
                ast::ConstraintOption::NotValid(_) => traits.not_valid = true,
                ast::ConstraintOption::NoInherit(_) => traits.no_inherit = true,
                ast::ConstraintOption::NotEnforced(_) => traits.not_enforced = true,
                ast::ConstraintOption::NotDeferrableConstraintOption(_)
                | ast::ConstraintOption::InitiallyImmediateConstraintOption(_)
                | ast::ConstraintOption::Inherit(_)
                | ast::ConstraintOption::Enforced(_) => {}
            }
        }
        traits
    }

    /// The constraint; of a table that has no rows yet, it is valid whatever was written.
    pub(crate) fn apply(self, rule: ConstraintRule, fresh: bool) -> Constraint {
        Constraint {
            rule,
            deferrable: self.deferrable,
            deferred: self.deferred,
            validated: !self.not_enforced && (fresh || !self.not_valid),
            no_inherit: self.no_inherit,
            enforced: !self.not_enforced,
            period: self.period,
        }
    }
}

/// A constraint as it is written.
#[derive(Clone)]
pub(crate) struct NewConstraint {
    pub(crate) name: Option<String>,
    /// The node that names it or, where nothing does, all of it.
    pub(crate) node: SyntaxNode,
    pub(crate) traits: Traits,
    pub(crate) rule: NewRule,
}

/// What a constraint that is written demands.
#[derive(Clone)]
pub(crate) enum NewRule {
    Check(ast::Expr),
    Key(NewKey),
    Exclude(ast::ExcludeConstraint),
    Foreign(NewForeignKey),
}

/// A column that a constraint names, and where.
pub(crate) type Named = (String, SyntaxNode);

/// A primary key or a unique constraint.
#[derive(Clone)]
pub(crate) struct NewKey {
    pub(crate) primary: bool,
    pub(crate) columns: Vec<Named>,
    pub(crate) include: Vec<Named>,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) without_overlaps: bool,
    pub(crate) options: Option<ast::AttributeList>,
    /// `USING INDEX`.
    pub(crate) index: Option<ast::UsingIndexName>,
}

/// A foreign key.
#[derive(Clone)]
pub(crate) struct NewForeignKey {
    pub(crate) columns: Vec<Named>,
    pub(crate) table: ast::TableNameRef,
    pub(crate) referenced: Vec<Named>,
    pub(crate) on_update: Action,
    pub(crate) on_delete: Action,
    pub(crate) set_columns: Vec<Named>,
    pub(crate) match_full: bool,
}

fn named(columns: impl Iterator<Item = ast::ColumnNameRef>) -> Vec<Named> {
    columns.map(|column| (identifier(column.syntax()), column.syntax().clone())).collect()
}

impl NewConstraint {
    /// From a constraint of a table, or with `column` from one of that column. `None` for what is no object:
    /// NOT NULL, a default, a generation.
    pub(crate) fn read(constraint: &ast::Constraint, column: Option<Named>) -> Option<Self> {
        let own: Vec<Named> = column.into_iter().collect();
        let rule = match constraint {
            ast::Constraint::CheckConstraint(it) => NewRule::Check(it.expr()?),
            ast::Constraint::PrimaryKeyConstraint(it) => {
                NewRule::Key(key(true, it.index_parameters(), it.using_index(), own))
            }
            ast::Constraint::UniqueConstraint(it) => {
                NewRule::Key(key(false, it.index_parameters(), it.using_index(), own))
            }
            ast::Constraint::ExcludeConstraint(it) => NewRule::Exclude(it.clone()),
            ast::Constraint::ForeignKeyConstraint(it) => NewRule::Foreign(foreign_key(
                foreign_columns(it.from_columns()),
                it.table_name_ref()?,
                foreign_columns(it.to_columns()),
                it.referential_actions(),
                it.match_type(),
            )),
            ast::Constraint::ReferencesConstraint(it) => NewRule::Foreign(foreign_key(
                own,
                it.table()?,
                named(it.column().into_iter()),
                it.referential_actions(),
                it.match_type(),
            )),
            ast::Constraint::DefaultConstraint(_)
            | ast::Constraint::GeneratedConstraint(_)
            | ast::Constraint::NotNullConstraint(_)
            | ast::Constraint::NullConstraint(_) => return None,
        };
        let name = constraint.constraint_name();
        let mut traits = Traits::read(constraint.constraint_options());
        traits.period = match (&rule, constraint) {
            (NewRule::Key(key), _) => key.without_overlaps,
            (_, ast::Constraint::ForeignKeyConstraint(it)) => {
                it.from_columns().is_some_and(|columns| columns.period_column().is_some())
            }
            _ => false,
        };
        Some(Self {
            node: name.as_ref().map_or_else(|| constraint.syntax().clone(), |name| name.syntax().clone()),
            name: name.map(|name| identifier(name.syntax())),
            traits,
            rule,
        })
    }
}

fn key(
    primary: bool,
    parameters: Option<ast::IndexParameters>,
    index: Option<ast::UsingIndexName>,
    own: Vec<Named>,
) -> NewKey {
    let list = parameters.as_ref().and_then(ast::IndexParameters::column_list);
    let columns = match &list {
        Some(list) => named(list.column_name_refs()),
        None => own,
    };
    let include = parameters
        .as_ref()
        .and_then(ast::IndexParameters::constraint_include_clause)
        .and_then(|include| include.column_ref_list())
        .map(|list| named(list.column_name_refs()))
        .unwrap_or_default();
    NewKey {
        primary,
        columns,
        include,
        nulls_not_distinct: matches!(
            parameters.as_ref().and_then(ast::IndexParameters::nulls_distinct_option),
            Some(ast::NullsDistinctOption::NullsNotDistinct(_))
        ),
        without_overlaps: list.is_some_and(|list| list.without_overlaps().is_some()),
        options: parameters
            .and_then(|parameters| parameters.with_params())
            .and_then(|with| with.attribute_list()),
        index,
    }
}

fn foreign_columns(list: Option<ast::ForeignKeyColumnList>) -> Vec<Named> {
    let Some(list) = list else { return Vec::new() };
    let mut columns = named(list.column_name_refs());
    columns.extend(named(list.period_column().and_then(|period| period.name()).into_iter()));
    columns
}

fn foreign_key(
    columns: Vec<Named>,
    table: ast::TableNameRef,
    referenced: Vec<Named>,
    actions: impl Iterator<Item = ast::ReferentialAction>,
    match_type: Option<ast::MatchType>,
) -> NewForeignKey {
    let (mut on_update, mut on_delete) = (Action::NoAction, Action::NoAction);
    let mut set_columns = Vec::new();
    for action in actions {
        let (target, action) = match &action {
            ast::ReferentialAction::OnDeleteAction(it) => (&mut on_delete, it.ref_action()),
            ast::ReferentialAction::OnUpdateAction(it) => (&mut on_update, it.ref_action()),
        };
        let mut only = |list: Option<ast::ColumnRefList>| {
            set_columns.extend(list.map(|list| named(list.column_name_refs())).unwrap_or_default());
        };
        *target = match action {
            None | Some(ast::RefAction::NoAction(_)) => Action::NoAction,
            Some(ast::RefAction::Restrict(_)) => Action::Restrict,
            Some(ast::RefAction::Cascade(_)) => Action::Cascade,
            Some(ast::RefAction::SetNullColumns(it)) => {
                only(it.column_ref_list());
                Action::SetNull
            }
            Some(ast::RefAction::SetDefaultColumns(it)) => {
                only(it.column_ref_list());
                Action::SetDefault
            }
        };
    }
    let match_full = matches!(match_type, Some(ast::MatchType::MatchFull(_)));
    NewForeignKey { columns, table, referenced, on_update, on_delete, set_columns, match_full }
}

fn names_system_column(expr: &ast::Expr) -> bool {
    let mut names = expr.syntax().descendants().filter_map(ast::NameRef::cast);
    names.any(|name| {
        let name = identifier(name.syntax());
        matches!(name.as_str(), "tableoid" | "ctid" | "xmin" | "xmax" | "cmin" | "cmax")
    })
}

impl Fold {
    /// Adds constraints to a table in the order in which PostgreSQL does. `fresh` says that the table, or the
    /// column they are about, has just been created.
    pub(crate) fn add_constraints(
        &mut self,
        table: &QualifiedName,
        constraints: Vec<NewConstraint>,
        fresh: bool,
        only: bool,
    ) {
        for constraint in &constraints {
            if let NewRule::Check(expr) = &constraint.rule {
                self.add_check(table, constraint, expr, fresh, only);
            }
        }
        self.add_keys(table, &constraints, only);
        for constraint in &constraints {
            if let NewRule::Foreign(key) = &constraint.rule {
                self.add_foreign_key(table, constraint, key, fresh);
            }
        }
    }

    /// The name is free among the table's constraints; notes a problem if not.
    pub(crate) fn is_free_constraint(
        &mut self,
        table: &QualifiedName,
        name: &str,
        node: &SyntaxNode,
    ) -> bool {
        let id = constraint_id(table, name);
        if !self.state.contains(&id) {
            return true;
        }
        if self.is_sure(&id) && self.is_sure_table(table) && self.is_certain() {
            let origin = self.state.created(&id).cloned();
            self.problem(ProblemKind::Exists(id), node, origin);
        }
        false
    }

    pub(crate) fn add_check(
        &mut self,
        table: &QualifiedName,
        new: &NewConstraint,
        expr: &ast::Expr,
        fresh: bool,
        only: bool,
    ) {
        let analysed = self.expression(expr, &Scope::of_relation(self, table));
        let mut columns: BTreeSet<String> = BTreeSet::new();
        // PostgreSQL counts columns that every table has from the start too, and the whole row.
        let mut whole_row = names_system_column(expr);
        for reference in &analysed.references {
            if reference.owner() == *table {
                match reference.kind {
                    Kind::Column => {
                        columns.insert(reference.part.to_string());
                    }
                    Kind::Table => whole_row = true,
                    _ => {}
                }
            }
        }
        let name = match &new.name {
            Some(name) => name.clone(),
            None => {
                let mut only_column = columns.iter();
                let column = match (only_column.next(), only_column.next(), whole_row) {
                    (Some(column), None, false) => Some(column.as_str()),
                    _ => None,
                };
                self.free_constraint_name(&table.schema, &table.name, column, "check")
            }
        };
        let id = constraint_id(table, &name);
        let origins = self.origins(&id);
        if !origins.is_empty() && new.name.is_some() {
            // The same check again makes it the table's own, except that a partition has none of its own.
            if !self.is_partition(table) {
                origins.iter().for_each(|origin| self.state.release(&id, origin));
            }
            return;
        }
        if !self.is_free_constraint(table, &name, &new.node) {
            return;
        }
        let rule = ConstraintRule::Check { condition: Expression(text(expr)), columns };
        self.create(&id, new.traits.apply(rule, fresh), &new.node);
        for reference in analysed.references {
            if reference != super::relation::table_id(table) {
                let own = reference.kind == Kind::Column && reference.owner() == *table;
                self.state.depend(&id, &reference, if own { Strength::Auto } else { Strength::Normal });
            }
        }
        if !new.traits.no_inherit {
            let children = self.children(table);
            if only && !children.is_empty() && !fresh {
                self.invalid("a check must be added to the tables that inherit as well", &new.node);
                return;
            }
            for child in children {
                self.inherit_check(table, &name, &child, &new.node);
            }
        }
    }

    /// Gives a table that inherits the check of its parent, and so on to its own children.
    pub(crate) fn inherit_check(
        &mut self,
        parent: &QualifiedName,
        name: &str,
        child: &QualifiedName,
        node: &SyntaxNode,
    ) {
        let Some(constraint) = self.constraint(parent, name).cloned() else { return };
        let (from, to) = (constraint_id(parent, name), constraint_id(child, name));
        if self.state.contains(&to) {
            // What was the child's own stays so, except a partition's; what came from another parent comes
            // from both.
            if self.is_partition(child) || !self.origins(&to).is_empty() {
                self.state.depend(&to, &from, Strength::Auto);
            }
            return;
        }
        self.create_along(&to, constraint, node);
        for (on, strength) in self.state.uses(&from) {
            let on = transfer(&on, parent, child);
            if on.kind != Kind::Constraint {
                self.state.depend(&to, &on, strength);
            }
        }
        self.state.depend(&to, &from, Strength::Auto);
        for grandchild in self.children(child) {
            self.inherit_check(child, name, &grandchild, node);
        }
    }

    /// The columns are there; notes a problem for each that is not.
    pub(crate) fn has_columns(&mut self, table: &QualifiedName, columns: &[Named]) -> bool {
        let mut all = true;
        for (column, node) in columns {
            let id = column_id(table, column);
            if !self.state.contains(&id) {
                all = false;
                if self.is_sure_table(table) {
                    self.missing(&id, node);
                }
            }
        }
        all
    }

    /// The constraint that a statement names, with the effect; a problem if there is certainly none.
    pub(crate) fn constraint_named(
        &mut self,
        table: &QualifiedName,
        node: &SyntaxNode,
        verb: Verb,
    ) -> Option<ObjectId> {
        let name = super::resolve::parts(node).pop()?;
        let id = constraint_id(table, &name);
        if self.state.contains(&id) {
            self.effect(verb, &id, node);
            return Some(id);
        }
        if self.is_sure_table(table) && !self.may_be_not_null(table, &name) {
            self.missing(&id, node);
        }
        None
    }
}
