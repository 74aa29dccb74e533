//! The one error type of this crate: what to print, and how to exit.

use std::fmt;

use crate::exit::Exit;

/// Why a command failed: what is wrong, what to do about it, and how the process should exit.
///
/// No part of it, `Debug` included, ever holds a password or an address that has one.
#[derive(Debug)]
pub struct Error {
    exit: Exit,
    message: String,
    help: Vec<String>,
    /// Whether the server had no connection left.
    is_full: bool,
}

impl Error {
    /// A failure: exit status 1.
    ///
    /// The message is what is wrong, in lower case and without a full stop.
    pub fn failed(message: impl Into<String>) -> Self {
        Error::new(Exit::Failed, message)
    }

    /// A command line that makes no sense: exit status 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(Exit::Usage, message)
    }

    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Error { exit, message: message.into(), help: Vec::new(), is_full: false }
    }

    /// With a line that says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same, of a run that a signal ended.
    pub(crate) fn interrupted(self, signal: &str) -> Self {
        // The runtime's remedy comes last, and is for statements that were canceled without being asked for.
        let message = self.message.split("\n  = help: ").next().unwrap_or_default();
        let message = format!("interrupted by {signal}: {message}");
        Error { exit: Exit::Failed, message, help: self.help, is_full: false }
    }

    /// The same, of a server that has no connection left, which may be otherwise with fewer of them.
    pub(crate) fn for_want_of_connections(mut self, is_full: bool) -> Self {
        self.is_full = is_full;
        self
    }

    pub(crate) fn is_for_want_of_connections(&self) -> bool {
        self.is_full
    }

    /// How the process should exit.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What to do, a line each.
    pub fn help(&self) -> &[String] {
        &self.help
    }
}

/// The message, without the help.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The runtime's errors say by themselves where they are and what to do.
impl From<stairwell::Error> for Error {
    fn from(failure: stairwell::Error) -> Error {
        let (usage, lock_timeout) = (failure.is_usage(), failure.is_lock_timeout());
        let pending = failure.is_pending();
        let message = failure.to_string();
        match (usage, lock_timeout) {
            (true, _) => Error::new(Exit::Usage, message),
            (_, true) => {
                Error::new(Exit::LockTimeout, message).with_help("`--lock-wait 10m` waits for longer")
            }
            _ if pending => Error::new(Exit::Pending, message),
            _ => Error::new(Exit::Failed, message),
        }
    }
}
