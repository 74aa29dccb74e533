//! What the server says unasked while steps run.

use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::output::{self, NOTE, paint};

/// Whether whoever migrates should read it: every warning, what a step raises, and what a DROP … CASCADE takes along.
///
/// The other notices say that `IF NOT EXISTS` did what it says, and the like.
pub(crate) fn is_for_people(notice: &DbError) -> bool {
    match notice.parsed_severity() {
        // The runtime rolls back to be sure; that there was nothing to roll back is no news.
        Some(Severity::Warning) => *notice.code() != SqlState::NO_ACTIVE_SQL_TRANSACTION,
        // The server's functions that RAISE and cascade: unlike messages, they have no language.
        Some(Severity::Notice | Severity::Info) => {
            matches!(notice.routine(), Some("exec_stmt_raise" | "reportDependentObjects"))
        }
        _ => false,
    }
}

/// Prints it to stderr, below the line of the migration that runs.
pub(crate) fn print(notice: &DbError) {
    let kind = match notice.parsed_severity() {
        Some(Severity::Warning) => "warning",
        _ => "notice",
    };
    let mut text = format!("{}: {}", paint(NOTE, kind), printable(notice.message()));
    for (name, part) in [("detail", notice.detail()), ("hint", notice.hint())] {
        if let Some(part) = part {
            text.push_str(&format!("\n  = {name}: {}", printable(part).replace('\n', "\n    ")));
        }
    }
    output::say(&text);
}

/// Without what would steer a terminal: a step may raise what stands in a row.
pub(crate) fn printable(text: &str) -> String {
    let is_harmless = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().map(|c| if is_harmless(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}
