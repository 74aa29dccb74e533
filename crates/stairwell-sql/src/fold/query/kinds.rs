//! Types by their short names in `pg_type`: which kind each is of, and what becomes what without a cast.
//!
//! The tables of functions and operators speak of `int4` and `_text`, and PostgreSQL's rules of resolution do
//! not look at modifiers, so types are brought into this form before anything is looked up.

use stairwell_catalog::{Kind, Object, ObjectId, QualifiedName, SqlType};

use crate::fold::Fold;

/// What a literal string or NULL has until something decides.
pub(super) const UNKNOWN: &str = "unknown";

/// Canonical spellings and short names, where they differ.
const SPELLINGS: &[(&str, &str)] = &[
    ("\"bit\"", "bit"),
    ("\"char\"", "char"),
    ("bigint", "int8"),
    ("bit varying", "varbit"),
    ("boolean", "bool"),
    ("character", "bpchar"),
    ("character varying", "varchar"),
    ("double precision", "float8"),
    ("integer", "int4"),
    ("real", "float4"),
    ("smallint", "int2"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
];

/// The implicit casts between different types, from `pg_cast`.
const IMPLICIT: &[(&str, &str)] = &[
    ("bit", "varbit"),
    ("bpchar", "name text varchar"),
    ("char", "text"),
    ("cidr", "inet"),
    ("date", "timestamp timestamptz"),
    ("float4", "float8"),
    (
        "int2",
        "float4 float8 int4 int8 numeric oid regclass regcollation regconfig regdictionary regnamespace regoper \
         regoperator regproc regprocedure regrole regtype",
    ),
    (
        "int4",
        "float4 float8 int8 numeric oid regclass regcollation regconfig regdictionary regnamespace regoper \
         regoperator regproc regprocedure regrole regtype",
    ),
    (
        "int8",
        "float4 float8 numeric oid regclass regcollation regconfig regdictionary regnamespace regoper \
         regoperator regproc regprocedure regrole regtype",
    ),
    ("macaddr", "macaddr8"),
    ("macaddr8", "macaddr"),
    ("name", "text"),
    ("numeric", "float4 float8"),
    (
        "oid",
        "regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure \
         regrole regtype",
    ),
    ("pg_node_tree", "text"),
    ("regclass", "oid"),
    ("regcollation", "oid"),
    ("regconfig", "oid"),
    ("regdictionary", "oid"),
    ("regnamespace", "oid"),
    ("regoper", "oid regoperator"),
    ("regoperator", "oid regoper"),
    ("regproc", "oid regprocedure"),
    ("regprocedure", "oid regproc"),
    ("regrole", "oid"),
    ("regtype", "oid"),
    ("text", "bpchar name regclass varchar"),
    ("time", "interval timetz"),
    ("timestamp", "timestamptz"),
    ("varbit", "bit"),
    ("varchar", "bpchar name regclass text"),
];

/// The types of the bounds of PostgreSQL's own ranges, and their multiranges.
const RANGES: &[(&str, &str, &str)] = &[
    ("daterange", "datemultirange", "date"),
    ("int4range", "int4multirange", "int4"),
    ("int8range", "int8multirange", "int8"),
    ("numrange", "nummultirange", "numeric"),
    ("tsrange", "tsmultirange", "timestamp"),
    ("tstzrange", "tstzmultirange", "timestamptz"),
];

/// The short name; `None` if the type is not known. A type of the application is
/// `@<class> <schema> <name>`, separated by NUL.
pub(super) fn short(fold: &Fold, ty: &SqlType) -> Option<String> {
    match ty {
        SqlType::Opaque => None,
        SqlType::Array(element) => Some(format!("_{}", short(fold, element)?)),
        SqlType::Named { name, .. } => {
            Some(format!("@{}\0{}\0{}", class(fold, name), name.schema, name.name))
        }
        SqlType::BuiltIn(canonical) => Some(built_in(canonical)),
    }
}

pub(super) fn built_in(canonical: &str) -> String {
    if canonical.starts_with("interval") {
        return "interval".to_owned();
    }
    let bare = match canonical.split_once('(') {
        Some((before, rest)) => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => canonical.to_owned(),
    };
    SPELLINGS.iter().find(|(spelling, _)| *spelling == bare).map_or(bare.clone(), |(_, s)| (*s).to_owned())
}

/// What kind of type of the application it is.
fn class(fold: &Fold, name: &QualifiedName) -> char {
    let id = ObjectId::new(Kind::Type, name.schema, name.name);
    match fold.state.get(&id).map(|entry| &entry.object) {
        Some(Object::Enum(_)) => 'e',
        Some(Object::Domain(_)) => 'd',
        Some(Object::Composite(_)) => 'c',
        Some(Object::Range(_)) => 'r',
        Some(_) => 'o',
        None => match fold.state.catalog().relation(name) {
            Some(id) if matches!(id.kind, Kind::Table | Kind::View | Kind::MaterializedView) => 'c',
            _ => 'o',
        },
    }
}

/// The type without a modifier; `any` stands for one that is not known.
pub(super) fn long(short: &str) -> SqlType {
    if short == "any" {
        return SqlType::Opaque;
    }
    if let Some(element) = short.strip_prefix('_') {
        return long(element).into_array();
    }
    if let Some(named) = short.strip_prefix('@') {
        let mut parts = named.split('\0').skip(1);
        return match (parts.next(), parts.next()) {
            (Some(schema), Some(name)) => SqlType::named(QualifiedName::new(schema, name)),
            _ => SqlType::Opaque,
        };
    }
    let spelling = match short {
        "bpchar" => "bpchar",
        _ => SPELLINGS.iter().find(|(_, s)| *s == short).map_or(short, |(spelling, _)| spelling),
    };
    SqlType::built_in(spelling)
}

/// The type below a domain; any other type as it is.
pub(super) fn base(fold: &Fold, short: &str) -> String {
    let mut current = short.to_owned();
    // A domain cannot be defined over itself; the bound is against a catalog that is not sound.
    for _ in 0..64 {
        let Some(named) = current.strip_prefix("@d\0") else { return current };
        let Some((schema, name)) = named.split_once('\0') else { return current };
        let id = ObjectId::new(Kind::Type, schema, name);
        let Some(Object::Domain(domain)) = fold.state.get(&id).map(|entry| &entry.object) else {
            return current;
        };
        match self::short(fold, &domain.base) {
            Some(below) => current = below,
            None => return "@o\0\0".to_owned(),
        }
    }
    current
}

/// The type of the bounds of a range.
pub(super) fn range_element(fold: &Fold, short: &str) -> Option<String> {
    if let Some((_, _, element)) = RANGES.iter().find(|(range, _, _)| *range == short) {
        return Some((*element).to_owned());
    }
    let (schema, name) = short.strip_prefix("@r\0")?.split_once('\0')?;
    match &fold.state.get(&ObjectId::new(Kind::Type, schema, name))?.object {
        Object::Range(range) => self::short(fold, &range.subtype),
        _ => None,
    }
}

/// The range of which this is the multirange.
pub(super) fn range_of_multirange(short: &str) -> Option<&'static str> {
    RANGES.iter().find(|(_, multirange, _)| *multirange == short).map(|(range, _, _)| *range)
}

/// The multirange of a range of PostgreSQL's own.
pub(super) fn multirange(short: &str) -> Option<&'static str> {
    RANGES.iter().find(|(range, _, _)| *range == short).map(|(_, multirange, _)| *multirange)
}

/// Whether the type takes many forms: `anyelement` and its siblings.
pub(super) fn is_polymorphic(short: &str) -> bool {
    matches!(
        short,
        "anyelement"
            | "anyarray"
            | "anynonarray"
            | "anyenum"
            | "anyrange"
            | "anymultirange"
            | "anycompatible"
            | "anycompatiblearray"
            | "anycompatiblenonarray"
            | "anycompatiblerange"
            | "anycompatiblemultirange"
    )
}

/// The letter of `typcategory`; `?` if it cannot be known.
pub(super) fn category(fold: &Fold, short: &str) -> char {
    if short.starts_with('_') {
        return 'A';
    }
    match short {
        "bool" => 'B',
        "date" | "time" | "timestamp" | "timestamptz" | "timetz" => 'D',
        "box" | "circle" | "line" | "lseg" | "path" | "point" | "polygon" => 'G',
        "cidr" | "inet" => 'I',
        "float4" | "float8" | "int2" | "int4" | "int8" | "money" | "numeric" | "oid" => 'N',
        "bpchar" | "name" | "text" | "varchar" => 'S',
        "interval" => 'T',
        "bit" | "varbit" => 'V',
        "char" => 'Z',
        "int2vector" | "oidvector" => 'A',
        UNKNOWN => 'X',
        "record" | "any" => 'P',
        _ if short.starts_with("reg") => 'N',
        _ if RANGES.iter().any(|(range, multirange, _)| *range == short || *multirange == short) => 'R',
        _ if short.starts_with("@d") => category(fold, &base(fold, short)),
        _ if short.starts_with("@e") => 'E',
        _ if short.starts_with("@c") => 'C',
        _ if short.starts_with("@r") => 'R',
        _ if short.starts_with('@') => '?',
        _ if is_polymorphic(short) => 'P',
        _ => 'U',
    }
}

/// Whether the type is preferred in its category.
pub(super) fn is_preferred(short: &str) -> bool {
    matches!(short, "bool" | "timestamptz" | "inet" | "float8" | "oid" | "text" | "interval" | "varbit")
}

/// Whether a value of one type becomes one of the other without being asked to.
pub(super) fn is_implicit(fold: &Fold, from: &str, to: &str) -> bool {
    if from == to || from == UNKNOWN || to == "any" {
        return true;
    }
    let (from, to) = (base(fold, from), base(fold, to));
    if from == to {
        return true;
    }
    if let (Some(from), Some(to)) = (from.strip_prefix('_'), to.strip_prefix('_')) {
        return from != to && is_implicit(fold, from, to);
    }
    if (to == "record" && from.starts_with("@c")) || (from == "record" && to.starts_with("@c")) {
        return true;
    }
    IMPLICIT
        .binary_search_by(|(source, _)| (*source).cmp(from.as_str()))
        .ok()
        .and_then(|index| IMPLICIT.get(index))
        .is_some_and(|(_, targets)| targets.split_whitespace().any(|target| target == to))
}

/// The type that several values have in common in UNION, CASE, COALESCE, VALUES and ARRAY.
pub(super) fn common(fold: &Fold, types: &[String]) -> Option<String> {
    let first = types.first()?;
    if first != UNKNOWN && types.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let mut chosen = UNKNOWN.to_owned();
    for ty in types {
        let next = base(fold, ty);
        if next == UNKNOWN || next == chosen {
            continue;
        }
        if chosen == UNKNOWN {
            chosen = next;
            continue;
        }
        let (here, there) = (category(fold, &chosen), category(fold, &next));
        if here != there || here == '?' {
            return None;
        }
        if !is_preferred(&chosen) && is_implicit(fold, &chosen, &next) && !is_implicit(fold, &next, &chosen) {
            chosen = next;
        }
    }
    Some(if chosen == UNKNOWN { "text".to_owned() } else { chosen })
}

/// Whether values of this type have a collation.
pub(super) fn is_collatable(fold: &Fold, short: &str) -> bool {
    let base = base(fold, short.strip_prefix('_').unwrap_or(short));
    matches!(base.as_str(), "text" | "varchar" | "bpchar" | "name")
}

/// Whether a type of this short name never has a modifier.
pub(super) fn modifier_free(short: &str) -> bool {
    !matches!(
        short.trim_start_matches('_'),
        "bit"
            | "bpchar"
            | "interval"
            | "numeric"
            | "time"
            | "timestamp"
            | "timestamptz"
            | "timetz"
            | "varbit"
            | "varchar"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_implicit_casts_are_sorted() {
        assert!(IMPLICIT.is_sorted());
    }
}
