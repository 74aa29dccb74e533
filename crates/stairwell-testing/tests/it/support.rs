//! Chain sets made by hand.

use stairwell::{Chain, ChainSet, Migration, Step};
use stairwell_testing::Failure;

/// A migration of `core` at the path and with the checksum that the compiler would give it.
///
/// A text with `-- stairwell: no-transaction` is split behind every semicolon that ends a line.
pub(crate) fn migration(version: i64, name: &'static str, up: &str) -> Migration {
    migration_of(version, name, step(up))
}

/// A migration with a step that is no text.
pub(crate) fn migration_of(version: i64, name: &'static str, up: Step) -> Migration {
    let file = format!("V{version}__{name}");
    let checksum = refinery::Migration::unapplied(&file, up.text()).unwrap().checksum();
    let extension = if matches!(up, Step::Rust { .. }) { "rs" } else { "sql" };
    let path = format!("migrations/V{version:04}__{name}.{extension}").leak();
    Migration::new("core", version, name, path, checksum, up)
}

/// The same with a down step.
pub(crate) fn reversible(version: i64, name: &'static str, up: &str, down: &str) -> Migration {
    migration(version, name, up).reverted_by(step(down))
}

fn step(text: &str) -> Step {
    let sql: &'static str = text.to_owned().leak();
    if !sql.contains("-- stairwell: no-transaction") {
        return Step::Sql(sql);
    }
    let mut at = 0;
    let mut bounds = Vec::new();
    for statement in sql.split_inclusive(";\n") {
        if statement.trim().ends_with(';') {
            bounds.push((at, at + statement.trim_end().len()));
        }
        at += statement.len();
    }
    Step::Statements { sql, bounds: bounds.leak() }
}

/// The failure with `[..]` for what is different in every run.
pub(crate) fn text(result: Result<(), Failure>) -> String {
    let text = result.unwrap_err().to_string();
    let address = |line: &str| match line.split_once("psql 'postgresql://") {
        Some((before, _)) => format!("{before}psql '[..]'\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(address).collect()
}

/// One chain, `core`.
pub(crate) fn chains(migrations: &[Migration]) -> ChainSet {
    let migrations: &'static [Migration] = migrations.to_vec().leak();
    ChainSet::new(vec![Chain::new("core", "", migrations)].leak(), migrations)
}
