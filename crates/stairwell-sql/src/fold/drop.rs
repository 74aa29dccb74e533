//! Dropping: what goes along, and what stands in the way.

use std::collections::{BTreeSet, VecDeque};

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{ConstraintRule, Kind, Name, Object, ObjectId, QualifiedName, ReplicaIdentity, Verb};

use super::{Fold, ProblemKind, state::Strength};

impl Fold {
    /// Drops an object with everything that PostgreSQL drops along with it.
    ///
    /// Without `cascade` a dependent object of [`Strength::Normal`] stands in the way, which is a problem;
    /// the fold goes on as if it did not, so that one mistake is reported once.
    pub(crate) fn drop_object(&mut self, id: &ObjectId, cascade: bool, node: &SyntaxNode) {
        self.drop_named(&[(*id, node.clone())], cascade);
    }

    /// Drops several objects at once, each with the node that names it: `DROP TABLE a, b` is refused only for
    /// what neither of them is.
    pub(crate) fn drop_named(&mut self, named: &[(ObjectId, SyntaxNode)], cascade: bool) {
        if let Some(reason) = self.guard.perhaps.clone() {
            self.drop_perhaps(named, cascade, &reason);
            return;
        }
        let ids: Vec<ObjectId> = named.iter().map(|(id, _)| *id).collect();
        let going = self.going_along(&ids);
        for (id, node) in named {
            let by: Vec<ObjectId> = match self.required_by(id, &going) {
                Some(whole) => vec![whole],
                None if cascade => Vec::new(),
                None => self.in_the_way(id, &going).into_iter().collect(),
            };
            if by.is_empty() {
                continue;
            }
            let origin = by.first().and_then(|id| self.state.created(id)).cloned();
            self.refuse(ProblemKind::InUse { object: *id, by }, node, origin);
            // Whoever catches the refusal leaves everything as it is.
            if self.guard.tolerant {
                return;
            }
        }
        for (id, node) in named {
            if self.state.contains(id) {
                self.effect(Verb::Drop, id, node);
                self.remove(id, node);
            }
        }
    }

    /// Drops an object because another one changes, whoever depends on it.
    pub(crate) fn drop_along(&mut self, id: &ObjectId, node: &SyntaxNode) {
        if self.state.contains(id) {
            self.consequence(Verb::Drop, id, node);
            self.remove(id, node);
        }
    }

    /// Nobody knows whether they are still there afterwards, nor what goes along.
    fn drop_perhaps(&mut self, named: &[(ObjectId, SyntaxNode)], cascade: bool, reason: &str) {
        for (id, node) in named {
            self.effect(Verb::Drop, id, node);
        }
        let mut open: Vec<ObjectId> = named.iter().map(|(id, _)| *id).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            self.state.change(&id, |entry| {
                entry.opaque.get_or_insert_with(|| reason.to_owned());
            });
            self.doubt_places_behind(&id, reason);
            open.extend(self.parts_of(&id));
            let goes = |it: &ObjectId| cascade || self.state.strength(it, &id) == Some(Strength::Auto);
            open.extend(self.state.dependents(&id).into_iter().filter(goes));
        }
    }

    /// Takes the object and what depends on it out of the catalog; everything but the object itself is
    /// an effect that follows.
    fn remove(&mut self, id: &ObjectId, node: &SyntaxNode) {
        let mut open = VecDeque::from(self.remove_one(id, true, node));
        while let Some(next) = open.pop_front() {
            if self.state.contains(&next) {
                self.consequence(Verb::Drop, &next, node);
                open.extend(self.remove_one(&next, false, node));
            }
        }
    }

    /// Takes one object out, and gives those that have to go with it. `first` says that it is the one which the
    /// statement is about.
    fn remove_one(&mut self, id: &ObjectId, first: bool, node: &SyntaxNode) -> Vec<ObjectId> {
        let mut following = self.parts_of(id);
        following.extend(self.constraint_of(id));
        let types = self.types_of(id);
        let is_check = matches!(
            self.object(id),
            Some(Object::Constraint(it)) if matches!(it.rule, ConstraintRule::Check { .. })
        );
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
        let identified = self.identified_by(id);
        self.state.take(id);
        if let Some(table) = identified {
            // PostgreSQL keeps the setting, which without its index means nothing.
            self.change_table(&table, |it| it.replica_identity = ReplicaIdentity::Nothing);
        }
        self.unpublish(id);
        self.note_drop(id, node);
        if id.kind == Kind::Schema {
            self.state.change_default_privileges(|rules| rules.follow_schema(&id.name, None));
        }
        for (dependent, strength) in dependents {
            let is_column = matches!(self.object(&dependent), Some(Object::Column(_)));
            if strength == Some(Strength::Default) && is_column {
                self.lose_default(&dependent, node);
            } else if !types.is_empty() && matches!(self.object(&dependent), Some(Object::Composite(_))) {
                self.lose_attributes(&dependent, &types, node);
            } else if strength == Some(Strength::Auto)
                && dependent.kind == id.kind
                && (!self.origins(&dependent).is_empty() || (is_check && !first))
            {
                // It is inherited from another parent as well, and stays. So does a check that heirs have from
                // one that goes along with a column: only DROP CONSTRAINT looks for them.
            } else {
                following.push(self.whole(dependent));
            }
        }
        following
    }

    fn object(&self, id: &ObjectId) -> Option<&Object> {
        self.state.get(id).map(|entry| &entry.object)
    }

    /// A column whose default reads what is dropped.
    fn lose_default(&mut self, column: &ObjectId, node: &SyntaxNode) {
        self.consequence(Verb::Alter, column, node);
        self.change(column, |entry| {
            if let Object::Column(column) = &mut entry.object {
                column.default = None;
            }
        });
        for (on, strength) in self.state.uses(column) {
            if strength == Strength::Default {
                self.state.release(column, &on);
            }
        }
    }

    /// A composite type with attributes of types that are dropped.
    fn lose_attributes(&mut self, composite: &ObjectId, types: &[QualifiedName], node: &SyntaxNode) {
        self.consequence(Verb::Alter, composite, node);
        self.change(composite, |entry| {
            if let Object::Composite(it) = &mut entry.object {
                it.attributes
                    .retain(|attribute| attribute.ty.name().is_none_or(|name| !types.contains(name)));
            }
        });
    }

    /// What goes as a whole: a view cannot lose a column.
    fn whole(&self, dependent: ObjectId) -> ObjectId {
        if dependent.kind == Kind::Column
            && let Some(relation) = self.state.catalog().relation(&dependent.owner())
            && matches!(relation.kind, Kind::View | Kind::MaterializedView)
        {
            return *relation;
        }
        dependent
    }

    /// The types that go with an object: the type itself, a row type, a range's multirange, an extension's.
    fn types_of(&self, id: &ObjectId) -> Vec<QualifiedName> {
        match (id.kind, self.object(id)) {
            (Kind::Type, Some(Object::Range(_))) => {
                std::iter::once(id.owner()).chain(self.multirange_of(id)).collect()
            }
            (Kind::Type | Kind::Table | Kind::View | Kind::MaterializedView, _) => vec![id.owner()],
            (Kind::Extension, Some(Object::Extension(extension))) => {
                super::extension::member_types(&id.name, extension)
            }
            _ => Vec::new(),
        }
    }

    /// The constraint that an index belongs to.
    fn constraint_of(&self, index: &ObjectId) -> Option<ObjectId> {
        match self.object(index)? {
            Object::Index(it) if it.constraint => {
                let constraint = ObjectId::part(Kind::Constraint, &it.table, index.name);
                self.state.contains(&constraint).then_some(constraint)
            }
            _ => None,
        }
    }

    /// The table whose replica identity an index is.
    fn identified_by(&self, index: &ObjectId) -> Option<QualifiedName> {
        let Some(Object::Index(it)) = self.object(index) else { return None };
        let table = self.table(&it.table)?;
        matches!(&table.replica_identity, ReplicaIdentity::Index(name) if *name == index.name)
            .then(|| it.table)
    }

    /// What an object is a part of that can only be dropped as a whole, even with `CASCADE`.
    fn required_by(&self, id: &ObjectId, going: &BTreeSet<ObjectId>) -> Option<ObjectId> {
        let whole = match self.object(id)? {
            Object::Index(index) => match &index.parent {
                Some(parent) => ObjectId::new(Kind::Index, parent.schema, parent.name),
                None => self.constraint_of(id)?,
            },
            Object::Sequence(sequence) if sequence.identity => {
                let (table, column) = sequence.owned_by.as_ref()?;
                ObjectId::part(Kind::Column, table, column.clone())
            }
            Object::Trigger(trigger) if trigger.inherited => {
                let table = self.state.get(&ObjectId::new(Kind::Table, id.schema, id.name))?;
                let Object::Table(table) = &table.object else { return None };
                let parents = table.parents.iter();
                parents
                    .map(|parent| ObjectId::part(Kind::Trigger, parent, id.part))
                    .find(|trigger| self.state.contains(trigger))?
            }
            _ => return None,
        };
        (self.is_sure(id) && self.is_sure(&whole) && !going.contains(&whole)).then_some(whole)
    }

    /// The parts of a relation or domain, a constraint's index, the contents of a schema.
    fn parts_of(&self, id: &ObjectId) -> Vec<ObjectId> {
        let catalog = self.state.catalog();
        match id.kind {
            Kind::Schema => {
                let contents = catalog.iter().map(|(other, _)| other);
                let contents = contents.filter(|other| other.schema == id.name).cloned();
                contents.chain(self.ranges_left_in(&id.name)).collect()
            }
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::Type => {
                catalog.parts(&id.owner()).map(|(part, _)| *part).collect()
            }
            Kind::Constraint => {
                let index = ObjectId::new(Kind::Index, id.schema, id.part);
                match self.object(&index) {
                    Some(Object::Index(it)) if it.constraint && it.table == id.owner() => vec![index],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// Columns behind one that may be dropped may move up.
    fn doubt_places_behind(&mut self, id: &ObjectId, reason: &str) {
        let Some(place) = self.state.catalog().column(&id.owner(), id.part).map(|column| column.position)
        else {
            return;
        };
        if id.kind != Kind::Column {
            return;
        }
        let columns = self.state.catalog().columns(&id.owner());
        let behind: Vec<Name> =
            columns.into_iter().filter(|(_, column)| column.position > place).map(|(name, _)| name).collect();
        for name in behind {
            self.state.change(&ObjectId::part(Kind::Column, &id.owner(), name), |entry| {
                entry.opaque.get_or_insert_with(|| reason.to_owned());
            });
        }
    }

    /// Columns behind a dropped one move up.
    fn close_gap(&mut self, id: &ObjectId) {
        // Of a relation that is gone there is no column that could move.
        if id.kind != Kind::Column || self.state.catalog().relation(&id.owner()).is_none() {
            return;
        }
        let Some(gone) = self.state.catalog().column(&id.owner(), id.part).map(|column| column.position)
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
            if !going.insert(id) {
                continue;
            }
            if id.kind != Kind::Schema {
                open.extend(self.parts_of(&id));
            }
            // What is inherited from another parent as well stays, unless that one goes too.
            let stays = |dependent: &ObjectId| {
                dependent.kind == id.kind
                    && dependent.kind.is_part()
                    && self.origins(dependent).iter().any(|origin| !going.contains(origin))
            };
            let silent = |dependent: &ObjectId| {
                self.state.strength(dependent, &id) == Some(Strength::Auto) && !stays(dependent)
            };
            open.extend(self.state.dependents(&id).into_iter().filter(silent));
        }
        going
    }

    /// What has to be dropped by `CASCADE` if `id` is to go, apart from what goes anyway.
    fn in_the_way(&self, id: &ObjectId, going: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        let mut in_the_way = BTreeSet::new();
        if id.kind == Kind::Schema {
            // Default privileges for a schema go with it without a word.
            let stays = |part: &ObjectId| !part.kind.is_part() && part.kind != Kind::DefaultPrivileges;
            in_the_way.extend(self.parts_of(id).into_iter().filter(stays));
        }
        for gone in self.going_along(std::slice::from_ref(id)) {
            let dependents = self.state.dependents(&gone).into_iter();
            in_the_way.extend(dependents.filter(|it| self.state.strength(it, &gone) != Some(Strength::Auto)));
        }
        in_the_way.retain(|id| self.is_sure(id) && !going.contains(id));
        in_the_way
    }
}
