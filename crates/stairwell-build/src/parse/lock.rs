//! `stairwell.lock`, line by line.

use super::file_name;
use crate::draft::{FileKind, Problem};
use crate::lock::{FORMAT, Lock, LockFile, Locked, LockedChain, REWRITE, WRITE};
use crate::source::{FileId, Span, Spanned};

/// A file that is no lock file at all is not reported line by line.
const MAX_PROBLEMS: usize = 10;

pub(super) fn parse(text: &str, file: FileId) -> LockFile {
    let conflicts = conflicts(text, file);
    if !conflicts.is_empty() {
        return LockFile::Conflicted(conflicts);
    }
    let mut parser = Parser { file, chains: Vec::new(), problems: Vec::new() };
    parser.read(text);
    parser.problems.truncate(MAX_PROBLEMS);
    if parser.problems.is_empty() {
        let chains = parser.chains.into_iter().map(|open| open.chain).collect();
        LockFile::Read(Lock { chains })
    } else {
        LockFile::Malformed(parser.problems)
    }
}

/// The lines at which git's conflicts begin; any marker at all, if no beginning is left.
fn conflicts(text: &str, file: FileId) -> Vec<Span> {
    let marked = |marker: &str| -> Vec<Span> {
        lines(text, file)
            .filter(|(line, _)| {
                line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            })
            .map(|(_, span)| span)
            .collect()
    };
    let markers = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
    markers.into_iter().map(marked).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The lines without their ends, each with its place.
fn lines(text: &str, file: FileId) -> impl Iterator<Item = (&str, Span)> {
    let mut offset = 0;
    text.split_inclusive('\n').map(move |whole| {
        let start = offset;
        offset += whole.len();
        let line = whole.trim_end();
        (line, Span { file, range: start..start + line.len() })
    })
}

/// The words of a line, each with its place.
fn words<'a>(line: &'a str, span: &Span) -> Vec<(&'a str, Span)> {
    let (file, start) = (span.file, span.range.start);
    line.split(' ')
        .scan(start, |at, word| {
            let range = *at..*at + word.len();
            *at = range.end + 1;
            Some((word, Span { file, range }))
        })
        .filter(|(word, _)| !word.is_empty())
        .collect()
}

struct Parser {
    file: FileId,
    chains: Vec<Open>,
    problems: Vec<Problem>,
}

/// A chain with what its line says of it.
struct Open {
    chain: LockedChain,
    count: usize,
    last: String,
    /// A line of it was not understood, so its number is wrong for a reason that is known.
    is_broken: bool,
}

impl Parser {
    fn read(&mut self, text: &str) {
        let mut lines = lines(text, self.file).filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some((FORMAT, _)) => {}
            Some((line, span)) if line.starts_with("format ") => {
                let help = format!(
                    "build with the version of stairwell-build that wrote it, or a later one; this one reads `{FORMAT}`"
                );
                return self.problem(
                    span,
                    "the format of the lock file is unknown",
                    "unknown to this version",
                    help,
                );
            }
            first => {
                let span = first.map_or(Span { file: self.file, range: 0..0 }, |(_, span)| span);
                let message = "the file does not begin as a lock file";
                return self.problem(span, message, &format!("expected `{FORMAT}`"), restore());
            }
        }
        for (line, span) in lines {
            if line.starts_with("chain ") {
                self.close();
                self.chain(line, span);
            } else if line.starts_with(char::is_whitespace) {
                self.effect(span);
            } else {
                self.migration(line, span);
            }
            // There is no end of problems in a file that is something else.
            if self.problems.len() >= MAX_PROBLEMS {
                return;
            }
        }
        self.close();
    }

    fn problem(&mut self, span: Span, message: &str, label: &str, help: String) {
        let (message, label, help) = (message.to_owned(), label.to_owned(), Some(help));
        self.problems.push(Problem { span, message, label, slip: None, help });
    }

    /// `chain printers, 8 migrations, last V0008__printers_running_low`
    fn chain(&mut self, line: &str, span: Span) {
        let words: Vec<&str> = line.split(' ').collect();
        let read = match words[..] {
            ["chain", name, count, "migration," | "migrations,", "last", last] => {
                let name = name.strip_suffix(',').filter(|name| !name.is_empty());
                name.and_then(|name| Some((name, count.parse::<usize>().ok()?, last)))
            }
            _ => None,
        };
        let Some((name, count, last)) = read else {
            let label = "expected `chain <plugin>, <number> migrations, last <migration>`";
            self.problem(span.clone(), "this line is not that of a chain", label, restore());
            // What follows belongs to it, whatever it is called.
            return self.open(span, String::new(), (0, String::new()), true);
        };
        if self.chains.iter().any(|open| open.chain.plugin == name) {
            let message = format!("the chain `{name}` stands twice in the lock file");
            self.problem(span.clone(), &message, "the second time", merged());
        }
        self.open(span, name.to_owned(), (count, last.to_owned()), false);
    }

    fn open(&mut self, span: Span, plugin: String, (count, last): (usize, String), is_broken: bool) {
        let chain = LockedChain { span, plugin, migrations: Vec::new() };
        self.chains.push(Open { chain, count, last, is_broken });
    }

    /// Holds what the line of the last chain says against the lines below it: a merge that was
    /// resolved by hand may have lost one.
    fn close(&mut self) {
        let Some(open) = self.chains.last().filter(|open| !open.is_broken) else { return };
        let (migrations, plugin) = (&open.chain.migrations, &open.chain.plugin);
        let last = migrations.last().map_or("", |locked| locked.stem.value.as_str());
        if (migrations.len(), last) != (open.count, open.last.as_str()) {
            let message = format!("the lines of the chain `{plugin}` are not those that were written");
            let label = format!("{} below it, the last `{last}`", migrations.len());
            let span = open.chain.span.clone();
            self.problem(span, &message, &label, merged());
        }
    }

    /// What a migration does is for people; its steps are what is compared.
    fn effect(&mut self, span: Span) {
        if self.chains.last().is_none_or(|open| open.chain.migrations.is_empty() && !open.is_broken) {
            let message = "this line belongs to no migration";
            self.problem(span, message, "a line that is indented says what a migration does", restore());
        }
    }

    /// `V0002__add_toner_level  up 0123456789abcdef  down 0123456789abcdef`
    fn migration(&mut self, line: &str, span: Span) {
        let words = words(line, &span);
        let read = match &words[..] {
            [stem, ("up", _), up, ("down", _), down] => Locked::read(stem, up, down),
            _ => None,
        };
        let Some(locked) = read else {
            if let Some(open) = self.chains.last_mut() {
                open.is_broken = true;
            }
            let label = "expected `V<version>__<name>  up <checksum>  down <checksum>`";
            return self.problem(span, "this line is not that of a migration", label, restore());
        };
        let Some(open) = self.chains.last_mut() else {
            return self.problem(span, "this migration stands in no chain", "no `chain` above", restore());
        };
        if let Some(before) = open.chain.migrations.last().filter(|before| before.version >= locked.version) {
            let message = format!("the migrations of `{}` do not ascend", open.chain.plugin);
            let label = format!("it follows `{}`", before.stem.value);
            open.is_broken = true;
            return self.problem(span, &message, &label, merged());
        }
        open.chain.migrations.push(locked);
    }
}

impl Locked {
    fn read(stem: &(&str, Span), up: &(&str, Span), down: &(&str, Span)) -> Option<Self> {
        let file_name = file_name::parse(&format!("{}.sql", stem.0)).ok()?;
        let down_checksum = if down.0 == "irreversible" { None } else { Some(checksum(down.0)?) };
        (file_name.kind == FileKind::UpSql).then_some(Locked {
            version: file_name.version,
            name: file_name.name,
            stem: Spanned { value: stem.0.to_owned(), span: stem.1.clone() },
            up: Spanned { value: checksum(up.0)?, span: up.1.clone() },
            down: Spanned { value: down_checksum, span: down.1.clone() },
        })
    }
}

/// Sixteen digits, the letters small: as they are written, so that two texts never mean one number.
fn checksum(word: &str) -> Option<u64> {
    let is_written = word.len() == 16 && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_written { u64::from_str_radix(word, 16).ok() } else { None }
}

fn restore() -> String {
    format!("restore the file with git, or write it from nothing: `{REWRITE}`")
}

fn merged() -> String {
    format!(
        "after a merge, take the whole file from the branch that is released, give your own migrations \
         the next free versions, and run `{WRITE}`"
    )
}
