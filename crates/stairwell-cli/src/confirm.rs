//! Asking before something that cannot be taken back.

use std::io::{self, BufRead, IsTerminal};

use crate::error::Error;
use crate::output::{self, HEAD, paint};

/// Asks on a terminal; elsewhere nobody can be asked, which is an error with the text `otherwise`.
pub(crate) fn ask(question: &str, otherwise: &str) -> Result<(), Error> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::usage(otherwise).with_help("`--yes` answers beforehand"));
    }
    output::write(&format!("{} {question} [y/N] ", paint(HEAD, "?")));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Error::failed("not confirmed; nothing was run"))
}
