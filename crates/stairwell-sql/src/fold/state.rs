//! The state of the fold: the catalog, what depends on what, where each object came from, and a journal
//! that takes everything back.
//!
//! The journal is why a down step can be tried at every migration without copying a catalog: the step is
//! folded, compared with what was there before, and taken back; the cost is that of the objects it touched.
//! What it has noted can also be done again elsewhere: [`Replay`].

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use stairwell_catalog::{Catalog, Difference, Entry, Kind, Name, Object, ObjectId, QuickState, difference};

use super::default_privileges::DefaultPrivileges;

/// How one object depends on another, after `pg_depend`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// It goes along silently: an index with its column, a partition with its table.
    Auto,
    /// It is a column whose default reads the other object: `CASCADE` takes the default only.
    Default,
    /// It stands in the way, unless `CASCADE` takes it along: a view and its table.
    Normal,
}

/// Where an object was created or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The step, as the caller numbers steps.
    pub step: usize,
    /// The bytes in that step's text.
    pub span: Range<usize>,
}

/// A point in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(usize);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct State {
    catalog: Catalog,
    /// What each object uses.
    uses: HashMap<ObjectId, BTreeMap<ObjectId, Strength>, QuickState>,
    /// The same edges the other way round.
    used_by: HashMap<ObjectId, BTreeSet<ObjectId>, QuickState>,
    created: HashMap<ObjectId, Origin, QuickState>,
    dropped: HashMap<ObjectId, Origin, QuickState>,
    /// The constraints by schema and name: those of a schema share one name space when PostgreSQL makes names.
    constraint_names: HashMap<(Name, Name), usize, QuickState>,
    /// Names that PostgreSQL keeps and the catalog has no place for: of an index its columns' names,
    /// expressions included; of a column the name of its NOT NULL constraint.
    inner_names: HashMap<ObjectId, Vec<String>, QuickState>,
    /// The owners that are known by name; whatever is not here belongs to the role that runs the migrations.
    owners: HashMap<ObjectId, String, QuickState>,
    default_privileges: DefaultPrivileges,
    /// The range types, by which multirange types are found: these are no objects themselves.
    ranges: BTreeSet<ObjectId>,
    /// What each change has put away.
    journal: Vec<Value>,
}

/// A part of the state with the value that it had, or is to have; `None` where there is nothing.
#[derive(Debug)]
enum Value {
    Entry(ObjectId, Option<Arc<Entry>>),
    Edge { dependent: ObjectId, on: ObjectId, strength: Option<Strength> },
    Created(ObjectId, Option<Origin>),
    Dropped(ObjectId, Option<Origin>),
    InnerNames(ObjectId, Option<Vec<String>>),
    Owner(ObjectId, Option<String>),
    DefaultPrivileges(DefaultPrivileges),
}

/// What has come of everything since a [`Mark`], for another state that is as this one was at the mark.
#[derive(Debug)]
pub(crate) struct Replay(Vec<Value>);

impl State {
    /// The catalog as it is now, temporary objects included (in the schema `pg_temp`).
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The entry of an object.
    pub(crate) fn get(&self, id: &ObjectId) -> Option<&Entry> {
        self.catalog.get(id).map(Arc::as_ref)
    }

    /// Whether there is such an object.
    pub(crate) fn contains(&self, id: &ObjectId) -> bool {
        self.catalog.contains(id)
    }

    /// Puts an object into the catalog, in place of one of the same identity.
    pub(crate) fn put(&mut self, id: ObjectId, entry: Entry) {
        let before = self.insert(&id, Arc::new(entry));
        self.journal.push(Value::Entry(id, before));
    }

    /// Changes an object in place; nothing happens if there is none.
    pub(crate) fn change(&mut self, id: &ObjectId, change: impl FnOnce(&mut Entry)) {
        let mut change = Some(change);
        self.change_with(id, &mut |entry| {
            if let Some(change) = change.take() {
                change(entry);
            }
        });
    }

    /// [`State::change`], compiled once and not for each of its callers.
    fn change_with(&mut self, id: &ObjectId, change: &mut dyn FnMut(&mut Entry)) {
        if let Some(before) = self.catalog.get(id) {
            let mut entry = Entry::clone(before);
            change(&mut entry);
            if entry != **before {
                self.put(*id, entry);
            }
        }
    }

    /// Takes an object out of the catalog together with the edges from it and to it, its owner, and where it
    /// was created, so that nothing of it is left for another object of the same identity.
    ///
    /// What depends on it is not looked at; that is `drop.rs`.
    pub(crate) fn take(&mut self, id: &ObjectId) -> Option<Arc<Entry>> {
        let before = self.remove(id)?;
        self.journal.push(Value::Entry(*id, Some(before.clone())));
        if let Some(origin) = self.created.remove(id) {
            self.journal.push(Value::Created(*id, Some(origin)));
        }
        self.set_owner(id, None);
        for on in self.uses.get(id).map(|on| on.keys().cloned().collect::<Vec<_>>()).unwrap_or_default() {
            self.set_edge(id, &on, None);
        }
        for dependent in self.dependents(id) {
            self.set_edge(&dependent, id, None);
        }
        Some(before)
    }

    /// Notes that `dependent` depends on `on`. Of two strengths the one that stands in the way stays.
    pub(crate) fn depend(&mut self, dependent: &ObjectId, on: &ObjectId, strength: Strength) {
        let before = self.uses.get(dependent).and_then(|uses| uses.get(on)).copied();
        if before.is_none_or(|before| before < strength) {
            self.set_edge(dependent, on, Some(strength));
        }
    }

    /// Forgets that `dependent` depends on `on`.
    pub(crate) fn release(&mut self, dependent: &ObjectId, on: &ObjectId) {
        self.set_edge(dependent, on, None);
    }

    /// What depends on `id` directly.
    pub(crate) fn dependents(&self, id: &ObjectId) -> Vec<ObjectId> {
        self.used_by.get(id).map(|ids| ids.iter().cloned().collect()).unwrap_or_default()
    }

    /// What `id` depends on directly, and how.
    pub(crate) fn uses(&self, id: &ObjectId) -> Vec<(ObjectId, Strength)> {
        self.uses.get(id).map(|on| on.iter().map(|(id, s)| (*id, *s)).collect()).unwrap_or_default()
    }

    /// How `dependent` depends on `on`.
    pub(crate) fn strength(&self, dependent: &ObjectId, on: &ObjectId) -> Option<Strength> {
        self.uses.get(dependent).and_then(|uses| uses.get(on)).copied()
    }

    /// Where the object was created; `None` if it was there from the start.
    pub(crate) fn created(&self, id: &ObjectId) -> Option<&Origin> {
        self.created.get(id)
    }

    /// Where an object of this identity was last dropped or renamed away.
    pub(crate) fn dropped(&self, id: &ObjectId) -> Option<&Origin> {
        self.dropped.get(id)
    }

    /// Notes where an object was created.
    pub(crate) fn set_created(&mut self, id: &ObjectId, origin: Origin) {
        let before = self.created.insert(*id, origin);
        self.journal.push(Value::Created(*id, before));
    }

    /// Notes where an object was dropped.
    pub(crate) fn set_dropped(&mut self, id: &ObjectId, origin: Origin) {
        let before = self.dropped.insert(*id, origin);
        self.journal.push(Value::Dropped(*id, before));
    }

    /// Whether any table or domain of the schema has a constraint of this name.
    pub(crate) fn has_constraint_named(&self, schema: &str, name: &str) -> bool {
        self.constraint_names.contains_key(&(schema.into(), name.into()))
    }

    /// The names kept for an object with [`State::set_inner_names`]; none if it has been dropped.
    pub(crate) fn inner_names(&self, id: &ObjectId) -> &[String] {
        if self.contains(id) { self.inner_names.get(id).map(Vec::as_slice).unwrap_or_default() } else { &[] }
    }

    /// Keeps names that the catalog has no place for.
    pub(crate) fn set_inner_names(&mut self, id: &ObjectId, names: Vec<String>) {
        let before =
            if names.is_empty() { self.inner_names.remove(id) } else { self.inner_names.insert(*id, names) };
        self.journal.push(Value::InnerNames(*id, before));
    }

    /// The range types.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = &ObjectId> {
        self.ranges.iter()
    }

    /// Puts an entry into the catalog and into what is derived from it.
    fn insert(&mut self, id: &ObjectId, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        if matches!(entry.object, Object::Range(_)) {
            self.ranges.insert(*id);
        } else if id.kind == Kind::Type {
            self.ranges.remove(id);
        }
        let before = self.catalog.insert(*id, entry);
        if before.is_none() {
            self.count_constraint(id, true);
        }
        before
    }

    /// Takes an entry out of the catalog and out of what is derived from it.
    fn remove(&mut self, id: &ObjectId) -> Option<Arc<Entry>> {
        let before = self.catalog.remove(id)?;
        self.count_constraint(id, false);
        if id.kind == Kind::Type {
            self.ranges.remove(id);
        }
        Some(before)
    }

    fn count_constraint(&mut self, id: &ObjectId, added: bool) {
        if id.kind != Kind::Constraint {
            return;
        }
        let key = (id.schema, id.part);
        let count = self.constraint_names.get(&key).copied().unwrap_or_default();
        let count = if added { count + 1 } else { count.saturating_sub(1) };
        if count == 0 {
            self.constraint_names.remove(&key);
        } else {
            self.constraint_names.insert(key, count);
        }
    }

    /// The owner, if it is known by name; `None` stands for the role that runs the migrations.
    pub(crate) fn owner(&self, id: &ObjectId) -> Option<&str> {
        self.owners.get(id).map(String::as_str)
    }

    /// Gives the object another owner.
    pub(crate) fn set_owner(&mut self, id: &ObjectId, owner: Option<String>) {
        let before = match owner.clone() {
            Some(owner) => self.owners.insert(*id, owner),
            None => self.owners.remove(id),
        };
        if before != owner {
            self.journal.push(Value::Owner(*id, before));
        }
        if has_owner(id.kind) {
            self.change(id, |entry| entry.owner = owner);
        }
    }

    /// What `ALTER DEFAULT PRIVILEGES` has set.
    pub(crate) fn default_privileges(&self) -> &DefaultPrivileges {
        &self.default_privileges
    }

    /// Changes what `ALTER DEFAULT PRIVILEGES` sets.
    pub(crate) fn change_default_privileges(&mut self, change: impl FnOnce(&mut DefaultPrivileges)) {
        let before = self.default_privileges.clone();
        change(&mut self.default_privileges);
        if before != self.default_privileges {
            self.journal.push(Value::DefaultPrivileges(before));
        }
    }

    /// The present point of the journal.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Takes back everything since `mark`.
    pub(crate) fn undo_to(&mut self, mark: Mark) {
        while self.journal.len() > mark.0 {
            let Some(before) = self.journal.pop() else { return };
            self.set(before);
        }
    }

    /// What has come of everything since `mark`.
    pub(crate) fn replay_since(&self, mark: Mark) -> Replay {
        Replay(self.journal.get(mark.0..).unwrap_or_default().iter().map(|it| self.now(it)).collect())
    }

    /// Does what another state has done since it was as this one is.
    pub(crate) fn replay(&mut self, replay: Replay) {
        for value in replay.0 {
            let before = self.now(&value);
            self.set(value);
            self.journal.push(before);
        }
    }

    /// The same part of the state with its present value.
    fn now(&self, value: &Value) -> Value {
        match value {
            Value::Entry(id, _) => Value::Entry(*id, self.catalog.get(id).cloned()),
            Value::Edge { dependent, on, .. } => {
                Value::Edge { dependent: *dependent, on: *on, strength: self.strength(dependent, on) }
            }
            Value::Created(id, _) => Value::Created(*id, self.created.get(id).cloned()),
            Value::Dropped(id, _) => Value::Dropped(*id, self.dropped.get(id).cloned()),
            Value::InnerNames(id, _) => Value::InnerNames(*id, self.inner_names.get(id).cloned()),
            Value::Owner(id, _) => Value::Owner(*id, self.owners.get(id).cloned()),
            Value::DefaultPrivileges(_) => Value::DefaultPrivileges(self.default_privileges.clone()),
        }
    }

    /// Gives a part of the state a value, unnoticed by the journal.
    fn set(&mut self, value: Value) {
        match value {
            Value::Entry(id, Some(entry)) => {
                self.insert(&id, entry);
            }
            Value::Entry(id, None) => {
                self.remove(&id);
            }
            Value::Edge { dependent, on, strength } => self.put_edge(&dependent, &on, strength),
            Value::Created(id, origin) => put(&mut self.created, id, origin),
            Value::Dropped(id, origin) => put(&mut self.dropped, id, origin),
            Value::InnerNames(id, names) => put(&mut self.inner_names, id, names),
            Value::Owner(id, owner) => put(&mut self.owners, id, owner),
            Value::DefaultPrivileges(privileges) => self.default_privileges = privileges,
        }
    }

    /// What is different from how it was at `mark`, sorted by object. Temporary objects are left out.
    pub(crate) fn differences_since(&self, mark: Mark) -> Vec<Difference> {
        self.touched_since(mark)
            .into_iter()
            .filter(|(id, _)| id.schema != "pg_temp")
            .filter_map(|(id, before)| difference(&id, before, self.catalog.get(&id).cloned()))
            .collect()
    }

    /// Every object touched since `mark`, with its entry as it was then.
    pub(crate) fn touched_since(&self, mark: Mark) -> BTreeMap<ObjectId, Option<Arc<Entry>>> {
        let mut touched = BTreeMap::new();
        for undo in self.journal.get(mark.0..).unwrap_or_default() {
            if let Value::Entry(id, before) = undo {
                touched.entry(*id).or_insert_with(|| before.clone());
            }
        }
        touched
    }

    /// Forgets how to take things back: no mark from before this call may be used any more.
    pub(crate) fn forget_journal(&mut self) {
        self.journal.clear();
    }

    fn set_edge(&mut self, dependent: &ObjectId, on: &ObjectId, strength: Option<Strength>) {
        let before = self.uses.get(dependent).and_then(|uses| uses.get(on)).copied();
        if before != strength {
            self.put_edge(dependent, on, strength);
            self.journal.push(Value::Edge { dependent: *dependent, on: *on, strength: before });
        }
    }

    fn put_edge(&mut self, dependent: &ObjectId, on: &ObjectId, strength: Option<Strength>) {
        match strength {
            Some(strength) => {
                self.uses.entry(*dependent).or_default().insert(*on, strength);
                self.used_by.entry(*on).or_default().insert(*dependent);
            }
            None => {
                if let Some(uses) = self.uses.get_mut(dependent) {
                    uses.remove(on);
                    if uses.is_empty() {
                        self.uses.remove(dependent);
                    }
                }
                if let Some(used_by) = self.used_by.get_mut(on) {
                    used_by.remove(dependent);
                    if used_by.is_empty() {
                        self.used_by.remove(on);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
impl State {
    /// Everything but the journal, in an order that does not depend on how it came about.
    pub(crate) fn content(&self) -> impl std::fmt::Debug + '_ {
        fn sorted<K: Ord, V>(map: &HashMap<K, V, QuickState>) -> BTreeMap<&K, &V> {
            map.iter().collect()
        }
        (
            (&self.catalog, sorted(&self.uses), sorted(&self.used_by)),
            (sorted(&self.created), sorted(&self.dropped), sorted(&self.owners)),
            (
                sorted(&self.constraint_names),
                sorted(&self.inner_names),
                &self.default_privileges,
                &self.ranges,
            ),
        )
    }

    /// Edges one end of which is not there, or that are known from one end only.
    pub(crate) fn loose_edges(&self) -> Vec<String> {
        let mut loose = Vec::new();
        for (dependent, uses) in &self.uses {
            for on in uses.keys() {
                if !self.contains(dependent) || !self.contains(on) {
                    loose.push(format!("{dependent} depends on {on}"));
                }
                if !self.used_by.get(on).is_some_and(|used_by| used_by.contains(dependent)) {
                    loose.push(format!("{on} does not know of {dependent}"));
                }
            }
        }
        for (on, used_by) in &self.used_by {
            for dependent in used_by {
                if self.strength(dependent, on).is_none() {
                    loose.push(format!("{dependent} does not know of {on}"));
                }
            }
        }
        loose
    }
}

/// Whether a catalog tells to whom an object of this kind belongs; the others follow another object, or nobody
/// owns them.
fn has_owner(kind: Kind) -> bool {
    let unowned = matches!(
        kind,
        Kind::Index
            | Kind::Cast
            | Kind::Transform
            | Kind::AccessMethod
            | Kind::UserMapping
            | Kind::TextSearchParser
            | Kind::TextSearchTemplate
            | Kind::DefaultPrivileges
    );
    !unowned && !kind.is_part()
}

fn put<T>(map: &mut HashMap<ObjectId, T, QuickState>, id: ObjectId, value: Option<T>) {
    match value {
        Some(value) => map.insert(id, value),
        None => map.remove(&id),
    };
}
