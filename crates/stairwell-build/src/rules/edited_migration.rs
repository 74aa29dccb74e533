//! A locked migration whose text is another.
//!
//! Databases that have applied it keep what the old text made; refinery refuses to go on there, since
//! the checksum in its history differs, while every fresh database passes.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, FileKind, Migration, Plugin};
use crate::lock::compare::{Change, compare};
use crate::lock::remedy::{deliberately, next_path};
use crate::lock::shown;
use crate::source::{FileId, Span};

pub(super) const RULE: Rule = Rule::error("edited-migration", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Edited { plugin, migration, locked } = change else { continue };
        let (now, stem) = (migration.checksums(), migration.stem());
        let path = |extension: &str| format!("{}/{stem}.{extension}", plugin.chain.folder);
        let is_rust = migration.file_name.kind == FileKind::Rust;
        let up = now.up != locked.up.value;
        if up {
            let (name, path) = if is_rust { ("Rust", path("rs")) } else { ("up", path("sql")) };
            let step = Step { name, path, locked: Some(locked.up.value), now: Some(now.up) };
            findings.push(edited(plugin, migration, step, migration.up.file, &locked.up.span));
        }
        // Both steps in Rust are one file, and one finding.
        if now.down != locked.down.value && !(up && is_rust) {
            let place = migration.down.as_ref().map_or(migration.up.file, |down| down.file);
            let path = path("down.sql");
            let step = Step { name: "down", path, locked: locked.down.value, now: now.down };
            findings.push(edited(plugin, migration, step, place, &locked.down.span));
        }
    }
}

struct Step {
    name: &'static str,
    path: String,
    locked: Option<u64>,
    now: Option<u64>,
}

fn edited(plugin: &Plugin, migration: &Migration, step: Step, place: FileId, line: &Span) -> Diagnostic {
    let Step { name, path, locked, now } = step;
    let what = match (locked, now) {
        (Some(_), Some(_)) => "was edited",
        (_, None) => "was deleted",
        (None, _) => "was added",
    };
    let message = format!(
        "the {name} step of `{}` of `{}` {what} after it was locked: {} became {}",
        migration.stem(),
        plugin.name,
        shown(locked),
        shown(now)
    );
    let label = match now {
        Some(now) => format!("its checksum is {now:016x}"),
        None => "nothing reverts the migration".to_owned(),
    };
    let with = if locked.is_some() { "locked with this checksum" } else { "locked without a down step" };
    Diagnostic::new(place, message)
        .label(label)
        .also(line, with)
        .help(format!("restore it as it was locked; `git log -p -- {path}` shows what became of it"))
        .help(format!("write what is to change as a new migration: `{}`", next_path(plugin)))
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
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ its checksum is 485bcc97dc0c8dec
   |
  ::: stairwell.lock:12:41
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   |                                         ---------------- locked with this checksum
   |
   = help: restore it as it was locked; `git log -p -- plugins/printers/migrations/V0002__trays.down.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__<name>.sql`
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

error[edited-migration]: the up step of `V0002__trays` of `printers` was edited after it was locked: aff9770e7e262a0e became 3cc61b2626b689c3
  --> plugins/printers/migrations/V0002__trays.sql:1:1
   |
 1 | CREATE TABLE trays (id int);
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ its checksum is 3cc61b2626b689c3
   |
  ::: stairwell.lock:12:18
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   |                  ---------------- locked with this checksum
   |
   = help: restore it as it was locked; `git log -p -- plugins/printers/migrations/V0002__trays.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__<name>.sql`
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

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
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ its checksum is d79f9697d339fa1f
   |
  ::: stairwell.lock:14:18
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   |                  ---------------- locked with this checksum
   |
   = help: restore it as it was locked; `git log -p -- plugins/printers/migrations/V0003__toner.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__<name>.sql`
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

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

error[edited-migration]: the Rust step of `V0003__toner` of `printers` was edited after it was locked: 63937e0a02e61c13 became 0bb44b7abf5e851f
  --> plugins/printers/migrations/V0003__toner.rs:1:1
   |
 1 | async fn up(tx: &T) -> R {}
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ its checksum is 0bb44b7abf5e851f
   |
  ::: stairwell.lock:14:18
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   |                  ---------------- locked with this checksum
   |
   = help: restore it as it was locked; `git log -p -- plugins/printers/migrations/V0003__toner.rs` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__<name>.sql`
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

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
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nothing reverts the migration
   |
  ::: stairwell.lock:14:41
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   |                                         ---------------- locked with this checksum
   |
   = help: restore it as it was locked; `git log -p -- plugins/printers/migrations/V0003__toner.down.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__<name>.sql`
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

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
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ its checksum is 3cc61b2626b689c3
   |
  ::: stairwell.lock:12:18
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   |                  ---------------- locked with this checksum
   |
   = help: restore it as it was locked; `git log -p -- plugins/printers/migrations/V0002__trays.sql` shows what became of it
   = help: write what is to change as a new migration: `plugins/printers/migrations/V0004__<name>.sql`
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

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
