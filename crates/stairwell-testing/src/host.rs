//! The server that tests have their databases on.

use std::{
    io,
    path::Path,
    sync::OnceLock,
    time::{Duration, Instant},
};

use stairwell_server::SharedServer;
use tokio_postgres::{Client, Config, Error, NoTls, config::SslMode, error::SqlState};

use crate::{Failure, process::DAY};

/// The environment variable with the address of a server that is there already.
const VARIABLE: &str = "STAIRWELL_TEST_DATABASE_URL";

/// For so long a test waits for a connection of a server that has none left.
///
/// Many test processes come at once, and each needs one only for moments, beside those that it keeps.
const PATIENCE: Duration = Duration::from_secs(60);

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// One of two: started from installed binaries and shared with other processes, or named by the user.
pub(crate) enum Host {
    Shared(SharedServer),
    Named { config: Box<Config>, address: String },
}

/// How much of something is left on a server: so many, and none that nobody has used for so long.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) most: usize,
    pub(crate) age: Duration,
}

pub(crate) struct Limits {
    /// Databases that are kept to be looked at.
    pub(crate) kept: Limit,
    pub(crate) templates: Limit,
}

impl Host {
    /// The one of this process.
    pub(crate) fn get() -> Result<&'static Host, Failure> {
        static HOST: OnceLock<Result<Host, Failure>> = OnceLock::new();
        HOST.get_or_init(Host::find).as_ref().map_err(Clone::clone)
    }

    fn find() -> Result<Host, Failure> {
        let Some(address) = std::env::var(VARIABLE).ok().filter(|address| !address.is_empty()) else {
            let server = SharedServer::join().map_err(|failure| {
                Failure::new(failure).with_help(
                    "or put the address of a server into STAIRWELL_TEST_DATABASE_URL; the role needs CREATEDB",
                )
            })?;
            return Ok(Host::Shared(server));
        };
        // The address may have a password in it, so that only the reason is shown.
        let config = address
            .parse()
            .map_err(|error| Failure::new(format!("{VARIABLE} is not the address of a database: {error}")))?;
        Ok(Host::Named { config: Box::new(config), address })
    }

    /// How to connect to the database from which others are created.
    pub(crate) fn maintenance(&self) -> Config {
        let mut config = match self {
            Host::Shared(server) => server.config("postgres"),
            Host::Named { config, .. } => Config::clone(config),
        };
        if config.get_application_name().is_none() {
            // For whoever looks at the server's sessions, or waits for one of ours.
            config.application_name(format!("stairwell-testing, process {}", std::process::id()));
        }
        config
    }

    pub(crate) fn config(&self, database: &str) -> Config {
        match self {
            Host::Shared(server) => server.config(database),
            Host::Named { config, .. } => {
                let mut config = Config::clone(config);
                config.dbname(database);
                config
            }
        }
    }

    pub(crate) fn url(&self, database: &str) -> String {
        match self {
            Host::Shared(server) => server.url(database),
            Host::Named { address, .. } => with_database(address, database),
        }
    }

    /// What databases are copied with: files are quicker than the log, where only tests use the server.
    pub(crate) fn strategy(&self) -> &'static str {
        match self {
            Host::Shared(server) if server.version() >= 15 => " STRATEGY file_copy",
            _ => "",
        }
    }

    /// What may outlive its process here.
    ///
    /// A server that was started for tests has its files in memory, and lives on while tests run one after the other:
    /// a database takes 8 to 10 MB, a mutation test fails thousands of checks, and every build of a test has templates
    /// of its own. Nobody looks at more than the newest.
    pub(crate) fn limits(&self) -> Limits {
        let limit = |most, age| Limit { most, age };
        match self {
            Host::Shared(_) => Limits { kept: limit(20, DAY / 48), templates: limit(100, DAY / 24) },
            // Several people's, on a disk.
            Host::Named { .. } => Limits { kept: limit(100, DAY), templates: limit(500, DAY) },
        }
    }

    /// The folder of a server that was started for tests, which goes with the server.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Host::Shared(server) => Some(server.folder()),
            Host::Named { .. } => None,
        }
    }

    /// Called when a database is left to be looked at.
    pub(crate) fn keep(&self) {
        if let Host::Shared(server) = self {
            server.keep();
        }
    }
}

/// Opens a session. It ends when the client is dropped.
pub(crate) async fn connect(config: &Config) -> Result<Client, Failure> {
    connect_within(config, PATIENCE).await
}

async fn connect_within(config: &Config, patience: Duration) -> Result<Client, Failure> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match config.connect(NoTls).await {
            Ok((client, connection)) => {
                // What it fails with reaches the client's caller.
                tokio::spawn(connection);
                return Ok(client);
            }
            Err(error) => error,
        };
        if !is_busy(&error) || begun.elapsed() + pause > patience {
            let database = config.get_dbname().unwrap_or_default();
            let failure =
                Failure::new(format!("cannot connect to the database `{database}`: {}", chain(&error)));
            return Err(match is_busy(&error) {
                true => failure
                    .with_note(format!("it was tried again for {} s", patience.as_secs()))
                    .with_help("raise max_connections of the server, or run fewer tests at once"),
                false if matches!(Host::get(), Ok(Host::Named { .. })) => {
                    let failure = failure.with_note(format!("its address is that in {VARIABLE}"));
                    match config.get_ssl_mode() {
                        SslMode::Disable | SslMode::Prefer => failure,
                        _ => failure.with_help("the kit connects without TLS: leave out `sslmode`"),
                    }
                }
                false => failure,
            });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether it is worth trying again: the server has too many clients at this moment, or is not up yet.
fn is_busy(error: &Error) -> bool {
    let refused = error
        .code()
        .is_some_and(|code| [&SqlState::TOO_MANY_CONNECTIONS, &SqlState::CANNOT_CONNECT_NOW].contains(&code));
    // A socket whose queue is full does not wait.
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    refused || source.is_some_and(|source| source.kind() == io::ErrorKind::WouldBlock)
}

/// An error with its causes, which tokio-postgres does not show.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// The address with another database in it; both forms that libpq knows.
fn with_database(address: &str, database: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        // The last of a name counts.
        return format!("{address} dbname={database}");
    };
    let (rest, parameters) = match rest.split_once('?') {
        Some((rest, parameters)) => (rest, format!("?{parameters}")),
        None => (rest, String::new()),
    };
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    format!("{scheme}://{host}/{database}{parameters}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{connect_within, with_database};

    #[test]
    fn another_database_in_the_address() {
        let address = "postgresql://me:secret@db.example:5432/postgres?connect_timeout=3";
        assert_eq!(
            with_database(address, "test_1"),
            "postgresql://me:secret@db.example:5432/test_1?connect_timeout=3"
        );
        assert_eq!(with_database("postgres://db.example", "test_1"), "postgres://db.example/test_1");
        assert_eq!(with_database("host=/run user=me", "test_1"), "host=/run user=me dbname=test_1");
    }

    #[tokio::test]
    async fn a_server_without_a_free_connection_is_waited_for() {
        let server = test_support::Server::builder()
            .setting("max_connections", "4")
            .setting("superuser_reserved_connections", "1")
            .setting("max_wal_senders", "0")
            .start();
        let config: tokio_postgres::Config = server.database().await.url().parse().unwrap();
        let brief = Duration::from_millis(300);
        let mut clients = Vec::new();
        let failure = loop {
            match connect_within(&config, brief).await {
                Ok(client) => clients.push(client),
                Err(failure) => break failure.to_string(),
            }
        };
        assert!(
            failure.contains("sorry, too many clients already") && failure.contains("raise max_connections"),
            "{failure}"
        );
        let patient = tokio::spawn(async move { connect_within(&config, Duration::from_secs(60)).await });
        tokio::time::sleep(brief).await;
        assert!(!patient.is_finished());
        clients.pop();
        patient.await.unwrap().unwrap().batch_execute("SELECT 1").await.unwrap();
    }
}
