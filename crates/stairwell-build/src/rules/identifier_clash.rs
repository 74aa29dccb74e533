//! Two plugins whose names become one Rust module.
//!
//! Constants of migrations cannot clash: they begin with the version.

use super::{Findings, Rule, bad_plugin_name, grouped};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::ident;

pub(super) const RULE: Rule = Rule::error("identifier-clash", check);

fn check(draft: &Draft, findings: &mut Findings) {
    // A name that cannot be has a finding already.
    let plugins = draft
        .plugins
        .iter()
        .filter(|plugin| plugin.is_core() || bad_plugin_name::reason(&plugin.name).is_none());
    let modules = grouped(plugins.map(|plugin| (ident::module(&plugin.name), plugin)));
    for (module, plugins) in &modules {
        let [first, others @ ..] = &plugins[..] else { continue };
        for other in others {
            let message = format!(
                "the plugins `{}` and `{}` would both be the module `{module}`",
                first.name, other.name
            );
            findings.push(Diagnostic::new(&other.folder, message).help("rename one of the two"));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn two_plugins_one_module() {
        let manifest = |name: &str| format!("[plugin]\nname = \"{name}\"\n[owns]\ntables = [\"{name}\"]\n");
        let (one, two) = (manifest("usb_hub"), manifest("usb__hub"));
        let up = "-- stairwell: irreversible a test\nSELECT 1;\n";
        let tree = [
            ("plugins/usb_hub/plugin.toml", one.as_str()),
            ("plugins/usb_hub/migrations/V1__a.sql", up),
            ("plugins/usb__hub/plugin.toml", two.as_str()),
            ("plugins/usb__hub/migrations/V1__a.sql", up),
        ];
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[identifier-clash]: the plugins `usb__hub` and `usb_hub` would both be the module `usb_hub`
--> plugins/usb_hub
 = help: rename one of the two

"#]]
        );
    }

    #[test]
    fn a_keyword_and_the_keyword_with_an_underscore() {
        let manifest = |name: &str| format!("[plugin]\nname = \"{name}\"\n[owns]\ntables = [\"{name}\"]\n");
        let (one, two) = (manifest("type"), manifest("type_"));
        let up = "-- stairwell: irreversible a test\nSELECT 1;\n";
        let tree = [
            ("plugins/type/plugin.toml", one.as_str()),
            ("plugins/type/migrations/V1__a.sql", up),
            ("plugins/type_/plugin.toml", two.as_str()),
            ("plugins/type_/migrations/V1__a.sql", up),
        ];
        let report = report(&tree);
        assert!(
            report.contains("the plugins `type` and `type_` would both be the module `type_`"),
            "{report}"
        );
    }
}
