//! `app serve`: migrates at start-up, and tells an orchestrator how far it is.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use stairwell_cli::{
    Connected, Database, Environment, Error, Fallback, Interrupt, NoFallback, Selection, say,
};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot};

use crate::schema;

/// How long a probe waits for the database; orchestrators give up after a second or a few.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a stop waits for requests that are not answered yet; the help says so too.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Migrate the database, then serve /readyz and /healthz over HTTP.
///
/// SIGTERM or SIGINT ends it: requests that came before get up to 10 s to be answered. During the
/// migration the database server is told to stop, too, and the exit status is 1.
#[derive(Clone, Debug, clap::Args)]
pub struct Serve {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,

    #[command(flatten)]
    database: Database,

    #[command(flatten)]
    selection: Selection,
}

/// What the handlers share.
#[derive(Clone)]
struct Service {
    /// `None` if the program itself provides the database: its server lives as long as the session.
    database: Option<Database>,
    /// Empty until the migrations are applied; then `None` while there is no session that answers.
    session: Arc<OnceLock<Mutex<Option<Connected>>>>,
}

impl Serve {
    /// Which database it migrates.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Serves until SIGINT or SIGTERM, and then for at most 10 s more, for requests not answered yet.
    ///
    /// The port is open from the start, so that a liveness probe does not kill a process that is
    /// migrating; `/readyz` says 503 until every migration is applied.
    ///
    /// # Errors
    ///
    /// When the port cannot be opened, and when connecting or migrating fails or is interrupted.
    pub async fn run(self, fallback: impl Fallback) -> Result<(), Error> {
        let Serve { listen, database, selection } = self;
        let mut interrupt = Interrupt::listen();
        let migrator = selection.migrator(&schema::CHAINS)?.on_event(stairwell_cli::progress());
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Error::failed(format!("cannot listen on {listen}: {error}"))
                .with_help("choose another address with `--listen`")
        })?;
        if let Ok(address) = listener.local_addr() {
            say(&format!("listening on http://{address}"));
        }
        let is_elsewhere = database.address(&Environment::process())?.is_some();
        let service = Service { database: is_elsewhere.then(|| database.clone()), session: Arc::default() };
        let session = Arc::clone(&service.session);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router(service)).with_graceful_shutdown(async {
            // Sent or dropped, it is the end.
            drop(stopped.await);
        });
        let mut serving = std::pin::pin!(serving.into_future());
        let migrating = async {
            let mut connected = interrupt.ends(database.connect(fallback)).await??;
            let run = interrupt.cancels(connected.canceller(), migrator.up(&mut connected.client));
            match run.await {
                Ok(report) => {
                    say(stairwell_cli::summary(&report).trim_end());
                    say("ready");
                    // Nobody else sets it.
                    drop(session.set(Mutex::new(Some(connected))));
                    Ok(())
                }
                Err(error) => {
                    connected.close().await;
                    Err(error)
                }
            }
        };
        tokio::select! {
            served = &mut serving => return finished(served),
            migrated = migrating => migrated?,
        }
        // After this point a signal is the wish to end, and no failure.
        tokio::select! {
            served = &mut serving => return finished(served),
            _ = interrupt.received() => drop(stop),
        }
        match tokio::time::timeout(STOP_TIMEOUT, serving).await {
            Ok(served) => finished(served),
            Err(_) => {
                say("ended with requests that are not answered");
                Ok(())
            }
        }
    }
}

fn finished(served: std::io::Result<()>) -> Result<(), Error> {
    served.map_err(|error| Error::failed(format!("serving ended: {error}")))
}

fn router(service: Service) -> Router {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).with_state(service)
}

/// The process is alive; nothing else is looked at, so that a restart is never asked for in vain.
async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The migrations are applied and the database answers.
async fn readyz(State(service): State<Service>) -> (StatusCode, Json<Value>) {
    let status = |code, status: &str| (code, Json(json!({ "status": status })));
    let Some(session) = service.session.get() else {
        return status(StatusCode::SERVICE_UNAVAILABLE, "migrating");
    };
    match tokio::time::timeout(PROBE_TIMEOUT, probe(session, service.database.as_ref())).await {
        Ok(Some(())) => status(StatusCode::OK, "ready"),
        Ok(None) | Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

/// Whether the database answers; `None` if not.
async fn probe(session: &Mutex<Option<Connected>>, database: Option<&Database>) -> Option<()> {
    let mut session = session.lock().await;
    let Some(database) = database else {
        session.as_ref()?.client.simple_query("SELECT 1").await.ok()?;
        return Some(());
    };
    // Taken out while it is asked: a session that hangs, because its server process does or a
    // firewall forgot it, is dropped together with this future, and the next probe opens another.
    let connected = match session.take().filter(|connected| !connected.client.is_closed()) {
        Some(connected) => connected,
        None => database.connect(NoFallback).await.ok()?,
    };
    connected.client.simple_query("SELECT 1").await.ok()?;
    *session = Some(connected);
    Some(())
}
