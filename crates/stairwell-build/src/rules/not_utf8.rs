//! A migration, or a `schema.sql`, whose bytes are not text.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Rejection, Wanted};
use crate::scan::WANTED;
use crate::source::{FileId, Span};

pub(super) const RULE: Rule = Rule::error("not-utf8", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        for (entry, rejection) in &plugin.chain.rejected {
            if let Rejection::NotUtf8 { file, reason } = rejection {
                findings.push(finding(draft, *file, entry.file_name(), reason));
            }
        }
        if let Some(Wanted { file, problem: Some(reason) }) = &plugin.wanted {
            findings.push(finding(draft, *file, WANTED, reason));
        }
    }
}

fn finding(draft: &Draft, file: FileId, name: &str, reason: &str) -> Diagnostic {
    let end = draft.sources.text(file).len();
    Diagnostic::new(Span { file, range: end..end }, format!("`{name}` is not text: {reason}"))
        .label("the text is sound up to here")
        .help("save the file as UTF-8 text")
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
    fn a_wanted_state_is_text_too() {
        let files = [
            ("migrations/V0001__a.sql", b"-- stairwell: irreversible a test\nSELECT 1;\n".to_vec()),
            ("schema.sql", b"-- gr\xFC\xDFe\n".to_vec()),
        ];
        let tree = crate::SourceTree::from_files(files);
        assert_data_eq!(
            crate::check(crate::parse(tree)).unwrap_err().to_string(),
            str![[r#"
the migrations have 1 error

error[not-utf8]: `schema.sql` is not text: byte 0xFC is not UTF-8
 --> schema.sql:1:6
  |
1 | -- gr
  |      ^ the text is sound up to here
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
