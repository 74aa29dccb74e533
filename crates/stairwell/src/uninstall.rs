//! Takes a plugin out of a database: its whole chain is reverted, and then it is forgotten.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::error::{Error, Kind};
use crate::explain::database;
use crate::fence::Fence;
use crate::guard::Guard;
use crate::history::Histories;
use crate::journal::{self, Entry, Run};
use crate::lock::Turn;
use crate::rollback::What;
use crate::settings::literal;
use crate::suggest::unknown_plugin;
use crate::{Chain, HistoryTable, Migrator, Revert, Reverted, Rollback, state, statements};

/// What [`Migrator::uninstall`] is asked to take out.
///
/// ```
/// use stairwell::Uninstall;
///
/// let uninstall = Uninstall::plugin("printers").cascade(true);
/// # let _ = uninstall;
/// ```
#[derive(Clone, Debug)]
pub struct Uninstall(pub(crate) Rollback);

impl Uninstall {
    /// This plugin, which need not be compiled in.
    pub fn plugin(name: impl Into<String>) -> Self {
        Uninstall(Rollback { what: What::Whole(name.into()), cascade: false, agreed: None })
    }

    /// Whether migrations of other plugins that require it are reverted as well, and forgotten those plugins of
    /// which nothing is left then. Otherwise they keep it from being uninstalled.
    #[must_use]
    pub fn cascade(self, cascade: bool) -> Self {
        Uninstall(self.0.cascade(cascade))
    }

    /// Only if it still reverts just this, which somebody has agreed to.
    #[must_use]
    pub fn agreed(self, reverts: Vec<Revert>) -> Self {
        Uninstall(self.0.agreed(reverts))
    }
}

/// What [`Migrator::uninstall`] would do.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UninstallPlan {
    /// What is reverted, in order.
    pub reverts: Vec<Revert>,
    /// What is forgotten then.
    pub forgets: Vec<Forgotten>,
}

/// What [`Migrator::uninstall`] did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UninstallReport {
    /// What it reverted, in order.
    pub reverted: Vec<Reverted>,
    /// What it then forgot.
    pub forgotten: Vec<Forgotten>,
}

/// A plugin whose history is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// The plugin.
    pub plugin: &'static str,
    /// Its history table.
    pub history: HistoryTable,
    /// Whether this binary contains it, so that `up` would install it again.
    pub compiled_in: bool,
}

impl Migrator<'_> {
    /// What [`uninstall`](Migrator::uninstall) would do. Reads only, and takes no lock.
    ///
    /// # Errors
    ///
    /// Like `uninstall`, as far as it can tell without running anything.
    pub async fn plan_uninstall(
        &self,
        client: &mut Client,
        uninstall: &Uninstall,
    ) -> Result<UninstallPlan, Error> {
        let (_, _, plan) = self.down_plan(client, &uninstall.0).await?;
        let reverts = plan.reverts.into_iter().map(|(revert, _)| revert).collect();
        Ok(UninstallPlan { reverts, forgets: self.forgotten(&plan.forgets) })
    }

    /// Reverts all migrations of a plugin, in the reverse of their order, and forgets it: its history table is
    /// dropped, and what the state and the notes about statements have of it is removed. The journal keeps what it
    /// has, and gets an entry. A plugin that is compiled in is installed again by the next [`up`](Migrator::up).
    ///
    /// A plugin that is not compiled in is reverted by the texts in the journal, like a migration by
    /// [`down`](Migrator::down). Of what is not installed there is nothing to do. If it fails, uninstalling again
    /// goes on from there.
    ///
    /// # Errors
    ///
    /// Like `down`; if neither this binary nor the database knows the plugin ([`Error::is_usage`]); if this role may
    /// not drop the history (nothing was run then).
    pub async fn uninstall(
        &self,
        client: &mut Client,
        uninstall: &Uninstall,
    ) -> Result<UninstallReport, Error> {
        let Turn::Ours(mut lock) = self.take_lock(client, None).await? else {
            return Ok(UninstallReport::default());
        };
        let outcome = self.down_under_lock(&mut lock, &uninstall.0).await;
        let outcome = outcome.map(|(reverted, forgotten)| UninstallReport { reverted, forgotten });
        lock.release_after(outcome).await
    }

    pub(crate) fn forgotten(&self, chains: &[&'static Chain]) -> Vec<Forgotten> {
        let forgotten = |chain: &&'static Chain| {
            let plugin = chain.plugin();
            Forgotten { plugin, history: chain.history(), compiled_in: self.chains.chain(plugin).is_some() }
        };
        chains.iter().map(forgotten).collect()
    }

    /// Removes what there is of chains of which nothing is applied: of all of them or, if that fails, of none.
    pub(crate) async fn forget(
        &self,
        client: &Client,
        fence: &Fence,
        run: &Run,
        histories: &Histories,
        chains: &[&'static Chain],
    ) -> Result<(), Error> {
        if chains.is_empty() {
            return Ok(());
        }
        let whole = self.options.single_transaction;
        let (begin, commit) = if whole { ("", "") } else { ("BEGIN; ", "; COMMIT") };
        // A backup that reads the history for hours should not keep everybody else waiting for it.
        let mut batch = format!("{begin}{}{}", fence.enter(), self.options.limits.general.local());
        for chain in chains {
            let (history, books) = (chain.history(), histories.books);
            let empty = Guard::Row.require(&format!("NOT EXISTS (SELECT FROM {history})"));
            let entry = run.insert(&Entry::uninstalled(chain), None);
            batch += &format!("; LOCK TABLE {history} IN ACCESS EXCLUSIVE MODE; {empty}; {entry}");
            batch += &format!(
                "; DELETE FROM {} WHERE history = {}",
                books.table(state::TABLE),
                state::oid(history)
            );
            if histories.bookkeeping.statements.is_some() {
                let name = literal(&history.to_string());
                batch += &format!("; DELETE FROM {} WHERE history = {name}", books.table(statements::TABLE));
            }
            batch += &format!("; DROP TABLE {history}");
        }
        batch += &format!("; {}{commit}", fence.leave());
        let Err(cause) = client.batch_execute(&batch).await else { return Ok(()) };
        if !whole {
            let _ = client.batch_execute("ROLLBACK").await;
        }
        let names: Vec<String> = chains.iter().map(|chain| format!("`{}`", chain.plugin())).collect();
        let names = names.join(", ");
        if Guard::broken(&cause) == Some(Guard::Row) {
            let message =
                format!("cannot forget {names}: somebody has written to the history in the meantime");
            return Err(Error::new(Kind::Database, message).with_help("uninstall again").with_cause(cause));
        }
        Err(database(&format!("forget {names}"), cause).with_help("uninstall again to go on from here"))
    }
}

/// Refuses what would be found out only after everything has been reverted.
pub(crate) async fn require_forgettable(
    client: &Client,
    histories: &Histories,
    chains: &[&'static Chain],
) -> Result<(), Error> {
    for chain in chains {
        histories.require_none_half_applied(chain)?;
    }
    let foreign: Vec<String> = chains
        .iter()
        .filter(|chain| histories.not_owned.contains(&chain.plugin()))
        .map(|chain| chain.history().to_string())
        .collect();
    let role = histories.role();
    if !foreign.is_empty() {
        let message = format!(
            "cannot drop {}: the role {role} does not own it; nothing was run; uninstall as the owner",
            foreign.join(", ")
        );
        return Err(Error::new(Kind::Database, message));
    }
    if chains.is_empty() {
        return Ok(());
    }
    const MAY: &str = "SELECT t.name FROM (VALUES ('state'), ('statements')) AS t (name) WHERE \
         NOT pg_catalog.has_table_privilege(pg_catalog.to_regclass($1 || t.name)::pg_catalog.oid, 'DELETE')";
    let lost = |cause| database("ask what this role may do", cause);
    let mut closed = Vec::new();
    for row in client.query_typed(MAY, &[(&histories.books.table(""), Type::TEXT)]).await.map_err(lost)? {
        closed.push(histories.books.quoted(row.try_get(0).map_err(lost)?));
    }
    if closed.is_empty() {
        return Ok(());
    }
    let tables = closed.join(", ");
    let message = format!(
        "cannot remove rows from {tables}: the role {role} may not; nothing was run; as an owner run \
         `GRANT DELETE ON {tables} TO {role}`, or uninstall as the owner"
    );
    Err(Error::new(Kind::Database, message))
}

/// Refuses a name that neither the binary nor the database knows. What was uninstalled before is known to the
/// journal, and uninstalling it once more does nothing.
pub(crate) async fn require_known(
    client: &Client,
    histories: &Histories,
    (compiled, absent): (&[&'static Chain], &[&'static Chain]),
    plugin: &str,
) -> Result<(), Error> {
    let names = |chains: &[&'static Chain]| chains.iter().map(|chain| chain.plugin()).collect::<Vec<_>>();
    let (compiled, absent) = (names(compiled), names(absent));
    if compiled.contains(&plugin) || absent.contains(&plugin) {
        return Ok(());
    }
    if histories.bookkeeping.may_read_journal() {
        let knows = journal::knows(client, histories.books, plugin).await;
        if knows.map_err(|cause| database("read the journal", cause))? {
            return Ok(());
        }
    }
    Err(unknown_plugin(plugin, &compiled, Some(("database", &absent))))
}
