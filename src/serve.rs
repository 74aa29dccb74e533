//! `app serve`: migrates at start-up, and tells an orchestrator how far it is.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use stairwell_cli::{Connected, Database, Error, Fallback, NoFallback, Selection};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use crate::schema;

/// How long a probe waits for the database; orchestrators give up after a second or a few.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Migrate the database, then serve /readyz and /healthz over HTTP.
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
    database: Database,
    /// Empty until the migrations are applied.
    session: Arc<OnceLock<Mutex<Connected>>>,
}

impl Serve {
    /// Serves until SIGINT or SIGTERM.
    ///
    /// The port is open from the start, so that a liveness probe does not kill a process that is
    /// migrating; `/readyz` says 503 until every migration is applied.
    ///
    /// # Errors
    ///
    /// When the port cannot be opened, and when connecting or migrating fails.
    pub async fn run(self, fallback: impl Fallback) -> Result<(), Error> {
        let Serve { listen, database, selection } = self;
        let migrator = selection.migrator(&schema::CHAINS)?.on_event(stairwell_cli::progress());
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Error::failed(format!("cannot listen on {listen}: {error}"))
                .with_help("choose another address with `--listen`")
        })?;
        if let Ok(address) = listener.local_addr() {
            say(&format!("listening on http://{address}"));
        }
        let service = Service { database: database.clone(), session: Arc::default() };
        let session = Arc::clone(&service.session);
        let serving = axum::serve(listener, router(service)).with_graceful_shutdown(terminated());
        let migrating = async {
            let mut connected = database.connect(fallback).await?;
            let report = migrator.up(&mut connected.client).await?;
            say(stairwell_cli::summary(&report).trim_end());
            say("ready");
            // Nobody else sets it.
            drop(session.set(Mutex::new(connected)));
            Ok::<(), Error>(())
        };
        let mut serving = std::pin::pin!(serving.into_future());
        tokio::select! {
            served = &mut serving => return finished(served),
            migrated = migrating => migrated?,
        }
        finished(serving.await)
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
    let probe = async {
        let mut connected = session.lock().await;
        if connected.client.is_closed() {
            // The server was restarted, or the network broke; the embedded one cannot come back.
            *connected = service.database.connect(NoFallback).await.ok()?;
        }
        connected.client.simple_query("SELECT 1").await.ok()
    };
    match tokio::time::timeout(PROBE_TIMEOUT, probe).await {
        Ok(Some(_)) => status(StatusCode::OK, "ready"),
        Ok(None) | Err(_) => status(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

/// Waits for SIGINT or SIGTERM.
async fn terminated() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}

/// Progress goes to stderr; stdout is for results, and a server has none.
#[expect(clippy::print_stderr, reason = "this is the channel for progress")]
fn say(text: &str) {
    eprintln!("{text}");
}
