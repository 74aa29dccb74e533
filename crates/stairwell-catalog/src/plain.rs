//! The kinds of objects that no other object's columns, types or expressions hang on: what there is to know
//! about one is a short list of facts.

use std::collections::BTreeMap;

use crate::facts::{Fact, Value};

/// An object of a kind that has no structure of its own here.
///
/// Which facts there are per kind (a fact that is missing says what is usual):
///
/// | kind | facts |
/// |---|---|
/// | base type, collation | none |
/// | operator, operator class, operator family, cast, conversion, transform, access method, text search parser, text search template | `definition`, as text; of a family only what was added to it alone |
/// | statistics | `on`, the table; `columns`, sorted; `expressions`, as text; `kinds`, sorted, unless it is all of them; `target` |
/// | publication | `all tables`; `tables`, sorted, with their column lists; `rows`, as text; `schemas`; `publish`, unless it is everything; `via root`; `generated columns` |
/// | foreign data wrapper | `handler`, `validator`, `options` |
/// | server | `wrapper`, `type`, `version`, `options` |
/// | user mapping | `options`, the names only: among the values are passwords |
/// | text search configuration | `parser`, `mappings` |
/// | text search dictionary | `template`, `options` |
/// | default privileges | none; what they give is in the entry's grants |
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plain {
    /// What is known about it, in the order in which it is shown.
    pub facts: Vec<Fact>,
}

impl Plain {
    /// An object of which nothing but its existence is told.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact that is compared exactly.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with_value(name, Value::Exact(value.into()))
    }

    /// Adds a fact that is true of it: `name: yes`; none if it is not.
    #[must_use]
    pub fn with_flag(self, name: &'static str, set: bool) -> Self {
        if set { self.with(name, "yes") } else { self }
    }

    /// Adds a list as a fact; none if it is empty.
    #[must_use]
    pub fn with_list<T: ToString>(self, name: &'static str, items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
        if items.is_empty() { self } else { self.with(name, items.join(", ")) }
    }

    /// Adds options as the fact `options`; none if there are none.
    #[must_use]
    pub fn with_options(self, options: &BTreeMap<String, String>) -> Self {
        self.with_list("options", options.iter().map(|(name, value)| format!("{name}={value}")))
    }

    /// Adds the text of a definition or an expression, in which a difference is no proof; none if it is empty.
    #[must_use]
    pub fn with_text(self, name: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { self } else { self.with_value(name, Value::Text(text)) }
    }

    /// Adds a fact that cannot be known, so that it equals whatever the other side says.
    #[must_use]
    pub fn with_opaque(self, name: &'static str) -> Self {
        self.with_value(name, Value::Opaque)
    }

    /// Puts a fact in place of the one of this name, if there is one.
    #[must_use]
    pub fn with_value(mut self, name: &'static str, value: Value) -> Self {
        match self.facts.iter_mut().find(|fact| fact.name == name) {
            Some(fact) => fact.value = value,
            None => self.facts.push(Fact { name, value }),
        }
        self
    }
}
