//! The commands that a fleet knows, one for each kind of result.

use tokio_postgres::Client;

use crate::{DownReport, Error, Finding, Migration, Migrator, Rollback, Status, Target, UpReport};

/// What is done for each tenant.
pub(crate) trait Work: Sync {
    type Output: Send;

    fn run(
        &self,
        migrator: &Migrator<'_>,
        client: &mut Client,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// How many migrations were applied or reverted.
    fn count(output: &Self::Output) -> usize;
}

/// Applies what these targets leave.
pub(crate) struct Raise<'w>(pub(crate) &'w [Target]);

impl Work for Raise<'_> {
    type Output = UpReport;

    async fn run(&self, migrator: &Migrator<'_>, client: &mut Client) -> Result<UpReport, Error> {
        migrator.up_to(client, self.0).await
    }

    fn count(report: &UpReport) -> usize {
        report.applied()
    }
}

pub(crate) struct Descend<'w>(pub(crate) &'w Rollback);

impl Work for Descend<'_> {
    type Output = DownReport;

    async fn run(&self, migrator: &Migrator<'_>, client: &mut Client) -> Result<DownReport, Error> {
        migrator.down(client, self.0).await
    }

    fn count(report: &DownReport) -> usize {
        report.reverted.len()
    }
}

pub(crate) struct Look;

impl Work for Look {
    type Output = Status;

    async fn run(&self, migrator: &Migrator<'_>, client: &mut Client) -> Result<Status, Error> {
        migrator.status(client).await
    }

    fn count(_: &Status) -> usize {
        0
    }
}

/// What is pending of these targets.
pub(crate) struct Preview<'w>(pub(crate) &'w [Target]);

impl Work for Preview<'_> {
    type Output = Vec<&'static Migration>;

    async fn run(&self, migrator: &Migrator<'_>, client: &mut Client) -> Result<Self::Output, Error> {
        migrator.plan(client, self.0).await
    }

    fn count(_: &Self::Output) -> usize {
        0
    }
}

pub(crate) struct Inspect;

impl Work for Inspect {
    type Output = Vec<Finding>;

    async fn run(&self, migrator: &Migrator<'_>, client: &mut Client) -> Result<Vec<Finding>, Error> {
        migrator.verify(client).await
    }

    fn count(_: &Vec<Finding>) -> usize {
        0
    }
}
