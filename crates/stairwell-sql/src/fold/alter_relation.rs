//! Renaming and moving relations, whichever statement says it: PostgreSQL lets `ALTER TABLE` rename a view,
//! an index or a sequence too.

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{Kind, Name, Object, ObjectId, QualifiedName, Verb};

use super::{Fold, relation::index_id, resolve::parts};

impl Fold {
    /// The relation that an ALTER statement names, with the effect; with `if_exists` it may be missing.
    pub(crate) fn relation_to_alter(&mut self, node: &SyntaxNode, if_exists: bool) -> Option<ObjectId> {
        if if_exists && !matches!(self.find_relation(&parts(node)), super::resolve::Found::Object(_)) {
            return None;
        }
        self.relation(node, Verb::Alter)
    }

    /// Gives a relation another name: of an index that belongs to a constraint, the constraint as well.
    pub(crate) fn rename_relation(&mut self, id: &ObjectId, to: &SyntaxNode) {
        let Some(name) = parts(to).pop() else { return };
        if id.kind == Kind::Type {
            self.invalid(format!("the {id} is renamed with ALTER TYPE"), to);
            return;
        }
        let new = ObjectId::new(id.kind, id.schema, name.clone());
        if !self.is_free(&new, to) {
            return;
        }
        let constraint = self.constraint_of_index(&id.owner());
        if let Some((constraint, _)) = &constraint
            && !self.is_free_constraint(&constraint.owner(), &name, to)
        {
            return;
        }
        self.rename(id, &new, to);
    }

    /// Moves a relation to another schema: a table with its indexes and the sequences that it owns.
    pub(crate) fn move_relation(&mut self, id: &ObjectId, to: &SyntaxNode) {
        let Some(schema) = self.schema_named(to) else { return };
        if schema == id.schema {
            return;
        }
        match self.state.get(id).map(|entry| &entry.object) {
            Some(Object::Index(_)) => {
                self.invalid(format!("the {id} moves with its table only"), to);
                return;
            }
            Some(Object::Sequence(sequence)) if sequence.owned_by.is_some() => {
                self.invalid(format!("the {id} is owned by a column and moves with its table only"), to);
                return;
            }
            _ => {}
        }
        let name = id.owner();
        let mut along: Vec<ObjectId> =
            self.indexes(&name).into_iter().map(|(index, _)| index_id(&index)).collect();
        let columns: Vec<Name> =
            self.state.catalog().columns(&name).into_iter().map(|(column, _)| column).collect();
        for column in columns {
            along.extend(self.owned_sequences(&name, &column));
        }
        along.sort();
        along.dedup();
        let moved = |id: &ObjectId| ObjectId { schema: schema.as_str().into(), ..*id };
        for id in along.iter().chain([id]) {
            if !self.is_free(&moved(id), to) {
                return;
            }
        }
        self.rename(id, &moved(id), to);
    }

    /// Renames a column of a relation and of those that inherit it.
    pub(crate) fn rename_column(
        &mut self,
        relation: &ObjectId,
        from: &SyntaxNode,
        to: &SyntaxNode,
        only: bool,
    ) {
        let (Some(old), Some(new)) = (parts(from).pop(), parts(to).pop()) else { return };
        let owner = relation.owner();
        let old_id = ObjectId::part(Kind::Column, &owner, old.clone());
        if !self.state.contains(&old_id) {
            if self.is_sure(relation) && relation.kind != Kind::Type {
                self.missing(&old_id, from);
            }
            return;
        }
        self.effect(Verb::Alter, &old_id, from);
        if self.is_sure(relation) && self.is_inherited(&owner, &old) {
            self.invalid(format!("the {old_id} is inherited and renamed in the parent only"), from);
            return;
        }
        let children = self.descendants(&owner);
        if only && !children.is_empty() {
            self.invalid(format!("the {old_id} must be renamed in the tables that inherit it too"), from);
            return;
        }
        let owners: Vec<QualifiedName> = std::iter::once(owner).chain(children).collect();
        for owner in &owners {
            if !self.is_free(&ObjectId::part(Kind::Column, owner, new.clone()), to) {
                return;
            }
        }
        for owner in &owners {
            let from_id = ObjectId::part(Kind::Column, owner, old.clone());
            let to_id = ObjectId::part(Kind::Column, owner, new.clone());
            self.rename(&from_id, &to_id, to);
        }
    }
}
