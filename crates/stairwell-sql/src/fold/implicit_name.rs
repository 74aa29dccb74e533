//! The names that PostgreSQL gives to what was not named: indexes, constraints, sequences.

use stairwell_catalog::QualifiedName;

use super::{Fold, resolve::IDENTIFIER_BYTES};

/// `name1_name2_label`, with the two names shortened, the longer one first, until everything fits.
pub(crate) fn object_name(name1: &str, name2: Option<&str>, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(name2.is_some());
    let available = IDENTIFIER_BYTES.saturating_sub(overhead);
    let (mut first, mut second) = (name1.len(), name2.map_or(0, str::len));
    while first + second > available {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let mut name = clip(name1, first).to_owned();
    if let Some(name2) = name2 {
        name.push('_');
        name.push_str(clip(name2, second));
    }
    name.push('_');
    name.push_str(label);
    name
}

/// The longest beginning of at most `bytes` bytes that ends between two characters.
fn clip(name: &str, bytes: usize) -> &str {
    let mut end = bytes.min(name.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or_default()
}

/// The names of several columns as one, which PostgreSQL stops to lengthen once it is too long anyway.
pub(crate) fn joined<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > IDENTIFIER_BYTES {
            break;
        }
    }
    joined
}

/// The names of an index's columns: one that was there before gets a number.
pub(crate) fn distinct(columns: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for column in columns {
        let mut name = column.clone();
        let mut number = 0_u32;
        while distinct.contains(&name) {
            number += 1;
            let digits = number.to_string();
            name = format!("{}{digits}", clip(&column, IDENTIFIER_BYTES.saturating_sub(digits.len())));
        }
        distinct.push(name);
    }
    distinct
}

impl Fold {
    /// A name that no relation of the schema has; with `constraint`, no constraint either.
    pub(crate) fn free_relation_name(
        &self,
        schema: &str,
        name1: &str,
        name2: Option<&str>,
        label: &str,
        constraint: bool,
    ) -> String {
        first_free(name1, name2, label, |name| {
            self.state.catalog().relation(&QualifiedName::new(schema, name)).is_none()
                && !(constraint && self.state.has_constraint_named(schema, name))
        })
    }

    /// A name that no constraint of the schema has, on whatever table or domain.
    pub(crate) fn free_constraint_name(
        &self,
        schema: &str,
        name1: &str,
        name2: Option<&str>,
        label: &str,
    ) -> String {
        first_free(name1, name2, label, |name| !self.state.has_constraint_named(schema, name))
    }
}

fn first_free(name1: &str, name2: Option<&str>, label: &str, free: impl Fn(&str) -> bool) -> String {
    let mut name = object_name(name1, name2, label);
    let mut pass = 0_u32;
    while !free(&name) {
        pass += 1;
        name = object_name(name1, name2, &format!("{label}{pass}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_name_is_shortened_first() {
        let name = object_name(&"t".repeat(40), Some(&"c".repeat(50)), "fkey");
        assert_eq!(name, format!("{}_{}_fkey", "t".repeat(29), "c".repeat(28)));
        assert_eq!(name.len(), 63);
    }

    #[test]
    fn no_character_is_cut_in_two() {
        assert_eq!(object_name(&"ä".repeat(31), None, "pkey"), format!("{}_pkey", "ä".repeat(29)));
    }

    #[test]
    fn columns_of_one_name_are_numbered() {
        let names = ["expr", "a", "expr", "expr"].map(str::to_owned);
        assert_eq!(distinct(names), ["expr", "a", "expr1", "expr2"]);
    }
}
