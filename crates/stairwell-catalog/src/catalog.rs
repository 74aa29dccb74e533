//! The catalog: every object by its identity.

use std::{
    collections::{BTreeMap, btree_map},
    fmt,
    sync::Arc,
};

use crate::{
    facts::{Fact, facts},
    id::{Kind, ObjectId, QualifiedName},
    object::{Column, Entry, Object},
};

/// A model of the objects in a database.
///
/// Folded from SQL at build time, or read from a live server (feature `postgres`).
/// What every database has from the start (`pg_catalog`, `information_schema`) is in neither;
/// the schema `public` is in both while it exists.
///
/// Cloning is cheap enough to keep a catalog for every migration of a chain: the entries are shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    entries: BTreeMap<ObjectId, Arc<Entry>>,
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
        self.entries.insert(id, entry.into())
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: &ObjectId) -> Option<Arc<Entry>> {
        self.entries.remove(id)
    }

    /// Every object, a relation's parts right behind it.
    #[must_use]
    pub fn iter(&self) -> Objects<'_> {
        Objects(self.entries.iter())
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

    /// Everything that lives in the schema.
    pub fn in_schema(&self, schema: &str) -> impl Iterator<Item = (&ObjectId, &Arc<Entry>)> {
        let first = ObjectId::new(Kind::Schema, schema, "");
        let schema = schema.to_owned();
        self.entries.range(first..).take_while(move |(id, _)| id.schema == schema)
    }

    /// Everything that has the schema and the name of `owner`: the relation of that name, its parts,
    /// and whatever shares its name (a function, a type).
    pub fn named(&self, owner: &QualifiedName) -> impl Iterator<Item = (&ObjectId, &Arc<Entry>)> {
        let first = ObjectId::new(Kind::Schema, owner.schema.clone(), owner.name.clone());
        let owner = owner.clone();
        self.entries
            .range(first..)
            .take_while(move |(id, _)| id.schema == owner.schema && id.name == owner.name)
    }

    /// The parts of a relation or domain: columns, constraints, triggers, rules and policies.
    pub fn parts(&self, owner: &QualifiedName) -> impl Iterator<Item = (&ObjectId, &Arc<Entry>)> {
        self.named(owner).filter(|(id, _)| id.kind.is_part())
    }

    /// The table, view, materialised view, sequence, index or composite type of this name:
    /// what `pg_class` has under it.
    #[must_use]
    pub fn relation(&self, name: &QualifiedName) -> Option<&ObjectId> {
        self.named(name)
            .find(|(id, entry)| id.kind.is_relation() || matches!(entry.object, Object::Composite(_)))
            .map(|(id, _)| id)
    }

    /// The columns of a relation, by position.
    #[must_use]
    pub fn columns(&self, relation: &QualifiedName) -> Vec<(&str, &Column)> {
        let mut columns: Vec<_> = self
            .named(relation)
            .filter_map(|(id, entry)| match &entry.object {
                Object::Column(column) => Some((id.part.as_str(), column)),
                _ => None,
            })
            .collect();
        columns.sort_by_key(|(_, column)| column.position);
        columns
    }

    /// One column of a relation.
    #[must_use]
    pub fn column(&self, relation: &QualifiedName, name: &str) -> Option<&Column> {
        match &self.get(&ObjectId::part(Kind::Column, relation, name))?.object {
            Object::Column(column) => Some(column),
            _ => None,
        }
    }
}

/// The iterator of [`Catalog::iter`].
pub struct Objects<'a>(btree_map::Iter<'a, ObjectId, Arc<Entry>>);

impl<'a> Iterator for Objects<'a> {
    type Item = (&'a ObjectId, &'a Arc<Entry>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
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
        Self { entries: entries.into_iter().map(|(id, entry)| (id, Arc::new(entry))).collect() }
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
