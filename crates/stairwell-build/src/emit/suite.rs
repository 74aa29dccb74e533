//! Writes the list of migrations as tests, one function each, for `stairwell_testing::suite!`.
//!
//! The macro includes the text once for every check, in a module that has a function `stairwell_check` and a type
//! `StairwellOutcome`. So the names of the tests are known when they are compiled, and nothing is looked for when they
//! run. A macro among the constants would have had to be exported from the root of the user's crate.

use std::fmt::Write as _;

use super::tables::write_tables;
use crate::ident;
use crate::plan::Plan;

const HEAD: &str = "// Written by stairwell-build for `stairwell_testing::suite!`. Do not edit.\n";

/// The tests of every migration, by plugin. A pure function, like [`emit`](super::emit).
pub(crate) fn emit_suite(plan: &Plan) -> String {
    let mut text = String::from(HEAD);
    for plugin in plan.plugins.iter().filter(|plugin| !plugin.migrations.is_empty()) {
        let (module, name) = (&plugin.module, &plugin.name);
        let _ = write!(text, "mod {module} {{\n    use super::{{StairwellOutcome, stairwell_check}};\n");
        for migration in &plugin.migrations {
            let (test, version) = (ident::test(&migration.digits, &migration.name), migration.version);
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "    #[test]\n    fn {test}() -> StairwellOutcome {{\n        stairwell_check({name:?}, {version}, \
                 \"{module}::{test}\")\n    }}\n"
            );
        }
        text.push_str("}\n");
    }
    text
}

/// A test for each plugin that has a `schema.sql`, with its text.
///
/// The same conditions as for [`emit_suite`]; the module is another one.
pub(crate) fn emit_suite_models(plan: &Plan) -> String {
    let mut text = String::from(HEAD);
    for plugin in &plan.plugins {
        let Some((path, sql)) = &plugin.wanted else { continue };
        let (module, name) = (&plugin.module, &plugin.name);
        let _ = write!(
            text,
            "#[test]\nfn {module}() -> StairwellOutcome {{\n    stairwell_check({name:?}, {path:?}, {sql:?}, \
             \"{module}\")\n}}\n"
        );
    }
    text
}

/// A test for each plugin that has tables, with their constants: those of the application's own crate, which the
/// tests may not be able to name.
pub(crate) fn emit_suite_tables(plan: &Plan) -> String {
    let mut text = String::from(HEAD);
    for plugin in plan.plugins.iter().filter(|plugin| !plugin.tables.is_empty()) {
        let module = &plugin.module;
        let _ = write!(text, "#[allow(dead_code, unreachable_pub)]\nmod {module} {{\n");
        write_tables(&mut text, &plugin.tables);
        let _ = write!(
            text,
            "}}\n#[test]\nfn {module}() -> StairwellOutcome {{\n    stairwell_check(self::{module}::tables::ALL, \
             \"{module}\")\n}}\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use snapbox::str;

    fn plan() -> crate::Plan {
        let tree = crate::SourceTree::from_files([
            ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY);"),
            ("migrations/V0001__sites.down.sql", "DROP TABLE sites;"),
            (
                "plugins/type/plugin.toml",
                "[plugin]\nname = \"type\"\ndescription = \"\"\n[owns]\ntables = [\"kinds\"]\n",
            ),
            (
                "plugins/type/migrations/V20250304101500__base_line.sql",
                "CREATE TABLE kinds (id bigint PRIMARY KEY);",
            ),
            ("plugins/type/migrations/V20250304101500__base_line.down.sql", "DROP TABLE kinds;"),
            ("plugins/type/schema.sql", "CREATE TABLE kinds (\r\n    \"id\" bigint\r\n);\r\n"),
            ("stairwell.toml", "[owns]\ntables = [\"sites\"]\n"),
        ]);
        crate::check(crate::parse(tree)).unwrap()
    }

    #[test]
    fn a_test_per_wanted_state() {
        snapbox::assert_data_eq!(
            super::emit_suite_models(&plan()),
            str![[r#"
// Written by stairwell-build for `stairwell_testing::suite!`. Do not edit.
#[test]
fn type_() -> StairwellOutcome {
    stairwell_check("type", "plugins/type/schema.sql", "CREATE TABLE kinds (/n    /"id/" bigint/n);/n", "type_")
}

"#]]
        );
    }

    #[test]
    fn a_test_per_plugin_with_tables() {
        snapbox::assert_data_eq!(
            super::emit_suite_tables(&plan()),
            str![[r#"
// Written by stairwell-build for `stairwell_testing::suite!`. Do not edit.
#[allow(dead_code, unreachable_pub)]
mod core {
    /// Tables and views, as the last migration leaves them.
    pub mod tables {
        /// All of them.
        pub const ALL: &[::stairwell::Table] = &[sites::TABLE, ];
        #[doc = " The table `public.sites`."]
        pub mod sites {
            /// The table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "sites", ::stairwell::TableKind::Table, &[ID]);
            #[doc = " `id`, `bigint`."]
            pub const ID: ::stairwell::Column = ::stairwell::Column::new("id", "bigint", ::stairwell::Nullability::NotNull).read_as("i64");
        }
    }
}
#[test]
fn core() -> StairwellOutcome {
    stairwell_check(self::core::tables::ALL, "core")
}
#[allow(dead_code, unreachable_pub)]
mod type_ {
    /// Tables and views, as the last migration leaves them.
    pub mod tables {
        /// All of them.
        pub const ALL: &[::stairwell::Table] = &[kinds::TABLE, ];
        #[doc = " The table `public.kinds`."]
        pub mod kinds {
            /// The table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "kinds", ::stairwell::TableKind::Table, &[ID]);
            #[doc = " `id`, `bigint`."]
            pub const ID: ::stairwell::Column = ::stairwell::Column::new("id", "bigint", ::stairwell::Nullability::NotNull).read_as("i64");
        }
    }
}
#[test]
fn type_() -> StairwellOutcome {
    stairwell_check(self::type_::tables::ALL, "type_")
}

"#]]
        );
    }

    #[test]
    fn a_test_per_migration() {
        let plan = plan();
        snapbox::assert_data_eq!(
            super::emit_suite(&plan),
            str![[r#"
// Written by stairwell-build for `stairwell_testing::suite!`. Do not edit.
mod core {
    use super::{StairwellOutcome, stairwell_check};
    #[test]
    fn v0001_sites() -> StairwellOutcome {
        stairwell_check("core", 1, "core::v0001_sites")
    }
}
mod type_ {
    use super::{StairwellOutcome, stairwell_check};
    #[test]
    fn v20250304101500_base_line() -> StairwellOutcome {
        stairwell_check("type", 20250304101500, "type_::v20250304101500_base_line")
    }
}

"#]]
        );
    }
}
