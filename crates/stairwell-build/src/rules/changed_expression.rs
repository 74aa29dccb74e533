//! A down step after which the text of an expression is not what it was.

use stairwell_catalog::{Change, FactChange};

use super::incomplete_down_step::is_unprovable;
use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;

pub(super) const RULE: Rule =
    Rule::proven("changed-expression", check).into_warning().adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        let Some(down) = &folded.down else { continue };
        if is_unprovable(folded, down) {
            continue;
        }
        let changed: Vec<String> = down
            .trace
            .iter()
            .filter(|difference| difference.opaque.is_none())
            .filter_map(|difference| match &difference.change {
                Change::Altered(facts) => {
                    let texts: Vec<String> =
                        facts.iter().filter(|fact| is_changed(fact)).map(describe).collect();
                    (!texts.is_empty()).then(|| format!("{}: {}", difference.object, texts.join("; ")))
                }
                Change::Added(_) | Change::Removed(_) => None,
            })
            .collect();
        if changed.is_empty() {
            continue;
        }
        let mut found = Diagnostic::new(
            folded.migration.down_text().file,
            format!(
                "the down step of `{}` writes an expression differently from before",
                folded.migration.stem()
            ),
        );
        for text in changed {
            found = found.note(text);
        }
        findings.push(found.help("write it as it was; whether both mean the same, only the server can tell"));
    }
}

/// Whether more differs than the ways in which PostgreSQL itself writes one expression: case, white space,
/// parentheses, the schema `public`, and the cast of a sequence's name.
fn is_changed(fact: &FactChange) -> bool {
    let plain = |value: &Option<stairwell_catalog::Value>| {
        let text = value.as_ref().map(ToString::to_string).unwrap_or_default().to_lowercase();
        let text = text.replace("::regclass", "").replace("public.", "");
        text.replace(|c: char| c.is_whitespace() || c == '(' || c == ')', "")
    };
    fact.is_text_only() && plain(&fact.before) != plain(&fact.after)
}

/// Only the beginning of long texts, such as bodies of functions.
fn describe(fact: &FactChange) -> String {
    let side = |value: &Option<stairwell_catalog::Value>| {
        let text = value.as_ref().map(ToString::to_string).unwrap_or_default();
        match text.char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    };
    format!("{} is `{}`, was `{}`", fact.fact, side(&fact.after), side(&fact.before))
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn another_default_comes_back() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__default.sql",
                    "ALTER TABLE printers ADD COLUMN trays integer DEFAULT 1;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__default.down.sql",
                    "ALTER TABLE printers DROP COLUMN trays;\n"
                ),
                (
                    "plugins/printers/migrations/V0003__none.sql",
                    "ALTER TABLE printers ALTER COLUMN trays DROP DEFAULT;\n"
                ),
                (
                    "plugins/printers/migrations/V0003__none.down.sql",
                    "ALTER TABLE printers ALTER COLUMN trays SET DEFAULT 2;\n"
                ),
            ])),
            str![[r#"
sound
the migrations have 1 warning

warning[changed-expression]: the down step of `V0003__none` writes an expression differently from before
 --> plugins/printers/migrations/V0003__none.down.sql:1:1
  |
1 | ALTER TABLE printers ALTER COLUMN trays SET DEFAULT 2;
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: column public.printers.trays: default is `2`, was `1`
  = help: write it as it was; whether both mean the same, only the server can tell

"#]]
        );
    }
}
