//! Extensions, and what is known of the objects that they bring.
//!
//! An extension's members are in no catalog of ours, but SQL names them.
//! For the extensions that PostgreSQL ships, and a few that many applications use, the types and relations are
//! known; any other may bring anything, so after it nothing is called missing.

use stairwell_catalog::{Kind, Known, Object, ObjectId};

use super::Fold;

/// Of an extension: its types, and its relations.
struct Members {
    name: &'static str,
    types: &'static [&'static str],
    relations: &'static [&'static str],
}

/// From the SQL files of PostgreSQL 14 to 18's `contrib`, and of PostGIS, pgvector and pg_partman.
const EXTENSIONS: &[Members] = &[
    Members { name: "btree_gin", types: &[], relations: &[] },
    Members { name: "btree_gist", types: &[], relations: &[] },
    Members { name: "citext", types: &["citext"], relations: &[] },
    Members { name: "cube", types: &["cube"], relations: &[] },
    Members { name: "dblink", types: &["dblink_pkey_results"], relations: &[] },
    Members { name: "earthdistance", types: &["earth"], relations: &[] },
    Members { name: "file_fdw", types: &[], relations: &[] },
    Members { name: "fuzzystrmatch", types: &[], relations: &[] },
    Members { name: "hstore", types: &["hstore", "ghstore"], relations: &[] },
    Members { name: "intarray", types: &["query_int", "intbig_gkey"], relations: &[] },
    Members {
        name: "isn",
        types: &["ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"],
        relations: &[],
    },
    Members { name: "lo", types: &["lo"], relations: &[] },
    Members { name: "ltree", types: &["ltree", "lquery", "ltxtquery", "ltree_gist"], relations: &[] },
    Members { name: "moddatetime", types: &[], relations: &[] },
    Members {
        name: "pg_stat_statements",
        types: &[],
        relations: &["pg_stat_statements", "pg_stat_statements_info"],
    },
    Members { name: "pg_trgm", types: &["gtrgm"], relations: &[] },
    Members { name: "pgcrypto", types: &[], relations: &[] },
    Members { name: "plpgsql", types: &[], relations: &[] },
    Members {
        name: "postgis",
        types: &[
            "box2d",
            "box2df",
            "box3d",
            "geography",
            "geometry",
            "geometry_dump",
            "gidx",
            "spheroid",
            "valid_detail",
        ],
        relations: &["geography_columns", "geometry_columns", "spatial_ref_sys"],
    },
    Members { name: "postgres_fdw", types: &[], relations: &[] },
    Members { name: "seg", types: &["seg"], relations: &[] },
    Members {
        name: "tablefunc",
        types: &["tablefunc_crosstab_2", "tablefunc_crosstab_3", "tablefunc_crosstab_4"],
        relations: &[],
    },
    Members { name: "unaccent", types: &[], relations: &[] },
    Members { name: "uuid-ossp", types: &[], relations: &[] },
    Members { name: "vector", types: &["halfvec", "sparsevec", "vector"], relations: &[] },
];

/// The extensions that have been created, by name.
fn created(fold: &Fold) -> impl Iterator<Item = (&str, &Known<String>)> {
    // Extensions live in no schema, so they all stand at the beginning of the catalog.
    fold.state.catalog().iter().take_while(|(id, _)| id.schema.is_empty()).filter_map(|(id, entry)| {
        match &entry.object {
            Object::Extension(extension) => Some((id.name.as_str(), &extension.schema)),
            _ => None,
        }
    })
}

fn known(name: &str) -> Option<&'static Members> {
    EXTENSIONS.iter().find(|extension| extension.name == name)
}

/// The schema of the extension that brings this type; an empty one if it can only be presumed that one does.
pub(crate) fn type_schema(fold: &Fold, name: &str) -> Option<String> {
    let mut presumed = None;
    for (extension, schema) in created(fold) {
        match known(extension) {
            Some(known) if known.types.contains(&name) => {
                return Some(match schema {
                    Known::Known(schema) => schema.clone(),
                    Known::Opaque => String::new(),
                });
            }
            Some(_) => {}
            None => presumed = Some(String::new()),
        }
    }
    presumed
}

/// The extension that brings this relation, or may bring it.
pub(crate) fn relation(fold: &Fold, name: &str) -> Option<ObjectId> {
    created(fold)
        .find(|(extension, _)| known(extension).is_none_or(|known| known.relations.contains(&name)))
        .map(|(extension, _)| ObjectId::global(Kind::Extension, extension))
}

/// Whether an extension has been created that may bring functions, operators and operator classes.
pub(crate) fn any(fold: &Fold) -> bool {
    created(fold).any(|(extension, _)| extension != "plpgsql")
}
