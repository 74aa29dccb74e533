//! Where text goes: results to stdout, everything else to stderr.
//!
//! Both through `anstream`, which removes colours unless a terminal (or `CLICOLOR_FORCE`) wants them
//! and `NO_COLOR` does not object.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};

use crate::error::Error;

pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const HEAD: Style = Style::new().bold();
pub(crate) const QUIET: Style = Style::new().dimmed();

/// `text` in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes a result to stdout.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    print_to(anstream::stdout().lock(), text)
}

/// Writes a result to stdout byte by byte, also what looks like a colour: it is there for a program to read.
pub(crate) fn print_exactly(text: &str) -> Result<(), Error> {
    print_to(io::stdout().lock(), text)
}

fn print_to(mut stdout: impl Write, text: &str) -> Result<(), Error> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // `app migrate status | head -1`: whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Error::failed(format!("the result cannot be written to stdout: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Writes a line to stderr, with colours only where a terminal wants them.
///
/// If stderr is closed there is nobody left to tell, and that is no failure.
pub fn say(line: &str) {
    end_line();
    write(&format!("{line}\n"));
}

/// Whether the last line on stderr still waits for its end.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Whether what was written last is the beginning of a line.
pub(crate) fn is_line_open() -> bool {
    OPEN.load(Ordering::Relaxed)
}

/// Ends a line that is open.
pub(crate) fn end_line() {
    if is_line_open() {
        write("\n");
    }
}

/// Writes to stderr. If that is closed there is nobody left to tell.
pub(crate) fn write(text: &str) {
    OPEN.store(!text.ends_with('\n'), Ordering::Relaxed);
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

pub(crate) fn warn(message: &str) {
    say(&format!("{}: {message}", paint(NOTE, "warning")));
}

/// Prints an error to stderr: what is wrong, and what to do about it.
pub fn print_error(error: &Error) {
    let mut text = format!("{}: {error}", paint(BAD, "error"));
    for help in error.help() {
        text.push_str(&format!("\n{}: {help}", paint(HELP, "help")));
    }
    say(&text);
}
