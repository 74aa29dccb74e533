//! One run, or many.

use stairwell::{ChainSet, Migrator, Step, Target};

use super::reference::Reference;
use crate::{Failure, TestDatabase};

/// Migrations that are applied one by one, each in a run of its own, make what one run makes.
///
/// In development they come one by one, at a customer many at once. A setting that one step leaves in the session is
/// seen by the next one in the same run only.
///
/// # Errors
///
/// With the migration that does not apply, or what is different.
pub async fn one_run_and_steps_agree(chains: &ChainSet) -> Result<(), Failure> {
    const CHECK: &str = "one_run_and_steps_agree";
    let mut reference = Reference::fresh(chains).await?;
    let database = TestDatabase::empty().await?;
    for migration in chains.order() {
        // A start is a new session.
        let mut client = database.connect().await?;
        let target = Target::at(migration.plugin(), migration.version());
        if let Err(error) = Migrator::new(chains).up_to(&mut client, &[target]).await {
            drop(client);
            let message = format!("`{migration}` does not apply in a run of its own");
            let failure = Failure::of(CHECK, message).in_migration(migration, migration.path().to_owned());
            return Err(failure.with_note(error.to_string()).with_kept(Some(database.keep(CHECK).await?)));
        }
    }
    let details = reference.differences(&database.connect().await?).await?;
    if details.is_empty() {
        return Ok(());
    }
    let failure =
        Failure::of(CHECK, "one run for each migration makes another database than one run for all");
    Err(failure.with_details(details).with_kept(Some(database.keep(CHECK).await?)))
}

/// All migrations apply in one transaction ([`Migrator::single_transaction`]), and make what they make one by one.
///
/// For applications that migrate in this way; it is not among the tests of [`suite!`](crate::suite!). Some things must
/// not be in one transaction that are right in two: a new value of an enumeration and its use, rows whose constraints
/// are checked at the end and an `ALTER TABLE` of their table.
///
/// # Errors
///
/// With the migration that does not apply there, or what is different.
pub async fn single_transaction(chains: &ChainSet) -> Result<(), Failure> {
    const CHECK: &str = "single_transaction";
    let alone = chains.order().iter().find(|migration| matches!(migration.up(), Step::Statements { .. }));
    if let Some(migration) = alone {
        let message = format!("`{migration}` is under `no-transaction`, and cannot be in one with others");
        return Err(Failure::of(CHECK, message).in_migration(migration, migration.path().to_owned()));
    }
    let mut reference = Reference::fresh(chains).await?;
    let database = TestDatabase::empty().await?;
    let mut client = database.connect().await?;
    let applied = Migrator::new(chains).single_transaction(true).up(&mut client).await;
    let failure = match applied {
        Err(error) => Failure::of_run(&error).in_check(CHECK),
        Ok(_) => {
            let details = reference.differences(&client).await?;
            if details.is_empty() {
                return Ok(());
            }
            Failure::of(CHECK, "one transaction makes another database than one for each")
                .with_details(details)
        }
    };
    drop(client);
    Err(failure.with_kept(Some(database.keep(CHECK).await?)))
}
