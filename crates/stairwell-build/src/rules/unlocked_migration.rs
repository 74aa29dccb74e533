//! A migration that does not stand in `stairwell.lock`.
//!
//! That is what a new one looks like, so an ordinary build says so in one line and goes on. With
//! `STAIRWELL_LOCKED=1` it is an error, whatever the settings say.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::{Diagnostic, Severity};
use crate::draft::{Draft, RuleLevel};
use crate::lock::compare::{Change, compare};
use crate::lock::{self, LockMode, WRITE};

pub(super) const RULE: Rule = Rule {
    name: "unlocked-migration",
    level: RuleLevel::At(Severity::Warning),
    adjustable: Adjustable::InSettings,
    check: super::Check::Written(check),
};

/// How many names one line has room for.
const MAX_NAMES: usize = 3;

fn check(draft: &Draft, findings: &mut Findings) {
    if draft.lock_mode.writes() {
        return;
    }
    let changes = compare(draft);
    let new: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            Change::New { plugin, migration } => Some((*plugin, *migration)),
            _ => None,
        })
        .collect();
    if draft.lock_mode == LockMode::Locked {
        for (plugin, migration) in new {
            findings.push(
                Diagnostic::new(
                    migration.up.file,
                    format!("`{}` of `{}` is not locked", migration.stem(), plugin.name),
                )
                .help(format!("lock it, and commit {}: `{WRITE}`", lock::FILE)),
            );
        }
        return;
    }
    // Where something else is wrong with the lock, what is new is the least of it.
    if new.is_empty() || new.len() < changes.len() {
        return;
    }
    let names = new.iter().take(MAX_NAMES).map(|(plugin, m)| format!("`{}/{}`", plugin.name, m.stem()));
    let mut list = names.collect::<Vec<_>>().join(", ");
    if new.len() > MAX_NAMES {
        list.push_str(&format!(" and {} more", new.len() - MAX_NAMES));
    }
    let message = match new.len() {
        1 => format!("1 migration is not locked yet: {list}"),
        count => format!("{count} migrations are not locked yet: {list}"),
    };
    findings.push(Diagnostic::new(lock::FILE, message).help(format!("before they are released: `{WRITE}`")));
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn an_ordinary_build_says_so_in_one_line() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[
                    ("plugins/printers/migrations/V0004__a.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0004__a.down.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0005__b.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0005__b.down.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0006__c.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0006__c.down.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0007__d.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0007__d.down.sql", "SELECT 1;\n")
                ]
            ),
            str![[r#"
sound
the migrations have 1 warning

warning[unlocked-migration]: 4 migrations are not locked yet: `printers/V0004__a`, `printers/V0005__b`, `printers/V0006__c` and 1 more
--> stairwell.lock
 = help: before they are released: `STAIRWELL_LOCK=write cargo build`

"#]]
        );
    }

    #[test]
    fn a_locked_build_fails_at_each() {
        assert_data_eq!(
            report_locked(
                LockMode::Locked,
                &[],
                &[
                    ("plugins/printers/migrations/V0004__a.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0004__a.down.sql", "SELECT 1;\n"),
                    ("migrations/V0002__b.sql", "SELECT 1;\n"),
                    ("migrations/V0002__b.down.sql", "SELECT 1;\n"),
                    ("stairwell.toml", "[rules]\nunlocked-migration = \"allow\"\n")
                ]
            ),
            str![[r#"
the migrations have 2 errors

error[unlocked-migration]: `V0002__b` of `core` is not locked
 --> migrations/V0002__b.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = help: lock it, and commit stairwell.lock: `STAIRWELL_LOCK=write cargo build`

error[unlocked-migration]: `V0004__a` of `printers` is not locked
 --> plugins/printers/migrations/V0004__a.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = help: lock it, and commit stairwell.lock: `STAIRWELL_LOCK=write cargo build`

"#]]
        );
    }

    #[test]
    fn a_build_that_locks_it_has_nothing_to_say() {
        let new =
            [("migrations/V0002__b.sql", "SELECT 1;\n"), ("migrations/V0002__b.down.sql", "SELECT 1;\n")];
        assert_eq!(report_locked(LockMode::Write, &[], &new), "sound\n");
        assert_eq!(report_locked(LockMode::Rewrite, &[], &new), "sound\n");
    }
}
