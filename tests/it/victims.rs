//! What can be killed of a run, and waiting until nothing of it is left.

use std::process::Child;
use std::time::{Duration, Instant};

use test_support::{Pooler, Server, TestDatabase};
use tokio_postgres::Client;

/// What is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Victim {
    Client,
    Session,
    Backend,
    Server,
}

pub(crate) const VICTIMS: [Victim; 4] = [Victim::Client, Victim::Session, Victim::Backend, Victim::Server];

/// How the run is kept alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Session,
    Lease,
    LeaseThroughPooler,
}

pub(crate) const WAYS: [Way; 3] = [Way::Session, Way::Lease, Way::LeaseThroughPooler];

/// A server that may crash, with a pooler before it and the database that the runs are on.
pub(crate) struct Ground {
    pub(crate) server: Server,
    pub(crate) database: TestDatabase,
    pooler: Pooler,
}

impl Ground {
    pub(crate) async fn new() -> Ground {
        let server = Server::start();
        Ground { pooler: server.pooler(5), database: server.database().await, server }
    }

    /// The address for such a run.
    pub(crate) fn url(&self, way: Way) -> String {
        match way {
            Way::LeaseThroughPooler => self.pooler.url(self.database.name()),
            _ => self.database.url().to_owned(),
        }
    }

    /// The sessions of others in the database, those at work first; of the idle ones not those that the pooler keeps.
    pub(crate) async fn sessions(&self, client: &Client, pooled: &[i32]) -> Vec<i32> {
        let ask = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                   AND backend_type = 'client backend' AND (state <> 'idle' OR pid <> ALL ($1)) ORDER BY state = 'idle'";
        client.query(ask, &[&pooled]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// Kills, unless the run is over before.
    pub(crate) async fn kill(&self, victim: Victim, process: &mut Child, pooled: &[i32]) {
        match victim {
            Victim::Client => process.kill().unwrap(),
            Victim::Server => self.server.crash(),
            Victim::Session | Victim::Backend => {
                let client = self.database.connect().await;
                loop {
                    let sessions = self.sessions(&client, pooled).await;
                    if let Some(pid) = sessions.first() {
                        if let Victim::Session = victim {
                            client.execute("SELECT pg_terminate_backend($1)", &[pid]).await.unwrap();
                        } else {
                            let kill = ["-c", "kill -KILL \"$0\"", &pid.to_string()];
                            // It may have ended by itself. If not, the server ends all sessions, this one too.
                            let killed = std::process::Command::new("sh").args(kill).output().unwrap();
                            let begun = Instant::now();
                            while killed.status.success()
                                && begun.elapsed() < Duration::from_secs(5)
                                && client.batch_execute("SELECT 1").await.is_ok()
                            {
                                tokio::time::sleep(Duration::from_millis(1)).await;
                            }
                        }
                        return;
                    }
                    if process.try_wait().unwrap().is_some() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    }

    /// Waits until nothing of the run is left on the server.
    pub(crate) async fn settle(&self, way: Way, victim: Victim, pooled: &[i32]) -> Client {
        if let Victim::Server = victim {
            self.server.restart();
        }
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < Duration::from_secs(60), "sessions of the run are left");
            // After a backend was killed, the server lets nobody in for a moment.
            let mut config = self.server.config(self.database.name());
            config.connect_timeout(Duration::from_secs(5));
            if let Ok((client, connection)) = config.connect(tokio_postgres::NoTls).await {
                tokio::spawn(connection);
                if client.batch_execute("SELECT 1").await.is_ok()
                    && self.is_settled(way, &client, pooled).await
                {
                    return client;
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn is_settled(&self, way: Way, client: &Client, pooled: &[i32]) -> bool {
        let Way::LeaseThroughPooler = way else { return self.sessions(client, pooled).await.is_empty() };
        // It opened sessions of its own, and keeps those that are idle; all of them are its own then.
        let busy = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                    AND backend_type = 'client backend' AND state <> 'idle'";
        if !client.query(busy, &[]).await.unwrap().is_empty() {
            return false;
        }
        // A pooler that was refused by the server refuses its clients for a second as well.
        let url = self.pooler.url(self.database.name());
        let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await else {
            return false;
        };
        tokio::spawn(connection);
        client.batch_execute("SELECT 1").await.is_ok()
    }
}
