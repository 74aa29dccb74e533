//! A chain that is locked and gone, or that has another name now.
//!
//! Its tables stay in every database that has applied it, and no binary can revert it any more.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::compare::{Change, compare};
use crate::lock::remedy::deliberately;

pub(super) const RULE: Rule = Rule::error("deleted-chain", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Vanished { chain, renamed } = change else { continue };
        let name = &chain.plugin;
        let folder = match draft.plugin(name) {
            Some(plugin) => plugin.chain.folder.clone(),
            None => format!("plugins/{name}"),
        };
        let found = match renamed {
            Some(plugin) => Diagnostic::new(
                &chain.span,
                format!("the chain of `{name}` was renamed to `{}` after it was locked", plugin.name),
            )
            .label("locked under this name")
            .also(&plugin.chain.folder, "")
            .help(format!("rename the folder back to `{folder}`")),
            None => {
                Diagnostic::new(&chain.span, format!("the chain of `{name}` was deleted after it was locked"))
                    .label(format!("there is no migration in `{folder}`"))
                    .help(format!("restore it; `git log --stat -- {folder}` shows where it went"))
                    .help("what it made is dropped by a new migration of the chain, which stays")
            }
        };
        findings.push(found.help(deliberately()));
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn it_is_one_finding_and_not_one_per_migration() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0001__baseline.sql",
                    "plugins/printers/migrations/V0001__baseline.down.sql",
                    "plugins/printers/migrations/V0002__trays.sql",
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql",
                    "plugins/printers/plugin.toml"
                ],
                &[]
            ),
            str![[r#"
the migrations have 1 error

error[deleted-chain]: the chain of `printers` was deleted after it was locked
 --> stairwell.lock:9:1
  |
9 | chain printers, 3 migrations, last V0003__toner
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ there is no migration in `plugins/printers`
  |
  = help: restore it; `git log --stat -- plugins/printers` shows where it went
  = help: what it made is dropped by a new migration of the chain, which stays
  = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn a_plugin_under_another_name_is_recognised() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0001__baseline.sql",
                    "plugins/printers/migrations/V0001__baseline.down.sql",
                    "plugins/printers/migrations/V0002__trays.sql",
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql",
                    "plugins/printers/plugin.toml"
                ],
                &[
                    (
                        "plugins/printing/plugin.toml",
                        "[plugin]\nname = \"printing\"\n\n[owns]\ntables = [\"printers\"]\n"
                    ),
                    (
                        "plugins/printing/migrations/V0001__baseline.sql",
                        "CREATE TABLE printers (id bigint);\n"
                    ),
                    ("plugins/printing/migrations/V0001__baseline.down.sql", "DROP TABLE printers;\n")
                ]
            ),
            str![[r#"
the migrations have 1 error

error[deleted-chain]: the chain of `printers` was deleted after it was locked
 --> stairwell.lock:9:1
  |
9 | chain printers, 3 migrations, last V0003__toner
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ there is no migration in `plugins/printers`
  |
  = help: restore it; `git log --stat -- plugins/printers` shows where it went
  = help: what it made is dropped by a new migration of the chain, which stays
  = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }
}
