//! A migration whose name says nothing.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::warning("unhelpful-name", check);

/// Words that say nothing about what a migration does; a name of nothing else says nothing either.
const EMPTY_WORDS: [&str; 47] = [
    "again",
    "alter",
    "auto",
    "bar",
    "change",
    "changes",
    "database",
    "db",
    "edit",
    "edits",
    "final",
    "fix",
    "fixed",
    "fixes",
    "fixup",
    "foo",
    "hotfix",
    "migrate",
    "migration",
    "migrations",
    "minor",
    "misc",
    "modify",
    "more",
    "my",
    "new",
    "old",
    "other",
    "patch",
    "quick",
    "schema",
    "some",
    "sql",
    "stuff",
    "table",
    "tables",
    "temp",
    "test",
    "tests",
    "things",
    "tmp",
    "todo",
    "tweak",
    "tweaks",
    "update",
    "updates",
    "wip",
];

fn check(draft: &Draft, findings: &mut Findings) {
    for (plugin, migration) in draft.migrations() {
        let ignored = &plugin.manifest.ignored_names;
        let stem = migration.stem();
        let Some(reason) = unhelpful(&migration.file_name.name) else { continue };
        if ignored.iter().any(|entry| entry.value == "*" || entry.value == stem) {
            continue;
        }
        let manifest = if plugin.is_core() { "stairwell.toml" } else { "plugin.toml" };
        findings.push(
            Diagnostic::new(migration.up.file, format!("the name of `{stem}` says nothing: {reason}"))
                .help("name it after what it does, such as `add_toner_level`")
                .note(format!(
                    "a released one stays as it is: `[names] ignore = [\"{stem}\"]` in {manifest}"
                )),
        );
    }
}

fn unhelpful(name: &str) -> Option<&'static str> {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let is_empty_word = |word: &str| {
        let bare = word.trim_end_matches(|digit: char| digit.is_ascii_digit());
        is_number(word) || EMPTY_WORDS.contains(&bare)
    };
    match () {
        () if words.clone().all(is_number) => Some("it is a number"),
        () if name.starts_with("auto_") || name.contains("_auto_") => Some("a tool made it up"),
        () if words.all(is_empty_word) => Some("any migration could be called that"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_name_says_what_a_migration_does_d8() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__update.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0002__update.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0003__auto_20250304.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0003__auto_20250304.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0004__fix_stuff_2.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0004__fix_stuff_2.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0005__20250304.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0005__20250304.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0006__fix_toner_level.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0006__fix_toner_level.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound
the migrations have 4 warnings

warning[unhelpful-name]: the name of `V0002__update` says nothing: any migration could be called that
 --> plugins/printers/migrations/V0002__update.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0002__update"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

warning[unhelpful-name]: the name of `V0003__auto_20250304` says nothing: a tool made it up
 --> plugins/printers/migrations/V0003__auto_20250304.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0003__auto_20250304"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

warning[unhelpful-name]: the name of `V0004__fix_stuff_2` says nothing: any migration could be called that
 --> plugins/printers/migrations/V0004__fix_stuff_2.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0004__fix_stuff_2"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

warning[unhelpful-name]: the name of `V0005__20250304` says nothing: it is a number
 --> plugins/printers/migrations/V0005__20250304.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0005__20250304"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

"#]]
        );
    }

    #[test]
    fn one_name_or_all_can_be_ignored_d8() {
        let tree = printers_with(&[
            (
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\"]\n\n[names]\nignore = [\"V0002__update\"]\n",
            ),
            ("plugins/printers/migrations/V0002__update.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0002__update.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound

"#]]
        );
    }

    #[test]
    fn a_star_ignores_a_whole_plugin_d8() {
        let tree = printers_with(&[
            (
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\"]\n\n[names]\nignore = [\"*\"]\n",
            ),
            ("plugins/printers/migrations/V0002__update.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0002__update.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0003__wip.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0003__wip.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound

"#]]
        );
    }
}
