//! Rust steps: which functions a `.rs` migration has, and its leading comments.

use crate::draft::{Problem, RustFunctions};
use crate::source::{FileId, Span};

/// Parses the file only as far as to know that it is Rust and which of `up` and `down` it has.
pub(crate) fn parse(text: &str, file: FileId) -> Result<RustFunctions, Problem> {
    let problem = |span: proc_macro2::Span, message: String, label: &str| Problem {
        span: Span { file, range: byte_range(text, span) },
        message,
        label: label.to_owned(),
        expected: Vec::new(),
        written: String::new(),
    };
    let parsed = syn::parse_file(text)
        .map_err(|error| problem(error.span(), format!("this Rust step does not parse: {error}"), "here"))?;
    if let Some(attribute) = parsed.attrs.first() {
        return Err(problem(
            attribute.pound_token.spans[0],
            "a Rust step cannot begin with an inner attribute or a `//!` comment".to_owned(),
            "the file is included into a module of the generated code",
        ));
    }
    let mut functions = RustFunctions::default();
    for item in &parsed.items {
        let syn::Item::Fn(function) = item else { continue };
        let name = &function.sig.ident;
        let found = match () {
            () if name == "up" => &mut functions.up,
            () if name == "down" => &mut functions.down,
            () => continue,
        };
        *found = true;
        if function.sig.asyncness.is_none() || function.sig.inputs.len() != 1 {
            return Err(problem(
                name.span(),
                format!("`{name}` of a Rust step has the wrong form"),
                "it takes one argument, the transaction, and is `async`",
            ));
        }
    }
    Ok(functions)
}

/// The `//` comments before the first item, without their markers: offset and text.
pub(crate) fn comments(text: &str) -> Vec<(usize, &str, bool)> {
    let mut comments = Vec::new();
    let mut at = 0;
    let mut behind = false;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if let Some(comment) = line[indent..].strip_prefix("//") {
            comments.push((at + indent + 2, comment.trim_end(), behind));
        } else {
            behind |= !line.trim().is_empty();
        }
        at += line.len();
    }
    comments
}

/// proc-macro2 counts lines from 1 and columns in characters from 0.
fn byte_range(text: &str, span: proc_macro2::Span) -> std::ops::Range<usize> {
    let offset = |position: proc_macro2::LineColumn| {
        let line_start: usize =
            text.split_inclusive('\n').take(position.line.saturating_sub(1)).map(str::len).sum();
        let line = &text[line_start..];
        line_start + line.char_indices().nth(position.column).map_or(line.len(), |(offset, _)| offset)
    };
    let (start, end) = (offset(span.start()), offset(span.end()));
    start..end.max(start)
}
