//! Renaming and moving: an object keeps its dependencies, and whatever names it follows.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{
    Constraint, ConstraintRule, Entry, Kind, Object, ObjectId, QualifiedName, Sequence, SqlType, Verb,
};

use super::Fold;

impl Fold {
    /// Gives the object, with its parts, another name or schema.
    ///
    /// The caller has made sure that `to` is free, and notes the effect.
    pub(crate) fn rename(&mut self, from: &ObjectId, to: &ObjectId, node: &SyntaxNode) {
        if from == to {
            return;
        }
        let owner_is_renamed =
            matches!(from.kind, Kind::Table | Kind::View | Kind::MaterializedView | Kind::Type);
        let parts: Vec<ObjectId> = if owner_is_renamed {
            self.state.catalog().parts(&from.owner()).map(|(id, _)| id.clone()).collect()
        } else {
            Vec::new()
        };
        for part in parts {
            self.rekey(&part, &ObjectId::part(part.kind, &to.owner(), part.part.clone()));
        }
        self.rekey(from, to);
        self.note_drop(from, node);
        // Under its new name it is another object for whoever looks at names only, such as a registry.
        self.consequence(Verb::Create, to, node);
    }

    /// Moves one entry and its edges to another identity, and lets those that name it follow.
    fn rekey(&mut self, from: &ObjectId, to: &ObjectId) {
        let uses = self.state.uses(from);
        let used_by: Vec<_> = self
            .state
            .dependents(from)
            .into_iter()
            .filter_map(|dependent| {
                self.state.strength(&dependent, from).map(|strength| (dependent, strength))
            })
            .collect();
        let created = self.state.created(from).cloned();
        let inner_names = self.state.inner_names(from).to_vec();
        let Some(entry) = self.state.take(from) else { return };
        self.state.put(to.clone(), Entry::clone(&entry));
        if let Some(created) = created {
            self.state.set_created(to, created);
        }
        if !inner_names.is_empty() {
            self.state.set_inner_names(from, Vec::new());
            self.state.set_inner_names(to, inner_names);
        }
        for (on, strength) in uses {
            self.state.depend(to, &on, strength);
        }
        for (dependent, strength) in &used_by {
            self.state.depend(dependent, to, *strength);
        }
        self.follow(from, to, used_by.into_iter().map(|(dependent, _)| dependent).collect());
    }

    /// Corrects the names in what may name the object: what depends on it, and its own relation's parts.
    fn follow(&mut self, from: &ObjectId, to: &ObjectId, mut naming: BTreeSet<ObjectId>) {
        // Parts that share the relation, and the indexes on it, name columns without an edge of their own.
        if from.kind == Kind::Column {
            naming.extend(self.state.catalog().parts(&to.owner()).map(|(id, _)| id.clone()));
            naming.extend(self.state.catalog().relation(&to.owner()).cloned());
        }
        naming.insert(to.clone());
        for id in naming {
            self.state.change(&id, |entry| follow(&mut entry.object, &id, from, to));
        }
    }
}

/// Corrects the names within one object.
fn follow(object: &mut Object, id: &ObjectId, from: &ObjectId, to: &ObjectId) {
    let (old, new) = (from.owner(), to.owner());
    let relation = |name: &mut QualifiedName| {
        if *name == old {
            name.clone_from(&new);
        }
    };
    let ty = |ty: &mut SqlType| {
        if let Some(name) = ty.name_mut()
            && *name == old
        {
            name.clone_from(&new);
        }
    };
    match from.kind {
        Kind::Column => {
            // The column moves with its relation: what names both follows the relation as well.
            if old != new {
                match object {
                    Object::Constraint(Constraint { rule: ConstraintRule::ForeignKey(key), .. }) => {
                        relation(&mut key.references);
                    }
                    Object::Sequence(Sequence { owned_by: Some((table, _)), .. }) => relation(table),
                    Object::Index(index) => relation(&mut index.table),
                    _ => {}
                }
            }
            follow_column(object, id, from, to);
        }
        Kind::Function => match object {
            Object::Trigger(it) if it.function.owner() == old => {
                it.function = ObjectId::function(&new, "");
            }
            Object::EventTrigger(it) if it.function.owner() == old => {
                it.function = ObjectId::function(&new, "");
            }
            _ => {}
        },
        Kind::Index | Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence | Kind::Type => {
            match object {
                Object::Table(it) => {
                    it.parents.iter_mut().for_each(relation);
                    it.of_type.iter_mut().for_each(relation);
                    if let stairwell_catalog::ReplicaIdentity::Index(index) = &mut it.replica_identity
                        && from.kind == Kind::Index
                        && *index == from.name
                    {
                        index.clone_from(&to.name);
                    }
                }
                Object::Column(it) => ty(&mut it.ty),
                Object::Constraint(it) => {
                    if let ConstraintRule::ForeignKey(key) = &mut it.rule {
                        relation(&mut key.references);
                    }
                }
                Object::Index(it) => {
                    relation(&mut it.table);
                    it.parent.iter_mut().for_each(relation);
                }
                Object::Sequence(it) => {
                    if let Some((table, _)) = &mut it.owned_by {
                        relation(table);
                    }
                }
                Object::Domain(it) => ty(&mut it.base),
                Object::Range(it) => ty(&mut it.subtype),
                Object::Composite(it) => it.attributes.iter_mut().for_each(|attribute| ty(&mut attribute.ty)),
                Object::Function(it) => {
                    it.arguments.iter_mut().for_each(|argument| ty(&mut argument.ty));
                    it.returns.iter_mut().for_each(ty);
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn follow_column(object: &mut Object, id: &ObjectId, from: &ObjectId, to: &ObjectId) {
    let rename = |name: &mut String| {
        if *name == from.part {
            name.clone_from(&to.part);
        }
    };
    let rename_set = |names: &mut BTreeSet<String>| {
        if names.remove(&from.part) {
            names.insert(to.part.clone());
        }
    };
    let own = id.owner() == to.owner();
    match object {
        Object::Constraint(it) => match &mut it.rule {
            ConstraintRule::Check { columns, .. } if own => rename_set(columns),
            ConstraintRule::PrimaryKey { columns, include }
            | ConstraintRule::Unique { columns, include, .. }
                if own =>
            {
                columns.iter_mut().chain(include).for_each(rename);
            }
            ConstraintRule::ForeignKey(key) => {
                if own {
                    key.columns.iter_mut().chain(&mut key.set_columns).for_each(rename);
                }
                if key.references == to.owner() {
                    key.referenced_columns.iter_mut().for_each(rename);
                }
            }
            ConstraintRule::Exclude { columns } if own => columns.iter_mut().flatten().for_each(rename),
            _ => {}
        },
        Object::Index(it) if it.table == to.owner() => {
            it.keys.iter_mut().filter_map(|key| key.column.as_mut()).chain(&mut it.include).for_each(rename);
            rename_set(&mut it.columns);
        }
        Object::Sequence(it) => {
            if let Some((table, column)) = &mut it.owned_by
                && *table == to.owner()
            {
                rename(column);
            }
        }
        Object::Trigger(it) if own => rename_set(&mut it.columns),
        Object::Table(it) if own => {
            if let stairwell_catalog::TableKind::Partitioned { key, .. } = &mut it.kind {
                key.iter_mut().flatten().for_each(rename);
            }
        }
        _ => {}
    }
}
