//! One chain set, many tenants: each as if it were alone, so many at a time.
//!
//! Workers take tenants from one queue, within the future of the caller: dropping it stops all of them, each as
//! dropping a run does. What is scarce are connections, so a worker has one and keeps it as long as it can be used
//! for the next tenant, and a server that has none left is asked by fewer workers.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_postgres::Client;

use crate::fleet_queue::{Listener, Queue};
use crate::fleet_report::FleetReport;
use crate::fleet_work::{Descend, Inspect, Look, Preview, Raise, Work};
use crate::suggest::closest;
use crate::{
    ConnectError, DownReport, Error, Finding, Lock, Migration, Migrator, Rollback, Status, Target, Tenant,
    TenantEvent, UpReport,
};

/// How many tenants are worked on at once, unless told.
///
/// Each takes one of the server's connections, of which there are a hundred unless somebody said otherwise, and the
/// application goes on to need them. More migrations at once would also wait more for each other than they gain: they
/// all write the same system catalogs.
const JOBS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// Runs the commands of a [`Migrator`] for many tenants, several at a time.
///
/// Each tenant has its own histories, state, journal and lock, so one that fails stops and changes no other one, and
/// fleets that meet do not disturb each other. A run can be repeated: a tenant that is up to date takes one round
/// trip.
///
/// ```no_run
/// # use stairwell::{ChainSet, ConnectError, Fleet, Migrator, Tenant, tokio_postgres};
/// # const CHAINS: ChainSet = ChainSet::new(&[], &[]);
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let connect = |_: &Tenant| async {
///     let (client, connection) = tokio_postgres::connect("host=/run/postgresql", tokio_postgres::NoTls).await?;
///     tokio::spawn(connection);
///     Ok::<_, ConnectError>(client)
/// };
/// let tenants = ["tenant_1", "tenant_2"].map(|name| Tenant::Schema(name.to_owned()));
/// let report = Fleet::new(Migrator::new(&CHAINS), tenants).up(connect).await?;
/// for (tenant, error) in report.failures() {
///     eprintln!("{tenant}: {error}");
/// }
/// # Ok(()) }
/// ```
pub struct Fleet<'a> {
    migrator: Migrator<'a>,
    tenants: Vec<Tenant>,
    jobs: NonZeroUsize,
    canary: Option<String>,
    on_event: Arc<Listener<'a>>,
    stopped: AtomicBool,
}

impl<'a> Fleet<'a> {
    /// The tenants in the order in which they are taken, each once.
    ///
    /// `migrator` says everything about a single run but what is told of it: for that, there is
    /// [`on_event`](Fleet::on_event).
    pub fn new(migrator: Migrator<'a>, tenants: impl IntoIterator<Item = Tenant>) -> Self {
        let mut seen = HashSet::new();
        let tenants = tenants.into_iter().filter(|tenant| seen.insert(tenant.clone())).collect();
        let on_event = Arc::new(|_: &Tenant, _: &TenantEvent<'_>| {});
        Fleet { migrator, tenants, jobs: JOBS, canary: None, on_event, stopped: AtomicBool::new(false) }
    }

    /// How many tenants are worked on at once, each over one connection: four unless told.
    #[must_use]
    pub fn jobs(mut self, jobs: NonZeroUsize) -> Self {
        self.jobs = jobs;
        self
    }

    /// Which tenant is changed first, alone; no other one is touched if it fails. The first one, unless told.
    #[must_use]
    pub fn canary(mut self, name: impl Into<String>) -> Self {
        self.canary = Some(name.into());
        self
    }

    /// Reports progress to `listener`, which is called between requests to the server and should be quick.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&Tenant, &TenantEvent<'_>) + Send + Sync + 'a) -> Self {
        self.on_event = Arc::new(listener);
        self
    }

    /// The tenants, in the order in which they are taken; but the canary is the first.
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// From now on no more tenants are taken. What is being worked on comes to its end.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Applies everything that is pending, for every tenant.
    ///
    /// `connect` opens a session: for a [`Tenant::Schema`] with the database of all schemas, for a
    /// [`Tenant::Database`] with that database. The session must be one that nobody else uses.
    ///
    /// # Errors
    ///
    /// If there are no tenants, or the canary is none of them ([`Error::is_usage`]). What fails for one tenant stands
    /// in the report.
    pub async fn up<C, F>(&self, connect: C) -> Result<FleetReport<UpReport>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.up_to(connect, &[]).await
    }

    /// Like `up`, but only the chains of `targets`; see [`Migrator::up_to`].
    ///
    /// # Errors
    ///
    /// Like `up`; and what [`Migrator::check`] finds wrong with the targets.
    pub async fn up_to<C, F>(&self, connect: C, targets: &[Target]) -> Result<FleetReport<UpReport>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.migrator.check(targets)?;
        self.change(&Raise(targets), connect).await
    }

    /// Reverts migrations, for every tenant; see [`Migrator::down`].
    ///
    /// # Errors
    ///
    /// Like `up`.
    pub async fn down<C, F>(&self, connect: C, rollback: &Rollback) -> Result<FleetReport<DownReport>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.change(&Descend(rollback), connect).await
    }

    /// What every tenant holds; see [`Migrator::status`].
    ///
    /// # Errors
    ///
    /// If there are no tenants ([`Error::is_usage`]).
    pub async fn status<C, F>(&self, connect: C) -> Result<FleetReport<Status>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.look(&Look, connect).await
    }

    /// What `up_to` would apply; see [`Migrator::plan`].
    ///
    /// # Errors
    ///
    /// Like `status`; and what [`Migrator::check`] finds wrong with the targets.
    pub async fn plan<C, F>(
        &self,
        connect: C,
        targets: &[Target],
    ) -> Result<FleetReport<Vec<&'static Migration>>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.migrator.check(targets)?;
        self.look(&Preview(targets), connect).await
    }

    /// Every disagreement of every tenant's histories with what is compiled in; see [`Migrator::verify`].
    ///
    /// # Errors
    ///
    /// Like `status`.
    pub async fn verify<C, F>(&self, connect: C) -> Result<FleetReport<Vec<Finding>>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.look(&Inspect, connect).await
    }

    /// The canary, then all others.
    async fn change<W: Work, C, F>(&self, work: &W, connect: C) -> Result<FleetReport<W::Output>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.require_tenants()?;
        let canary = self.find_canary()?;
        let queue = Queue::new(&self.tenants, canary);
        queue.hire();
        let kept = self.worker(&queue, work, &connect, None, true).await;
        if queue.is_done(canary) {
            self.all_others(&queue, work, connect, kept).await;
        }
        Ok(queue.into_report())
    }

    async fn look<W: Work, C, F>(&self, work: &W, connect: C) -> Result<FleetReport<W::Output>, Error>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        self.require_tenants()?;
        let queue = Queue::new(&self.tenants, 0);
        self.all_others(&queue, work, connect, None).await;
        Ok(queue.into_report())
    }

    /// As many workers as there may be; one of them goes on with the connection that was `kept`.
    async fn all_others<W: Work, C, F>(
        &self,
        queue: &Queue<'_, W::Output>,
        work: &W,
        connect: C,
        mut kept: Option<Client>,
    ) where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        let connect = &connect;
        let count = self.jobs.get().min(queue.left());
        let mut workers = Vec::with_capacity(count);
        for _ in 0..count {
            queue.hire();
            let kept = kept.take();
            workers.push(Box::pin(self.worker(queue, work, connect, kept, false)));
        }
        std::future::poll_fn(|context| {
            workers.retain_mut(|worker| worker.as_mut().poll(context).is_pending());
            if workers.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }

    /// Takes tenants until there are none, or only one; the connection that it then has.
    async fn worker<W: Work, C, F>(
        &self,
        queue: &Queue<'_, W::Output>,
        work: &W,
        connect: &C,
        mut kept: Option<Client>,
        only_one: bool,
    ) -> Option<Client>
    where
        C: Fn(&Tenant) -> F,
        F: Future<Output = Result<Client, ConnectError>>,
    {
        while !self.stopped.load(Ordering::Relaxed) {
            let Some(job) = queue.next() else { break };
            let tenant = job.tenant();
            let client = match kept.take().filter(|client| !client.is_closed()) {
                Some(client) => client,
                None => match connect(tenant).await {
                    Ok(client) => client,
                    Err(refused) => {
                        let retries = self.migrator.options.retries;
                        match queue.refused(job, refused, retries, &*self.on_event).await {
                            true => continue,
                            // Somebody else takes the tenant, and has counted this worker out.
                            false => return None,
                        }
                    }
                },
            };
            let mut client = client;
            (self.on_event)(tenant, &TenantEvent::Begun);
            let outcome = self.work_for(tenant, work, &mut client).await;
            kept = match &outcome {
                Ok(done) if matches!(tenant, Tenant::Schema(_)) => {
                    (W::count(done) == 0 || self.tidy(&client).await).then_some(client)
                }
                // Whatever has failed, the next tenant begins in a session of its own.
                _ => None,
            };
            queue.finish(job, outcome.map(|done| (W::count(&done), done)), &*self.on_event);
            if only_one {
                break;
            }
        }
        queue.leave();
        kept
    }

    async fn work_for<W: Work>(
        &self,
        tenant: &Tenant,
        work: &W,
        client: &mut Client,
    ) -> Result<W::Output, Error> {
        let listener = &*self.on_event;
        let migrator: Migrator<'_> = self.migrator.clone();
        let migrator = migrator.on_event(move |event| listener(tenant, &TenantEvent::Progress(event)));
        let migrator = match tenant {
            Tenant::Schema(name) => migrator.tenant_schema(name)?,
            Tenant::Database(_) => migrator,
        };
        work.run(&migrator, client).await
    }

    /// Takes away what a run leaves in its session, and the next tenant should not find; whether that went well.
    ///
    /// Not by DISCARD ALL, which takes away the prepared statements that the driver believes in; and not where the
    /// session is whoever's the pooler likes.
    async fn tidy(&self, client: &Client) -> bool {
        const TIDY: &str =
            "CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD SEQUENCES";
        self.migrator.lock == Lock::Lease || client.batch_execute(TIDY).await.is_ok()
    }

    fn require_tenants(&self) -> Result<(), Error> {
        if self.tenants.is_empty() {
            Err(Error::usage("there are no tenants; nothing was run"))
        } else {
            Ok(())
        }
    }

    /// The place of the canary.
    fn find_canary(&self) -> Result<usize, Error> {
        let Some(name) = &self.canary else { return Ok(0) };
        if let Some(found) = self.tenants.iter().position(|tenant| tenant.name() == name) {
            return Ok(found);
        }
        let hint = closest(name, self.tenants.iter().map(Tenant::name));
        let hint = hint.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
        let count = self.tenants.len();
        Err(Error::usage(format!(
            "the canary `{name}` is none of the {count} tenants{hint}; nothing was run"
        )))
    }
}

impl std::fmt::Debug for Fleet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fleet")
            .field("tenants", &self.tenants.len())
            .field("jobs", &self.jobs)
            .field("canary", &self.canary)
            .finish_non_exhaustive()
    }
}
