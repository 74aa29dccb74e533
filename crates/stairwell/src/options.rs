//! How a run goes about its work.

use crate::journal::Application;
use crate::plan::Plan;
use crate::timeouts::Limits;
use crate::{Error, Step};

/// What a [`Migrator`](crate::Migrator) was told about steps.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) application: Application,
    pub(crate) limits: Limits,
    /// How often a step is tried again.
    pub(crate) retries: u32,
    pub(crate) keep_going: bool,
    pub(crate) single_transaction: bool,
}

impl Options {
    /// Refuses what these options cannot do, before anything is done.
    pub(crate) fn require_runnable(&self, plan: &Plan) -> Result<(), Error> {
        self.require_possible(&plan.pending)
    }

    /// The same for these migrations, in a run or in a script.
    pub(crate) fn require_possible(&self, pending: &[&'static crate::Migration]) -> Result<(), Error> {
        if !self.single_transaction {
            return Ok(());
        }
        if self.keep_going {
            return Err(Error::usage(
                "a run that is a single transaction cannot keep going: the first failure rolls all of it back; \
                 leave one of the two out",
            ));
        }
        let alone = |migration: &&&_| matches!(crate::Migration::up(migration), Step::Statements { .. });
        let Some(migration) = pending.iter().find(alone) else { return Ok(()) };
        Err(Error::usage(format!(
            "`{migration}` runs outside a transaction and cannot be part of a single one; nothing was run; apply what \
             comes before it with targets, then it, then the rest"
        ))
        .with_migration(Some(*migration)))
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            application: Application::default(),
            limits: Limits::default(),
            retries: 5,
            keep_going: false,
            single_transaction: false,
        }
    }
}
