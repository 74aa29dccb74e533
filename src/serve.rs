//! `app serve`: migrates at start-up, or sees to it that it was done, tells an orchestrator how far it is, and shows rows.

mod readiness;
mod session;

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};
use stairwell::Row;
use stairwell::tokio_postgres::error::SqlState;
use stairwell_cli::{Database, Environment, Error, Fallback, Interrupt, OnStart, Selection, say};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use self::readiness::Readiness;
use self::session::{Failure, Session};
use crate::model::{Computer, Printer};
use crate::schema;

/// How long a stop waits for requests that are not answered yet; the help says so too.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Migrate the database, then serve /readyz, /healthz, /computers and /printers over HTTP.
///
/// With `--on-start`, it waits until another process has migrated, or only checks, or does not look.
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

    #[command(flatten)]
    on_start: OnStart,
}

impl Serve {
    /// Which database it serves from.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Serves until SIGINT or SIGTERM, and then for at most 10 s more, for requests not answered yet.
    ///
    /// The port is open from the start, so that a liveness probe does not kill a process that is
    /// migrating; until the start is over, `/readyz` says 503, what is pending and what it waits for.
    ///
    /// # Errors
    ///
    /// When the port cannot be opened, when connecting or migrating fails or is interrupted, and when the options
    /// for the start do not let it serve from such a database.
    pub async fn run(self, fallback: impl Fallback) -> Result<(), Error> {
        let Serve { listen, database, selection, on_start } = self;
        let mut interrupt = Interrupt::listen();
        let readiness = Readiness::new(on_start.startup()?);
        let (observer, progress) = (readiness.clone(), stairwell_cli::progress());
        let migrator = selection.migrator(&schema::CHAINS)?.application_version(env!("CARGO_PKG_VERSION"));
        let migrator = migrator.on_event(move |event| {
            observer.observe(event);
            progress(event);
        });
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Error::failed(format!("cannot listen on {listen}: {error}"))
                .with_help("choose another address with `--listen`")
        })?;
        if let Ok(address) = listener.local_addr() {
            say(&format!("listening on http://{address}"));
        }
        let is_elsewhere = database.address(&Environment::process())?.is_some();
        let session = Session::new(is_elsewhere.then(|| database.clone()), readiness);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router(session.clone())).with_graceful_shutdown(async {
            // Sent or dropped, it is the end.
            drop(stopped.await);
        });
        let mut serving = std::pin::pin!(serving.into_future());
        let starting = async {
            let (connected, report) = on_start.run(&database, fallback, &migrator, &mut interrupt).await?;
            say("ready");
            session.open(connected, &report.newer);
            Ok::<_, Error>(())
        };
        tokio::select! {
            served = &mut serving => return finished(served),
            started = starting => started?,
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

fn router(session: Session) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/computers", get(list::<Computer>))
        .route("/printers", get(list::<Printer>))
        .with_state(session)
}

/// The process is alive; nothing else is looked at, so that a restart is never asked for in vain.
async fn healthz() -> Json<Value> {
    status("ok")
}

/// The start is over and the database answers; if not, what is pending and what is waited for.
async fn readyz(State(session): State<Session>) -> Response {
    let before = session.readiness.stage();
    match session.query("SELECT 1").await {
        Ok(_) => Json(session.readiness.stage()).into_response(),
        Err(Failure::Starting) => (StatusCode::SERVICE_UNAVAILABLE, Json(before)).into_response(),
        Err(failure) => refusal(&session, &failure).into_response(),
    }
}

/// All rows of a table, ordered by the first field.
async fn list<R: Row + Serialize>(State(session): State<Session>) -> (StatusCode, Json<Value>) {
    let rows = match session.query(&format!("{} ORDER BY 1", R::SELECT)).await {
        Ok(rows) => rows,
        Err(failure) => return refusal(&session, &failure),
    };
    match rows.iter().map(R::from_row).collect::<Result<Vec<R>, _>>() {
        Ok(rows) => (StatusCode::OK, Json(json!(rows))),
        // The build has compared struct and table, so the database is not the one that was migrated.
        Err(error) => refusal(&session, &Failure::Refused(error)),
    }
}

fn status(status: &str) -> Json<Value> {
    Json(json!({ "status": status }))
}

fn refusal(session: &Session, failure: &Failure) -> (StatusCode, Json<Value>) {
    match failure {
        Failure::Starting => (StatusCode::SERVICE_UNAVAILABLE, status(session.readiness.stage().status)),
        Failure::NoAnswer => (StatusCode::SERVICE_UNAVAILABLE, status("the database does not answer")),
        Failure::Refused(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
            (StatusCode::NOT_FOUND, status("the plugin is not enabled here"))
        }
        Failure::Refused(error) => {
            // Who asks over HTTP need not know how the database looks.
            say(&format!("error: a request failed: {error}"));
            (StatusCode::INTERNAL_SERVER_ERROR, status("the database refused the query"))
        }
    }
}
