//! A number that is missing in a chain that counts.

use super::{Adjustable, Findings, Rule, mixed_versions};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, VersionPolicy};
use crate::lock::compare::locks;

pub(super) const RULE: Rule = Rule::error("version-gap", check).adjustable(Adjustable::InMigrations);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        // A file that was not understood is probably the one that is missing.
        if !plugin.chain.is_readable() {
            continue;
        }
        // A lone counter among timestamps has another finding.
        if mixed_versions::majority(&plugin.chain.migrations) == Some(VersionPolicy::Timestamp) {
            continue;
        }
        let mut before = 0;
        for migration in &plugin.chain.migrations {
            let version = migration.file_name.version;
            if VersionPolicy::of(version) == VersionPolicy::Timestamp {
                break;
            }
            // What is missing because it was deleted after it was locked has another finding.
            if version > before + 1 && !(before + 1..version).all(|version| locks(draft, plugin, version)) {
                let missing = match (before + 1, version - 1) {
                    (first, last) if first == last => format!("version {first} is"),
                    (first, last) => format!("versions {first} to {last} are"),
                };
                findings.push(
                    Diagnostic::new(migration.up.file, format!("{missing} missing in the chain of `{}`", plugin.name))
                        .label(format!("version {version} follows {}", if before == 0 { "nothing".to_owned() } else { before.to_string() }))
                        .help(format!("renumber it to {}, if it is not released", before + 1))
                        .help("a number that was given up on purpose: `-- stairwell: allow version-gap <reason>` in this file"),
                );
            }
            before = version;
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_counter_has_no_gap() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0004__later.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0004__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[version-gap]: versions 2 to 3 are missing in the chain of `printers`
 --> plugins/printers/migrations/V0004__later.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^ version 4 follows 1
  |
  = help: renumber it to 2, if it is not released
  = help: a number that was given up on purpose: `-- stairwell: allow version-gap <reason>` in this file

"#]]
        );
    }

    #[test]
    fn the_settings_and_a_directive_can_allow_it() {
        let later = ("plugins/printers/migrations/V0003__later.sql", "SELECT 1;\n");
        let down = ("plugins/printers/migrations/V0003__later.down.sql", "SELECT 1;\n");
        let allowed = printers_with(&[later, down, ("stairwell.toml", "[rules]\nversion-gap = \"allow\"\n")]);
        assert_eq!(report(&allowed), "sound\n");
        let text = "-- Two was withdrawn.\n-- stairwell: allow version-gap two was withdrawn\nSELECT 1;\n";
        assert_eq!(report(&printers_with(&[(later.0, text), down])), "sound\n");
        let warned =
            printers_with(&[later, down, ("stairwell.toml", "[rules]\nversion-gap = \"warning\"\n")]);
        assert!(report(&warned).starts_with("sound\n"), "{}", report(&warned));
        assert!(report(&warned).contains("warning[version-gap]"), "{}", report(&warned));
    }
}
