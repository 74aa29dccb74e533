//! A history table that is no name, is Stairwell's own, or belongs to another chain.

use super::{Findings, Rule, grouped};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Plugin, RESERVED_TABLES};

pub(super) const RULE: Rule = Rule::error("bad-history-table", check);

/// The schema of Stairwell's own tables.
const SCHEMA: &str = "stairwell";

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let Some(history) = &plugin.manifest.history else { continue };
        let written = &history.value;
        let found = match split(written) {
            None => Diagnostic::new(&history.span, format!("`{written}` is not the name of a history table"))
                .label("a schema and a table")
                .help("write `schema.table`, in small letters, digits and `_`, such as `public.refinery_schema_history`"),
            Some((SCHEMA, table)) if RESERVED_TABLES.contains(&table) => {
                Diagnostic::new(&history.span, format!("`{SCHEMA}.{table}` is a table of Stairwell's own"))
                    .help("choose another name")
            }
            Some((schema, _)) if schema.starts_with("pg_") || schema == "information_schema" => {
                Diagnostic::new(&history.span, format!("the schema `{schema}` belongs to PostgreSQL"))
                    .help("choose another schema")
            }
            Some(_) => continue,
        };
        findings.push(found);
    }
    let tables = grouped(draft.plugins.iter().map(|plugin| (table(plugin), plugin)));
    for ((schema, table), plugins) in &tables {
        let [first, others @ ..] = &plugins[..] else { continue };
        for other in others {
            // One of the two says so in its manifest; the other may have the table by default.
            let (speaker, silent) =
                if other.manifest.history.is_some() { (other, first) } else { (first, other) };
            let Some(history) = &speaker.manifest.history else { continue };
            let message = format!(
                "`{}` and `{}` would share the history table `{schema}.{table}`",
                first.name, other.name
            );
            findings.push(
                Diagnostic::new(&history.span, message)
                    .label(format!("that is also the table of `{}`", silent.name))
                    .help("every chain has a history of its own; choose another name"),
            );
        }
    }
}

/// Schema and table of the history of a plugin.
pub(crate) fn table(plugin: &Plugin) -> (&str, &str) {
    let written = plugin.manifest.history.as_ref().and_then(|history| split(&history.value));
    written.unwrap_or((SCHEMA, &plugin.name))
}

fn split(written: &str) -> Option<(&str, &str)> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name.len() <= 63
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    written.split_once('.').filter(|(schema, table)| is_name(schema) && is_name(table))
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    fn with_history(history: &str) -> String {
        let manifest = format!(
            "[plugin]\nname = \"printers\"\nhistory = \"{history}\"\n\n[owns]\ntables = [\"printers\"]\n"
        );
        report(&printers_with(&[("plugins/printers/plugin.toml", &manifest)]))
    }

    #[test]
    fn a_history_table_is_qualified_and_nobody_elses() {
        assert_eq!(with_history("public.refinery_schema_history"), "sound\n");
        assert_data_eq!(
            with_history("refinery_schema_history"),
            str![[r#"
the migrations have 1 error

error[bad-history-table]: `refinery_schema_history` is not the name of a history table
 --> plugins/printers/plugin.toml:3:11
  |
3 | history = "refinery_schema_history"
  |           ^^^^^^^^^^^^^^^^^^^^^^^^^ a schema and a table
  |
  = help: write `schema.table`, in small letters, digits and `_`, such as `public.refinery_schema_history`

"#]]
        );
        assert_data_eq!(
            with_history("stairwell.journal"),
            str![[r#"
the migrations have 1 error

error[bad-history-table]: `stairwell.journal` is a table of Stairwell's own
 --> plugins/printers/plugin.toml:3:11
  |
3 | history = "stairwell.journal"
  |           ^^^^^^^^^^^^^^^^^^^
  |
  = help: choose another name

"#]]
        );
        for table in crate::draft::RESERVED_TABLES {
            let refused = format!("`stairwell.{table}` is a table of Stairwell's own");
            let report = with_history(&format!("stairwell.{table}"));
            assert!(report.contains(&refused), "{report}");
        }
        // Elsewhere the names are free.
        assert_eq!(with_history("public.state"), "sound\n");
        assert_data_eq!(
            with_history("stairwell.core"),
            str![[r#"
the migrations have 1 error

error[bad-history-table]: `core` and `printers` would share the history table `stairwell.core`
 --> plugins/printers/plugin.toml:3:11
  |
3 | history = "stairwell.core"
  |           ^^^^^^^^^^^^^^^^ that is also the table of `core`
  |
  = help: every chain has a history of its own; choose another name

"#]]
        );
    }
}
