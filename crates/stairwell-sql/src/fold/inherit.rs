//! Inheritance: what a table has from its parents, and `ALTER TABLE … INHERIT`.
//!
//! A part that came from a parent and is not the table's own depends on the parent's part, and goes along with it.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Column, ColumnSettings, ConstraintRule, Generated, Kind, Name, ObjectId, QualifiedName, Verb,
};

use super::{
    Fold,
    relation::{column_id, constraint_id, table_id},
    state::Strength,
};

/// A column that a new table has from its parents.
#[derive(Debug, Clone)]
pub(crate) struct Inherited {
    pub(crate) name: String,
    pub(crate) column: Column,
    /// The parents that have it.
    pub(crate) from: Vec<QualifiedName>,
}

impl Fold {
    /// The columns that a new table has from its parents, in their order; those of one name are one column.
    pub(crate) fn inherited_columns(&self, parents: &[QualifiedName]) -> Vec<Inherited> {
        let mut all: Vec<Inherited> = Vec::new();
        for parent in parents {
            for (name, column) in self.state.catalog().columns(parent) {
                match all.iter_mut().find(|it| it.name == name) {
                    Some(it) => {
                        it.column.not_null |= column.not_null;
                        it.from.push(*parent);
                    }
                    None => {
                        let mut column = column.clone();
                        column.default = None;
                        // An identity is not inherited; a generation expression is, and is copied later.
                        column.generated = Generated::No;
                        // Of what is set for a column, only how its values are kept is inherited.
                        column.settings = ColumnSettings {
                            storage: column.settings.storage,
                            compression: column.settings.compression,
                            ..ColumnSettings::default()
                        };
                        all.push(Inherited { name: name.to_string(), column, from: vec![*parent] });
                    }
                }
            }
        }
        all
    }

    /// Gives the column the default or generation expression of the first parent that has one.
    pub(crate) fn inherit_default(&mut self, table: &QualifiedName, column: &str, from: &[QualifiedName]) {
        let source = from
            .iter()
            .find(|parent| self.own_column(parent, column).is_some_and(|it| it.default.is_some()))
            .cloned();
        if let Some(parent) = source {
            self.copy_default(&parent, column, table, column);
        }
    }

    /// From PostgreSQL 17 on, the columns of partitions are identity columns where those of the partitioned table
    /// are; before, they are not.
    pub(crate) fn doubt_identity(&mut self, parent: &QualifiedName, column: &str, partition: &QualifiedName) {
        let identity = self.own_column(parent, column).is_some_and(|it| {
            matches!(it.generated, Generated::IdentityAlways | Generated::IdentityByDefault)
        });
        if identity {
            self.state.change(&column_id(partition, column), |entry| {
                let reason = "whether a partition shares an identity depends on the version of PostgreSQL";
                entry.opaque.get_or_insert_with(|| reason.to_owned());
            });
        }
    }

    /// Gives a new table the checks of a parent.
    pub(crate) fn inherit_checks(
        &mut self,
        parent: &QualifiedName,
        table: &QualifiedName,
        node: &SyntaxNode,
    ) {
        for (name, constraint) in self.constraints(parent) {
            if matches!(constraint.rule, ConstraintRule::Check { .. }) && !constraint.no_inherit {
                self.inherit_check(parent, &name, table, node);
            }
        }
    }

    /// Whether the table has what it would inherit; notes a problem if it certainly does not.
    pub(crate) fn can_inherit(
        &mut self,
        parent: &QualifiedName,
        table: &QualifiedName,
        node: &SyntaxNode,
    ) -> bool {
        if !self.is_sure_table(parent) || !self.is_sure_table(table) {
            return true;
        }
        let wanted: Vec<(String, Column)> = self
            .state
            .catalog()
            .columns(parent)
            .into_iter()
            .map(|(name, column)| (name.to_string(), column.clone()))
            .collect();
        for (name, column) in wanted {
            let complaint = match self.own_column(table, &name) {
                None => format!("the table {table} lacks the column {name} of {parent}"),
                Some(own) if !own.ty.is_opaque() && !column.ty.is_opaque() && own.ty != column.ty => format!(
                    "the column {name} has the type {} in {table} and {} in {parent}",
                    own.ty, column.ty
                ),
                Some(own) if column.not_null && !own.not_null => {
                    format!("the column {name} of {table} must be NOT NULL as it is in {parent}")
                }
                Some(_) => continue,
            };
            self.invalid(complaint, node);
            return false;
        }
        for (name, constraint) in self.constraints(parent) {
            let is_check = matches!(constraint.rule, ConstraintRule::Check { .. });
            if is_check && !constraint.no_inherit && self.constraint(table, &name).is_none() {
                if self.is_sure(&constraint_id(parent, &name)) {
                    self.invalid(format!("the table {table} lacks the check {name} of {parent}"), node);
                }
                return false;
            }
        }
        true
    }

    /// What was the own of a table that becomes a partition is the partitioned table's from then on.
    pub(crate) fn adopt_parts(&mut self, parent: &QualifiedName, table: &QualifiedName) {
        for (name, constraint) in self.constraints(parent) {
            let (from, to) = (constraint_id(parent, &name), constraint_id(table, &name));
            let is_check = matches!(constraint.rule, ConstraintRule::Check { .. });
            if is_check && !constraint.no_inherit && self.state.contains(&to) {
                self.state.depend(&to, &from, Strength::Auto);
            }
        }
        let columns: Vec<Name> =
            self.state.catalog().columns(parent).into_iter().map(|(name, _)| name).collect();
        for column in columns {
            let (from, to) = (column_id(parent, &column), column_id(table, &column));
            if self.state.contains(&to) {
                self.state.depend(&to, &from, Strength::Auto);
                self.doubt_identity(parent, &column, table);
            }
        }
    }

    pub(crate) fn inherit_table(&mut self, table: &QualifiedName, it: &ast::InheritTable) {
        let Some(node) = it.table_name_ref() else { return };
        let Some(parent) = self.relation(node.syntax(), Verb::Reference) else { return };
        if parent.kind != Kind::Table {
            return;
        }
        let parent = parent.owner();
        if !self.can_inherit(&parent, table, node.syntax()) {
            return;
        }
        if self.table(table).is_some_and(|it| it.parents.contains(&parent)) {
            if self.is_sure_table(table) {
                self.invalid(format!("{table} inherits from {parent} already"), node.syntax());
            }
            return;
        }
        self.change_table(table, |it| it.parents.push(parent));
        self.state.depend(&table_id(table), &table_id(&parent), Strength::Normal);
    }

    pub(crate) fn no_inherit_table(&mut self, table: &QualifiedName, it: &ast::NoInheritTable) {
        let Some(node) = it.table_name_ref() else { return };
        let Some(parent) = self.relation(node.syntax(), Verb::Reference) else { return };
        let parent = parent.owner();
        if !self.table(table).is_some_and(|it| it.parents.contains(&parent)) {
            if self.is_sure_table(table) {
                self.invalid(format!("{table} does not inherit from {parent}"), node.syntax());
            }
            return;
        }
        self.part_from(&parent, table);
    }

    /// Ends an inheritance: what the table had from the parent is its own from now on.
    pub(crate) fn part_from(&mut self, parent: &QualifiedName, table: &QualifiedName) {
        self.change_table(table, |it| it.parents.retain(|it| it != parent));
        self.state.release(&table_id(table), &table_id(parent));
        let parts: Vec<ObjectId> = self.state.catalog().parts(table).map(|(id, _)| *id).collect();
        for part in parts.iter().filter(|part| matches!(part.kind, Kind::Column | Kind::Constraint)) {
            for origin in self.origins(part) {
                if origin.owner() == *parent {
                    self.state.release(part, &origin);
                }
            }
        }
    }
}
