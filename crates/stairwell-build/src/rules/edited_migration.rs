//! A locked migration whose text is another.
//!
//! Databases that have applied it keep what the old text made; refinery refuses to go on there, since
//! the checksum in its history differs, while every fresh database passes.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::{Diagnostic, Place};
use crate::draft::{Draft, Migration, Plugin};
use crate::lock::compare::{Change, compare, deliberately, next_version};
use crate::lock::shown;

pub(super) const RULE: Rule = Rule::error("edited-migration", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Edited { plugin, migration, locked } = change else { continue };
        let (now, up) = (migration.checksums(), locked.up.value);
        if now.up != up {
            let found = edited(plugin, migration, "up", (Some(up), Some(now.up)), migration.up.file);
            findings.push(remedy(
                found.also(&locked.up.span, "locked with this checksum"),
                draft,
                plugin,
                migration,
            ));
        }
        // Both steps of a Rust step are one file, and one finding.
        let is_one_file = migration.down.is_none() && now.up != up;
        if now.down != locked.down.value && !is_one_file {
            let file = migration.down.as_ref().map_or(migration.up.file, |down| down.file);
            let found = edited(plugin, migration, "down", (locked.down.value, now.down), file);
            let label =
                if locked.down.value.is_some() { "locked with this checksum" } else { "locked without one" };
            findings.push(remedy(found.also(&locked.down.span, label), draft, plugin, migration));
        }
    }
}

fn edited(
    plugin: &Plugin,
    migration: &Migration,
    step: &str,
    (old, new): (Option<u64>, Option<u64>),
    place: impl Into<Place>,
) -> Diagnostic {
    let what = match (old, new) {
        (Some(_), Some(_)) => "was edited",
        (_, None) => "was deleted",
        (None, _) => "was added",
    };
    let message = format!(
        "the {step} step of `{}` of `{}` {what} after it was locked: {} became {}",
        migration.stem(),
        plugin.name,
        shown(old),
        shown(new)
    );
    let label = match new {
        Some(new) => format!("the checksum is {new:016x}"),
        None => "the migration has no down step".to_owned(),
    };
    Diagnostic::new(place, message).label(label)
}

fn remedy(found: Diagnostic, draft: &Draft, plugin: &Plugin, migration: &Migration) -> Diagnostic {
    let path = match &found.primary.place {
        Place::Span(span) if span.file != migration.up.file => draft.sources.path(span.file),
        _ => &migration.path,
    };
    let restore =
        format!("restore the step as it was locked; `git log -p -- {path}` shows what became of it");
    let next = next_version(plugin, None);
    found
        .help(restore)
        .help(format!("write what is to change as a new migration: `{}/{next}__….sql`", plugin.chain.folder))
        .help(deliberately())
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn both_steps_are_held_against_the_lock() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[
                    ("plugins/printers/migrations/V0002__trays.sql", "CREATE TABLE trays (id int);\n"),
                    ("plugins/printers/migrations/V0002__trays.down.sql", "DROP TABLE IF EXISTS trays;\n")
                ]
            ),
            str![[r#"
the migrations have 2 errors

error[edited-migration]: the down step of `V0002__trays` of `printers` was edited after it was locked: 6e83c12786d362e4 became 485bcc97dc0c8dec
  --> plugins/printers/migrations/V0002__trays.down.sql:1:1
   |
 1 | DROP TABLE IF EXISTS trays;
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the checksum is 485bcc97dc0c8dec
   |
  ::: stairwell.lock:10:41
   |
10 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   |                                         ---------------- locked with this checksum
   |
   = help: restore the step as it was locked; `git log -p -- plugins/printers/migrations/V0002__trays.down.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__….sql`
   = help: if it never left this machine, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

error[edited-migration]: the up step of `V0002__trays` of `printers` was edited after it was locked: aff9770e7e262a0e became 3cc61b2626b689c3
  --> plugins/printers/migrations/V0002__trays.sql:1:1
   |
 1 | CREATE TABLE trays (id int);
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the checksum is 3cc61b2626b689c3
   |
  ::: stairwell.lock:10:18
   |
10 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   |                  ---------------- locked with this checksum
   |
   = help: restore the step as it was locked; `git log -p -- plugins/printers/migrations/V0002__trays.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__….sql`
   = help: if it never left this machine, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn a_directive_is_a_part_of_the_text() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[(
                    "plugins/printers/migrations/V0003__toner.sql",
                    "-- stairwell: requires core 1\nALTER TABLE printers ADD toner int;\n"
                )]
            ),
            str![[r#"
the migrations have 1 error

error[edited-migration]: the up step of `V0003__toner` of `printers` was edited after it was locked: 63937e0a02e61c13 became d79f9697d339fa1f
  --> plugins/printers/migrations/V0003__toner.sql:1:1
   |
 1 | -- stairwell: requires core 1
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the checksum is d79f9697d339fa1f
   |
  ::: stairwell.lock:11:18
   |
11 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   |                  ---------------- locked with this checksum
   |
   = help: restore the step as it was locked; `git log -p -- plugins/printers/migrations/V0003__toner.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__….sql`
   = help: if it never left this machine, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn a_step_in_rust_has_one_checksum() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql"
                ],
                &[(
                    "plugins/printers/migrations/V0003__toner.rs",
                    "async fn up(tx: &T) -> R {}\nasync fn down(tx: &T) -> R {}\n"
                )]
            ),
            str![[r#"
the migrations have 1 error

error[edited-migration]: the up step of `V0003__toner` of `printers` was edited after it was locked: 63937e0a02e61c13 became 0bb44b7abf5e851f
  --> plugins/printers/migrations/V0003__toner.rs:1:1
   |
 1 | async fn up(tx: &T) -> R {}
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ the checksum is 0bb44b7abf5e851f
   |
  ::: stairwell.lock:11:18
   |
11 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   |                  ---------------- locked with this checksum
   |
   = help: restore the step as it was locked; `git log -p -- plugins/printers/migrations/V0003__toner.rs` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__….sql`
   = help: if it never left this machine, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn a_down_step_that_came_or_went_is_an_edit() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &["plugins/printers/migrations/V0003__toner.down.sql"],
                &[("stairwell.toml", "[rules]\nmissing-down-step = \"allow\"\n")]
            ),
            str![[r#"
the migrations have 1 error

error[edited-migration]: the down step of `V0003__toner` of `printers` was deleted after it was locked: 6a9cad2358057ca4 became irreversible
  --> plugins/printers/migrations/V0003__toner.sql:1:1
   |
 1 | ALTER TABLE printers ADD toner int;
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the migration has no down step
   |
  ::: stairwell.lock:11:41
   |
11 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   |                                         ---------------- locked with this checksum
   |
   = help: restore the step as it was locked; `git log -p -- plugins/printers/migrations/V0003__toner.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__….sql`
   = help: if it never left this machine, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn to_lock_anew_makes_it_a_warning() {
        assert_data_eq!(
            report_locked(
                LockMode::Rewrite,
                &[],
                &[("plugins/printers/migrations/V0002__trays.sql", "CREATE TABLE trays (id int);\n")]
            ),
            str![[r#"
sound
the migrations have 1 warning

warning[edited-migration]: the up step of `V0002__trays` of `printers` was edited after it was locked: aff9770e7e262a0e became 3cc61b2626b689c3
  --> plugins/printers/migrations/V0002__trays.sql:1:1
   |
 1 | CREATE TABLE trays (id int);
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the checksum is 3cc61b2626b689c3
   |
  ::: stairwell.lock:10:18
   |
10 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   |                  ---------------- locked with this checksum
   |
   = help: restore the step as it was locked; `git log -p -- plugins/printers/migrations/V0002__trays.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__….sql`
   = help: if it never left this machine, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn line_ends_are_no_edit() {
        let text = "CREATE TABLE trays (id bigint);\r\n";
        let windows = ("plugins/printers/migrations/V0002__trays.sql", text);
        assert_eq!(report_locked(LockMode::Locked, &[], &[windows]), "sound\n");
    }
}
