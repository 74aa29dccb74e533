//! Something that lies where only migrations and manifests may lie.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Rejection};
use crate::source::{Entry, Kind};

pub(super) const RULE: Rule = Rule::error("stray-entry", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for entry in &draft.stray {
        let (what, help) = match entry.path.as_str() {
            "migrations" | "plugins" => ("is not a folder", "make it a folder"),
            "stairwell.toml" => ("is not a file", "make it a file"),
            _ => (
                "is not the folder of a plugin",
                "`plugins/` holds one folder per plugin; move this elsewhere",
            ),
        };
        report(entry, what, help, findings);
    }
    for plugin in &draft.plugins {
        for entry in &plugin.stray {
            // A migration beside `migrations/` is the likeliest slip of all.
            let help = if entry.path.ends_with(".sql") {
                format!("move it to `{}/`", plugin.chain.folder)
            } else {
                "a plugin's folder holds `plugin.toml`, `migrations/`, and what belongs to its code: `schema.sql`, `Cargo.toml`, `README.md`, `docs/`, `src/`, `tests/`".to_owned()
            };
            report(entry, "does not belong into the folder of a plugin", &help, findings);
        }
        for (entry, rejection) in &plugin.chain.rejected {
            if *rejection == Rejection::Stray {
                let help = "only migrations may lie here, because nothing here is skipped silently; move it or delete it";
                report(entry, "is not a migration", help, findings);
            }
        }
    }
}

fn report(entry: &Entry, what: &str, help: &str, findings: &mut Findings) {
    // A link is reported as such.
    if !matches!(entry.kind, Kind::Link { .. }) {
        findings.push(Diagnostic::new(&entry.path, format!("`{}` {what}", entry.file_name())).help(help));
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn nothing_is_skipped_silently() {
        let tree = printers_with(&[
            ("plugins/README.md", ""),
            ("plugins/printers/V0002__beside.sql", ""),
            ("plugins/printers/plugin.toml.bak", ""),
            ("plugins/printers/migrations/.V0001__baseline.sql.swp", ""),
            ("plugins/printers/src/lib.rs", ""),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors

error[stray-entry]: `README.md` is not the folder of a plugin
--> plugins/README.md
 = help: `plugins/` holds one folder per plugin; move this elsewhere

error[stray-entry]: `V0002__beside.sql` does not belong into the folder of a plugin
--> plugins/printers/V0002__beside.sql
 = help: move it to `plugins/printers/migrations/`

error[stray-entry]: `.V0001__baseline.sql.swp` is not a migration
--> plugins/printers/migrations/.V0001__baseline.sql.swp
 = help: only migrations may lie here, because nothing here is skipped silently; move it or delete it

error[stray-entry]: `plugin.toml.bak` does not belong into the folder of a plugin
--> plugins/printers/plugin.toml.bak
 = help: a plugin's folder holds `plugin.toml`, `migrations/`, and what belongs to its code: `schema.sql`, `Cargo.toml`, `README.md`, `docs/`, `src/`, `tests/`

"#]]
        );
    }
}
