//! Names that are kept once, however often they occur.

use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::HashSet,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::{LazyLock, Mutex, PoisonError},
};

use crate::hash::QuickState;

/// A name, as PostgreSQL stores it.
///
/// Each text is kept once per process and never given back, so that copying, comparing and hashing a name does
/// not look at its text: a build script does that without optimisation, and most of what the compiler does is
/// looking up names.
/// A process has about as many names as its databases have, so nothing grows beyond those.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

static NAMES: LazyLock<Mutex<HashSet<&'static str, QuickState>>> = LazyLock::new(Mutex::default);

impl Name {
    /// The name of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // Nothing is done with the names under the lock that could leave them half changed.
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(text) {
            return Self(name);
        }
        let name: &'static str = Box::leak(Box::from(text));
        names.insert(name);
        Self(name)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0
    }

    /// A number that no other name has.
    pub(crate) fn address(self) -> u64 {
        self.0.as_ptr().addr() as u64
    }
}

/// The empty name.
impl Default for Name {
    fn default() -> Self {
        Self::new("")
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.address());
    }
}

/// By text.
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.0.cmp(other.0) }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for Name {
    fn eq(&self, other: &String) -> bool {
        self.0 == other
    }
}

impl PartialEq<Name> for str {
    fn eq(&self, other: &Name) -> bool {
        self == other.0
    }
}

impl PartialEq<Name> for &str {
    fn eq(&self, other: &Name) -> bool {
        *self == other.0
    }
}

impl PartialEq<Name> for String {
    fn eq(&self, other: &Name) -> bool {
        self == other.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Name {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Cow<'_, str>> for Name {
    fn from(text: Cow<'_, str>) -> Self {
        Self::new(&text)
    }
}

impl From<&Name> for Name {
    fn from(name: &Name) -> Self {
        *name
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_and_sorted_by_their_text() {
        let mut names = ["b", "", "ab", "b", "a"].map(Name::new);
        names.sort();
        assert_eq!(names, ["", "a", "ab", "b", "b"]);
        assert_eq!(names[3], names[4]);
        assert_ne!(names[1], names[2]);
        assert_eq!(Name::default(), Name::from(String::new()));
    }
}
