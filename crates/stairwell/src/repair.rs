//! Checksums of texts that differ in nothing.

use refinery::Migration as Unit;
use tokio_postgres::Client;

use crate::edit::{Change, Edit};
use crate::error::Error;
use crate::{AppliedMigration, Chain, ChainStatus, Divergent, Migration, Migrator};

/// What [`Migrator::repair`] did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RepairReport {
    /// The rows that have the checksum of what is compiled in now.
    pub repaired: Vec<Repaired>,
    /// The rows that still disagree: nothing proves that their texts are equal.
    pub left: Vec<Divergent>,
}

/// A row of a history that got another checksum.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Repaired {
    /// What is compiled in.
    pub migration: &'static Migration,
    /// The row as it was.
    pub applied: AppliedMigration,
    /// In what alone the text that was applied differs: `line ends (CRLF)`.
    pub difference: String,
}

impl Migrator<'_> {
    /// Gives rows of the histories the checksums of what is compiled in, where the text that was applied is
    /// provably the same but for line ends, a byte order mark, or white space at the end of the text or its lines.
    ///
    /// The proof is the checksum in the row: it is that of the compiled text with such a difference. Each row
    /// that is changed has an entry in the journal. Whatever else disagrees is left as it is, and reported.
    ///
    /// # Errors
    ///
    /// If a history cannot be read or written, and like [`up`](Migrator::up).
    pub async fn repair(&self, client: &mut Client) -> Result<RepairReport, Error> {
        let chains = self.enabled.included();
        self.edit(client, |histories| {
            let mut report = RepairReport::default();
            let mut edits = Vec::new();
            for chain in &chains {
                let rows = histories.rows.get(chain.plugin()).cloned().unwrap_or_default();
                for divergent in ChainStatus::compare(chain, true, rows).divergent {
                    repair(chain, divergent, &mut report, &mut edits);
                }
            }
            Ok((edits, report))
        })
        .await
    }
}

fn repair(chain: &'static Chain, divergent: Divergent, report: &mut RepairReport, edits: &mut Vec<Edit>) {
    let migration = divergent.migration;
    match difference(migration, &divergent.applied) {
        Some(difference) => {
            edits.push(Edit { chain, change: Change::Repair(divergent.applied.clone(), migration) });
            report.repaired.push(Repaired { migration, applied: divergent.applied, difference });
        }
        None => report.left.push(divergent),
    }
}

/// White space that files end in.
const ENDS: [&str; 9] = ["", "\n", "\n\n", "\n\n\n", " ", " \n", "  \n", "\t", "\t\n"];
const BYTE_ORDER_MARK: char = '\u{feff}';

/// How a text with the checksum of `row` differs from that of `migration`, if in no more than white space.
fn difference(migration: &Migration, row: &AppliedMigration) -> Option<String> {
    if row.name != migration.name() {
        return None;
    }
    let text = migration.up().text().trim_start_matches(BYTE_ORDER_MARK).replace("\r\n", "\n");
    let body = text.trim_end();
    let end = text.get(body.len()..).unwrap_or_default();
    let mut bodies = vec![(body.to_owned(), false)];
    // Inside of quotes white space is data, and where they begin and end only a lexer knows.
    if !body.contains(['\'', '"', '$']) {
        let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
        bodies.push((lines.join("\n"), true));
    }
    let name = format!("V{}__{}", migration.version(), migration.name());
    for (body, trimmed) in &bodies {
        for other in [end].into_iter().chain(ENDS) {
            for (crlf, mark) in [(false, false), (true, false), (false, true), (true, true)] {
                let mut candidate = format!("{body}{other}");
                if crlf {
                    candidate = candidate.replace('\n', "\r\n");
                }
                if mark {
                    candidate.insert(0, BYTE_ORDER_MARK);
                }
                let unit = Unit::unapplied(&name, &candidate).ok()?;
                if unit.checksum() == row.checksum {
                    let differences = [
                        (crlf, "line ends (CRLF)"),
                        (mark, "a byte order mark"),
                        (other != end, "white space at the end of the text"),
                        (*trimmed, "white space at the ends of lines"),
                    ];
                    let differences: Vec<&str> =
                        differences.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
                    return Some(differences.join(", "));
                }
            }
        }
    }
    None
}
