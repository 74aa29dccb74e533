//! Draws diagnostics. The only module that knows `annotate-snippets`, whose API changes often.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Label, Place, Severity};
use crate::source::{FileId, Sources, Span, floor_char_boundary};

/// One diagnostic as text, without a newline at its end.
pub(crate) fn render(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.rule)
        .elements(std::iter::empty::<Origin<'_>>());
    let labels: Vec<(AnnotationKind, &Label)> =
        std::iter::once((AnnotationKind::Primary, &diagnostic.primary))
            .chain(diagnostic.secondary.iter().map(|label| (AnnotationKind::Context, label)))
            .collect();
    // One snippet per file, in the order in which the files are mentioned.
    let mut drawn: Vec<FileId> = Vec::new();
    for (_, label) in &labels {
        group = match &label.place {
            Place::Path(path) => group.element(Origin::path(path.as_str())),
            Place::Span(span) if drawn.contains(&span.file) => continue,
            Place::Span(span) => {
                drawn.push(span.file);
                snippet(group, &labels, span.file, sources)
            }
        };
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    // A help without an edit is a line under the snippet; with an edit it is drawn as one.
    let mut groups: Vec<Group<'_>> = Vec::new();
    for help in diagnostic.help.iter().filter(|help| help.patch.is_none()) {
        group = group.element(Level::HELP.message(help.text.as_str()));
    }
    groups.push(group);
    for help in &diagnostic.help {
        let Some((span, replacement)) = &help.patch else { continue };
        let range = clip(sources.text(span.file), span);
        let title = Level::HELP.secondary_title(help.text.as_str());
        let snippet = window(sources, span.file, &range).map(|window| {
            let patch = Patch::new(window.relative(&range), replacement.as_str());
            Snippet::source(window.text).line_start(window.line).path(sources.path(span.file)).patch(patch)
        });
        groups.push(title.elements(snippet));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&groups)
}

fn snippet<'a>(
    group: Group<'a>,
    labels: &[(AnnotationKind, &'a Label)],
    file: FileId,
    sources: &'a Sources,
) -> Group<'a> {
    let text = sources.text(file);
    // There is nothing to draw in an empty file.
    if text.is_empty() {
        return group.element(Origin::path(sources.path(file)));
    }
    let spans: Vec<(AnnotationKind, &Label, Range<usize>)> = labels
        .iter()
        .filter_map(|(kind, label)| match &label.place {
            Place::Span(span) if span.file == file => Some((*kind, *label, clip(text, span))),
            _ => None,
        })
        .collect();
    let first = spans.iter().map(|(_, _, range)| range.start).min().unwrap_or(0);
    let last = spans.iter().map(|(_, _, range)| range.end).max().unwrap_or(0);
    let Some(window) = window(sources, file, &(first..last)) else {
        let (line, column) = sources.position(&Span { file, range: first..first });
        return group.element(Origin::path(sources.path(file)).line(line).char_column(column));
    };
    let annotations = spans.into_iter().map(|(kind, label, range)| {
        let annotation = kind.span(window.relative(&range));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
    });
    let snippet = Snippet::source(window.text).line_start(window.line).path(sources.path(file));
    group.element(snippet.annotations(annotations))
}

/// The lines of a text that are drawn.
struct Window<'a> {
    text: &'a str,
    start: usize,
    /// The number of the first line.
    line: usize,
}

impl Window<'_> {
    fn relative(&self, range: &Range<usize>) -> Range<usize> {
        range.start - self.start..range.end - self.start
    }
}

/// What is worth drawing. A line of megabytes, as dumps have them, is not.
const MAX_WINDOW_BYTES: usize = 64 * 1024;

/// The lines that `range` touches. To draw them out of the whole text would make a report quadratic.
fn window<'a>(sources: &'a Sources, file: FileId, range: &Range<usize>) -> Option<Window<'a>> {
    let text = sources.text(file);
    let start = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[range.end..].find('\n').map_or(text.len(), |newline| range.end + newline + 1);
    (end - start <= MAX_WINDOW_BYTES).then(|| Window {
        text: &text[start..end],
        start,
        line: sources.line(file, start),
    })
}

/// A range that the text really has: at character boundaries, and on one line where it was empty.
fn clip(text: &str, span: &Span) -> Range<usize> {
    let start = floor_char_boundary(text, span.range.start);
    let end = floor_char_boundary(text, span.range.end).max(start);
    if start < end {
        return start..end;
    }
    // A finding about a file as a whole underlines its first line.
    if start == 0 {
        let line = text.lines().next().unwrap_or_default();
        return 0..line.trim_end().len();
    }
    start..start
}
