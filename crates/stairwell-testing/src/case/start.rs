//! What is in the database when a case begins.

use std::collections::BTreeMap;

use stairwell::{ChainSet, Migration, Requirement, Version};

use crate::{Failure, case::CASE, checks::unknown, course::Course};

/// Rows that are put in by a case.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) moment: Moment,
    pub(super) migration: Migration,
    pub(super) sql: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
}

/// The way to where a case begins.
pub(super) struct Start {
    pub(super) course: Course,
    /// The version before the migration in its chain; 0 if it is the first.
    pub(super) below: Version,
    /// Whether the migration is applied at the beginning.
    pub(super) above: bool,
    /// Rows for when the case itself has applied the migration.
    pub(super) rows: Vec<&'static str>,
}

/// The way, or everything that does not fit together.
pub(super) fn of(
    chains: &ChainSet,
    migration: &Migration,
    with: Option<&[Migration]>,
    down_from: Option<&Migration>,
    rows: &[Rows],
) -> Result<Start, Failure> {
    let named = [migration].into_iter().chain(with.into_iter().flatten()).chain(down_from);
    let named = named.chain(rows.iter().map(|rows| &rows.migration));
    let mut strangers: Vec<&Migration> = Vec::new();
    for one in named {
        if !chains.order().contains(one) && !strangers.contains(&one) {
            strangers.push(one);
        }
    }
    // With these, nothing else that could be said is sure.
    Failure::all(strangers.into_iter().map(|one| unknown(one).in_check(CASE)).collect())?;

    let mut mistakes = Vec::new();
    if let Some(last) = down_from {
        if last.plugin() != migration.plugin() {
            mistakes.push(format!(
                "`{last}` is of another chain, so that `{migration}` cannot be reached from it by going down"
            ));
        } else if last.version() < migration.version() {
            mistakes.push(format!(
                "`{last}` is below `{migration}`, which cannot be reached from it by going down"
            ));
        }
    }
    refuse(migration, mistakes)?;

    let below = below(chains, migration);
    let steps = match with {
        None => earlier(chains, migration, down_from),
        Some(with) => needed(chains, migration, below, with, down_from)?,
    };
    let (course, rows) = put_in(chains, migration, steps, rows)?;
    Ok(Start { course, below, above: down_from.is_some(), rows })
}

fn below(chains: &ChainSet, migration: &Migration) -> Version {
    let chain = chains.chain(migration.plugin()).map(|chain| chain.migrations()).unwrap_or_default();
    let earlier = chain.iter().map(Migration::version).filter(|version| *version < migration.version());
    earlier.max().unwrap_or_default()
}

/// Everything that comes earlier in the plan.
fn earlier(chains: &ChainSet, migration: &Migration, down_from: Option<&Migration>) -> Vec<Migration> {
    let order = chains.order();
    let end = order.iter().position(|one| one == down_from.unwrap_or(migration)).unwrap_or_default();
    order[..end + usize::from(down_from.is_some())].to_vec()
}

/// What the migration needs, and `with` with what that requires.
fn needed(
    chains: &ChainSet,
    migration: &Migration,
    below: Version,
    with: &[Migration],
    down_from: Option<&Migration>,
) -> Result<Vec<Migration>, Failure> {
    let mut mistakes = Vec::new();
    for (place, one) in with.iter().enumerate() {
        if one.plugin() == migration.plugin() {
            mistakes.push(format!(
                "`{one}` is of the chain that is tested, where the case begins just below `{migration}`"
            ));
        } else if let Some(other) = with[..place].iter().find(|other| other.plugin() == one.plugin()) {
            mistakes.push(format!("`{}` is named twice, by `{other}` and `{one}`", one.plugin()));
        }
    }
    refuse(migration, mistakes)?;

    let mut wanted: BTreeMap<&str, Version> = with.iter().map(|one| (one.plugin(), one.version())).collect();
    wanted.insert(migration.plugin(), down_from.map_or(below, Migration::version));
    for edge in requirements(chains, migration) {
        let version = wanted.entry(edge.plugin()).or_default();
        *version = edge.version().max(*version);
    }
    let steps = closed(chains, wanted);

    let mut mistakes = Vec::new();
    for one in with {
        let stands_on = closed(chains, BTreeMap::from([(one.plugin(), one.version())])).contains(migration);
        if stands_on && down_from.is_none() {
            mistakes.push(format!("`{one}` stands on `{migration}`, so that it cannot be there before"));
        }
        let who = steps.iter().chain([migration]);
        let more = who.flat_map(|step| requirements(chains, step).map(move |edge| (step, edge)));
        let mut more =
            more.filter(|(_, edge)| edge.plugin() == one.plugin() && edge.version() > one.version());
        if let Some((step, edge)) = more.next() {
            mistakes.push(format!("`{one}` is below the beginning: `{step}` requires {edge}"));
        }
    }
    refuse(migration, mistakes)?;
    Ok(steps)
}

/// Each chain up to the version that is wanted, and everything that is required for it.
fn closed<'c>(chains: &'c ChainSet, mut wanted: BTreeMap<&'c str, Version>) -> Vec<Migration> {
    let mut steps = Vec::new();
    // What is required comes earlier in the order.
    for one in chains.order().iter().rev() {
        if wanted.get(one.plugin()).is_some_and(|version| one.version() <= *version) {
            steps.push(*one);
            for edge in requirements(chains, one) {
                let version = wanted.entry(edge.plugin()).or_default();
                *version = edge.version().max(*version);
            }
        }
    }
    steps.reverse();
    steps
}

/// What must be there before, of other chains.
fn requirements(
    chains: &ChainSet,
    migration: &Migration,
) -> impl Iterator<Item = &'static Requirement> + use<> {
    let chain = chains.chain(migration.plugin()).map(|chain| chain.requires()).unwrap_or_default();
    chain.iter().chain(migration.requires())
}

fn put_in(
    chains: &ChainSet,
    migration: &Migration,
    steps: Vec<Migration>,
    rows: &[Rows],
) -> Result<(Course, Vec<&'static str>), Failure> {
    let mut course = Course::over(*chains, steps);
    let (mut own, mut mistakes) = (Vec::new(), Vec::new());
    for Rows { moment, migration: one, sql } in rows {
        let place = course.place(one.plugin(), one.version());
        let (method, place) = match moment {
            Moment::Before if place.is_none() && one == migration => {
                ("rows_before", Some(course.order().len()))
            }
            Moment::Before => ("rows_before", place),
            Moment::After if place.is_none() && one == migration => {
                own.push(*sql);
                continue;
            }
            Moment::After => ("rows_after", place.map(|place| place + 1)),
        };
        match place {
            Some(place) => course.put_in_at(place, format!("`{method}` for `{one}`"), sql),
            None => mistakes.push(format!("`{method}` names `{one}`, which is not applied in this case")),
        }
    }
    refuse(migration, mistakes)?;
    Ok((course, own))
}

fn refuse(migration: &Migration, mistakes: Vec<String>) -> Result<(), Failure> {
    let failure = |mistake| Failure::of(CASE, mistake).in_migration(migration, None);
    Failure::all(mistakes.into_iter().map(failure).collect())
}
