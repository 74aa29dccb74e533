//! Renaming and moving: an object keeps its dependencies, and whatever names it follows.

use std::collections::BTreeSet;

use squawk_syntax::SyntaxNode;
use stairwell_catalog::{
    ConstraintRule, Entry, Kind, Known, Object, ObjectId, QualifiedName, ReplicaIdentity, SqlType, TableKind,
    Verb, quote_identifier,
};

use super::{Fold, state::Strength};

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
        for (old, new) in &moves {
            self.rekey(old, new);
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
            self.state.put(old.clone(), entry.clone());
            if !self.state.contains(new) {
                self.state.put(new.clone(), entry);
            }
        }
    }

    /// Which objects get which new identity.
    fn moves(&self, from: &ObjectId, to: &ObjectId) -> Vec<(ObjectId, ObjectId)> {
        let catalog = self.state.catalog();
        let mut moves = vec![(from.clone(), to.clone())];
        match from.kind {
            Kind::Schema => moves.extend(
                catalog
                    .iter()
                    .map(|(id, _)| id)
                    .filter(|id| id.schema == from.name)
                    .map(|id| (id.clone(), ObjectId { schema: to.name.clone(), ..id.clone() })),
            ),
            Kind::Table | Kind::View | Kind::MaterializedView | Kind::Type => {
                for (part, _) in catalog.parts(&from.owner()) {
                    moves.push((part.clone(), ObjectId::part(part.kind, &to.owner(), part.part.clone())));
                }
                if from.schema != to.schema {
                    let along = self.in_same_schema(from).into_iter();
                    moves.extend(along.map(|id| (id.clone(), ObjectId { schema: to.schema.clone(), ..id })));
                }
            }
            Kind::Constraint => {
                let index = ObjectId::new(Kind::Index, from.schema.clone(), from.part.clone());
                if matches!(self.state.get(&index).map(|it| &it.object),
                    Some(Object::Index(it)) if it.constraint && it.table == from.owner())
                {
                    let name = to.part.clone();
                    moves.push((index, ObjectId::new(Kind::Index, to.schema.clone(), name)));
                }
            }
            Kind::Index => {
                if let Some(Object::Index(it)) = self.state.get(from).map(|entry| &entry.object)
                    && it.constraint
                {
                    let constraint = ObjectId::part(Kind::Constraint, &it.table, from.name.clone());
                    if self.state.contains(&constraint) {
                        let renamed = ObjectId { part: to.name.clone(), ..constraint.clone() };
                        moves.push((constraint, renamed));
                    }
                }
            }
            _ => {}
        }
        moves
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
            let index = ObjectId::new(Kind::Index, part.schema.clone(), part.part.clone());
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
        self.state.put(to.clone(), Entry::clone(&entry));
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
            .map(|(id, _)| id.clone())
            .collect();
        for id in naming {
            self.state.change(&id, |entry| renaming.apply(&id, &mut entry.object));
            // A function is called by its arguments' types.
            if let Some(Object::Function(function)) = self.state.get(&id).map(|entry| &entry.object) {
                let inputs = function.arguments.iter().filter(|argument| argument.mode.is_input());
                let part = inputs.map(|argument| argument.ty.to_string()).collect::<Vec<_>>().join(", ");
                if part != id.part {
                    self.rekey(&id, &ObjectId { part, ..id.clone() });
                }
            }
        }
    }

    fn follow_column_name(&mut self, from: &ObjectId, to: &ObjectId) {
        // Parts that share the relation, and the relation itself, name columns without an edge of their own.
        let mut naming: BTreeSet<ObjectId> = self.state.dependents(to).into_iter().collect();
        let catalog = self.state.catalog();
        naming.extend(catalog.parts(&to.owner()).map(|(id, _)| id.clone()));
        naming.extend(catalog.relation(&to.owner()).cloned());
        for id in naming {
            self.state.change(&id, |entry| follow_column(&mut entry.object, &id, from, to));
        }
    }
}

/// Old names and the new ones, by what PostgreSQL keeps apart: relations and types may have one name.
#[derive(Debug, Default)]
pub(crate) struct Renaming {
    relations: Vec<(QualifiedName, QualifiedName)>,
    types: Vec<(QualifiedName, QualifiedName)>,
    functions: Vec<(QualifiedName, QualifiedName)>,
    collations: Vec<(String, String)>,
    schema: Option<(String, String)>,
}

impl Renaming {
    fn add(&mut self, old: &ObjectId, new: &ObjectId) {
        let names = || (old.owner(), new.owner());
        match old.kind {
            Kind::Table | Kind::View | Kind::MaterializedView => {
                self.relations.push(names());
                self.types.push(names());
            }
            Kind::Index => self.relations.push(names()),
            // The multirange of a range keeps its name and its schema.
            Kind::Type => self.types.push(names()),
            Kind::Function => self.functions.push(names()),
            Kind::Collation => self.collations.push((old.owner().to_string(), new.owner().to_string())),
            Kind::Schema => self.schema = Some((old.name.clone(), new.name.clone())),
            _ => {}
        }
    }

    /// A type that is no object itself: an extension's.
    pub(crate) fn add_type(&mut self, old: QualifiedName, new: QualifiedName) {
        self.types.push((old, new));
    }

    fn is_empty(&self) -> bool {
        self.relations.is_empty()
            && self.types.is_empty()
            && self.functions.is_empty()
            && self.collations.is_empty()
            && self.schema.is_none()
    }

    /// Whether the object names anything that has another name now; what [`Renaming::apply`] would change.
    fn concerns(&self, id: &ObjectId, object: &Object) -> bool {
        let ty = |ty: &SqlType| ty.name().is_some_and(|name| self.new_type(name).is_some());
        let relation = |name: &QualifiedName| self.find(&self.relations, name).is_some();
        let function = |id: &ObjectId| self.find(&self.functions, &id.owner()).is_some();
        let collation = |name: &Option<String>| self.new_collation(name.as_ref()).is_some();
        match object {
            Object::Table(it) => {
                it.parents.iter().any(relation)
                    || it.of_type.as_ref().is_some_and(|name| self.new_type(name).is_some())
                    || self.new_replica_index(id, &it.replica_identity).is_some()
            }
            Object::Column(it) => ty(&it.ty) || collation(&it.collation),
            Object::Constraint(it) => match &it.rule {
                ConstraintRule::ForeignKey(key) => relation(&key.references),
                _ => false,
            },
            Object::Index(it) => {
                relation(&it.table)
                    || it.parent.as_ref().is_some_and(relation)
                    || it.keys.iter().any(|key| collation(&key.collation))
            }
            Object::Sequence(it) => it.owned_by.as_ref().is_some_and(|(table, _)| relation(table)),
            Object::Domain(it) => ty(&it.base) || collation(&it.collation),
            Object::Range(it) => ty(&it.subtype),
            Object::Composite(it) => {
                it.attributes.iter().any(|attribute| ty(&attribute.ty) || collation(&attribute.collation))
            }
            Object::Function(it) => {
                it.arguments.iter().any(|argument| ty(&argument.ty)) || it.returns.as_ref().is_some_and(ty)
            }
            Object::Trigger(it) => function(&it.function),
            Object::EventTrigger(it) => function(&it.function),
            Object::Extension(_) => self.schema.is_some(),
            _ => false,
        }
    }

    /// The new name of the index that is a table's replica identity; it is always in the table's schema.
    fn new_replica_index(&self, table: &ObjectId, identity: &ReplicaIdentity) -> Option<&str> {
        let ReplicaIdentity::Index(index) = identity else { return None };
        let renamed = self
            .relations
            .iter()
            .find(|(old, new)| old.name == *index && old.schema == table.schema && new.name != old.name);
        renamed.map(|(_, new)| new.name.as_str())
    }

    fn moved(&self, name: &QualifiedName) -> Option<QualifiedName> {
        let (old, new) = self.schema.as_ref()?;
        (name.schema == *old).then(|| QualifiedName::new(new.clone(), name.name.clone()))
    }

    fn find(&self, pairs: &[(QualifiedName, QualifiedName)], name: &QualifiedName) -> Option<QualifiedName> {
        if self.schema.is_some() {
            return self.moved(name);
        }
        pairs.iter().find(|(old, _)| old == name).map(|(_, new)| new.clone())
    }

    fn new_type(&self, name: &QualifiedName) -> Option<QualifiedName> {
        self.find(&self.types, name)
    }

    fn new_collation(&self, name: Option<&String>) -> Option<String> {
        let name = name?;
        if let Some((old, new)) = &self.schema {
            let rest = name.strip_prefix(&*quote_identifier(old))?.strip_prefix('.')?;
            return Some(format!("{}.{rest}", quote_identifier(new)));
        }
        self.collations.iter().find(|(old, _)| old == name).map(|(_, new)| new.clone())
    }

    fn relation(&self, name: &mut QualifiedName) {
        if let Some(new) = self.find(&self.relations, name) {
            *name = new;
        }
    }

    fn ty(&self, ty: &mut SqlType) {
        if let Some(name) = ty.name_mut()
            && let Some(new) = self.find(&self.types, name)
        {
            *name = new;
        }
    }

    fn function(&self, function: &mut ObjectId) {
        if let Some(new) = self.find(&self.functions, &function.owner()) {
            *function = ObjectId::function(&new, "");
        }
    }

    fn collation(&self, collation: &mut Option<String>) {
        if let Some(new) = self.new_collation(collation.as_ref()) {
            *collation = Some(new);
        }
    }

    /// Corrects the names within one object.
    fn apply(&self, id: &ObjectId, object: &mut Object) {
        match object {
            Object::Table(it) => {
                it.parents.iter_mut().for_each(|name| self.relation(name));
                // A composite type is a relation and a type.
                if let Some(of_type) = &mut it.of_type
                    && let Some(new) = self.new_type(of_type)
                {
                    *of_type = new;
                }
                if let Some(index) = self.new_replica_index(id, &it.replica_identity) {
                    it.replica_identity = ReplicaIdentity::Index(index.to_owned());
                }
            }
            Object::Column(it) => {
                self.ty(&mut it.ty);
                self.collation(&mut it.collation);
            }
            Object::Constraint(it) => {
                if let ConstraintRule::ForeignKey(key) = &mut it.rule {
                    self.relation(&mut key.references);
                }
            }
            Object::Index(it) => {
                self.relation(&mut it.table);
                it.parent.iter_mut().for_each(|name| self.relation(name));
                it.keys.iter_mut().for_each(|key| self.collation(&mut key.collation));
            }
            Object::Sequence(it) => {
                if let Some((table, _)) = &mut it.owned_by {
                    self.relation(table);
                }
            }
            Object::Domain(it) => {
                self.ty(&mut it.base);
                self.collation(&mut it.collation);
            }
            Object::Range(it) => self.ty(&mut it.subtype),
            Object::Composite(it) => {
                for attribute in &mut it.attributes {
                    self.ty(&mut attribute.ty);
                    self.collation(&mut attribute.collation);
                }
            }
            Object::Function(it) => {
                it.arguments.iter_mut().for_each(|argument| self.ty(&mut argument.ty));
                it.returns.iter_mut().for_each(|ty| self.ty(ty));
            }
            Object::Trigger(it) => self.function(&mut it.function),
            Object::EventTrigger(it) => self.function(&mut it.function),
            Object::Extension(it) => {
                if let (Known::Known(schema), Some((old, new))) = (&mut it.schema, &self.schema)
                    && schema == old
                {
                    schema.clone_from(new);
                }
            }
            _ => {}
        }
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
            if let TableKind::Partitioned { key, .. } = &mut it.kind {
                key.iter_mut().flatten().for_each(rename);
            }
        }
        _ => {}
    }
}
