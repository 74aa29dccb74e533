//! Dropping: what goes along, and what stands in the way.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{Kind, Object, ObjectId, Verb};

use super::{
    Fold, ProblemKind,
    relation::{column_id, index_id},
    resolve,
    state::Strength,
};

impl Fold {
    /// Drops an object with everything that PostgreSQL drops along with it.
    ///
    /// Without `cascade` a dependent object of [`Strength::Normal`] stands in the way, which is a problem;
    /// the fold goes on as if it did not, so that one mistake is reported once.
    pub(crate) fn drop_object(&mut self, id: &ObjectId, cascade: bool, node: &SyntaxNode) {
        self.drop_objects(std::slice::from_ref(id), cascade, node);
    }

    /// Drops several objects at once: `DROP TABLE a, b` is refused only for what neither of them is.
    pub(crate) fn drop_objects(&mut self, ids: &[ObjectId], cascade: bool, node: &SyntaxNode) {
        if let Some(reason) = self.guard.perhaps.clone() {
            // Nobody knows whether they are still there afterwards.
            for id in ids {
                self.effect(Verb::Drop, id, node);
                self.state.change(id, |entry| entry.opaque = Some(reason.clone()));
            }
            return;
        }
        let going = self.going_along(ids);
        for id in ids {
            let by: Vec<ObjectId> = match self.required_by(id).filter(|by| !going.contains(by)) {
                // Not even CASCADE helps.
                Some(by) => vec![by],
                None if cascade => Vec::new(),
                None => self.in_the_way(id, &going).into_iter().collect(),
            };
            if !by.is_empty() {
                let origin = by.first().and_then(|id| self.state.created(id)).cloned();
                self.refuse(ProblemKind::InUse { object: id.clone(), by }, node, origin);
                if self.guard.tolerant {
                    return;
                }
            }
        }
        for id in ids {
            self.effect(Verb::Drop, id, node);
            self.remove(id, node);
        }
    }

    /// What an object is an inner part of, so that it can only be dropped by dropping that: the constraint of an
    /// index, the index of the partitioned table, the identity column of a sequence.
    fn required_by(&self, id: &ObjectId) -> Option<ObjectId> {
        match &self.state.get(id)?.object {
            Object::Index(index) => match (&index.parent, self.constraint_of_index(&id.owner())) {
                (Some(parent), _) => Some(index_id(parent)),
                (None, Some((constraint, _))) => Some(constraint),
                (None, None) => None,
            },
            Object::Sequence(sequence) if sequence.identity => {
                let (table, column) = sequence.owned_by.as_ref()?;
                Some(column_id(table, column))
            }
            _ => None,
        }
        .filter(|by| self.is_sure(by) && self.is_sure(id))
    }

    /// Drops an object because another one changes, whoever depends on it.
    pub(crate) fn drop_along(&mut self, id: &ObjectId, node: &SyntaxNode) {
        if self.state.contains(id) {
            self.consequence(Verb::Drop, id, node);
            self.remove(id, node);
        }
    }

    /// Takes the object and what depends on it out of the catalog; everything but the object itself is
    /// an effect that follows.
    fn remove(&mut self, id: &ObjectId, node: &SyntaxNode) {
        if !self.state.contains(id) {
            return;
        }
        let parts = self.parts_of(id);
        let dependents: Vec<(ObjectId, Option<Strength>)> = self
            .state
            .dependents(id)
            .into_iter()
            .map(|dependent| {
                let strength = self.state.strength(&dependent, id);
                (dependent, strength)
            })
            .collect();
        self.close_gap(id);
        self.state.take(id);
        self.note_drop(id, node);
        for (dependent, strength) in dependents {
            if strength == Some(Strength::Default) {
                self.change(&dependent, |entry| {
                    if let Object::Column(column) = &mut entry.object {
                        column.default = None;
                    }
                });
            } else if strength == Some(Strength::Auto)
                && dependent.kind == id.kind
                && !self.origins(&dependent).is_empty()
            {
                // It is inherited from another parent as well, and stays.
            } else if self.state.contains(&dependent) {
                self.consequence(Verb::Drop, &dependent, node);
                self.remove(&dependent, node);
            }
        }
        for part in parts {
            if self.state.contains(&part) {
                self.consequence(Verb::Drop, &part, node);
                self.remove(&part, node);
            }
        }
    }

    /// The parts of a relation or domain, a constraint's index, the contents of a schema.
    fn parts_of(&self, id: &ObjectId) -> Vec<ObjectId> {
        let catalog = self.state.catalog();
        match id.kind {
            Kind::Schema => {
                let contents = catalog.iter().map(|(other, _)| other);
                contents.filter(|other| other.schema == id.name).cloned().collect()
            }
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::Type => {
                catalog.parts(&id.owner()).map(|(part, _)| part.clone()).collect()
            }
            Kind::Constraint => {
                let index = ObjectId::new(Kind::Index, id.schema.clone(), id.part.clone());
                match self.state.get(&index).map(|entry| &entry.object) {
                    Some(Object::Index(it)) if it.constraint && it.table == id.owner() => vec![index],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// Columns behind a dropped one move up.
    fn close_gap(&mut self, id: &ObjectId) {
        if id.kind != Kind::Column {
            return;
        }
        let Some(gone) = self.state.catalog().column(&id.owner(), &id.part).map(|column| column.position)
        else {
            return;
        };
        let behind: Vec<ObjectId> = self
            .state
            .catalog()
            .columns(&id.owner())
            .into_iter()
            .filter(|(_, column)| column.position > gone)
            .map(|(name, _)| ObjectId::part(Kind::Column, &id.owner(), name))
            .collect();
        for column in behind {
            self.state.change(&column, |entry| {
                if let Object::Column(column) = &mut entry.object {
                    column.position -= 1;
                }
            });
        }
    }

    /// The objects themselves, their parts, and what goes along silently, transitively.
    fn going_along(&self, ids: &[ObjectId]) -> BTreeSet<ObjectId> {
        let mut going = BTreeSet::new();
        let mut open = ids.to_vec();
        while let Some(id) = open.pop() {
            if !going.insert(id.clone()) {
                continue;
            }
            if id.kind != Kind::Schema {
                open.extend(self.parts_of(&id));
            }
            let silent = |dependent: &ObjectId| self.state.strength(dependent, &id) == Some(Strength::Auto);
            open.extend(self.state.dependents(&id).into_iter().filter(silent));
        }
        going
    }

    /// What has to be dropped by `CASCADE` if `id` is to go, apart from what goes anyway.
    fn in_the_way(&self, id: &ObjectId, going: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        if id.kind == Kind::Schema {
            return self.parts_of(id).into_iter().filter(|part| !part.kind.is_part()).collect();
        }
        let mut in_the_way = BTreeSet::new();
        for gone in self.going_along(std::slice::from_ref(id)) {
            for dependent in self.state.dependents(&gone) {
                let sure = self.state.get(&dependent).is_some_and(|entry| entry.opaque.is_none());
                let strength = self.state.strength(&dependent, &gone);
                let goes_with_its_owner = dependent.kind.is_part()
                    && going.iter().any(|other| !other.kind.is_part() && other.owner() == dependent.owner());
                if sure
                    && strength != Some(Strength::Auto)
                    && !going.contains(&dependent)
                    && !goes_with_its_owner
                {
                    in_the_way.insert(dependent);
                }
            }
        }
        in_the_way.retain(|id| id.schema != resolve::TEMP);
        in_the_way
    }
}
