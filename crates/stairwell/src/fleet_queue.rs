//! The tenants that are still to be taken, and what became of the others.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::attempt::pause;
use crate::fleet_report::{FleetReport, Outcome, TenantReport};
use crate::{ConnectError, Error, Tenant, TenantEvent};

/// What is told of progress.
pub(crate) type Listener<'l> = dyn Fn(&Tenant, &TenantEvent<'_>) + Send + Sync + 'l;

/// Shared by the workers of one run. They run in one task, and nothing is locked while one of them waits.
pub(crate) struct Queue<'q, T> {
    tenants: &'q [Tenant],
    state: Mutex<State<T>>,
}

struct State<T> {
    /// The place of each tenant that is still to be taken, and how often there was no connection for it.
    open: VecDeque<(usize, u32)>,
    outcomes: Vec<Option<(Outcome<T>, Duration)>>,
    workers: usize,
}

/// A tenant that a worker has taken.
pub(crate) struct Job<'q> {
    tenant: &'q Tenant,
    index: usize,
    refusals: u32,
    begun: Instant,
}

impl<'q> Job<'q> {
    pub(crate) fn tenant(&self) -> &'q Tenant {
        self.tenant
    }
}

impl<'q, T> Queue<'q, T> {
    /// All of `tenants`; this one first.
    pub(crate) fn new(tenants: &'q [Tenant], first: usize) -> Self {
        let others = (0..tenants.len()).filter(|index| *index != first);
        let open = std::iter::once(first).chain(others).map(|index| (index, 0)).collect();
        let outcomes = tenants.iter().map(|_| None).collect();
        Queue { tenants, state: Mutex::new(State { open, outcomes, workers: 0 }) }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn left(&self) -> usize {
        self.state().open.len()
    }

    pub(crate) fn next(&self) -> Option<Job<'q>> {
        let (index, refusals) = self.state().open.pop_front()?;
        let tenant = self.tenants.get(index)?;
        Some(Job { tenant, index, refusals, begun: Instant::now() })
    }

    /// One more worker.
    pub(crate) fn hire(&self) {
        self.state().workers += 1;
    }

    /// A worker that has nothing left to do.
    pub(crate) fn leave(&self) {
        self.state().workers -= 1;
    }

    /// Whether this tenant was done.
    pub(crate) fn is_done(&self, index: usize) -> bool {
        matches!(self.state().outcomes.get(index), Some(Some((Outcome::Done(_), _))))
    }

    /// What to do without a connection; whether the worker goes on.
    ///
    /// If the server has none left, a worker makes do without, as long as there are others; the last one waits. It
    /// is no use to go on with as many: those connections belong to somebody else, who needs them.
    pub(crate) async fn refused(
        &self,
        job: Job<'q>,
        refused: ConnectError,
        retries: u32,
        on_event: &Listener<'_>,
    ) -> bool {
        let refusals = job.refusals + 1;
        if !refused.is_full() || refusals > retries {
            self.finish(job, Err(refused.into()), on_event);
            return true;
        }
        let left = {
            let mut state = self.state();
            state.open.push_front((job.index, refusals));
            let others = state.workers - 1;
            if others > 0 {
                state.workers = others;
            }
            others
        };
        on_event(job.tenant, &TenantEvent::NoConnection { jobs: left.max(1), reason: &refused });
        if left > 0 {
            return false;
        }
        sleep(pause(refusals)).await;
        true
    }

    /// What became of a tenant; of one that was done, how many migrations were applied or reverted too.
    pub(crate) fn finish(&self, job: Job<'q>, outcome: Result<(usize, T), Error>, on_event: &Listener<'_>) {
        let duration = job.begun.elapsed();
        let outcome = match outcome {
            Ok((migrations, done)) => {
                on_event(job.tenant, &TenantEvent::Done { migrations, duration });
                Outcome::Done(done)
            }
            Err(error) => {
                on_event(job.tenant, &TenantEvent::Failed { error: &error, duration });
                Outcome::Failed(error)
            }
        };
        if let Some(place) = self.state().outcomes.get_mut(job.index) {
            *place = Some((outcome, duration));
        }
    }

    pub(crate) fn into_report(self) -> FleetReport<T> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let reports = self.tenants.iter().zip(state.outcomes).map(|(tenant, outcome)| {
            let (outcome, duration) = outcome.unwrap_or((Outcome::NotTried, Duration::ZERO));
            TenantReport { tenant: tenant.clone(), outcome, duration }
        });
        FleetReport { tenants: reports.collect() }
    }
}
