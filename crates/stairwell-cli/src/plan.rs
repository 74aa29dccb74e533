//! `migrate plan`.

use std::collections::BTreeMap;

use stairwell::{Migration, Migrator, Status, Step, Target, Version};

use crate::connect::Connected;
use crate::error::Error;
use crate::json;
use crate::output::{self, HEAD, QUIET, paint};

pub(crate) async fn run(
    connected: &mut Connected,
    migrator: &Migrator<'_>,
    targets: &[Target],
    sql: bool,
    json: bool,
) -> Result<(), Error> {
    let plan = migrator.plan(&mut connected.client, targets).await?;
    // Only such a step can be half applied.
    let one_by_one = |migration: &&Migration| matches!(migration.up(), Step::Statements { .. });
    let halves = match !json && !sql && plan.iter().any(one_by_one) {
        true => Halves::of(&migrator.status(&mut connected.client).await?),
        false => Halves::default(),
    };
    match (json, sql) {
        (true, sql) => json::print_plan(&plan, sql),
        (false, true) => output::print(&texts(&plan)),
        (false, false) => output::print(&list(&plan, &halves)),
    }
}

/// A plan that is printed with others.
pub(crate) fn text(plan: &[&'static Migration], sql: bool) -> String {
    if sql { texts(plan) } else { list(plan, &Halves::default()) }
}

/// The migrations, numbered.
fn list(plan: &[&'static Migration], halves: &Halves) -> String {
    if plan.is_empty() {
        return "nothing to do\n".to_owned();
    }
    let digits = plan.len().to_string().len();
    let lines = lines(plan, halves).into_iter().enumerate();
    lines.map(|(index, line)| format!("{:digits$}  {line}\n", index + 1)).collect()
}

/// What is said of the migrations that are half applied.
#[derive(Default)]
pub(crate) struct Halves(BTreeMap<(&'static str, Version), String>);

impl Halves {
    pub(crate) fn of(status: &Status) -> Self {
        let halves = status.chains.iter().flat_map(|chain| {
            let half = |half: &stairwell::HalfApplied| ((chain.plugin, half.version), half.to_string());
            chain.half_applied.iter().map(half)
        });
        Halves(halves.collect())
    }
}

/// A line for each migration: its name, its file, and what is special about its step.
pub(crate) fn lines(plan: &[&'static Migration], halves: &Halves) -> Vec<String> {
    let names: Vec<String> = plan.iter().map(ToString::to_string).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |(name, migration): (&String, &&Migration)| {
        let half = halves.0.get(&(migration.plugin(), migration.version()));
        let kind = match (migration.up(), half) {
            (Step::Rust { .. }, _) => " (Rust)".to_owned(),
            (Step::Statements { .. }, Some(half)) => format!(" (no transaction; {half})"),
            (Step::Statements { .. }, None) => " (no transaction)".to_owned(),
            _ => String::new(),
        };
        format!("{}  {}{kind}", paint(HEAD, format!("{name:width$}")), paint(QUIET, migration.path()))
    };
    names.iter().zip(plan).map(line).collect()
}

/// The text of every step in order, as SQL that can be read: a Rust step is a comment.
fn texts(plan: &[&'static Migration]) -> String {
    if plan.is_empty() {
        return "-- nothing to do\n".to_owned();
    }
    let steps = plan.iter().enumerate().map(|(index, migration)| {
        let header = format!("-- {}. {migration} ({})\n", index + 1, migration.path());
        match migration.up() {
            Step::Rust { .. } => format!("{header}-- this step is Rust, not SQL\n"),
            Step::Statements { sql, .. } => {
                format!("{header}-- outside a transaction, statement by statement\n{}\n", sql.trim_end())
            }
            step => format!("{header}{}\n", step.text().trim_end()),
        }
    });
    steps.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_do_is_still_sql() {
        assert_eq!(texts(&[]), "-- nothing to do\n");
        assert_eq!(list(&[], &Halves::default()), "nothing to do\n");
    }
}
