//! Something that lies where only migrations and manifests may lie.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{CORE_FOLDER, Draft, Rejection};
use crate::scan::{ROOTS, WANTED};
use crate::source::{Entry, Kind};

pub(super) const RULE: Rule = Rule::error("stray-entry", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for entry in &draft.stray {
        let is_misspelt =
            ROOTS.iter().find(|root| **root != entry.path && root.eq_ignore_ascii_case(&entry.path));
        match (entry.path.as_str(), is_misspelt) {
            (_, Some(root)) => report(entry, "is passed over", &format!("rename it to `{root}`"), findings),
            ("migrations" | "plugins", _) => report(entry, "is not a folder", "make it a folder", findings),
            ("stairwell.toml" | WANTED, _) => report(entry, "is not a file", "make it a file", findings),
            // bad-plugin-name
            (CORE_FOLDER, _) => {}
            _ => {
                let help = "`plugins/` holds one folder per plugin; move this elsewhere";
                report(entry, "is not the folder of a plugin", help, findings);
            }
        }
    }
    for plugin in &draft.plugins {
        for entry in &plugin.stray {
            let help = if entry.path.ends_with("/migrations") {
                "make it a folder".to_owned()
            } else if entry.path.ends_with(".sql") {
                // A migration beside `migrations/` is the likeliest slip of all.
                format!("move it to `{}/`", plugin.chain.folder)
            } else {
                "a plugin's folder holds `plugin.toml`, `migrations/`, the files `schema.sql` and `README.md`, \
                 and the folders `docs/`, `src/` and `tests/`"
                    .to_owned()
            };
            report(entry, "does not belong into the folder of a plugin", &help, findings);
        }
        for (entry, rejection) in &plugin.chain.rejected {
            if *rejection == Rejection::Stray {
                let what = match entry.kind {
                    Kind::Special => "is neither a file nor a folder",
                    _ => "is not a migration",
                };
                let help = "only migrations may lie here, because nothing here is skipped silently; move it or delete it";
                report(entry, what, help, findings);
            }
        }
    }
}

fn report(entry: &Entry, what: &str, help: &str, findings: &mut Findings) {
    // A link, or what cannot be read, is reported as such.
    if !matches!(entry.kind, Kind::Link { .. } | Kind::Unreadable { .. }) {
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
 = help: a plugin's folder holds `plugin.toml`, `migrations/`, the files `schema.sql` and `README.md`, and the folders `docs/`, `src/` and `tests/`

"#]]
        );
    }

    // Elsewhere the file system does not tell case apart, and nothing is passed over.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_root_in_capitals_is_not_passed_over() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("Migrations")).unwrap();
        std::fs::create_dir_all(root.path().join("migrations")).unwrap();
        std::fs::write(
            root.path().join("migrations/V0001__a.sql"),
            "-- stairwell: irreversible a test\nSELECT 1;\n",
        )
        .unwrap();
        let report = crate::check(crate::parse(crate::scan(root.path()))).unwrap_err().to_string();
        assert_data_eq!(
            report,
            str![[r#"
the migrations have 1 error

error[stray-entry]: `Migrations` is passed over
--> Migrations
 = help: rename it to `migrations`

"#]]
        );
    }

    #[test]
    fn a_wanted_state_is_a_file_beside_the_manifest() {
        let tree = printers_with(&[
            ("plugins/printers/schema.sql", "CREATE TABLE printers (id bigint);\n"),
            ("schema.sql", "-- Nothing.\n"),
        ]);
        assert!(report(&tree).starts_with("sound"));
        assert_data_eq!(
            report(&printers_with(&[("schema.sql/", "")])),
            str![[r#"
the migrations have 1 error

error[stray-entry]: `schema.sql` is not a file
--> schema.sql
 = help: make it a file

"#]]
        );
    }

    #[test]
    fn a_stray_file_hides_no_other_finding() {
        let tree = printers_with(&[
            ("migrations/V0001__a.sql", "-- stairwell: irreversible a test\nSELECT 1;\n"),
            ("migrations/V0009__b.sql", "-- stairwell: irreversible a test\nSELECT 1;\n"),
            ("migrations/.DS_Store", ""),
        ]);
        let report = report(&tree);
        assert!(report.contains("error[stray-entry]") && report.contains("error[version-gap]"), "{report}");
    }
}
