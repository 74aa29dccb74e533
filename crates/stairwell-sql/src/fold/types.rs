//! From a type as written to PostgreSQL's canonical spelling: `int` is `integer`, `varchar(9)` is
//! `character varying(9)`, `timestamptz(3)` is `timestamp(3) with time zone`.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, QualifiedName, SqlType, Verb};

use super::{
    Fold, extension,
    resolve::{Found, parts, text},
};

/// The integer types that `serial` and its siblings stand for.
pub(crate) fn serial(ty: &ast::Type) -> Option<&'static str> {
    let ast::Type::PathType(path) = ty else { return None };
    let parts = parts(path.path_ref()?.syntax());
    match parts.as_slice() {
        [name] => match name.as_str() {
            "smallserial" | "serial2" => Some("smallint"),
            "serial" | "serial4" => Some("integer"),
            "bigserial" | "serial8" => Some("bigint"),
            _ => None,
        },
        _ => None,
    }
}

impl Fold {
    /// The type, with a reference to it if it is the application's.
    pub(crate) fn sql_type(&mut self, ty: &ast::Type) -> SqlType {
        let modifier =
            |list: Option<ast::ArgList>| list.map(|list| compact(&text(&list))).unwrap_or_default();
        match ty {
            ast::Type::ArrayType(array) => match array.ty() {
                Some(element) => self.sql_type(&element).into_array(),
                None => SqlType::Opaque,
            },
            ast::Type::VarcharType(it) => {
                SqlType::BuiltIn(format!("character varying{}", modifier(it.arg_list())))
            }
            ast::Type::CharacterType(it) => match it.arg_list() {
                Some(list) => SqlType::BuiltIn(format!("character{}", compact(&text(&list)))),
                None => SqlType::built_in("character(1)"),
            },
            ast::Type::BitType(it) => match it.arg_list() {
                Some(list) => SqlType::BuiltIn(format!("bit{}", compact(&text(&list)))),
                None => SqlType::built_in("bit(1)"),
            },
            ast::Type::BitVaryingType(it) => {
                SqlType::BuiltIn(format!("bit varying{}", modifier(it.arg_list())))
            }
            ast::Type::DoubleType(_) => SqlType::built_in("double precision"),
            ast::Type::TimeType(it) => {
                let precision = it.literal().map(|digits| format!("({})", text(&digits))).unwrap_or_default();
                zoned("time", &precision, it.timezone())
            }
            ast::Type::TimestampType(it) => {
                let precision = it.literal().map(|digits| format!("({})", text(&digits))).unwrap_or_default();
                zoned("timestamp", &precision, it.timezone())
            }
            ast::Type::IntervalType(it) => {
                let words: Vec<String> =
                    text(it).to_ascii_lowercase().split_whitespace().map(str::to_owned).collect();
                let rest = words
                    .join(" ")
                    .trim_start_matches("setof ")
                    .trim_start_matches("interval")
                    .trim()
                    .to_owned();
                let separator = if rest.is_empty() || rest.starts_with('(') { "" } else { " " };
                SqlType::BuiltIn(format!("interval{separator}{rest}"))
            }
            ast::Type::PathType(path) => self.path_type(path),
        }
    }

    fn path_type(&mut self, path: &ast::PathType) -> SqlType {
        let Some(path_ref) = path.path_ref() else { return SqlType::Opaque };
        let parts = parts(path_ref.syntax());
        let modifier = path.arg_list().map(|list| compact(&text(&list))).unwrap_or_default();
        // `"char"` and `"bit"` are other types than the keywords, and so are those names behind a schema.
        let quoted = parts.len() > 1 || path_ref.syntax().text().to_string().contains('"');
        let (name, system) = match parts.as_slice() {
            [name] => (name.as_str(), false),
            [.., schema, name] => (name.as_str(), schema == "pg_catalog"),
            [] => return SqlType::Opaque,
        };
        let shadowed = || matches!(self.find_type(&parts), Found::Object(_));
        if (system || parts.len() == 1)
            && let Some(canonical) = canonical(name, quoted, &modifier)
            && (system || !shadowed())
        {
            return SqlType::BuiltIn(canonical);
        }
        // `table.column%TYPE`
        if path.syntax().children_with_tokens().any(|token| token.kind() == SyntaxKind::PERCENT) {
            return SqlType::Opaque;
        }
        match self.find_type(&parts) {
            Found::Object(id) => {
                self.effect(Verb::Reference, &id, path.syntax());
                SqlType::Named { name: id.owner(), modifier }
            }
            Found::Elsewhere(name) if name.schema == "pg_catalog" => {
                SqlType::BuiltIn(format!("{}{modifier}", name.name))
            }
            Found::Elsewhere(name) if name.schema.is_empty() => SqlType::Opaque,
            Found::Elsewhere(name) => SqlType::Named { name, modifier },
            // `_int4` is the name of an array type.
            Found::Nothing(name) if name.name.starts_with('_') && parts.len() == 1 => {
                match canonical(&name.name[1..], quoted, "") {
                    Some(element) => SqlType::BuiltIn(element).into_array(),
                    None => match self.find_type(&[name.name[1..].to_owned()]) {
                        Found::Object(id) => SqlType::named(id.owner()).into_array(),
                        _ => SqlType::Opaque,
                    },
                }
            }
            Found::Nothing(name) => {
                self.missing(&ObjectId::new(Kind::Type, name.schema, name.name), path.syntax());
                SqlType::Opaque
            }
        }
    }

    /// The object behind a type of the application: the type itself, or the relation whose row it is.
    pub(crate) fn type_object(&self, ty: &SqlType) -> Option<ObjectId> {
        let QualifiedName { schema, name } = *ty.name()?;
        let id = ObjectId::new(Kind::Type, schema, name);
        if self.state.contains(&id) {
            return Some(id);
        }
        let name = id.owner();
        self.state
            .catalog()
            .relation(&name)
            .cloned()
            .or_else(|| self.range_of(&name))
            .or_else(|| extension::of_type(self, &name))
    }
}

fn zoned(base: &str, precision: &str, zone: Option<ast::Timezone>) -> SqlType {
    let with = matches!(zone, Some(ast::Timezone::WithTimezone(_)));
    let zone = if with { "with time zone" } else { "without time zone" };
    SqlType::BuiltIn(format!("{base}{precision} {zone}"))
}

/// `( 10 , 2 )` as `(10,2)`.
fn compact(list: &str) -> String {
    list.split_whitespace().collect()
}

/// The canonical spelling of a type of `pg_catalog` that is written as a plain name.
pub(crate) fn canonical(name: &str, quoted: bool, modifier: &str) -> Option<String> {
    let simple = match name {
        "char" if quoted => "\"char\"",
        "char" | "character" => {
            return Some(format!("character{}", if modifier.is_empty() { "(1)" } else { modifier }));
        }
        "bpchar" if !modifier.is_empty() => return Some(format!("character{modifier}")),
        "varchar" => "character varying",
        "bit" if modifier.is_empty() && quoted => "\"bit\"",
        "bit" if modifier.is_empty() => return Some("bit(1)".to_owned()),
        "varbit" => "bit varying",
        "bool" | "boolean" => "boolean",
        "int2" | "smallint" => "smallint",
        "int" | "int4" | "integer" => "integer",
        "int8" | "bigint" => "bigint",
        "float4" | "real" => "real",
        "float8" => "double precision",
        "float" => {
            let bits: Option<u32> = modifier.trim_matches(['(', ')']).parse().ok();
            return Some(
                if bits.is_some_and(|bits| bits <= 24) { "real" } else { "double precision" }.to_owned(),
            );
        }
        "decimal" | "dec" | "numeric" => {
            // `numeric(10)` has the scale 0, which `format_type` prints.
            if !modifier.is_empty() && !modifier.contains(',') {
                return Some(format!("numeric({},0)", modifier.trim_matches(['(', ')'])));
            }
            "numeric"
        }
        "timestamptz" => return Some(format!("timestamp{modifier} with time zone")),
        "timestamp" => return Some(format!("timestamp{modifier} without time zone")),
        "timetz" => return Some(format!("time{modifier} with time zone")),
        "time" => return Some(format!("time{modifier} without time zone")),
        other => BUILT_IN.binary_search(&other).ok().map(|index| BUILT_IN[index])?,
    };
    Some(format!("{simple}{modifier}"))
}

/// Whether this is the plain name of a type of `pg_catalog`.
pub(crate) fn is_built_in(name: &str) -> bool {
    canonical(name, false, "").is_some()
}

/// The types of `pg_catalog` whose name is their canonical spelling; sorted.
const BUILT_IN: &[&str] = &[
    "aclitem",
    "any",
    "anyarray",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblemultirange",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anyelement",
    "anyenum",
    "anymultirange",
    "anynonarray",
    "anyrange",
    "box",
    "bpchar",
    "bytea",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "fdw_handler",
    "gtsvector",
    "index_am_handler",
    "inet",
    "int2vector",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_dependencies",
    "pg_lsn",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "table_am_handler",
    "text",
    "tid",
    "trigger",
    "tsm_handler",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "void",
    "xid",
    "xid8",
    "xml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_types_are_sorted() {
        assert!(BUILT_IN.is_sorted());
    }
}
