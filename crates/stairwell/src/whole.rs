//! What a run that is one transaction records, before it commits: everything at once.
//!
//! No step of it is applied before all are, so nothing is gained by a row after each; and the server parses, plans
//! and runs a statement of many rows in little more time than one of a single row.

use std::time::Duration;

use crate::applying::{Recorder, Sent};
use crate::guard::Guard;
use crate::journal::Entry;
use crate::state;

/// A step that has run.
pub(crate) struct Ran {
    pub(crate) sent: Sent,
    pub(crate) took: Duration,
}

/// The statements that record these, in the order in which they ran.
pub(crate) fn record(recorder: &Recorder, ran: &[Ran]) -> String {
    let mut journal = Rows::default();
    let mut histories = Rows::default();
    let mut chains: Vec<(&Sent, &Sent, Vec<String>)> = Vec::new();
    for Ran { sent, took } in ran {
        let entry = Entry::up(sent.chain, sent.migration);
        journal.push(&recorder.run.insert_at(&entry, sent.begun.elapsed(), *took));
        histories.push(&sent.insert);
        let version = sent.migration.version().to_string();
        match chains.iter_mut().find(|(first, ..)| first.chain.plugin() == sent.chain.plugin()) {
            Some((_, last, versions)) => {
                *last = sent;
                versions.push(version);
            }
            None => chains.push((sent, sent, vec![version])),
        }
    }
    let mut statements = vec![recorder.fence.leave()];
    for (first, last, _) in &chains {
        statements.push(state::stamp(first.chain.history(), first.before, last.after));
    }
    statements.extend(chains.iter().map(|(first, ..)| state::unseal_unless_stamped(first.chain.history())));
    statements.push(state::stamp_rows());
    statements.extend(journal.into_statements());
    statements.extend(histories.into_statements());
    for (first, _, versions) in &chains {
        let (history, count) = (first.chain.history(), versions.len());
        let versions = versions.join(", ");
        statements.push(Guard::Row.require(&format!(
            "(SELECT pg_catalog.count(*) FROM {history} WHERE version IN ({versions})) = {count}"
        )));
    }
    statements.join("; ")
}

/// INSERT statements of one row, which become one for each table.
#[derive(Default)]
struct Rows(Vec<(String, String)>);

impl Rows {
    fn push(&mut self, insert: &str) {
        const VALUES: &str = " VALUES ";
        // What is not of this form stands for itself.
        let (into, row) = insert.split_once(VALUES).unwrap_or((insert, ""));
        match self.0.iter_mut().find(|(table, rows)| table == into && !row.is_empty() && !rows.is_empty()) {
            Some((_, rows)) => {
                rows.push_str(", ");
                rows.push_str(row);
            }
            None if row.is_empty() => self.0.push((into.to_owned(), String::new())),
            None => self.0.push((into.to_owned(), format!("{VALUES}{row}"))),
        }
    }

    fn into_statements(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(into, rows)| into + &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;

    #[test]
    fn rows_of_one_table_become_one_statement() {
        let mut rows = Rows::default();
        for insert in [
            "INSERT INTO a (x) VALUES (' VALUES ')",
            "INSERT INTO b (x) VALUES (2)",
            "INSERT INTO a (x) VALUES (3)",
            "SELECT 1",
        ] {
            rows.push(insert);
        }
        let statements: Vec<String> = rows.into_statements().collect();
        assert_eq!(
            statements,
            ["INSERT INTO a (x) VALUES (' VALUES '), (3)", "INSERT INTO b (x) VALUES (2)", "SELECT 1"]
        );
    }
}
