//! Renaming and moving: an object keeps its dependencies, and whatever names it follows.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{Entry, Kind, Name, Object, ObjectId, QualifiedName, Verb};

use super::{
    Fold,
    renaming::{Renaming, follow_column},
    state::Strength,
};

impl Fold {
    /// Gives the object another name or schema, with its parts and with what is bound to follow it: a
    /// constraint and its index share their name, and into another schema a table takes its indexes and the
    /// sequences that its columns own along.
    ///
    /// The caller has made sure that `to` is free, and notes the effect.
    pub(crate) fn rename(&mut self, from: &ObjectId, to: &ObjectId, node: &SyntaxNode) {
        if from == to || !self.state.contains(from) {
            return;
        }
        let moves = self.moves(from, to);
        if let Some(reason) = self.guard.perhaps.clone() {
            self.rename_perhaps(&moves, &reason);
            return;
        }
        let multiranges = self.multiranges_behind(from, &moves);
        for (old, new) in &moves {
            self.rekey(old, new);
        }
        for (range, schema) in multiranges {
            self.set_multirange_schema(&range, schema.into());
        }
        self.follow_names(from, to, &moves);
        for (old, new) in &moves {
            self.republish(old, new);
            self.follow_statistics(old, new);
        }
        if from.kind == Kind::Schema {
            self.state.change_default_privileges(|rules| rules.follow_schema(&from.name, Some(&to.name)));
        }
        // Under its new name it is another object for whoever looks at names only, such as a registry.
        for (old, new) in moves.iter().filter(|(old, _)| old == from || !old.kind.is_part()) {
            self.note_drop(old, node);
            self.consequence(Verb::Create, new, node);
        }
    }

    /// Nobody knows which of the two names there is afterwards.
    fn rename_perhaps(&mut self, moves: &[(ObjectId, ObjectId)], reason: &str) {
        for (old, new) in moves {
            let Some(mut entry) = self.state.get(old).cloned() else { continue };
            entry.opaque.get_or_insert_with(|| reason.to_owned());
            self.state.put(*old, entry.clone());
            if !self.state.contains(new) {
                self.state.put(*new, entry);
            }
        }
    }

    /// Which objects get which new identity.
    fn moves(&self, from: &ObjectId, to: &ObjectId) -> Vec<(ObjectId, ObjectId)> {
        let catalog = self.state.catalog();
        let mut moves = vec![(*from, *to)];
        match from.kind {
            Kind::Schema => moves.extend(
                catalog
                    .iter()
                    .map(|(id, _)| id)
                    .filter(|id| id.schema == from.name)
                    .map(|id| (*id, ObjectId { schema: to.name, ..*id })),
            ),
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::Type => {
                for (part, _) in catalog.parts(&from.owner()) {
                    moves.push((*part, ObjectId::part(part.kind, &to.owner(), part.part)));
                }
                if from.schema != to.schema {
                    let along = self.in_same_schema(from).into_iter();
                    moves.extend(along.map(|id| (id, ObjectId { schema: to.schema, ..id })));
                }
            }
            Kind::Constraint => {
                let index = ObjectId::new(Kind::Index, from.schema, from.part);
                if matches!(self.state.get(&index).map(|it| &it.object),
                    Some(Object::Index(it)) if it.constraint && it.table == from.owner())
                {
                    let name = to.part;
                    moves.push((index, ObjectId::new(Kind::Index, to.schema, name)));
                }
            }
            Kind::Index => {
                if let Some(Object::Index(it)) = self.state.get(from).map(|entry| &entry.object)
                    && it.constraint
                {
                    let constraint = ObjectId::part(Kind::Constraint, &it.table, from.name);
                    if self.state.contains(&constraint) {
                        let renamed = ObjectId { part: to.name, ..constraint };
                        moves.push((constraint, renamed));
                    }
                }
            }
            _ => {}
        }
        moves
    }

    /// Of the range types among those that move, and of those whose multirange types do: under which identity
    /// and in which schema the two are afterwards.
    fn multiranges_behind(&self, from: &ObjectId, moves: &[(ObjectId, ObjectId)]) -> Vec<(ObjectId, Name)> {
        let new_schema = moves.first().map(|(_, to)| to.name).unwrap_or_default();
        let schema = |name: QualifiedName| {
            if from.kind == Kind::Schema && name.schema == from.name { new_schema } else { name.schema }
        };
        let moved = moves.iter().filter_map(|(old, new)| Some((*new, schema(self.multirange_of(old)?))));
        let left = if from.kind == Kind::Schema { self.ranges_left_in(&from.name) } else { Vec::new() };
        let left = left.into_iter().map(|range| (range, new_schema));
        moved.chain(left).collect()
    }

    /// What PostgreSQL keeps in the schema of its table: indexes, and sequences that belong to columns.
    fn in_same_schema(&self, table: &ObjectId) -> BTreeSet<ObjectId> {
        let owner = table.owner();
        let parts = self.state.catalog().parts(&owner).map(|(part, _)| part);
        let homes = parts.chain(std::iter::once(table));
        let mut along = BTreeSet::new();
        for home in homes {
            for dependent in self.state.dependents(home) {
                let follows = match self.state.get(&dependent).map(|entry| &entry.object) {
                    Some(Object::Index(it)) => it.table == owner,
                    Some(Object::Sequence(it)) => {
                        it.owned_by.as_ref().is_some_and(|(by, _)| *by == owner)
                            && self.state.strength(&dependent, home) == Some(Strength::Auto)
                    }
                    _ => false,
                };
                if follows && dependent.schema == table.schema {
                    along.insert(dependent);
                }
            }
        }
        // An index that reads no column depends on nothing that could be asked.
        for (part, entry) in self.state.catalog().parts(&owner) {
            let index = ObjectId::new(Kind::Index, part.schema, part.part);
            if matches!(entry.object, Object::Constraint(_))
                && matches!(self.state.get(&index).map(|it| &it.object),
                    Some(Object::Index(it)) if it.constraint && it.table == owner)
            {
                along.insert(index);
            }
        }
        along
    }

    /// Moves one entry with its edges, its origin and its owner to another identity.
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
        let owner = self.state.owner(from).map(str::to_owned);
        let Some(entry) = self.state.take(from) else { return };
        self.state.put(*to, Entry::clone(&entry));
        if let Some(created) = created {
            self.state.set_created(to, created);
        }
        if !inner_names.is_empty() {
            self.state.set_inner_names(from, Vec::new());
            self.state.set_inner_names(to, inner_names);
        }
        self.state.set_owner(to, owner);
        for (on, strength) in uses {
            let on = if on == *from { to } else { &on };
            self.state.depend(to, on, strength);
        }
        for (dependent, strength) in &used_by {
            self.state.depend(dependent, to, *strength);
        }
    }

    /// Corrects the names in everything that names one of the objects.
    fn follow_names(&mut self, from: &ObjectId, to: &ObjectId, moves: &[(ObjectId, ObjectId)]) {
        if from.kind == Kind::Column {
            self.follow_column_name(from, to);
            return;
        }
        let mut renaming = Renaming::default();
        for (old, new) in moves {
            renaming.add(old, new);
        }
        self.follow(&renaming);
    }

    /// Corrects the names of types, relations, functions and collations everywhere.
    ///
    /// Everything is looked at, because not everything that names a type has a dependency of its own: the
    /// columns of a view have theirs through the columns below.
    pub(crate) fn follow(&mut self, renaming: &Renaming) {
        if renaming.is_empty() {
            return;
        }
        let naming: Vec<ObjectId> = self
            .state
            .catalog()
            .iter()
            .filter(|(id, entry)| renaming.concerns(id, &entry.object))
            .map(|(id, _)| *id)
            .collect();
        for id in naming {
            self.state.change(&id, |entry| renaming.apply(&id, &mut entry.object));
            // A function is called by its arguments' types.
            if let Some(Object::Function(function)) = self.state.get(&id).map(|entry| &entry.object) {
                let inputs = function.arguments.iter().filter(|argument| argument.mode.is_input());
                let part = inputs.map(|argument| argument.ty.to_string()).collect::<Vec<_>>().join(", ");
                if part != id.part {
                    self.rekey(&id, &ObjectId { part: part.into(), ..id });
                }
            }
        }
    }

    fn follow_column_name(&mut self, from: &ObjectId, to: &ObjectId) {
        // Parts that share the relation, and the relation itself, name columns without an edge of their own.
        let mut naming: BTreeSet<ObjectId> = self.state.dependents(to).into_iter().collect();
        let catalog = self.state.catalog();
        naming.extend(catalog.parts(&to.owner()).map(|(id, _)| *id));
        naming.extend(catalog.relation(&to.owner()).cloned());
        for id in naming {
            self.state.change(&id, |entry| follow_column(&mut entry.object, &id, from, to));
        }
    }
}
