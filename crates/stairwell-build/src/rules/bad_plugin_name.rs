//! A plugin whose name cannot be a history table and a Rust module.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{CORE, CORE_FOLDER, Draft, RESERVED_TABLES};

pub(super) const RULE: Rule = Rule::error("bad-plugin-name", check);

/// PostgreSQL cuts longer identifiers off (NAMEDATALEN is 64), and with them the history table.
const MAX_BYTES: usize = 63;

fn check(draft: &Draft, findings: &mut Findings) {
    let plugins = draft.plugins.iter().filter(|plugin| !plugin.is_core());
    let names = plugins.map(|plugin| (plugin.name.as_str(), &plugin.folder));
    let core = draft.stray.iter().filter(|entry| entry.path == CORE_FOLDER).map(|entry| (CORE, &entry.path));
    for (name, folder) in names.chain(core) {
        let Some(reason) = reason(name) else { continue };
        let message = format!("`{name}` cannot be the name of a plugin: {reason}");
        findings.push(
            Diagnostic::new(folder, message)
                .note("the name is also that of the history table `stairwell.<name>` and of a module")
                .help("rename the folder, and `name` in its plugin.toml"),
        );
    }
}

/// Why a plugin cannot have this name.
pub(super) fn reason(name: &str) -> Option<String> {
    let is_odd = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    match name {
        CORE => Some("`core` is the application itself; its chain is `migrations/`".to_owned()),
        "stairwell" => Some("its module would hide the crate `stairwell`".to_owned()),
        name if RESERVED_TABLES.contains(&name) => {
            Some(format!("`stairwell.{name}` is a table of Stairwell's own"))
        }
        name if !name.starts_with(|c: char| c.is_ascii_lowercase()) => {
            Some("a name begins with a small letter".to_owned())
        }
        name if name.contains(is_odd) => Some("a name has small letters, digits and `_` only".to_owned()),
        name if name.len() > MAX_BYTES => {
            Some(format!("it is longer than {MAX_BYTES} bytes, and PostgreSQL would cut it off"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn names_that_cannot_be() {
        let long = "p".repeat(64);
        let files: Vec<(String, String)> = ["core", "stairwell", "state", "2d", "Net-Work", &long]
            .iter()
            .flat_map(|name| {
                let folder = format!("plugins/{name}");
                let manifest = format!("[plugin]\nname = \"{name}\"\n[owns]\ntables = [\"{name}\"]\n");
                let up = "-- stairwell: irreversible a test\nSELECT 1;\n".to_owned();
                [(format!("{folder}/plugin.toml"), manifest), (format!("{folder}/migrations/V1__a.sql"), up)]
            })
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_data_eq!(
            report(&files),
            str![[r#"
the migrations have 6 errors

error[bad-plugin-name]: `2d` cannot be the name of a plugin: a name begins with a small letter
--> plugins/2d
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[bad-plugin-name]: `Net-Work` cannot be the name of a plugin: a name begins with a small letter
--> plugins/Net-Work
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[bad-plugin-name]: `core` cannot be the name of a plugin: `core` is the application itself; its chain is `migrations/`
--> plugins/core
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[bad-plugin-name]: `pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp` cannot be the name of a plugin: it is longer than 63 bytes, and PostgreSQL would cut it off
--> plugins/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[bad-plugin-name]: `stairwell` cannot be the name of a plugin: its module would hide the crate `stairwell`
--> plugins/stairwell
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[bad-plugin-name]: `state` cannot be the name of a plugin: `stairwell.state` is a table of Stairwell's own
--> plugins/state
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

"#]]
        );
    }
}
