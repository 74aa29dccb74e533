//! A plugin whose name cannot be a history table and a Rust module.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{CORE, Draft};

pub(super) const RULE: Rule = Rule::error("bad-plugin-name", check);

/// PostgreSQL cuts longer identifiers off (NAMEDATALEN is 64), and with them the history table.
const MAX_BYTES: usize = 63;

/// Tables of Stairwell itself, in the schema where the history tables stand.
const RESERVED: [&str; 3] = ["journal", "lease", "state"];

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in draft.plugins.iter().filter(|plugin| !plugin.is_core()) {
        let name = plugin.name.as_str();
        let reason = if name == CORE {
            "`core` is the application itself; its chain is `migrations/`".to_owned()
        } else if RESERVED.contains(&name) {
            format!("`stairwell.{name}` is a table of Stairwell's own")
        } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            "a name begins with a small letter".to_owned()
        } else if name.contains(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')) {
            "a name has small letters, digits and `_` only".to_owned()
        } else if name.len() > MAX_BYTES {
            format!("it is longer than {MAX_BYTES} bytes, and PostgreSQL would cut it off")
        } else {
            continue;
        };
        let message = format!("`{name}` cannot be the name of a plugin: {reason}");
        findings.push(
            Diagnostic::new(&plugin.folder, message)
                .note("the name is also that of the history table `stairwell.<name>` and of a module")
                .help("rename the folder, and `name` in its plugin.toml"),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn names_that_cannot_be() {
        let long = "p".repeat(64);
        let files: Vec<(String, String)> = ["core", "state", "2d", "Net-Work", &long]
            .iter()
            .flat_map(|name| {
                let folder = format!("plugins/{name}");
                let manifest = format!("[plugin]\nname = \"{name}\"\n[owns]\n");
                let up = "-- stairwell: irreversible a test\nSELECT 1;\n".to_owned();
                [(format!("{folder}/plugin.toml"), manifest), (format!("{folder}/migrations/V1__a.sql"), up)]
            })
            .collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_data_eq!(
            report(&files),
            str![[r#"
the migrations have 10 errors

error[bad-plugin-name]: `2d` cannot be the name of a plugin: a name begins with a small letter
--> plugins/2d
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[missing-owns]: the plugin `2d` owns nothing
 --> plugins/2d/plugin.toml:3:1
  |
3 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

error[bad-plugin-name]: `Net-Work` cannot be the name of a plugin: a name begins with a small letter
--> plugins/Net-Work
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[missing-owns]: the plugin `Net-Work` owns nothing
 --> plugins/Net-Work/plugin.toml:3:1
  |
3 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

error[bad-plugin-name]: `core` cannot be the name of a plugin: `core` is the application itself; its chain is `migrations/`
--> plugins/core
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[missing-owns]: the plugin `core` owns nothing
 --> plugins/core/plugin.toml:3:1
  |
3 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

error[bad-plugin-name]: `pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp` cannot be the name of a plugin: it is longer than 63 bytes, and PostgreSQL would cut it off
--> plugins/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[missing-owns]: the plugin `pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp` owns nothing
 --> plugins/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/plugin.toml:3:1
  |
3 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

error[bad-plugin-name]: `state` cannot be the name of a plugin: `stairwell.state` is a table of Stairwell's own
--> plugins/state
 = note: the name is also that of the history table `stairwell.<name>` and of a module
 = help: rename the folder, and `name` in its plugin.toml

error[missing-owns]: the plugin `state` owns nothing
 --> plugins/state/plugin.toml:3:1
  |
3 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

"#]]
        );
    }
}
