//! Draws diagnostics. The only module that knows `annotate-snippets`, whose API changes often.

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
        let text = sources.text(span.file);
        let patch = Patch::new(clip(text, span), replacement.as_str());
        let snippet = Snippet::source(text).path(sources.path(span.file)).patch(patch);
        groups.push(Level::HELP.secondary_title(help.text.as_str()).element(snippet));
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
    let annotations = labels.iter().filter_map(|(kind, label)| match &label.place {
        Place::Span(span) if span.file == file => {
            let annotation = kind.span(clip(text, span));
            Some(if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) })
        }
        _ => None,
    });
    group.element(Snippet::source(text).path(sources.path(file)).annotations(annotations))
}

/// A range that the text really has: at character boundaries, and on one line where it was empty.
fn clip(text: &str, span: &Span) -> std::ops::Range<usize> {
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
