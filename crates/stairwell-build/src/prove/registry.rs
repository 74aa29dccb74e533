//! Who owns what: the `[owns]` entries of all manifests, ready to be asked about an object.

use std::collections::BTreeMap;

use stairwell_catalog::{Kind, ObjectId, QualifiedName};

use crate::draft::{Draft, SharedRight};
use crate::source::{Span, Spanned};

/// One entry of a registry.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    /// The index of the plugin in the draft.
    pub(crate) plugin: usize,
    /// `tables`, `types` …
    pub(crate) kind: &'static str,
    pub(crate) name: &'a Spanned<String>,
}

/// All `[owns]` and `[shares]` entries.
pub(crate) struct Registry<'a> {
    /// By name, and then by key.
    entries: BTreeMap<QualifiedName, BTreeMap<&'static str, Vec<Entry<'a>>>>,
    /// Who may do what with whose object: owner, name, right, guest.
    shares: Vec<(usize, QualifiedName, SharedRight, usize, &'a Span)>,
}

impl<'a> Registry<'a> {
    pub(crate) fn new(draft: &'a Draft) -> Self {
        let mut entries: BTreeMap<QualifiedName, BTreeMap<_, Vec<Entry<'a>>>> = BTreeMap::new();
        let mut shares = Vec::new();
        for (plugin, written) in draft.plugins.iter().enumerate() {
            let objects = written.manifest.owns.iter().flat_map(|owns| &owns.objects);
            for (kind, name) in objects {
                let entry = Entry { plugin, kind, name };
                let same_name = entries.entry(qualified(kind, &name.value)).or_default();
                same_name.entry(*kind).or_default().push(entry);
            }
            for share in &written.manifest.shares {
                let guest =
                    |guest: &Spanned<String>| draft.plugins.iter().position(|p| p.name == guest.value);
                for guest in share.plugins.iter().filter_map(guest) {
                    let name = qualified("tables", &share.object.value);
                    shares.push((plugin, name, share.right, guest, &share.object.span));
                }
            }
        }
        Registry { entries, shares }
    }

    /// The entries for this object, of every plugin that claims it. For a part ask about its relation.
    pub(crate) fn entries(&self, object: &ObjectId) -> &[Entry<'a>] {
        let name = match object.kind {
            Kind::Function => object.owner(),
            _ => QualifiedName::new(object.schema, object.name),
        };
        self.first(&name, keys(object.kind))
    }

    /// The entries for the relation (or domain) of this name, of whatever kind.
    pub(crate) fn relation_entries(&self, name: &QualifiedName) -> &[Entry<'a>] {
        self.first(name, &["tables", "views", "types", "sequences"])
    }

    /// The entries for that name below the first of the keys that has any.
    fn first(&self, name: &QualifiedName, keys: &[&'static str]) -> &[Entry<'a>] {
        let Some(entries) = self.entries.get(name) else { return &[] };
        keys.iter().find_map(|key| entries.get(key)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether `owner` lets `guest` do this with the object.
    pub(crate) fn is_shared(
        &self,
        owner: usize,
        object: &QualifiedName,
        right: SharedRight,
        guest: usize,
    ) -> bool {
        self.shares.iter().any(|(by, name, shared, with, _)| {
            *by == owner
                && name == object
                && *with == guest
                && (*shared == right || *shared == SharedRight::Alter)
        })
    }

    /// The entries of each object, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&QualifiedName, &[Entry<'a>])> {
        let entries = self.entries.iter();
        entries.flat_map(|(name, by_key)| by_key.values().map(move |entries| (name, entries.as_slice())))
    }
}

/// The keys of `[owns]` under which an object of this kind is registered; none for parts of relations.
pub(crate) fn keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Table => &["tables"],
        Kind::Type => &["types"],
        Kind::View | Kind::MaterializedView => &["views"],
        Kind::Function => &["functions"],
        Kind::Sequence => &["sequences"],
        Kind::Schema => &["schemas"],
        Kind::Extension => &["extensions"],
        Kind::Trigger | Kind::EventTrigger => &["triggers"],
        Kind::Policy => &["policies"],
        _ => &[],
    }
}

/// A name as `[owns]` has it: `printers` is in `public`, `billing.invoices` says where it is.
/// What lives in no schema has none; of a function the arguments do not count.
fn qualified(kind: &str, written: &str) -> QualifiedName {
    let name = written.split_once('(').map_or(written, |(name, _)| name).trim();
    if matches!(kind, "schemas" | "extensions") {
        return QualifiedName::new("", name);
    }
    match name.split_once('.') {
        Some((schema, name)) => QualifiedName::new(schema, name),
        None => QualifiedName::new("public", name),
    }
}
