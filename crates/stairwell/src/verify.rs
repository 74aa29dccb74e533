//! Refuses to run where a history disagrees with what is compiled in.

use crate::error::{Error, Kind};
use crate::{Chain, ChainStatus, Migration};

/// How many disagreements are listed; a chain that was rewritten disagrees everywhere.
const LISTED: usize = 20;

/// Finds every disagreement of these chains with their histories, and reports them at once.
///
/// After this point: what a history records is the beginning of its chain, unchanged.
pub(crate) fn verify<'s>(
    chains: impl IntoIterator<Item = (&'static Chain, &'s ChainStatus)>,
) -> Result<(), Error> {
    let mut findings = Findings::default();
    for (chain, status) in chains {
        findings.collect(chain, status);
    }
    match findings.lines.len() {
        0 => Ok(()),
        _ => Err(findings.into_error()),
    }
}

#[derive(Default)]
struct Findings {
    lines: Vec<String>,
    help: Vec<&'static str>,
    first: Option<&'static Migration>,
}

impl Findings {
    fn collect(&mut self, chain: &'static Chain, status: &ChainStatus) {
        let history = chain.history();
        for divergent in &status.divergent {
            let (row, migration) = (&divergent.applied, divergent.migration);
            let what = if row.name == migration.name() {
                format!(
                    "was applied with another text: checksum {} in {history}, {} compiled in",
                    row.checksum,
                    migration.checksum()
                )
            } else {
                format!("was applied under another name: `{}` in {history}", row.name)
            };
            self.add(
                Some(migration),
                format!("`{migration}` {what}, applied on {}", row.applied_on),
                CHANGED,
            );
        }
        let newest = chain.migrations().last().map(Migration::version);
        for row in &status.unknown {
            let what =
                format!("{history} records version {} `{}`, which is not compiled in", row.version, row.name);
            if newest.is_none_or(|newest| row.version > newest) {
                let what =
                    format!("{what}: this database was migrated by a newer version of the application");
                self.add(None, what, NEWER);
            } else {
                self.add(None, format!("{what}, though later versions are"), REMOVED);
            }
        }
        if let Some(last) = status.applied.last() {
            for migration in &status.out_of_order {
                let what =
                    format!("`{migration}` is pending, but version {} was applied before it", last.version);
                self.add(Some(migration), what, LATE);
            }
        }
    }

    fn add(&mut self, migration: Option<&'static Migration>, line: String, help: &'static str) {
        self.first = self.first.or(migration);
        self.lines.push(line);
        if !self.help.contains(&help) {
            self.help.push(help);
        }
    }

    fn into_error(self) -> Error {
        let message =
            "the history in the database disagrees with the migrations compiled in; nothing was run";
        let more = self.lines.len().saturating_sub(LISTED);
        let mut error = Error::new(Kind::History, message).with_migration(self.first);
        for line in self.lines.into_iter().take(LISTED) {
            error = error.with_note(line);
        }
        if more > 0 {
            error = error.with_note(format!("and {more} more"));
        }
        for help in self.help {
            error = error.with_note(format!("help: {help}"));
        }
        error
    }
}

const CHANGED: &str = "a migration that has been applied must not change: restore its file, \
                       and put the change into a new migration";
const NEWER: &str =
    "run the newer version of the application, or one built from sources that contain the migration";
const REMOVED: &str = "bring the file of the migration back; one that has been applied must not be removed";
const LATE: &str = "give the pending migration a version after the last one that was applied; or, if it was applied and its row was \
    removed, put the row back";
