//! What is known of the extensions that PostgreSQL ships and of a few that many applications use.

use std::sync::LazyLock;

/// What an extension brings, as `extensions.txt` says it.
pub(super) struct Members {
    name: &'static str,
    /// Whether it can be moved to another schema.
    pub(super) relocatable: bool,
    /// The schema that its control file fixes.
    pub(super) schema: Option<&'static str>,
    /// The extensions that it needs.
    pub(super) requires: Vec<&'static str>,
    /// Whether it brings more than is listed.
    pub(super) open: bool,
    pub(super) types: Vec<&'static str>,
    pub(super) relations: Vec<&'static str>,
    pub(super) functions: Vec<&'static str>,
    /// The operator classes that an index has only if it names them.
    pub(super) operator_classes: Vec<&'static str>,
}

static EXTENSIONS: LazyLock<Vec<Members>> =
    LazyLock::new(|| include_str!("extensions.txt").lines().filter_map(members).collect());

fn members(line: &'static str) -> Option<Members> {
    let mut fields = line.split('|').map(str::trim);
    let name = fields.next().filter(|name| !name.is_empty() && !name.starts_with('#'))?;
    let traits: Vec<&str> = fields.next()?.split_whitespace().collect();
    let of = |prefix: &str| traits.iter().filter_map(|it| it.strip_prefix(prefix)).collect::<Vec<_>>();
    let mut list = || fields.next().unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    Some(Members {
        name,
        relocatable: traits.contains(&"relocatable"),
        schema: of("schema=").first().copied(),
        requires: of("requires="),
        open: traits.contains(&"open"),
        types: list(),
        relations: list(),
        functions: list(),
        operator_classes: list(),
    })
}

/// The members of an extension; `None` if nothing is known of it.
pub(super) fn known(name: &str) -> Option<&'static Members> {
    let index = EXTENSIONS.binary_search_by(|extension| extension.name.cmp(name)).ok()?;
    EXTENSIONS.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extensions_are_sorted_and_each_is_found() {
        assert!(EXTENSIONS.is_sorted_by_key(|extension| extension.name));
        assert!(EXTENSIONS.iter().all(|extension| known(extension.name).is_some()));
    }

    #[test]
    fn what_a_line_says() {
        let earthdistance = known("earthdistance").unwrap();
        assert!(earthdistance.relocatable && !earthdistance.open);
        assert_eq!(earthdistance.requires, ["cube"]);
        assert_eq!(earthdistance.types, ["earth"]);
        assert!(earthdistance.functions.contains(&"ll_to_earth"));
        let topology = known("postgis_topology").unwrap();
        assert_eq!(topology.schema, Some("topology"));
        assert!(topology.open && !topology.relocatable);
        assert_eq!(known("pg_trgm").unwrap().operator_classes, ["gin_trgm_ops", "gist_trgm_ops"]);
        assert!(known("nobody_knows").is_none());
    }
}
