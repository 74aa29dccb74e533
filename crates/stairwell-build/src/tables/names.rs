//! Rust identifiers for names that SQL quotes, unique within one module.

use std::collections::BTreeSet;

/// Gives every name an identifier of its own.
pub(crate) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// With identifiers that are taken by other things.
    pub(crate) fn without(taken: &[&str]) -> Self {
        Names { taken: taken.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// The identifiers of `names`, in their order, from what `convert` makes of them.
    ///
    /// Where two come out the same, the one that reads like its name keeps it, then the first one; the
    /// others get underscores. So a `"Site"` beside a `site` does not take the name from it.
    pub(crate) fn identifiers<'n>(
        mut self,
        names: impl Iterator<Item = &'n str>,
        convert: fn(&str) -> String,
    ) -> Vec<String> {
        let mut found: Vec<(bool, String)> = names
            .map(|name| {
                let converted = convert(name);
                let is_plain = converted.eq_ignore_ascii_case(name) && name == name.to_lowercase();
                (is_plain, identifier(&converted))
            })
            .collect();
        for wants_plain in [true, false] {
            for (_, identifier) in found.iter_mut().filter(|(is_plain, _)| *is_plain == wants_plain) {
                while !self.taken.insert(identifier.clone()) {
                    identifier.push('_');
                }
            }
        }
        found.into_iter().map(|(_, identifier)| identifier).collect()
    }
}

/// What is left of a name as an identifier. A keyword gets an underscore, as plugins do.
fn identifier(name: &str) -> String {
    let may_continue = |c: char| c == '_' || c.is_ascii_alphanumeric() || (!c.is_ascii() && is_letter(c));
    let mut identifier: String = name.chars().map(|c| if may_continue(c) { c } else { '_' }).collect();
    if !identifier.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic() || is_first(c)) {
        identifier.insert(0, '_');
    }
    // `_` is no identifier; and syn does not know yet that edition 2024 reserves `gen`.
    if identifier == "gen" || syn::parse_str::<syn::Ident>(&identifier).is_err() {
        identifier.push('_');
    }
    identifier
}

fn is_letter(c: char) -> bool {
    syn::parse_str::<syn::Ident>(&format!("a{c}")).is_ok()
}

fn is_first(c: char) -> bool {
    syn::parse_str::<syn::Ident>(&c.to_string()).is_ok()
}

#[cfg(test)]
mod tests {
    use heck::{ToShoutySnakeCase as _, ToSnakeCase as _};

    use super::*;

    fn modules(names: &[&str]) -> Vec<String> {
        Names::without(&[]).identifiers(names.iter().copied(), |name| name.to_snake_case())
    }

    #[test]
    fn every_name_is_an_identifier() {
        let names = ["printers", "type", "self", "gen", "2fa", "Weird Name!", "größe", "§", "", "a²", "日本"];
        let expected =
            ["printers", "type_", "self_", "gen_", "_2fa", "weird_name", "größe", "___", "__", "a_", "日本"];
        assert_eq!(modules(&names), expected);
    }

    #[test]
    fn names_do_not_clash() {
        assert_eq!(modules(&["Site", "site", "SITE", "site_"]), ["site_", "site", "site__", "site___"]);
        let columns = |names: &[&str]| {
            Names::without(&["TABLE"]).identifiers(names.iter().copied(), |name| name.to_shouty_snake_case())
        };
        assert_eq!(columns(&["table", "aB", "a_b"]), ["TABLE_", "A_B_", "A_B"]);
    }

    proptest::proptest! {
        #[test]
        fn any_names_become_as_many_identifiers(names in proptest::collection::vec("\\PC{0,4}", 0..6)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let found = modules(&names);
            for name in &found {
                proptest::prop_assert!(syn::parse_str::<syn::Ident>(name).is_ok(), "{name:?}");
            }
            let unique: BTreeSet<_> = found.iter().collect();
            proptest::prop_assert_eq!(unique.len(), names.len());
        }
    }
}
