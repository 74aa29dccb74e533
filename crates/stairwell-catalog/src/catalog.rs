//! The catalog: every object by its identity.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, btree_map, btree_set},
    fmt, slice,
    sync::Arc,
};

use crate::{
    facts::{Fact, facts},
    hash::QuickState,
    id::{Kind, ObjectId, QualifiedName},
    interned::Name,
    object::{Column, Entry, Object},
};

/// A model of the objects in a database.
///
/// Folded from SQL at build time, or read from a live server (feature `postgres`).
/// What every database has from the start (`pg_catalog`, `information_schema`) is in neither;
/// the schema `public` is in both while it exists.
///
/// Cloning is cheap enough to keep a catalog for every migration of a chain: the entries are shared.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Hashed, because the fold asks for one object after another.
    entries: HashMap<ObjectId, Arc<Entry>, QuickState>,
    /// The objects of each name, sorted.
    named: HashMap<QualifiedName, Vec<ObjectId>, QuickState>,
    /// The names in each schema.
    names: BTreeMap<Name, BTreeSet<Name>>,
}

impl Catalog {
    /// A catalog without any object, not even the schema `public`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The entry of `id`.
    #[must_use]
    pub fn get(&self, id: &ObjectId) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }

    /// Whether there is such an object.
    #[must_use]
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.entries.contains_key(id)
    }

    /// Puts an entry in place of what was there, which is returned.
    pub fn insert(&mut self, id: ObjectId, entry: impl Into<Arc<Entry>>) -> Option<Arc<Entry>> {
        let before = self.entries.insert(id, entry.into());
        if before.is_none() {
            let named = self.named.entry(id.owner()).or_default();
            if named.is_empty() {
                self.names.entry(id.schema).or_default().insert(id.name);
            }
            let place = named.partition_point(|other| *other < id);
            named.insert(place, id);
        }
        before
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: &ObjectId) -> Option<Arc<Entry>> {
        let before = self.entries.remove(id)?;
        let owner = id.owner();
        if let Some(named) = self.named.get_mut(&owner) {
            named.retain(|other| other != id);
            if named.is_empty() {
                self.named.remove(&owner);
                if let Some(names) = self.names.get_mut(&id.schema) {
                    names.remove(&id.name);
                    if names.is_empty() {
                        self.names.remove(&id.schema);
                    }
                }
            }
        }
        Some(before)
    }

    /// Every object, a relation's parts right behind it.
    #[must_use]
    pub fn iter(&self) -> Objects<'_> {
        Objects { catalog: self, schemas: self.names.iter(), names: None, ids: [].iter() }
    }

    /// How many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no object.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Everything that lives in the schema, in order.
    #[must_use]
    pub fn in_schema(&self, schema: impl Into<Name>) -> Objects<'_> {
        let names = self.names.get_key_value(&schema.into()).map(|(schema, names)| (*schema, names.iter()));
        Objects { catalog: self, schemas: btree_map::Iter::default(), names, ids: [].iter() }
    }

    /// Everything that has the schema and the name of `owner`: the relation of that name, its parts,
    /// and whatever shares its name (a function, a type).
    pub fn named(&self, owner: &QualifiedName) -> impl Iterator<Item = (&ObjectId, &Arc<Entry>)> {
        let ids = self.named.get(owner).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| Some((id, self.entries.get(id)?)))
    }

    /// The parts of a relation or domain: columns, constraints, triggers, rules and policies.
    pub fn parts(&self, owner: &QualifiedName) -> impl Iterator<Item = (&ObjectId, &Arc<Entry>)> {
        self.named(owner).filter(|(id, _)| id.kind.is_part())
    }

    /// The table, view, materialised view, sequence, index or composite type of this name:
    /// what `pg_class` has under it.
    #[must_use]
    pub fn relation(&self, name: &QualifiedName) -> Option<&ObjectId> {
        for id in self.named.get(name)? {
            let is_composite = |id| self.get(id).is_some_and(|it| matches!(it.object, Object::Composite(_)));
            if id.kind.is_relation() || (id.kind == Kind::Type && is_composite(id)) {
                return Some(id);
            }
        }
        None
    }

    /// The columns of a relation, by position.
    #[must_use]
    pub fn columns(&self, relation: &QualifiedName) -> Vec<(Name, &Column)> {
        let mut columns = Vec::new();
        for id in self.named.get(relation).map(Vec::as_slice).unwrap_or_default() {
            if id.kind == Kind::Column
                && let Some(Object::Column(column)) = self.get(id).map(|entry| &entry.object)
            {
                columns.push((id.part, column));
            }
        }
        columns.sort_by_key(|(_, column)| column.position);
        columns
    }

    /// One column of a relation.
    #[must_use]
    pub fn column(&self, relation: &QualifiedName, name: impl Into<Name>) -> Option<&Column> {
        match &self.get(&ObjectId::part(Kind::Column, relation, name))?.object {
            Object::Column(column) => Some(column),
            _ => None,
        }
    }
}

/// In order, which the table by hash does not have.
impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Objects in their order, as [`Catalog::iter`] gives them.
pub struct Objects<'a> {
    catalog: &'a Catalog,
    schemas: btree_map::Iter<'a, Name, BTreeSet<Name>>,
    /// The schema that has been reached, and its names.
    names: Option<(Name, btree_set::Iter<'a, Name>)>,
    /// Those of the name that has been reached.
    ids: slice::Iter<'a, ObjectId>,
}

impl<'a> Iterator for Objects<'a> {
    type Item = (&'a ObjectId, &'a Arc<Entry>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(id) = self.ids.next() {
                return Some((id, self.catalog.get(id)?));
            }
            match self.names.as_mut().and_then(|(schema, names)| Some((*schema, *names.next()?))) {
                Some((schema, name)) => {
                    let named = self.catalog.named.get(&QualifiedName { schema, name });
                    self.ids = named.map(Vec::as_slice).unwrap_or_default().iter();
                }
                None => {
                    let (schema, names) = self.schemas.next()?;
                    self.names = Some((*schema, names.iter()));
                }
            }
        }
    }
}

impl<'a> IntoIterator for &'a Catalog {
    type Item = (&'a ObjectId, &'a Arc<Entry>);
    type IntoIter = Objects<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(ObjectId, Entry)> for Catalog {
    fn from_iter<I: IntoIterator<Item = (ObjectId, Entry)>>(entries: I) -> Self {
        let mut catalog = Self::new();
        for (id, entry) in entries {
            catalog.insert(id, entry);
        }
        catalog
    }
}

/// One line per object and, indented below it, one line per fact; sorted, so that two texts can be compared
/// with `diff`.
impl fmt::Display for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, entry) in self {
            writeln!(f, "{id}")?;
            for Fact { name, value } in facts(entry) {
                writeln!(f, "    {name}: {value}")?;
            }
        }
        Ok(())
    }
}
