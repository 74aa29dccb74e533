//! A down step without an up step.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, FileKind};

pub(super) const RULE: Rule = Rule::error("orphan-down-step", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        // The up step may be the very file that was not understood.
        if !plugin.chain.is_readable() {
            continue;
        }
        for (path, file_name) in &plugin.chain.orphans {
            let stem = format!("V{}__{}", file_name.digits, file_name.name);
            let same_version =
                plugin.chain.migrations.iter().find(|m| m.file_name.version == file_name.version);
            let found =
                Diagnostic::new(path, format!("`{stem}.down.sql` reverts nothing: there is no `{stem}.sql`"));
            findings.push(match same_version {
                Some(migration) if migration.file_name.kind == FileKind::Rust => found
                    .also(migration.up.file, "a Rust step carries its own down step")
                    .help("move it into `async fn down` of the Rust step"),
                Some(migration) => found
                    .also(migration.up.file, "this migration has the same version")
                    .help(format!("rename it to `{}.down.sql`", migration.stem())),
                None => found.help("delete it, or write its up step"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn the_stem_must_be_the_same() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- stairwell: irreversible a test\nSELECT 1;\n",
            ),
            ("plugins/printers/migrations/V0002__latter.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0009__gone.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[orphan-down-step]: `V0002__latter.down.sql` reverts nothing: there is no `V0002__latter.sql`
 --> plugins/printers/migrations/V0002__latter.down.sql
  |
 ::: plugins/printers/migrations/V0002__later.sql:1:1
  |
1 | -- stairwell: irreversible a test
  | --------------------------------- this migration has the same version
  |
  = help: rename it to `V0002__later.down.sql`

error[orphan-down-step]: `V0009__gone.down.sql` reverts nothing: there is no `V0009__gone.sql`
--> plugins/printers/migrations/V0009__gone.down.sql
 = help: delete it, or write its up step

"#]]
        );
    }
}
