//! The exit statuses of the commands.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// Done.
    Done,
    /// Failed; a message on stderr says why.
    Failed,
    /// The command line cannot be understood, or names a plugin that does not exist.
    Usage,
    /// Migrations are pending: `status --check` says so, or a start that must not apply them.
    Pending,
    /// Another migrator held the lock for longer than `--lock-wait`.
    LockTimeout,
}

impl Exit {
    /// The exit status: 0 to 4, in the order of the variants.
    pub const fn status(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            // clap's own status for usage errors.
            Exit::Usage => 2,
            Exit::Pending => 3,
            Exit::LockTimeout => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.status())
    }
}
