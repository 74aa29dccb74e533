//! Counters and timestamps in one chain, or against the policy that was declared.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, VersionPolicy};

pub(super) const RULE: Rule = Rule::error("mixed-versions", check).adjustable(Adjustable::InMigrations);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let migrations = &plugin.chain.migrations;
        let declared = plugin.manifest.versions.as_ref().or(draft.settings.versions.as_ref());
        let policy_of = |version| VersionPolicy::of(version);
        let Some(first) = migrations.first() else { continue };
        let policy = declared.map_or_else(|| policy_of(first.file_name.version), |policy| policy.value);
        // One finding per chain: the first that breaks the policy; the rest follows from it.
        let odd = migrations.iter().find(|migration| policy_of(migration.file_name.version) != policy);
        let Some(odd) = odd else { continue };
        let found = Diagnostic::new(
            odd.up.file,
            format!("the chain of `{}` counts its versions in two ways", plugin.name),
        )
        .label(format!(
            "version {} is a {}",
            odd.file_name.version,
            policy_of(odd.file_name.version).name()
        ));
        let found = match declared {
            Some(declared) => {
                found.also(&declared.span, format!("the policy is `{}`", declared.value.name()))
            }
            None => found
                .also(first.up.file, format!("version {} is a {}", first.file_name.version, policy.name())),
        };
        findings.push(
            found
                .note("a chain that begins with counters and goes on with timestamps can never go back")
                .help(match policy {
                    VersionPolicy::Counter => "give it the next number of the chain",
                    VersionPolicy::Timestamp => "give it a timestamp, such as 20250304101500",
                }),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    const TIMESTAMP: (&str, &str) = ("plugins/printers/migrations/V20250304101500__later.sql", "SELECT 1;\n");
    const DOWN: (&str, &str) = ("plugins/printers/migrations/V20250304101500__later.down.sql", "SELECT 1;\n");

    #[test]
    fn one_policy_per_chain() {
        assert_data_eq!(
            report(&printers_with(&[TIMESTAMP, DOWN])),
            str![[r#"
the migrations have 1 error

error[mixed-versions]: the chain of `printers` counts its versions in two ways
 --> plugins/printers/migrations/V20250304101500__later.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^ version 20250304101500 is a timestamp
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:1
  |
1 | CREATE TABLE printers (id bigint);
  | ---------------------------------- version 1 is a counter
  |
  = note: a chain that begins with counters and goes on with timestamps can never go back
  = help: give it the next number of the chain

"#]]
        );
    }

    #[test]
    fn a_declared_policy_holds() {
        let tree = printers_with(&[("stairwell.toml", "[versions]\npolicy = \"timestamp\"\n")]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[mixed-versions]: the chain of `core` counts its versions in two ways
 --> migrations/V0001__sites.sql:1:1
  |
1 | CREATE TABLE sites (id bigint);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ version 1 is a counter
  |
 ::: stairwell.toml:2:10
  |
2 | policy = "timestamp"
  |          ----------- the policy is `timestamp`
  |
  = note: a chain that begins with counters and goes on with timestamps can never go back
  = help: give it a timestamp, such as 20250304101500

error[mixed-versions]: the chain of `printers` counts its versions in two ways
 --> plugins/printers/migrations/V0001__baseline.sql:1:1
  |
1 | CREATE TABLE printers (id bigint);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ version 1 is a counter
  |
 ::: stairwell.toml:2:10
  |
2 | policy = "timestamp"
  |          ----------- the policy is `timestamp`
  |
  = note: a chain that begins with counters and goes on with timestamps can never go back
  = help: give it a timestamp, such as 20250304101500

"#]]
        );
    }
}
