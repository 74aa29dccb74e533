//! From a plan to a chain set that runs.

use shopdb::schema::CHAINS;
use stairwell::{Chain, ChainSet, Down, HistoryTable, Migration, Requirement, Step};
use stairwell_build::{Plan, PlannedMigration, PlannedStep};

/// What the application would have compiled in. Its memory is never given back.
///
/// `None` if it has a Rust step that the application has not: there is no function for its text.
pub(crate) fn chain_set(plan: &Plan) -> Option<ChainSet> {
    let order: Vec<Migration> =
        plan.migrations().map(|planned| migration(&planned)).collect::<Option<_>>()?;
    let chains = plan.chains().map(|planned| {
        let mut own: Vec<Migration> =
            order.iter().filter(|m| m.plugin() == planned.plugin).copied().collect();
        own.sort_by_key(Migration::version);
        let chain = Chain::new(leaked(planned.plugin), leaked(planned.description), own.leak());
        let chain = chain.requiring(requirements(planned.requires));
        match planned.history {
            Some((schema, table)) => chain.recorded_in(HistoryTable::new(leaked(schema), leaked(table))),
            None => chain,
        }
    });
    let chains: Vec<Chain> = chains.collect();
    Some(ChainSet::new(chains.leak(), order.leak()))
}

fn leaked(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn requirements(requires: &[(String, i64)]) -> &'static [Requirement] {
    let requirement = |(plugin, version): &(String, i64)| Requirement::new(leaked(plugin), *version);
    requires.iter().map(requirement).collect::<Vec<_>>().leak()
}

fn migration(planned: &PlannedMigration<'_>) -> Option<Migration> {
    let PlannedMigration { plugin, version, name, path, checksum, requires, .. } = *planned;
    let up = step(planned, &planned.up, false)?;
    let migration = Migration::new(leaked(plugin), version, leaked(name), leaked(path), checksum, up);
    let migration = migration.requiring(requirements(requires));
    Some(match &planned.down {
        Ok(down) => migration.reverted_by(step(planned, down, true)?),
        Err(reason) => migration.irreversible(leaked(reason)),
    })
}

fn step(planned: &PlannedMigration<'_>, step: &PlannedStep<'_>, is_down: bool) -> Option<Step> {
    Some(match *step {
        PlannedStep::Sql(text) => Step::Sql(leaked(text)),
        PlannedStep::Statements { text, bounds } => {
            Step::Statements { sql: leaked(text), bounds: bounds.to_vec().leak() }
        }
        PlannedStep::Rust(text) => {
            let compiled = CHAINS.chain(planned.plugin)?.migration(planned.version)?;
            let compiled = match compiled.down() {
                Down::Step(down) if is_down => *down,
                _ => *compiled.up(),
            };
            return (compiled.text() == text).then_some(compiled);
        }
        _ => return None,
    })
}
