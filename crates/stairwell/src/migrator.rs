//! The commands.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Client;

use crate::history;
use crate::locking::LEASE_TIME;
use crate::options::Options;
use crate::plan::Plan;
use crate::run::up_to_date;
use crate::selection::{Selected, Selection};
use crate::{
    Chain, ChainSet, ChainStatus, Error, Event, Lock, Migration, Status, Target, Timeouts, UpReport, Version,
};

/// Applies the migrations of a [`ChainSet`] to a database.
///
/// It holds no state: the same migrator serves any number of databases, one after the other or at once.
/// Its futures need a tokio runtime with time enabled.
///
/// ```no_run
/// # use stairwell::{ChainSet, Event, Migrator, tokio_postgres::Client};
/// # const CHAINS: ChainSet = ChainSet::new(&[], &[]);
/// # async fn start(client: &mut Client) -> Result<(), stairwell::Error> {
/// let migrator = Migrator::new(&CHAINS).enable(["printers"])?.on_event(|event| {
///     if let Event::Applied { migration, duration, .. } = event {
///         eprintln!("applied {migration} in {duration:?}");
///     }
/// });
/// let report = migrator.up(client).await?;
/// assert!(migrator.up(client).await?.is_up_to_date());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Migrator<'a> {
    pub(crate) chains: &'a ChainSet,
    pub(crate) enabled: Selection,
    pub(crate) lock: Lock,
    pub(crate) lock_wait: Duration,
    pub(crate) lease_time: Duration,
    pub(crate) options: Options,
    pub(crate) on_event: Arc<dyn Fn(&Event<'_>) + Send + Sync + 'a>,
}

impl<'a> Migrator<'a> {
    /// A migrator for all of `chains`, which waits up to five minutes for the lock.
    pub fn new(chains: &'a ChainSet) -> Self {
        Migrator {
            chains,
            enabled: Selection::all(chains),
            lock: Lock::default(),
            lock_wait: Duration::from_secs(5 * 60),
            lease_time: LEASE_TIME,
            options: Options::default(),
            on_event: Arc::new(|_| {}),
        }
    }

    /// Limits every command to core, these plugins and what they require: transitively, whole chains.
    ///
    /// # Errors
    ///
    /// If a plugin is not compiled in; see [`Error::is_usage`].
    pub fn enable<S: AsRef<str>>(mut self, plugins: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let plugins: Vec<S> = plugins.into_iter().collect();
        self.enabled = Selection::of_plugins(self.chains, plugins.iter().map(AsRef::as_ref))?;
        Ok(self)
    }

    /// The chains that commands of this migrator include, in the order of the chain set.
    pub fn chains(&self) -> Vec<&'static Chain> {
        self.enabled.included()
    }

    /// How long `up` waits for the lock before it gives up: five minutes unless told. Zero tries once.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// What the journal calls the application.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.options.application.name = Some(name.into());
        self
    }

    /// What the journal says is the version of the application: `env!("CARGO_PKG_VERSION")`.
    #[must_use]
    pub fn application_version(mut self, version: impl Into<String>) -> Self {
        self.options.application.version = Some(version.into());
        self
    }

    /// Limits for the statements of all steps; [`Timeouts::new`] says what they are unless told.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.options.limits.general = timeouts;
        self
    }

    /// Limits for the statements of one migration. What they leave open is as for all.
    #[must_use]
    pub fn timeouts_of(mut self, plugin: impl Into<String>, version: Version, timeouts: Timeouts) -> Self {
        self.options.limits.of.insert((plugin.into(), version), timeouts);
        self
    }

    /// How often a step is tried again that waited too long for a lock (SQLSTATE 55P03), was in a deadlock
    /// (40P01) or could not be serialized (40001): five times unless told, after a pause of 250 ms and then
    /// twice as long each time, up to 8 s.
    ///
    /// Only what was rolled back whole is tried again: SQL steps with a transaction, and runs that are a
    /// [`single_transaction`](Migrator::single_transaction). A Rust step may have done something elsewhere.
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.options.retries = count;
        self
    }

    /// Applies all that is pending in one transaction: all of it, or nothing.
    ///
    /// A migration under `-- stairwell: no-transaction` cannot take part, and stops the run before its first
    /// step. All locks that steps take are kept until the last one is done.
    #[must_use]
    pub fn single_transaction(mut self, single: bool) -> Self {
        self.options.single_transaction = single;
        self
    }

    /// Goes on when a migration fails, with the chains that do not depend on it.
    ///
    /// What does depend on it is skipped ([`Event::Skipped`]). The run fails in the end, with all failures
    /// ([`Error::others`]) and the names of what was skipped. What costs the session or its lock still ends it
    /// at once.
    #[must_use]
    pub fn keep_going(mut self, keep_going: bool) -> Self {
        self.options.keep_going = keep_going;
        self
    }

    /// Reports progress to `listener`, which is called between requests to the server and should be quick.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&Event<'_>) + Send + Sync + 'a) -> Self {
        self.on_event = Arc::new(listener);
        self
    }

    /// Applies everything that is pending, in plan order. On an up-to-date database it writes nothing, and
    /// takes one round trip.
    ///
    /// Each step commits together with its history row, so a run that failed is continued by the next one.
    /// One run at a time changes a database; a second one waits until the first is done, and then finds
    /// what that one left. Dropping the future stops the run: as soon as the server notices, the step that is
    /// running is rolled back (unless it is being committed already) and the lock released.
    ///
    /// # Errors
    ///
    /// If another run keeps the lock for too long ([`Error::is_lock_timeout`]), a history disagrees with what
    /// is compiled in ([`Error::is_history`]; nothing is run then), a step fails ([`Error::migration`],
    /// [`Error::position`]; what was applied before stays, see [`Error::applied`]), or the server refuses
    /// something else ([`Error::code`]).
    pub async fn up(&self, client: &mut Client) -> Result<UpReport, Error> {
        self.up_to(client, &[]).await
    }

    /// Like `up`, but only the chains of `targets`, each up to its version, and the migrations they require.
    ///
    /// Without targets it is the same as `up`. A target below what has been applied leaves nothing to do, and
    /// [`ChainReport::beyond`](crate::ChainReport::beyond) says so.
    ///
    /// # Errors
    ///
    /// Like `up`; and what [`check`](Migrator::check) finds wrong with the targets ([`Error::is_usage`]).
    pub async fn up_to(&self, client: &mut Client, targets: &[Target]) -> Result<UpReport, Error> {
        let selection = self.selection(targets)?;
        self.run_up(client, &selection).await
    }

    /// Whether everything has been applied, so that `up` would do nothing. Reads only, and takes no lock.
    ///
    /// One round trip if it is so, however many migrations there are: `stairwell.state` tells. If that does not
    /// prove it, the histories are read.
    ///
    /// # Errors
    ///
    /// Like [`plan`](Migrator::plan).
    pub async fn is_up_to_date(&self, client: &mut Client) -> Result<bool, Error> {
        if up_to_date(client, &self.enabled).await?.is_some() {
            return Ok(true);
        }
        Ok(self.plan(client, &[]).await?.is_empty())
    }

    /// Whether `targets` can be meant: plugins and versions that are compiled in and enabled, each named once.
    ///
    /// Needs no connection; `up_to` and `plan` begin with it.
    ///
    /// # Errors
    ///
    /// If a target is not compiled in, not enabled or contradicts another ([`Error::is_usage`]).
    pub fn check(&self, targets: &[Target]) -> Result<(), Error> {
        self.selection(targets).map(drop)
    }

    /// What `up_to` would apply, in order; without targets, what `up` would. Reads only, and takes no lock.
    ///
    /// # Errors
    ///
    /// Like `up_to`, as far as it can tell without running anything.
    pub async fn plan(
        &self,
        client: &mut Client,
        targets: &[Target],
    ) -> Result<Vec<&'static Migration>, Error> {
        let selection = self.selection(targets)?;
        let histories = history::read(client, &selection.included()).await?;
        Ok(Plan::new(self.chains, &selection, &histories)?.pending)
    }

    /// What the database holds, compared with every chain that is compiled in. Reads only, and takes no lock.
    ///
    /// # Errors
    ///
    /// If a history cannot be read. One that disagrees with what is compiled in is no error here.
    pub async fn status(&self, client: &mut Client) -> Result<Status, Error> {
        let chains: Vec<&'static Chain> = self.chains.chains().iter().collect();
        let mut histories = history::read(client, &chains).await?;
        let compare = |selected: &Selected| {
            let half_applied = histories.halves_of(selected.chain);
            let rows = histories.rows.remove(selected.chain.plugin()).unwrap_or_default();
            let status = ChainStatus::compare(selected.chain, selected.included, rows);
            ChainStatus { half_applied, ..status }
        };
        let statuses = self.enabled.chains().iter().map(compare).collect();
        let books = histories.books;
        let ours = |chain: &&Chain| chain.history().schema() == books.schema();
        let name = |chain: &&'static Chain| chain.history().name().strip_prefix(books.prefix());
        let known: HashSet<&str> =
            chains.iter().copied().filter(ours).filter_map(|chain| name(&chain)).collect();
        let unknown_plugins =
            histories.own.into_iter().filter(|name| !known.contains(name.as_str())).collect();
        Ok(Status { chains: statuses, unknown_plugins })
    }

    /// What `targets` leave of the enabled chains.
    fn selection(&self, targets: &[Target]) -> Result<Cow<'_, Selection>, Error> {
        match targets {
            [] => Ok(Cow::Borrowed(&self.enabled)),
            targets => self.enabled.narrowed(self.chains, targets).map(Cow::Owned),
        }
    }
}

impl fmt::Debug for Migrator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let enabled: Vec<&str> = self.enabled.included().iter().map(|chain| chain.plugin()).collect();
        f.debug_struct("Migrator")
            .field("enabled", &enabled)
            .field("lock_wait", &self.lock_wait)
            .finish_non_exhaustive()
    }
}
