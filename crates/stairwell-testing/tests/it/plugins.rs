//! Migrations of several plugins, made by hand.

use stairwell::{Migration, Requirement, Step};

use crate::support::{migration_of, of, reversible};

/// A migration of a plugin, with its way back; `requires` is what must be there before.
pub(crate) fn step(
    plugin: &'static str,
    version: i64,
    (up, down): (&str, &str),
    requires: &[(&'static str, i64)],
) -> Migration {
    let requires: Vec<Requirement> =
        requires.iter().map(|(plugin, version)| Requirement::new(plugin, *version)).collect();
    of(plugin, reversible(version, "step", up, down)).requiring(requires.leak())
}

/// A migration that makes a table with the name of its plugin and its version.
pub(crate) fn table(plugin: &'static str, version: i64, requires: &[(&'static str, i64)]) -> Migration {
    let name = format!("{plugin}_{version}");
    step(
        plugin,
        version,
        (&format!("CREATE TABLE {name} (id int);"), &format!("DROP TABLE {name};")),
        requires,
    )
}

/// `core/1` as `core@1`, so that a plan is one line.
pub(crate) fn line(plan: &[Migration]) -> String {
    let words: Vec<String> = plan.iter().map(|one| format!("{}@{}", one.plugin(), one.version())).collect();
    words.join(" ")
}

/// A step in Rust that the chain's owner wrote: the percent signs go.
pub(crate) fn percent_step() -> Migration {
    fn up<'a>(transaction: &'a stairwell::Transaction<'_>) -> stairwell::StepFuture<'a> {
        Box::pin(async move {
            for row in transaction.query("SELECT id, level FROM printers", &[]).await? {
                let (id, level): (i32, String) = (row.get(0), row.get(1));
                let toner: i32 = level.trim_end_matches('%').parse()?;
                transaction.execute("UPDATE printers SET toner = $1 WHERE id = $2", &[&toner, &id]).await?;
            }
            Ok(())
        })
    }
    fn down<'a>(transaction: &'a stairwell::Transaction<'_>) -> stairwell::StepFuture<'a> {
        Box::pin(async move {
            transaction.execute("UPDATE printers SET level = toner || '%', toner = NULL", &[]).await?;
            Ok(())
        })
    }
    let source = "async fn up(tx) { … } async fn down(tx) { … }";
    migration_of(2, "percent", Step::Rust { source, run: up }).reverted_by(Step::Rust { source, run: down })
}
