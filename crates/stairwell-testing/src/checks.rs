//! The checks, as functions.

use stairwell::{ChainSet, Migration, Migrator};

use crate::{Check, Failure, TestDatabase, course::Course, exceptions::Exceptions, walk::Walk};

/// All migrations apply to an empty database, in one run.
///
/// # Errors
///
/// With the migration that does not, its line, and the database as it was left.
pub async fn applies_from_empty(chains: &ChainSet) -> Result<(), Failure> {
    course_applies(&Course::new(*chains)).await
}

pub(crate) async fn course_applies(course: &Course) -> Result<(), Failure> {
    const CHECK: &str = "applies_from_empty";
    let database = TestDatabase::empty().await?;
    let mut client = database.connect().await?;
    let Err(failure) = course.bring(&mut client, 0, course.order().len()).await else { return Ok(()) };
    let kept = database.keep(CHECK).await?;
    Err(failure.in_check(CHECK).with_kept(Some(kept)))
}

/// A second run finds nothing to do, and the database is the same after it.
///
/// # Errors
///
/// With what the second run did.
pub async fn second_run_does_nothing(chains: &ChainSet) -> Result<(), Failure> {
    course_is_done(&Course::new(*chains)).await
}

pub(crate) async fn course_is_done(course: &Course) -> Result<(), Failure> {
    const CHECK: &str = "second_run_does_nothing";
    let chains = &course.chains;
    let database = TestDatabase::at(course, course.order().len(), None).await?;
    let mut client = database.connect().await?;
    let before = crate::snapshot::Snapshot::take(&client, chains, None).await?;
    let outcome = Migrator::new(chains).up(&mut client).await;
    let message = match outcome {
        Ok(report) if report.is_up_to_date() => {
            let after = crate::snapshot::Snapshot::take(&client, chains, Some(&before)).await?;
            let mut details = before.object_differences(&after);
            details.extend(before.row_differences(&after));
            if details.is_empty() {
                return Ok(());
            }
            drop(client);
            let kept = database.keep(CHECK).await?;
            let failure = Failure::of(CHECK, "the second run changed the database");
            return Err(failure.with_details(details).with_kept(Some(kept)));
        }
        Ok(report) => format!("the second run applied {} migrations", report.applied()),
        Err(error) => format!("the second run failed: {error}"),
    };
    let kept = database.keep(CHECK).await?;
    Err(Failure::of(CHECK, message).with_kept(Some(kept)))
}

/// Every migration goes up, down and up again, one after the other, and makes the same both times.
///
/// Irreversible ones only go up. A walk over a chain of n migrations takes 3 n steps.
///
/// # Errors
///
/// With the first migration for which that is not so; [`Failure::others`] has the rest.
pub async fn stairway(chains: &ChainSet) -> Result<(), Failure> {
    walked(chains, &[Check::Stairway]).await
}

/// After up and down the database is what it was before: every object in it with everything that is known about it
/// (types, functions, defaults, grants, comments …), and no sequence has gone back.
///
/// # Errors
///
/// With the objects that the first migration leaves behind, or takes away; [`Failure::others`] has the rest.
pub async fn leaves_no_trace(chains: &ChainSet) -> Result<(), Failure> {
    walked(chains, &[Check::LeavesNoTrace]).await
}

/// The rows that migrations put in are the same after up and down of every later migration, and as many after another
/// up. A table without rows, and its columns, are not dropped and made again on the way.
///
/// [`Suite::rows_after`](crate::Suite::rows_after) puts in more rows, and [`Suite::except`](crate::Suite::except) names
/// migrations that are meant to destroy some.
///
/// # Errors
///
/// With the rows that the first migration loses or changes; [`Failure::others`] has the rest.
pub async fn data_survives(chains: &ChainSet) -> Result<(), Failure> {
    walked(chains, &[Check::DataSurvives]).await
}

/// After every step the database has the catalog that the compiler folds from the SQL alone: what the build proves
/// is true of a real server.
///
/// What the compiler says that it cannot see is not compared: what may not run, and everything after dynamic SQL.
/// A Rust step is read as the compiler reads it, by the texts that it hands to the server; and of two expressions
/// it counts that both are there, because only a server can bring them into one form.
///
/// # Errors
///
/// With the objects that the compiler has wrong in the first migration; [`Failure::others`] has the rest.
#[cfg(feature = "static-catalog")]
pub async fn live_equals_static(chains: &ChainSet) -> Result<(), Failure> {
    walked(chains, &[Check::LiveEqualsStatic]).await
}

/// Every [`Check`] in one walk, in a fraction of the time.
///
/// # Errors
///
/// With the first that fails; [`Failure::others`] has the rest, in the order of the migrations.
pub async fn every_migration(chains: &ChainSet) -> Result<(), Failure> {
    walked(chains, Check::ALL).await
}

/// The order in which all migrations apply, one per line: for a snapshot, so that a change of it is seen in a review.
pub fn order_snapshot(chains: &ChainSet) -> String {
    chains.order().iter().map(|migration| format!("{migration}\n")).collect()
}

/// The order of those of one plugin, and where the others stand in between: `… 3 of core, printers`.
///
/// `None` if there is no such plugin.
pub fn order_snapshot_of(chains: &ChainSet, plugin: &str) -> Option<String> {
    chains.chain(plugin)?;
    let mut text = String::new();
    let mut between: Vec<&str> = Vec::new();
    for migration in chains.order() {
        if migration.plugin() == plugin {
            text.push_str(&gap(&between));
            between.clear();
            text.push_str(&format!("{migration}\n"));
        } else {
            between.push(migration.plugin());
        }
    }
    text.push_str(&gap(&between));
    Some(text)
}

fn gap(between: &[&str]) -> String {
    if between.is_empty() {
        return String::new();
    }
    let mut names = between.to_vec();
    names.sort_unstable();
    names.dedup();
    format!("  … {} of {}\n", between.len(), names.join(", "))
}

async fn walked(chains: &ChainSet, checks: &[Check]) -> Result<(), Failure> {
    // Without a server every check of every migration would say so.
    crate::process::prefix()?;
    let mut walk = Walk::from(Course::new(*chains), Exceptions::only(checks), 0, None);
    let mut failures = Vec::new();
    while walk.place() < chains.order().len() {
        let outcome = walk.step().await;
        failures.extend(checks.iter().filter_map(|check| outcome.of(*check)).cloned());
    }
    Failure::all(failures)
}

/// For errors that name a migration which the chain set does not have.
pub(crate) fn unknown(migration: &Migration) -> Failure {
    Failure::new(format!("`{migration}` is not a migration of this chain set"))
}
