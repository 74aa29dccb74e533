//! A run up: what happens before the lock, and what under it.

use tokio::time::sleep;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::attempt::pause;
use crate::books::Books;
use crate::error::Error;
use crate::explain::database;
use crate::fingerprint::Fingerprint;
use crate::lock::{Lock, Turn};
use crate::plan::Plan;
use crate::prepare::{self, Prepared};
use crate::selection::Selection;
use crate::session::Session;
use crate::{Applied, ChainReport, Event, Migrator, UpReport, history, journal, state};

impl Migrator<'_> {
    /// Applies what is pending of `selection`.
    pub(crate) async fn run_up(&self, client: &mut Client, selection: &Selection) -> Result<UpReport, Error> {
        if let Some(chains) = up_to_date(client, selection).await? {
            return Ok(self.nothing_to_do(chains));
        }
        let mut lock = match self.take_lock(client, Some(selection)).await? {
            Turn::Ours(lock) => lock,
            Turn::Over(chains) => return Ok(self.nothing_to_do(chains)),
        };
        // The history is read under the lock only: before, another run may still be writing it.
        let outcome = self.under_lock(&mut lock, selection).await;
        match outcome {
            Ok((report, applied)) => match lock.release().await {
                Ok(()) => Ok(report),
                Err(lost) => Err(lost.with_applied(applied)),
            },
            Err(failed) => {
                let failed = lock.release_after::<UpReport>(Err(failed)).await;
                match failed {
                    Err(failed) => Err(with_lost_row(client, self.books(), failed).await),
                    done => done,
                }
            }
        }
    }

    fn nothing_to_do(&self, chains: Vec<ChainReport>) -> UpReport {
        for ChainReport { plugin, already, .. } in &chains {
            (self.on_event)(&Event::UpToDate { plugin, already: *already });
        }
        UpReport { chains }
    }

    async fn under_lock(
        &self,
        lock: &mut Lock<'_>,
        selection: &Selection,
    ) -> Result<(UpReport, Vec<Applied>), Error> {
        let mut histories = history::read(lock.client(), &selection.included()).await?;
        let mut plan = Plan::new(self.chains, selection, &histories)?;
        for (chain, already) in plan.up_to_date() {
            (self.on_event)(&Event::UpToDate { plugin: chain.plugin(), already });
        }
        if plan.pending.is_empty() {
            return Ok((plan.report(&[]), Vec::new()));
        }
        self.options.require_runnable(&plan)?;
        let outside =
            |migration: &&&'static crate::Migration| matches!(migration.up(), crate::Step::Statements { .. });
        self.require_search_path(plan.pending.iter().find(outside))?;
        histories.require_writable(&plan.pending_chains())?;
        let fence = lock.fence();
        histories.forget_stale(lock.client(), &fence, &plan.pending_chains()).await?;
        if prepare::create(lock.client(), &fence, &plan.unrecorded(), plan.recorded(), &histories).await?
            == Prepared::ReadAgain
        {
            histories = history::read(lock.client(), &selection.included()).await?;
            plan = Plan::new(self.chains, selection, &histories)?;
        }
        prepare::seal(lock.client(), &fence, plan.recorded(), &histories).await?;
        let mut failures = 0;
        loop {
            let mut session = Session::begin(lock, &plan, &histories, &self.options, &*self.on_event).await?;
            let outcome = session.apply(&plan).await;
            let transient = session.was_transient();
            let (applied, outcome) = session.end(outcome).await;
            match outcome {
                Ok(()) => return Ok((plan.report(&applied), applied)),
                Err(failed) if failures == self.options.retries => return Err(failed.with_applied(applied)),
                // A run that is one transaction was rolled back whole, and so can begin again.
                Err(_) if self.options.single_transaction && transient => {
                    failures += 1;
                    sleep(pause(failures)).await;
                }
                Err(failed) => return Err(failed.with_applied(applied)),
            }
        }
    }
}

/// With a word about a row that somebody has removed from the history: what fails because everything is there
/// already was applied before, if the journal says so.
async fn with_lost_row(client: &Client, books: Books, failed: Error) -> Error {
    const THERE: [SqlState; 6] = [
        SqlState::DUPLICATE_TABLE,
        SqlState::DUPLICATE_COLUMN,
        SqlState::DUPLICATE_OBJECT,
        SqlState::DUPLICATE_SCHEMA,
        SqlState::DUPLICATE_FUNCTION,
        SqlState::UNIQUE_VIOLATION,
    ];
    let Some(migration) = failed.migration() else { return failed };
    if !failed.code().is_some_and(|code| THERE.contains(code)) {
        return failed;
    }
    // Who has no journal, or may not read it, is told nothing more.
    match journal::applied(client, books, migration.plugin(), migration.version()).await {
        Ok(Some(when)) => failed.with_help(format!(
            "the journal says that it was applied on {when}, and nothing has reverted it since; if its row was removed \
             from the history, `migrate mark {}@{}` puts it back",
            migration.plugin(),
            migration.version()
        )),
        _ => failed,
    }
}

/// What there is to report of `selection`, if the state alone proves that nothing of it is pending.
///
/// Proved is that each history holds a beginning of its chain, unchanged, which is long enough.
pub(crate) async fn up_to_date(
    client: &Client,
    selection: &Selection,
) -> Result<Option<Vec<ChainReport>>, Error> {
    let chains = selection.included();
    let empty = |chain: &&&_| crate::Chain::migrations(chain).is_empty();
    let absent: Vec<_> = chains.iter().filter(empty).map(|chain| chain.history()).collect();
    let books = Books::of(chains.iter().copied());
    let sealed =
        state::sealed(client, books, &absent).await.map_err(|cause| database("read the state", cause))?;
    let mut reports = Vec::new();
    for chain in chains {
        let last = selection.last(chain);
        let wanted = chain.migrations().partition_point(|migration| Some(migration.version()) <= last);
        let held = Fingerprint::beginnings(chain)
            .enumerate()
            .skip(wanted)
            .find(|(_, fingerprint)| sealed.contains(&fingerprint.to_string()));
        let already = match held {
            Some((already, _)) => already,
            None if chain.migrations().is_empty() && !sealed.is_empty() => 0,
            None => return Ok(None),
        };
        let newest = already.checked_sub(1).and_then(|index| chain.migrations().get(index));
        let beyond = newest.map(crate::Migration::version).filter(|_| already > wanted);
        // Without a version that is wanted, there is none to be beyond.
        let beyond = beyond.filter(|_| last.is_some());
        reports.push(ChainReport { plugin: chain.plugin(), applied: Vec::new(), already, beyond });
    }
    // Without a state nothing is proved, and without a chain there is nothing that it could prove.
    Ok((!sealed.is_empty()).then_some(reports))
}
