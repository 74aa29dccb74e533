//! Looking at a table and its parts, and changing them in place.

use stairwell_catalog::{
    Column, Constraint, ConstraintRule, Index, Kind, Object, ObjectId, QualifiedName, Sequence, Table,
    TableKind,
};

use super::{Fold, state::Strength};

/// The identity of a table.
pub(crate) fn table_id(name: &QualifiedName) -> ObjectId {
    ObjectId::new(Kind::Table, name.schema, name.name)
}

/// The identity of a column.
pub(crate) fn column_id(table: &QualifiedName, column: &str) -> ObjectId {
    ObjectId::part(Kind::Column, table, column)
}

/// The identity of a constraint.
pub(crate) fn constraint_id(table: &QualifiedName, constraint: &str) -> ObjectId {
    ObjectId::part(Kind::Constraint, table, constraint)
}

/// The identity of an index.
pub(crate) fn index_id(name: &QualifiedName) -> ObjectId {
    ObjectId::new(Kind::Index, name.schema, name.name)
}

/// The identity of the same part on another table; whatever is neither the table nor a part of it stays.
pub(crate) fn transfer(id: &ObjectId, from: &QualifiedName, to: &QualifiedName) -> ObjectId {
    if id.schema != from.schema || id.name != from.name {
        return *id;
    }
    match id.kind {
        Kind::Table => table_id(to),
        kind if kind.is_part() => ObjectId::part(kind, to, id.part),
        _ => *id,
    }
}

impl Fold {
    /// The table of that name.
    pub(crate) fn table(&self, name: &QualifiedName) -> Option<&Table> {
        match &self.state.get(&table_id(name))?.object {
            Object::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Whether the table is partitioned.
    pub(crate) fn is_partitioned(&self, name: &QualifiedName) -> bool {
        self.table(name).is_some_and(|table| matches!(table.kind, TableKind::Partitioned { .. }))
    }

    /// Whether the table is a partition.
    pub(crate) fn is_partition(&self, name: &QualifiedName) -> bool {
        self.table(name).is_some_and(|table| table.bound.is_some())
    }

    /// Whether the object is there and is what the catalog says.
    pub(crate) fn is_sure(&self, id: &ObjectId) -> bool {
        self.state.get(id).is_some_and(|entry| entry.opaque.is_none())
    }

    /// Whether the table's columns are what the catalog says.
    pub(crate) fn is_sure_table(&self, name: &QualifiedName) -> bool {
        self.is_sure(&table_id(name))
    }

    /// The tables that inherit from it directly, partitions included.
    pub(crate) fn children(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let mut children: Vec<QualifiedName> = self
            .state
            .dependents(&table_id(table))
            .into_iter()
            .filter(|id| id.kind == Kind::Table)
            .map(|id| id.owner())
            .collect();
        children.retain(|child| self.table(child).is_some_and(|child| child.parents.contains(table)));
        children
    }

    /// The tables that inherit from it directly or indirectly, each once, parents before children.
    pub(crate) fn descendants(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let mut all = self.children(table);
        let mut next = 0;
        while let Some(child) = all.get(next).cloned() {
            for grandchild in self.children(&child) {
                if !all.contains(&grandchild) && grandchild != *table {
                    all.push(grandchild);
                }
            }
            next += 1;
        }
        all
    }

    /// The indexes of a relation in the order in which they were created.
    pub(crate) fn indexes(&self, relation: &QualifiedName) -> Vec<(QualifiedName, Index)> {
        let Some(id) = self.state.catalog().relation(relation) else { return Vec::new() };
        let mut indexes: Vec<(QualifiedName, Index)> = self
            .state
            .dependents(id)
            .into_iter()
            .filter_map(|id| match &self.state.get(&id)?.object {
                Object::Index(index) if index.table == *relation => Some((id.owner(), index.clone())),
                _ => None,
            })
            .collect();
        indexes.sort_by_key(|(name, _)| {
            self.state.created(&index_id(name)).map(|origin| (origin.step, origin.span.start))
        });
        indexes
    }

    /// One index.
    pub(crate) fn index(&self, name: &QualifiedName) -> Option<&Index> {
        match &self.state.get(&index_id(name))?.object {
            Object::Index(index) => Some(index),
            _ => None,
        }
    }

    /// The constraints of a table or domain.
    pub(crate) fn constraints(&self, owner: &QualifiedName) -> Vec<(String, Constraint)> {
        self.state
            .catalog()
            .parts(owner)
            .filter_map(|(id, entry)| match &entry.object {
                Object::Constraint(constraint) => Some((id.part.to_string(), constraint.clone())),
                _ => None,
            })
            .collect()
    }

    /// One constraint.
    pub(crate) fn constraint(&self, owner: &QualifiedName, name: &str) -> Option<&Constraint> {
        match &self.state.get(&constraint_id(owner, name))?.object {
            Object::Constraint(constraint) => Some(constraint),
            _ => None,
        }
    }

    /// The name and the columns of the primary key.
    pub(crate) fn primary_key(&self, table: &QualifiedName) -> Option<(String, Vec<String>)> {
        self.constraints(table).into_iter().find_map(|(name, constraint)| match constraint.rule {
            ConstraintRule::PrimaryKey { columns, .. } => Some((name, columns)),
            _ => None,
        })
    }

    /// The identity of the relation's column; `None` if there is none.
    pub(crate) fn own_column(&self, table: &QualifiedName, column: &str) -> Option<&Column> {
        self.state.catalog().column(table, column)
    }

    /// Whether the column came from a parent, so that it can only be changed there.
    pub(crate) fn is_inherited(&self, table: &QualifiedName, column: &str) -> bool {
        self.table(table)
            .is_some_and(|it| it.parents.iter().any(|parent| self.own_column(parent, column).is_some()))
    }

    /// What this part depends on because it was inherited: the same part of a parent.
    pub(crate) fn origins(&self, part: &ObjectId) -> Vec<ObjectId> {
        self.state
            .uses(part)
            .into_iter()
            .filter(|(on, strength)| {
                *strength == Strength::Auto && on.kind == part.kind && on.owner() != part.owner()
            })
            .map(|(on, _)| on)
            .collect()
    }

    /// The sequence of an identity column.
    pub(crate) fn identity_sequence(&self, table: &QualifiedName, column: &str) -> Option<ObjectId> {
        self.owned_sequences(table, column).into_iter().find(|id| {
            matches!(self.state.get(id).map(|entry| &entry.object), Some(Object::Sequence(it)) if it.identity)
        })
    }

    /// The sequences that are dropped together with the column.
    pub(crate) fn owned_sequences(&self, table: &QualifiedName, column: &str) -> Vec<ObjectId> {
        let column = column_id(table, column);
        let owned = |id: &ObjectId| {
            id.kind == Kind::Sequence && self.state.strength(id, &column) == Some(Strength::Auto)
        };
        self.state.dependents(&column).into_iter().filter(owned).collect()
    }

    pub(crate) fn change_table(&mut self, name: &QualifiedName, change: impl FnOnce(&mut Table)) {
        self.change(&table_id(name), |entry| {
            if let Object::Table(table) = &mut entry.object {
                change(table);
            }
        });
    }

    pub(crate) fn change_column(
        &mut self,
        table: &QualifiedName,
        column: &str,
        change: impl FnOnce(&mut Column),
    ) {
        self.change(&column_id(table, column), |entry| {
            if let Object::Column(column) = &mut entry.object {
                change(column);
            }
        });
    }

    pub(crate) fn change_constraint(
        &mut self,
        table: &QualifiedName,
        constraint: &str,
        change: impl FnOnce(&mut Constraint),
    ) {
        self.change(&constraint_id(table, constraint), |entry| {
            if let Object::Constraint(constraint) = &mut entry.object {
                change(constraint);
            }
        });
    }

    pub(crate) fn change_index(&mut self, name: &QualifiedName, change: impl FnOnce(&mut Index)) {
        self.change(&index_id(name), |entry| {
            if let Object::Index(index) = &mut entry.object {
                change(index);
            }
        });
    }

    pub(crate) fn change_sequence(&mut self, id: &ObjectId, change: impl FnOnce(&mut Sequence)) {
        self.change(id, |entry| {
            if let Object::Sequence(sequence) = &mut entry.object {
                change(sequence);
            }
        });
    }
}
