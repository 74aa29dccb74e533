//! Progress on stderr, as it happens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stairwell::{Event, Migration};

use crate::output::{self, NOTE, QUIET, paint};

/// What prints a run's progress to stderr: give it to [`Migrator::on_event`](stairwell::Migrator::on_event).
///
/// A migration's line begins before its step and ends with its duration, so that the step that
/// takes an hour, or the one that a crash interrupted, is the last that one reads.
pub fn progress() -> impl Fn(&Event<'_>) + Send + Sync + 'static {
    let line = OpenLine(Mutex::default());
    move |event| line.show(event)
}

/// The line of the migration that runs.
struct OpenLine(Mutex<String>);

impl OpenLine {
    fn show(&self, event: &Event<'_>) {
        match event {
            Event::Waiting { holder, since } => {
                let holder = match holder {
                    Some(holder) => format!("held by {holder}"),
                    None => "another session held it until now".to_owned(),
                };
                let waited = paint(QUIET, format!("({})", duration(*since)));
                output::say(&format!("{} for the lock: {holder} {waited}", paint(NOTE, "waiting")));
            }
            Event::Awaiting { pending, holder, since } => {
                let by = match holder {
                    Some(holder) => format!("which {holder} does"),
                    None => "which nobody does yet".to_owned(),
                };
                let waited = paint(QUIET, format!("({})", duration(*since)));
                let count = pending.len();
                output::say(&format!("{} for {count} to be applied, {by} {waited}", paint(NOTE, "waiting")));
            }
            Event::Applying { migration, number, of } => {
                let width = of.to_string().len();
                let place = paint(QUIET, format!("[{number:width$}/{of}]"));
                let line = format!("{place} {migration}");
                // The one before failed, in a run that goes on.
                output::end_line();
                output::write(&line);
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = line;
            }
            Event::Applied { duration: taken, .. } => self.end(*taken),
            Event::Reverting { name, from_journal, number, of } => {
                let width = of.to_string().len();
                let place = paint(QUIET, format!("[{number:width$}/{of}]"));
                let origin = if *from_journal { " (from the journal)" } else { "" };
                let line = format!("{place} reverting {name}{origin}");
                output::write(&line);
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = line;
            }
            Event::Reverted { duration: taken, .. } => self.end(*taken),
            Event::Retrying { name, reason, pause, .. } => {
                let pause = paint(QUIET, format!("(in {})", duration(*pause)));
                output::say(&format!("{} {name}: {reason} {pause}", paint(NOTE, "trying again:")));
            }
            Event::Resuming { name, done, of } => {
                let line = format!("{} {name}: {done} of {of} statements have run", paint(NOTE, "going on:"));
                output::say(&line);
            }
            Event::Dropping { index, .. } => {
                output::say(&format!("{} {index}, which was left invalid", paint(NOTE, "dropping:")));
            }
            Event::Completing { statement, .. } => {
                output::say(&format!("{} {statement}", paint(NOTE, "completing:")));
            }
            Event::Skipped { migration, because_of } => {
                output::say(&format!("{} {migration}, because of {because_of}", paint(NOTE, "skipped:")));
            }
            // The summary on stdout tells; `Event` can also grow.
            _ => {}
        }
    }
}

impl OpenLine {
    fn end(&self, taken: Duration) {
        let line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A notice has ended the line in the meantime.
        let begin = if output::is_line_open() { "" } else { line.as_str() };
        output::write(&format!("{begin} {}\n", paint(QUIET, duration(taken))));
    }
}

/// After a failure, the error begins on a line of its own.
impl Drop for OpenLine {
    fn drop(&mut self) {
        output::end_line();
    }
}

/// `12 ms`, `3.4 s`, `2 min 5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let (seconds, milliseconds) = (duration.as_secs(), duration.subsec_millis());
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds}.{} s", milliseconds / 100),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// `V0002__add_toner_level`: the migration without its plugin.
pub(crate) fn stem(migration: &Migration) -> String {
    let full = migration.to_string();
    full.split_once('/').map(|(_, stem)| stem.to_owned()).unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let text = |milliseconds| duration(Duration::from_millis(milliseconds));
        assert_eq!(
            [text(0), text(999), text(3_456), text(125_000)],
            ["0 ms", "999 ms", "3.4 s", "2 min 5 s"]
        );
    }
}
