//! Where a database stands for a binary that starts: what is pending, and what the binary does not know.

use tokio_postgres::Client;

use crate::plan::Plan;
use crate::run::up_to_date;
use crate::{Error, Migration, Migrator, NewerMigration, UpReport, history, newer};

/// What a start finds. Nothing of it disagrees with what is compiled in, and what is newer does not break it.
pub(crate) struct Standing {
    /// In plan order.
    pub(crate) pending: Vec<&'static Migration>,
    /// Recorded as compatible, all of them.
    pub(crate) newer: Vec<NewerMigration>,
    /// How much was applied before.
    pub(crate) report: UpReport,
}

impl Migrator<'_> {
    /// Looks without the lock and without writing: one round trip if the state proves that nothing is pending.
    pub(crate) async fn standing(&self, client: &Client) -> Result<Standing, Error> {
        if let Some(chains) = up_to_date(client, &self.enabled).await? {
            return Ok(Standing { pending: Vec::new(), newer: Vec::new(), report: UpReport { chains } });
        }
        let chains = self.enabled.included();
        let mut histories = history::read(client, &chains).await?;
        let newer = newer::take(&mut histories, &chains);
        let plan = Plan::new(self.chains, &self.enabled, &histories)?;
        newer::require_compatible(client, &histories, &newer).await?;
        let report = plan.report(&[]);
        Ok(Standing { pending: plan.pending, newer, report })
    }
}
