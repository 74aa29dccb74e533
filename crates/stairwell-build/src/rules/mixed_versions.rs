//! Counters and timestamps in one chain, or against the policy that was declared.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Migration, VersionPolicy};

pub(super) const RULE: Rule = Rule::error("mixed-versions", check).adjustable(Adjustable::InMigrations);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let migrations = &plugin.chain.migrations;
        let declared = plugin.manifest.versions.as_ref().or(draft.settings.versions.as_ref());
        let Some(policy) = declared.map(|declared| declared.value).or_else(|| majority(migrations)) else {
            continue;
        };
        let follows = |migration: &&Migration| policy_of(migration) == policy;
        let example = migrations.iter().find(follows);
        for odd in migrations.iter().filter(|migration| !follows(migration)) {
            let found = Diagnostic::new(
                odd.up.file,
                format!("the versions of `{}` are {}s, and this one is not", plugin.name, policy.name()),
            )
            .label(format!("version {} is a {}", odd.file_name.version, policy_of(odd).name()));
            let found = match (declared, example) {
                (Some(declared), _) => {
                    found.also(&declared.span, format!("the policy is `{}`", declared.value.name()))
                }
                (None, Some(example)) => found.also(
                    example.up.file,
                    format!("version {} is a {}", example.file_name.version, policy.name()),
                ),
                (None, None) => found,
            };
            findings.push(found.help(match policy {
                VersionPolicy::Counter => "give it the next number of the chain",
                VersionPolicy::Timestamp => "give it a timestamp, such as 20250304101500",
            }));
        }
    }
}

fn policy_of(migration: &Migration) -> VersionPolicy {
    VersionPolicy::of(migration.file_name.version)
}

/// What most versions of a chain are; the first one decides between equals.
pub(super) fn majority(migrations: &[Migration]) -> Option<VersionPolicy> {
    let first = policy_of(migrations.first()?);
    let alike = migrations.iter().filter(|migration| policy_of(migration) == first).count();
    Some(match first {
        first if alike * 2 >= migrations.len() => first,
        VersionPolicy::Counter => VersionPolicy::Timestamp,
        VersionPolicy::Timestamp => VersionPolicy::Counter,
    })
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

error[mixed-versions]: the versions of `printers` are counters, and this one is not
 --> plugins/printers/migrations/V20250304101500__later.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^ version 20250304101500 is a timestamp
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:1
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  | ---------------------------------------------------------------- version 1 is a counter
  |
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

error[mixed-versions]: the versions of `core` are timestamps, and this one is not
 --> migrations/V0001__sites.sql:1:1
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ version 1 is a counter
  |
 ::: stairwell.toml:2:10
  |
2 | policy = "timestamp"
  |          ----------- the policy is `timestamp`
  |
  = help: give it a timestamp, such as 20250304101500

error[mixed-versions]: the versions of `printers` are timestamps, and this one is not
 --> plugins/printers/migrations/V0001__baseline.sql:1:1
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ version 1 is a counter
  |
 ::: stairwell.toml:2:10
  |
2 | policy = "timestamp"
  |          ----------- the policy is `timestamp`
  |
  = help: give it a timestamp, such as 20250304101500

"#]]
        );
    }
}
