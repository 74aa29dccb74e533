//! A `plugin.toml` or `stairwell.toml` that is not TOML, has an unknown key, or a value of a wrong type.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::suggest::closest;

pub(super) const RULE: Rule = Rule::error("bad-manifest", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        if let Some(reason) = &plugin.manifest.unreadable {
            let path = if plugin.is_core() {
                "stairwell.toml".to_owned()
            } else {
                format!("{}/plugin.toml", plugin.folder)
            };
            let message = format!("the manifest cannot be read: {reason}");
            findings.push(Diagnostic::new(&path, message).help("make it a readable file of UTF-8 text"));
        }
    }
    let of_manifests = draft.plugins.iter().flat_map(|plugin| &plugin.manifest.problems);
    for problem in draft.settings.problems.iter().chain(of_manifests) {
        let mut found = Diagnostic::new(&problem.span, &problem.message).label(&problem.label);
        let close = problem.slip.as_ref().and_then(|slip| {
            let name = closest(&slip.written, slip.expected.iter().copied())?;
            Some((name, if slip.is_quoted { format!("\"{name}\"") } else { name.to_owned() }))
        });
        found = match (close, &problem.help) {
            (Some((name, replacement)), _) => {
                found.fix(format!("did you mean `{name}`?"), problem.span.clone(), replacement)
            }
            (None, Some(help)) => found.help(help),
            (None, None) => found,
        };
        findings.push(found);
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn all_problems_of_a_manifest_come_at_once() {
        let manifest = "[plugin]\nname = \"printers\"\ndescripton = \"Printers\"\n\n[require]\ncore = 1\n\n[owns]\ntables = \"printers\"\nviews = [1]\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 4 errors

error[bad-manifest]: unknown key `descripton`
 --> plugins/printers/plugin.toml:3:1
  |
3 | descripton = "Printers"
  | ^^^^^^^^^^ [plugin] has: name, description, history, versions
  |
help: did you mean `description`?
  |
3 | description = "Printers"
  |         +

error[bad-manifest]: unknown key `require`
 --> plugins/printers/plugin.toml:5:2
  |
5 | [require]
  |  ^^^^^^^ a plugin.toml has: plugin, requires, names, owns, shares
  |
help: did you mean `requires`?
  |
5 | [requires]
  |         +

error[bad-manifest]: `tables` takes a list of strings
 --> plugins/printers/plugin.toml:9:10
  |
9 | tables = "printers"
  |          ^^^^^^^^^^ this is a string
  |
  = help: write `tables = ["…"]`

error[bad-manifest]: `views` takes a list of strings
  --> plugins/printers/plugin.toml:10:10
   |
10 | views = [1]
   |          ^ this is 1
   |
   = help: write `views = ["…"]`

"#]]
        );
    }

    #[test]
    fn what_is_not_toml_is_shown_at_its_place() {
        let manifest = "[plugin]\nname = printers\n[owns]\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 1 error

error[bad-manifest]: string values must be quoted, expected string literal
 --> plugins/printers/plugin.toml:2:8
  |
2 | name = printers
  |        ^^^^^^^^ here
  |
  = help: correct the TOML here

"#]]
        );
    }

    #[test]
    fn a_requirement_is_a_positive_number() {
        let manifest = "[plugin]\nname = \"printers\"\n[requires]\ncore = \"1\"\n[owns]\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 1 error

error[bad-manifest]: `core` takes a version: a whole number from 1
 --> plugins/printers/plugin.toml:4:8
  |
4 | core = "1"
  |        ^^^ this is a string
  |
  = help: write `core = 1`

"#]]
        );
    }

    #[test]
    fn a_suggestion_for_a_string_keeps_its_quotes() {
        let manifest =
            "[plugin]\nname = \"printers\"\nversions = \"counters\"\n[owns]\ntables = [\"printers\"]\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 1 error

error[bad-manifest]: `versions` cannot be `counters`
 --> plugins/printers/plugin.toml:3:12
  |
3 | versions = "counters"
  |            ^^^^^^^^^^ one of: counter, timestamp
  |
help: did you mean `counter`?
  |
3 - versions = "counters"
3 + versions = "counter"
  |

"#]]
        );
    }

    #[test]
    fn a_problem_is_reported_once() {
        let report = report(&printers_with(&[("plugins/printers/plugin.toml", "plugin = \"printers\"\n")]));
        assert_eq!(report.matches("`plugin` takes a table").count(), 1, "{report}");
    }

    #[test]
    fn the_settings_are_checked_as_well() {
        let settings = "[rules]\nversion-gap = \"off\"\n[version]\npolicy = \"counter\"\n";
        assert_data_eq!(
            report(&printers_with(&[("stairwell.toml", settings)])),
            str![[r#"
the migrations have 2 errors

error[bad-manifest]: `version-gap` cannot be `off`
 --> stairwell.toml:2:15
  |
2 | version-gap = "off"
  |               ^^^^^ one of: allow, warning, error
  |
  = help: write one of them, such as `version-gap = "allow"`

error[bad-manifest]: unknown key `version`
 --> stairwell.toml:3:2
  |
3 | [version]
  |  ^^^^^^^ a stairwell.toml has: core, names, owns, shares, outside, rules, versions
  |
help: did you mean `versions`?
  |
3 | [versions]
  |         +

"#]]
        );
    }
}
