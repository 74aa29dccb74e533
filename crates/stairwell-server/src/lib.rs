//! Throwaway PostgreSQL servers and databases for tests.
//!
//! A test asks for a database and gets one that nobody else uses:
//!
//! ```no_run
//! # async fn example() {
//! let database = stairwell_server::database().await;
//! let client = database.connect().await;
//! client.batch_execute("CREATE TABLE printers (id int)").await.unwrap();
//! # }
//! ```
//!
//! The first call in a process starts a server, later calls share it.
//! A server runs on a copy of a template cluster, so that it starts in a tenth of a second, without `initdb`.
//! It needs installed server binaries and nothing else: no running server, no password, no container.
//! Root is fine too; PostgreSQL refuses to run as root and then runs as `postgres` or `nobody`.
//!
//! Tests that need more than a database make a server of their own with [`Server::builder`]: one that asks
//! for a password, that speaks TLS, that has other settings, or that is about to [`crash`](Server::crash).
//!
//! [`SharedServer`] is for many test processes: all of them use one server, which ends by itself.
//!
//! Everything else here panics when it fails, with a message for the person who runs the tests.

mod server;
mod shared;

mod builder;
mod certificates;
mod database;
mod pooler;

mod cluster;
mod home;
mod state;
mod watchdog;

mod account;
mod binaries;
mod installation;

pub use crate::{
    account::isolate,
    builder::Builder,
    certificates::Certificates,
    database::TestDatabase,
    pooler::Pooler,
    server::{Server, server},
    shared::SharedServer,
};

/// Like [`Server::database`], but on the server that all tests of this process share.
pub async fn database() -> TestDatabase {
    server().database().await
}

/// Why something did not work, in words for the person who runs the tests.
type Failure = String;
