//! Foreign keys.

use squawk_syntax::{SyntaxNode, ast::AstNode};
use stairwell_catalog::{ConstraintRule, ForeignKey, Object, ObjectId, QualifiedName, Verb};

use super::{
    Fold,
    constraint::{NewConstraint, NewForeignKey},
    implicit_name::joined,
    relation::{column_id, constraint_id, table_id, transfer},
    resolve::{Found, parts},
    state::Strength,
};

impl Fold {
    pub(crate) fn add_foreign_key(
        &mut self,
        table: &QualifiedName,
        new: &NewConstraint,
        key: &NewForeignKey,
        fresh: bool,
    ) {
        if !self.has_columns(table, &key.columns) || !self.has_columns(table, &key.set_columns) {
            return;
        }
        let columns: Vec<String> = key.columns.iter().map(|(column, _)| column.clone()).collect();
        let mut referenced: Vec<String> = key.referenced.iter().map(|(column, _)| column.clone()).collect();
        let found = self.find_relation(&parts(key.table.syntax()));
        let references = found.name();
        let mut opaque = None;
        let mut by = None;
        match found {
            Found::Nothing(_) => {
                self.relation(key.table.syntax(), Verb::Reference);
                if self.is_certain() {
                    return;
                }
                opaque = Some(format!("it refers to {references}, which cannot be seen"));
            }
            Found::Elsewhere(_) => {
                if referenced.is_empty() {
                    opaque = Some(format!("it refers to {references}, which is not followed"));
                }
            }
            Found::Object(id) => {
                self.effect(Verb::Reference, &id, key.table.syntax());
                match self.referenced_key(&id, &columns, &mut referenced, key) {
                    Ok(found) => by = found,
                    Err(()) => return,
                }
                if referenced.is_empty() {
                    opaque = Some(format!("the primary key of {references} cannot be seen"));
                }
            }
        }
        let name = match &new.name {
            Some(name) => name.clone(),
            None => {
                let addition = joined(columns.iter().map(String::as_str));
                self.free_constraint_name(&table.schema, &table.name, Some(&addition), "fkey")
            }
        };
        if !self.is_free_constraint(table, &name, &new.node) {
            return;
        }
        let rule = ConstraintRule::ForeignKey(ForeignKey {
            columns,
            references,
            referenced_columns: referenced,
            on_update: key.on_update,
            on_delete: key.on_delete,
            set_columns: key.set_columns.iter().map(|(column, _)| column.clone()).collect(),
            match_full: key.match_full,
        });
        let id = constraint_id(table, &name);
        let fresh = fresh
            && !matches!(
                self.table(table).map(|it| &it.kind),
                Some(stairwell_catalog::TableKind::Foreign { .. })
            );
        self.create(&id, new.traits.apply(rule, fresh), &new.node);
        if opaque.is_some() {
            self.state.change(&id, |entry| entry.opaque = opaque);
        }
        self.depend_foreign_key(&id, by.as_ref());
        for child in self.children(table) {
            if self.is_partition(&child) {
                self.clone_foreign_key(table, &name, &child, &new.node);
            }
        }
    }

    /// Completes the referenced columns and finds the key behind them; `Err` if there is certainly none.
    fn referenced_key(
        &mut self,
        id: &ObjectId,
        columns: &[String],
        referenced: &mut Vec<String>,
        key: &NewForeignKey,
    ) -> Result<Option<ObjectId>, ()> {
        let table = id.owner();
        let node = key.table.syntax();
        let sure = self.is_sure(id);
        if !matches!(self.state.get(id).map(|entry| &entry.object), Some(Object::Table(_))) {
            if sure {
                self.invalid(format!("a foreign key can refer to tables only, not to the {id}"), node);
            }
            return Err(());
        }
        if referenced.is_empty() {
            let Some((name, primary)) = self.primary_key(&table) else {
                if sure && self.is_certain() {
                    self.invalid(format!("the table {table} has no primary key"), node);
                    return Err(());
                }
                return Ok(None);
            };
            *referenced = primary;
            if referenced.len() != columns.len() {
                if sure {
                    self.invalid("the numbers of referencing and referenced columns differ", node);
                    return Err(());
                }
                return Ok(None);
            }
            return Ok(Some(constraint_id(&table, &name)));
        }
        if !self.has_columns(&table, &key.referenced) {
            return if sure && self.is_certain() { Err(()) } else { Ok(None) };
        }
        for (column, node) in &key.referenced {
            self.effect(Verb::Reference, &column_id(&table, column), node);
        }
        if referenced.len() != columns.len() {
            self.invalid("the numbers of referencing and referenced columns differ", node);
            return Err(());
        }
        let by = self.key_of(&table, referenced);
        if by.is_none() && sure && self.is_certain() {
            let columns = referenced.join(", ");
            self.invalid(
                format!("no unique constraint of the table {table} is for its columns ({columns})"),
                node,
            );
            return Err(());
        }
        Ok(by)
    }

    /// Notes what a foreign key depends on: its columns, the columns it refers to, and the key behind them.
    fn depend_foreign_key(&mut self, id: &ObjectId, by: Option<&ObjectId>) {
        let Some(Object::Constraint(constraint)) = self.state.get(id).map(|entry| entry.object.clone())
        else {
            return;
        };
        let ConstraintRule::ForeignKey(key) = constraint.rule else { return };
        for column in &key.columns {
            self.state.depend(id, &column_id(&id.owner(), column), Strength::Auto);
        }
        let referenced = key.referenced_columns.iter().map(|column| column_id(&key.references, column));
        for on in referenced.chain(std::iter::once(table_id(&key.references))).chain(by.cloned()) {
            // Within one table a column may be on both sides: then the key goes along with it.
            if self.state.contains(&on) && self.state.strength(id, &on).is_none() {
                self.state.depend(id, &on, Strength::Normal);
            }
        }
    }

    /// Gives a partition the foreign key of its partitioned table: one of its own that says the same, or a new one.
    pub(crate) fn clone_foreign_key(
        &mut self,
        parent: &QualifiedName,
        name: &str,
        partition: &QualifiedName,
        node: &SyntaxNode,
    ) {
        let Some(constraint) = self.constraint(parent, name).cloned() else { return };
        let ConstraintRule::ForeignKey(key) = &constraint.rule else { return };
        let from = constraint_id(parent, name);
        let same = self.constraints(partition).into_iter().find(|(name, other)| {
            other.rule == constraint.rule
                && other.deferrable == constraint.deferrable
                && other.deferred == constraint.deferred
                && self.origins(&constraint_id(partition, name)).is_empty()
        });
        let name = match same {
            Some((name, _)) => {
                // Its own partitions have theirs from it.
                self.state.depend(&constraint_id(partition, &name), &from, Strength::Auto);
                return;
            }
            None => {
                let name = if self.state.contains(&constraint_id(partition, name)) {
                    let addition = joined(key.columns.iter().map(String::as_str));
                    self.free_constraint_name(&partition.schema, &partition.name, Some(&addition), "fkey")
                } else {
                    name.to_owned()
                };
                let to = constraint_id(partition, &name);
                self.create_along(&to, constraint.clone(), node);
                for (on, strength) in self.state.uses(&from) {
                    let own_side = on.kind == stairwell_catalog::Kind::Column && strength == Strength::Auto;
                    let on = if own_side { transfer(&on, parent, partition) } else { on };
                    let origin = strength == Strength::Auto && !own_side;
                    if !origin {
                        self.state.depend(&to, &on, strength);
                    }
                }
                name
            }
        };
        self.state.depend(&constraint_id(partition, &name), &from, Strength::Auto);
        for child in self.children(partition) {
            self.clone_foreign_key(partition, &name, &child, node);
        }
    }
}
