//! SIGINT and SIGTERM: the server stops too, not only this process.
//!
//! A process that just dies leaves its session behind: the server notices when it next writes to the
//! connection, which for a long statement is after its end, and the session keeps the lock until then.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::connect::Canceller;
use crate::error::Error;
use crate::output;

/// How long a run may take to end after the server was asked to stop its statement.
const GRACE: Duration = Duration::from_secs(2);
/// How long one such request may take.
const REQUEST: Duration = Duration::from_secs(1);
/// Between two requests: the first may arrive between two statements.
const PAUSE: Duration = Duration::from_millis(200);

/// Listens for SIGINT and SIGTERM, which from then on do not end the process by themselves.
///
/// ```no_run
/// # use stairwell_cli::{Database, Error, Interrupt, NoFallback};
/// # async fn migrate(migrator: stairwell::Migrator<'_>, database: Database) -> Result<(), Error> {
/// let mut interrupt = Interrupt::listen();
/// let mut connected = interrupt.ends(database.connect(NoFallback)).await??;
/// let report = interrupt.cancels(connected.canceller(), migrator.up(&mut connected.client)).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Interrupt {
    signals: Signals,
    received: Option<&'static str>,
}

impl Interrupt {
    /// Begins to listen.
    pub fn listen() -> Self {
        Interrupt { signals: Signals::listen(), received: None }
    }

    /// Waits for the first signal and returns its name; after that, returns it at once.
    pub async fn received(&mut self) -> &'static str {
        match self.received {
            Some(name) => name,
            None => *self.received.insert(self.signals.next().await),
        }
    }

    /// Runs `work` to its end; on a signal drops it, and returns an error.
    pub async fn ends<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            result = work => Ok(result),
            signal = self.received() => Err(Error::failed(format!("interrupted by {signal}"))),
        }
    }

    /// Runs `work` on a session to its end; on a signal has the server cancel what the session does.
    ///
    /// A run of a [`Migrator`](stairwell::Migrator) then rolls back its step, releases the lock and says
    /// what it has applied. If it does not end within two seconds it is dropped, which does the same
    /// without a word. A run that was just about to succeed may still do so.
    pub async fn cancels<T, E: Into<Error>>(
        &mut self,
        canceller: Canceller,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        // In a box, so that it can be dropped before the last request.
        let mut work = Box::pin(work);
        let signal = tokio::select! {
            result = &mut work => return result.map_err(Into::into),
            signal = self.received() => signal,
        };
        output::say(&format!("{signal}: the server is asked to stop"));
        let is_heard = AtomicBool::new(false);
        let result = tokio::select! {
            result = &mut work => Some(result),
            // At once where nothing can be cancelled.
            () = cancel(&canceller, &is_heard) => None,
        };
        // After this point nothing waits for the run: if it has not ended, it is dropped.
        match result {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => Err(error.into().interrupted(signal)),
            None => {
                // The server warns of the ROLLBACK and the unlocking that this sends to make sure.
                canceller.silence();
                drop(work);
                ask(&canceller, &is_heard).await;
                let error = Error::failed(format!("interrupted by {signal}")).with_help(
                    "what was not committed is rolled back, at the latest when the statement that runs ends; \
                     `migrate status` shows what is applied",
                );
                Err(match is_heard.load(Ordering::Relaxed) || !canceller.is_able() {
                    true => error,
                    false => error.with_help("the server could not be reached to make it stop at once"),
                })
            }
        }
    }
}

/// Asks the server to stop the session's statement, again and again for as long as a run has to end.
async fn cancel(canceller: &Canceller, is_heard: &AtomicBool) {
    if !canceller.is_able() {
        return;
    }
    let requests = async {
        loop {
            ask(canceller, is_heard).await;
            sleep(PAUSE).await;
        }
    };
    // There is no other way out of the loop.
    let _: Result<(), _> = timeout(GRACE, requests).await;
}

async fn ask(canceller: &Canceller, is_heard: &AtomicBool) {
    if let Ok(true) = timeout(REQUEST, canceller.cancel()).await {
        is_heard.store(true, Ordering::Relaxed);
    }
}

#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    /// `None` if the signal cannot be listened for; it then ends the process as ever.
    interrupt: Option<tokio::signal::unix::Signal>,
    terminate: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Signals {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) -> &'static str {
        async fn one(signal: &mut Option<tokio::signal::unix::Signal>) {
            let received = match signal {
                Some(signal) => signal.recv().await,
                None => None,
            };
            if received.is_none() {
                std::future::pending().await
            }
        }
        tokio::select! {
            () = one(&mut self.interrupt) => "SIGINT",
            () = one(&mut self.terminate) => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Signals
    }

    async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}
