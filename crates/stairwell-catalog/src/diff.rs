//! What differs between two catalogs: which objects were added, removed, or changed in which facts.

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{
    catalog::Catalog,
    facts::{Value, facts},
    id::ObjectId,
    object::Entry,
};

/// One object that is not the same in two catalogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The object.
    pub object: ObjectId,
    /// What is different about it.
    pub change: Change,
    /// Why it may not be so: one of the two catalogs cannot be sure of this object.
    pub opaque: Option<String>,
}

/// What is different about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only the second catalog has it.
    Added(Arc<Entry>),
    /// Only the first catalog has it.
    Removed(Arc<Entry>),
    /// Both have it, with other facts.
    Altered(Vec<FactChange>),
}

/// One fact about an object that two catalogs tell differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactChange {
    /// Which fact: `type`, `default`, `not null` …
    pub fact: &'static str,
    /// What the first catalog says; `None` if nothing.
    pub before: Option<Value>,
    /// What the second catalog says; `None` if nothing.
    pub after: Option<Value>,
}

impl FactChange {
    /// Whether both say something and differ in the text of an expression only, which is no proof:
    /// only the server can print the canonical form.
    #[must_use]
    pub fn is_text_only(&self) -> bool {
        matches!((&self.before, &self.after), (Some(Value::Text(_)), Some(Value::Text(_))))
    }
}

impl Difference {
    /// Whether the two differ in nothing but the text of expressions.
    #[must_use]
    pub fn is_text_only(&self) -> bool {
        match &self.change {
            Change::Altered(facts) => facts.iter().all(FactChange::is_text_only),
            Change::Added(_) | Change::Removed(_) => false,
        }
    }
}

/// What makes `after` differ from `before`, sorted by object.
///
/// A fact that either of them does not know is equal to anything.
#[must_use]
pub fn diff(before: &Catalog, after: &Catalog) -> Vec<Difference> {
    let ids: BTreeSet<&ObjectId> = before.iter().chain(after).map(|(id, _)| id).collect();
    ids.into_iter().filter_map(|id| difference(id, before.get(id).cloned(), after.get(id).cloned())).collect()
}

/// How one object differs, given its entry on both sides.
#[must_use]
pub fn difference(
    id: &ObjectId,
    before: Option<Arc<Entry>>,
    after: Option<Arc<Entry>>,
) -> Option<Difference> {
    let opaque = [&before, &after].into_iter().flatten().find_map(|entry| entry.opaque.clone());
    let change = match (before, after) {
        (None, None) => return None,
        (Some(before), None) => Change::Removed(before),
        (None, Some(after)) => Change::Added(after),
        (Some(before), Some(after)) if Arc::ptr_eq(&before, &after) => return None,
        (Some(before), Some(after)) => {
            let changed = changed_facts(&before, &after);
            if changed.is_empty() {
                return None;
            }
            Change::Altered(changed)
        }
    };
    Some(Difference { object: *id, change, opaque })
}

fn changed_facts(before: &Entry, after: &Entry) -> Vec<FactChange> {
    let (before, after) = (facts(before), facts(after));
    let mut names: Vec<&'static str> = before.iter().chain(&after).map(|fact| fact.name).collect();
    names.dedup();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
        .into_iter()
        .filter_map(|name| {
            let find = |facts: &[crate::facts::Fact]| {
                facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone())
            };
            let (before, after) = (find(&before), find(&after));
            let same =
                before == after || [&before, &after].into_iter().flatten().any(|v| *v == Value::Opaque);
            (!same).then_some(FactChange { fact: name, before, after })
        })
        .collect()
}

/// `+ table public.a`, `- type public.b`, `~ column public.c.d: not null: no -> yes`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.change {
            Change::Added(_) => write!(f, "+ {}", self.object)?,
            Change::Removed(_) => write!(f, "- {}", self.object)?,
            Change::Altered(facts) => {
                write!(f, "~ {}: ", self.object)?;
                for (index, fact) in facts.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{fact}")?;
                }
            }
        }
        match &self.opaque {
            Some(reason) => write!(f, " (not certain: {reason})"),
            None => Ok(()),
        }
    }
}

/// `type: text -> integer`; `none` stands for nothing, and `…` for what two long texts have in common.
impl fmt::Display for FactChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "none".to_owned(), Value::to_string);
        let (before, after) = (side(&self.before), side(&self.after));
        let (before, after) = without_common(&before, &after);
        write!(f, "{}: {before} -> {after}", self.fact)
    }
}

/// Texts of so many bytes, such as the values of an enum of all currencies, are shown where they differ.
const LONG: usize = 200;

/// So many characters of what is the same are shown around it.
const AROUND: usize = 32;

fn without_common(before: &str, after: &str) -> (String, String) {
    if before.len().min(after.len()) <= LONG {
        return (before.to_owned(), after.to_owned());
    }
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let same = |(a, b): &(&char, &char)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
    // What is repeated may count for both ends.
    let tail = tail.min(old.len().min(new.len()) - head);
    let (from, left) = (head.saturating_sub(AROUND), tail.saturating_sub(AROUND));
    let shown = |text: &[char]| {
        let middle = text.get(from..text.len() - left).unwrap_or_default();
        let mark = |cut: usize| if cut == 0 { "" } else { "…" };
        format!("{}{}{}", mark(from), middle.iter().collect::<String>(), mark(left))
    };
    (shown(&old), shown(&new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &str, after: &str) -> String {
        let value = |text: &str| Some(Value::Exact(text.to_owned()));
        FactChange { fact: "values", before: value(before), after: value(after) }.to_string()
    }

    /// Two lists of a hundred and fifty currencies were shown whole, and nobody saw the one that was left.
    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let values =
            |from: u32, to: u32| (from..to).map(|n| format!("'v{n}'")).collect::<Vec<_>>().join(", ");
        assert_eq!(change("'a', 'b'", "'a'"), "values: 'a', 'b' -> 'a'");
        assert_eq!(
            change(&values(100, 200), &format!("{}, 'new', {}", values(100, 150), values(150, 200))),
            "values: …v146', 'v147', 'v148', 'v149', 'v150', 'v151', 'v152', 'v153', '… -> \
             …v146', 'v147', 'v148', 'v149', 'new', 'v150', 'v151', 'v152', 'v153', '…"
        );
        assert_eq!(
            change(&values(100, 200), &values(100, 201)),
            "values: …, 'v196', 'v197', 'v198', 'v199' -> …, 'v196', 'v197', 'v198', 'v199', 'v200'"
        );
        let ends = format!("values: …{} -> …{}", "ä".repeat(32), "ä".repeat(33));
        assert_eq!(change(&"ä".repeat(200), &"ä".repeat(201)), ends);
    }
}
