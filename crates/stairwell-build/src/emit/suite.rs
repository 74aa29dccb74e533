//! Writes the list of migrations as tests, one function each, for `stairwell_testing::suite!`.
//!
//! The macro includes the text once for every check, in a module that has a function `stairwell_check` and a type
//! `StairwellOutcome`. So the names of the tests are known when they are compiled, and nothing is looked for when they
//! run. A macro among the constants would have had to be exported from the root of the user's crate.

use std::fmt::Write as _;

use crate::ident;
use crate::plan::Plan;

/// The tests of every migration, by plugin. A pure function, like [`emit`](super::emit).
pub(crate) fn emit_suite(plan: &Plan) -> String {
    let mut text =
        String::from("// Written by stairwell-build for `stairwell_testing::suite!`. Do not edit.\n");
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

#[cfg(test)]
mod tests {
    use snapbox::str;

    #[test]
    fn a_test_per_migration() {
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
            ("stairwell.toml", "[owns]\ntables = [\"sites\"]\n"),
        ]);
        let plan = crate::check(crate::parse(tree)).unwrap();
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
