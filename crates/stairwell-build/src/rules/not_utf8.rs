//! A migration whose bytes are not text.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Rejection};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("not-utf8", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        for (entry, rejection) in &plugin.chain.rejected {
            let Rejection::NotUtf8 { file, reason } = rejection else { continue };
            let end = draft.sources.text(*file).len();
            let span = Span { file: *file, range: end..end };
            findings.push(
                Diagnostic::new(span, format!("`{}` is not text: {reason}", entry.file_name()))
                    .label("the text is sound up to here")
                    .help("save the file as UTF-8 text"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    fn report(bytes: &[u8]) -> String {
        let tree = crate::SourceTree::from_files([("migrations/V0001__a.sql", bytes.to_vec())]);
        crate::check(crate::parse(tree)).unwrap_err().to_string()
    }

    #[test]
    fn latin1_is_reported_at_its_line() {
        assert_data_eq!(
            report(b"SELECT 1;\nSELECT 'gr\xFC\xDFe';\n"),
            str![[r#"
the migrations have 1 error

error[not-utf8]: `V0001__a.sql` is not text: byte 0xFC is not UTF-8
 --> migrations/V0001__a.sql:2:11
  |
2 | SELECT 'gr
  |           ^ the text is sound up to here
  |
  = help: save the file as UTF-8 text

"#]]
        );
    }

    #[test]
    fn utf16_and_nul_are_named() {
        assert_data_eq!(
            report(b"\xFF\xFES\0E\0"),
            str![[r#"
the migrations have 1 error

error[not-utf8]: `V0001__a.sql` is not text: it begins with the byte order mark of UTF-16
--> migrations/V0001__a.sql
 = help: save the file as UTF-8 text

"#]]
        );
        assert_data_eq!(
            report(b"SELECT '\0';"),
            str![[r#"
the migrations have 1 error

error[not-utf8]: `V0001__a.sql` is not text: it contains a NUL byte
 --> migrations/V0001__a.sql:1:9
  |
1 | SELECT '
  |         ^ the text is sound up to here
  |
  = help: save the file as UTF-8 text

"#]]
        );
    }
}
