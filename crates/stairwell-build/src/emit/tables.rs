//! Writes the tables of a plugin as constants.
//!
//! As text, like the migrations, and with as few items and calls as can be: the compiler of the
//! application checks and evaluates each of them in every build.

use std::fmt::Write as _;

use heck::{ToShoutySnakeCase as _, ToSnakeCase as _};

use crate::tables::{ColumnDefault, ColumnModel, Names, Nullability, TableKind, TableModel, rust_type};

/// The schema whose tables are called by their names alone.
const DEFAULT_SCHEMA: &str = "public";

/// The module `tables`, for the inside of the plugin's module. Nothing, if there are no tables.
pub(super) fn write_tables(text: &mut String, tables: &[TableModel]) {
    if tables.is_empty() {
        return;
    }
    let mut tables: Vec<&TableModel> = tables.iter().collect();
    tables.sort_by_key(|table| (table.schema != DEFAULT_SCHEMA, &table.schema, &table.name));
    let names: Vec<String> = tables.iter().map(|table| rust_name(table)).collect();
    let modules =
        Names::without(&[]).identifiers(names.iter().map(String::as_str), |name| name.to_snake_case());
    text.push_str("    /// Tables and views, as the last migration leaves them.\n    pub mod tables {\n");
    text.push_str("        /// All of them.\n        pub const ALL: &[::stairwell::Table] = &[");
    for module in &modules {
        // Writing to a string cannot fail.
        let _ = write!(text, "{module}::TABLE, ");
    }
    text.push_str("];\n");
    for (module, table) in modules.iter().zip(tables) {
        write_table(text, module, table);
    }
    text.push_str("    }\n");
}

/// What the module of a table is called after. That another schema gets a table of the same name changes nothing.
fn rust_name(table: &TableModel) -> String {
    if table.schema == DEFAULT_SCHEMA {
        table.name.clone()
    } else {
        format!("{}_{}", table.schema, table.name)
    }
}

fn write_table(text: &mut String, module: &str, table: &TableModel) {
    let TableModel { schema, name, kind, columns, has_unknown_columns } = table;
    let (kind, described) = match kind {
        TableKind::Table => ("Table", "table"),
        TableKind::Partitioned => ("Partitioned", "partitioned table"),
        TableKind::Foreign => ("Foreign", "foreign table"),
        TableKind::View => ("View", "view"),
        TableKind::MaterializedView => ("MaterializedView", "materialized view"),
    };
    let constants = Names::without(&["TABLE"])
        .identifiers(columns.iter().map(|column| column.name.as_str()), |name| name.to_shouty_snake_case());
    let unknown = if *has_unknown_columns { ".with_unknown_columns()" } else { "" };
    let documentation = format!(" The {described} `{schema}.{name}`.");
    let _ = write!(
        text,
        "        #[doc = {documentation:?}]\n        pub mod {module} {{\n            /// The {described} with all columns.\n            \
         pub const TABLE: ::stairwell::Table = ::stairwell::Table::new({schema:?}, {name:?}, \
         ::stairwell::TableKind::{kind}, &[{}]){unknown};\n",
        constants.join(", ")
    );
    for (constant, column) in constants.iter().zip(columns) {
        write_column(text, constant, column);
    }
    text.push_str("        }\n");
}

fn write_column(text: &mut String, constant: &str, column: &ColumnModel) {
    let ColumnModel { name, sql_type, base_type, nullability, default, is_uncertain } = column;
    let nullability = match nullability {
        Nullability::NotNull => "NotNull",
        Nullability::Nullable => "Nullable",
        Nullability::Unknown => "Unknown",
    };
    let documentation = match sql_type {
        Some(sql_type) => format!(" `{name}`, `{sql_type}`."),
        None => format!(" `{name}`, of a type that the migrations do not tell."),
    };
    let _ = write!(
        text,
        "            #[doc = {documentation:?}]\n            pub const {constant}: ::stairwell::Column = ::stairwell::Column::"
    );
    let _ = match sql_type {
        Some(sql_type) => {
            write!(text, "new({name:?}, {sql_type:?}, ::stairwell::Nullability::{nullability})")
        }
        None => write!(text, "of_unknown_type({name:?}, ::stairwell::Nullability::{nullability})"),
    };
    if let Some(base_type) = base_type {
        let _ = write!(text, ".based_on({base_type:?})");
    }
    if let Some(rust_type) = base_type.as_ref().or(sql_type.as_ref()).and_then(|sql| rust_type(sql)) {
        let _ = write!(text, ".read_as({rust_type:?})");
    }
    let _ = match default {
        ColumnDefault::None => Ok(()),
        ColumnDefault::Expression(sql) => write_default(text, &format!("Expression({sql:?})")),
        ColumnDefault::IdentityAlways => write_default(text, "IdentityAlways"),
        ColumnDefault::IdentityByDefault => write_default(text, "IdentityByDefault"),
        ColumnDefault::GeneratedStored(sql) => write_default(text, &format!("GeneratedStored({sql:?})")),
        ColumnDefault::GeneratedVirtual(sql) => write_default(text, &format!("GeneratedVirtual({sql:?})")),
    };
    text.push_str(if *is_uncertain { ".uncertain();\n" } else { ";\n" });
}

fn write_default(text: &mut String, default: &str) -> std::fmt::Result {
    write!(text, ".with_default(::stairwell::ColumnDefault::{default})")
}

#[cfg(test)]
mod tests {
    use snapbox::{Data, assert_data_eq};

    use super::*;

    fn table(schema: &str, name: &str, kind: TableKind, columns: Vec<ColumnModel>) -> TableModel {
        TableModel { schema: schema.into(), name: name.into(), kind, columns, has_unknown_columns: false }
    }

    fn column(name: &str, sql_type: &str, nullability: Nullability) -> ColumnModel {
        ColumnModel {
            name: name.into(),
            sql_type: Some(sql_type.into()),
            base_type: None,
            nullability,
            default: ColumnDefault::None,
            is_uncertain: false,
        }
    }

    fn filled(name: &str, sql_type: &str, default: ColumnDefault) -> ColumnModel {
        ColumnModel { default, ..column(name, sql_type, Nullability::NotNull) }
    }

    /// A test of the runtime compiles the snapshot, and reads these tables from a real server with it.
    #[test]
    fn the_constants_of_tables() {
        use Nullability::{NotNull, Nullable, Unknown};
        let expression = |sql: &str| ColumnDefault::Expression(sql.to_owned());
        let printers = vec![
            filled("id", "bigint", ColumnDefault::IdentityAlways),
            filled("serial", "integer", ColumnDefault::IdentityByDefault),
            column("share_name", "character varying(40)", NotNull),
            column("type", "printer_type", NotNull),
            ColumnModel {
                base_type: Some("text".to_owned()),
                ..column("contact", "email_address", Nullable)
            },
            filled("tags", "text[]", expression("ARRAY['a \\ \"b\"']")),
            ColumnModel { is_uncertain: true, ..column("price", "numeric(10,2)", Nullable) },
            column("read_at", "timestamp(3) with time zone", Nullable),
            filled("doubled", "integer", ColumnDefault::GeneratedStored("serial * 2".to_owned())),
        ];
        let virtual_column = ColumnDefault::GeneratedVirtual("id / 2".to_owned());
        let unseen = ColumnModel { sql_type: None, ..column("average", "", Unknown) };
        let mut copied = table("public", "copied", TableKind::Table, Vec::new());
        copied.has_unknown_columns = true;
        let odd = [
            column("table", "integer", Nullable),
            column("aB", "integer", Nullable),
            column("a_b", "integer", Nullable),
            column("say \"hi\"", "text", Nullable),
        ];
        let tables = [
            table("public", "printers", TableKind::Table, printers),
            table("public", "low", TableKind::View, vec![column("share_name", "text", Unknown), unseen]),
            table("public", "totals", TableKind::MaterializedView, vec![column("n", "bigint", Unknown)]),
            table("public", "readings", TableKind::Partitioned, vec![column("day", "date", NotNull)]),
            table("archive", "readings", TableKind::Foreign, vec![filled("half", "bigint", virtual_column)]),
            table("public", "type", TableKind::Table, odd.to_vec()),
            copied,
        ];
        let mut text = "pub mod printers {\n".to_owned();
        write_tables(&mut text, &tables);
        text.push_str("}\n");
        let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/tables.rs");
        assert_data_eq!(text, Data::read_from(snapshot.as_ref(), None).raw());
    }

    #[test]
    fn the_order_in_which_tables_come_does_not_matter() {
        let names = ["b", "a", "c"];
        let text = |names: &[&str]| {
            let tables: Vec<_> =
                names.iter().map(|name| table("public", name, TableKind::Table, Vec::new())).collect();
            let mut text = String::new();
            write_tables(&mut text, &tables);
            text
        };
        assert_eq!(text(&names), text(&["a", "b", "c"]));
        assert_eq!(text(&[]), "");
    }
}
