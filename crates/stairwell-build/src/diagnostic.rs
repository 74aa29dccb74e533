//! One finding of a rule, as data. How it is drawn is the business of `render`.

use crate::source::{FileId, Span, printable};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The finding is reported, the build goes on.
    Warning,
    /// The build fails.
    Error,
}

/// What a finding is about: a place in a text, or a path as such (a stray file, a missing folder).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path(String),
    Span(Span),
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Place::Span(span)
    }
}

impl From<&Span> for Place {
    fn from(span: &Span) -> Self {
        Place::Span(span.clone())
    }
}

impl From<&str> for Place {
    fn from(path: &str) -> Self {
        Place::Path(printable(path))
    }
}

impl From<&String> for Place {
    fn from(path: &String) -> Self {
        Place::Path(printable(path))
    }
}

/// The first byte of a file: for findings about a file as a whole.
impl From<FileId> for Place {
    fn from(file: FileId) -> Self {
        Place::Span(Span { file, range: 0..0 })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) place: Place,
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Help {
    pub(crate) text: String,
    /// A replacement that carries the help out.
    pub(crate) patch: Option<(Span, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    /// Kebab-case name of the rule.
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) primary: Label,
    pub(crate) secondary: Vec<Label>,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Vec<Help>,
}

impl Diagnostic {
    /// A finding at `place`; the rule's name and severity are put in by whoever runs the rule.
    pub(crate) fn new(place: impl Into<Place>, message: impl Into<String>) -> Self {
        Diagnostic {
            rule: "",
            severity: Severity::Error,
            message: printable(&message.into()),
            primary: Label { place: place.into(), text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Says at the primary place what is wrong there.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = printable(&text.into());
        self
    }

    /// The other place when two clash.
    pub(crate) fn also(mut self, place: impl Into<Place>, text: impl Into<String>) -> Self {
        self.secondary.push(Label { place: place.into(), text: printable(&text.into()) });
        self
    }

    pub(crate) fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(printable(&text.into()));
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(Help { text: printable(&text.into()), patch: None });
        self
    }

    /// A help with the edit that carries it out.
    pub(crate) fn fix(mut self, text: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.help.push(Help { text: printable(&text.into()), patch: Some((span, replacement.into())) });
        self
    }

    /// "did you mean" with its edit, or `otherwise` where no name is close.
    pub(crate) fn did_you_mean<'a>(
        self,
        written: &str,
        names: impl IntoIterator<Item = &'a str>,
        span: &Span,
        otherwise: impl Into<String>,
    ) -> Self {
        match crate::suggest::closest(written, names) {
            Some(name) => self.fix(format!("did you mean `{name}`?"), span.clone(), name),
            None => self.help(otherwise),
        }
    }
}
