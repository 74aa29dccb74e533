//! All findings of one run, and how they read.

use std::fmt;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::render::render;
use crate::source::Sources;

/// What the rules found, sorted by file and place.
///
/// `Debug` equals `Display`, because Cargo prints what `main` of a build script returns through
/// `Debug`.
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
    colour: bool,
}

impl Report {
    pub(crate) fn new(diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        Report { diagnostics, sources, colour: false }
    }

    /// A report of one finding that no rule made: the environment of the build is not as it should be.
    pub(crate) fn environment(place: &str, message: String, help: &str) -> Self {
        let diagnostic = Diagnostic { rule: "build-script", ..Diagnostic::new(place, message).help(help) };
        Report::new(vec![diagnostic], Sources::default())
    }

    /// Draws with colours from now on.
    pub(crate) fn coloured(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Every finding.
    pub fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        self.diagnostics.iter().map(|diagnostic| Finding { diagnostic, report: self })
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return Ok(());
        }
        let counted = |count: usize, noun: &str| match count {
            1 => format!("1 {noun}"),
            count => format!("{count} {noun}s"),
        };
        let (errors, warnings) = (self.count(Severity::Error), self.count(Severity::Warning));
        let parts: Vec<String> = [(errors, "error"), (warnings, "warning")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, noun)| counted(count, noun))
            .collect();
        writeln!(f, "the migrations have {}", parts.join(" and "))?;
        for diagnostic in &self.diagnostics {
            write!(f, "\n{}\n", render(diagnostic, &self.sources, self.colour))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Report {}

/// One finding of a [`Report`].
#[derive(Clone, Copy)]
pub struct Finding<'a> {
    diagnostic: &'a Diagnostic,
    report: &'a Report,
}

impl Finding<'_> {
    /// The kebab-case name of the rule; `docs/rules.md` has a section for it.
    pub fn rule(&self) -> &str {
        self.diagnostic.rule
    }

    /// Whether it fails the build.
    pub fn severity(&self) -> Severity {
        self.diagnostic.severity
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.diagnostic.message
    }

    /// The file or folder that it is about, relative to the package.
    pub fn path(&self) -> &str {
        match &self.diagnostic.primary.place {
            Place::Path(path) => path,
            Place::Span(span) => self.report.sources.path(span.file),
        }
    }

    /// Line and column, both from 1; none when it is about the path as such.
    pub fn position(&self) -> Option<(usize, usize)> {
        match &self.diagnostic.primary.place {
            Place::Path(_) => None,
            Place::Span(span) => Some(self.report.sources.position(span)),
        }
    }
}

/// `[duplicate-version] version 2 of `printers` is taken twice --> plugins/printers/…:1:1`
impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {} --> {}", self.rule(), self.message(), self.path())?;
        match self.position() {
            Some((line, column)) => write!(f, ":{line}:{column}"),
            None => Ok(()),
        }
    }
}
