//! Nothing to compile.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("no-chain", check);

fn check(draft: &Draft, findings: &mut Findings) {
    if draft.is_empty {
        findings.push(
            Diagnostic::new("migrations", "the package has neither `migrations/` nor a plugin")
                .help("write `migrations/V0001__baseline.sql` and `migrations/V0001__baseline.down.sql` beside Cargo.toml"),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    #[test]
    fn an_empty_package() {
        let tree = crate::SourceTree::default();
        assert_data_eq!(
            crate::check(crate::parse(tree)).unwrap_err().to_string(),
            str![[r#"
the migrations have 1 error

error[no-chain]: the package has neither `migrations/` nor a plugin
--> migrations
 = help: write `migrations/V0001__baseline.sql` and `migrations/V0001__baseline.down.sql` beside Cargo.toml

"#]]
        );
    }

    #[test]
    fn an_empty_folder_of_plugins_is_no_chain() {
        let tree = crate::SourceTree::from_files([("plugins/", "")]);
        assert!(crate::check(crate::parse(tree)).unwrap_err().to_string().contains("error[no-chain]"));
    }
}
