//! Chain sets made by hand.

use std::collections::BTreeSet;

use stairwell::{Chain, ChainSet, Down, Migration, Step};
use stairwell_testing::{Failure, every_migration};

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

/// The same migration in the chain of a plugin.
pub(crate) fn of(plugin: &'static str, migration: Migration) -> Migration {
    if plugin == migration.plugin() {
        return migration;
    }
    let file = migration.path().rsplit('/').next().unwrap();
    let path = format!("plugins/{plugin}/migrations/{file}").leak();
    let (version, name, checksum) = (migration.version(), migration.name(), migration.checksum());
    let same = Migration::new(plugin, version, name, path, checksum, *migration.up());
    match migration.down() {
        Down::Step(down) => same.reverted_by(*down),
        Down::Irreversible(reason) => same.irreversible(reason),
        _ => same,
    }
}

/// The chains of these migrations, which are in the order in which they apply; of none, an empty `core`.
pub(crate) fn chains(order: &[Migration]) -> ChainSet {
    let plugins: BTreeSet<&str> = order.iter().map(Migration::plugin).collect();
    let others = plugins.iter().copied().filter(|plugin| *plugin != "core");
    let core = (plugins.is_empty() || plugins.contains("core")).then_some("core");
    let chain = |plugin| {
        let own = order.iter().filter(|migration| migration.plugin() == plugin).copied();
        Chain::new(plugin, "", own.collect::<Vec<_>>().leak())
    };
    let chains: Vec<Chain> = core.into_iter().chain(others).map(chain).collect();
    ChainSet::new(chains.leak(), order.to_vec().leak())
}

/// The failure with `[..]` for what is different in every run.
pub(crate) fn text(result: Result<(), Failure>) -> String {
    let text = result.unwrap_err().to_string();
    let line = |line: &str| {
        if let Some((run, _)) = line.split_once(", after ").filter(|(run, _)| run.contains(" was killed in "))
        {
            return format!("{run}, after [..]\n");
        }
        let cut = ["psql 'postgresql://", "STAIRWELL_TEST_SEED="].into_iter().find_map(|mark| {
            let (before, after) = line.split_once(mark)?;
            let rest = after.split_once(' ').map_or(String::new(), |(_, rest)| format!(" {rest}"));
            Some(if mark.starts_with('p') {
                format!("{before}psql '[..]'")
            } else {
                format!("{before}{mark}[..]{rest}")
            })
        });
        format!("{}\n", cut.unwrap_or_else(|| line.to_owned()))
    };
    text.lines().map(line).collect()
}

/// The first line of a failure; nothing if there is none.
pub(crate) fn message(result: Result<(), Failure>) -> String {
    let failure = result.err().map(|failure| failure.to_string());
    failure.and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default()
}

/// Each check that fails for `up` and `down` on top of `before`, with what it shows.
pub(crate) async fn verdict(before: &str, up: &str, down: &str) -> String {
    let chains = chains(&[migration(1, "before", before), reversible(2, "change", up, down)]);
    let Err(failure) = every_migration(&chains).await else { return String::new() };
    let mut verdict = String::new();
    for failure in std::iter::once(&failure).chain(failure.others()) {
        assert_eq!(
            failure.migration().map(ToString::to_string).as_deref(),
            Some("core/V0002__change"),
            "{failure}"
        );
        assert!(failure.kept().is_some());
        verdict.push_str(&format!("{}\n", failure.check().unwrap()));
        failure.details().iter().for_each(|detail| verdict.push_str(&format!("{detail}\n")));
    }
    verdict
}
