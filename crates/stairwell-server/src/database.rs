//! A database for one test.

use std::sync::{Arc, PoisonError};

use tokio_postgres::{Client, Config, NoTls};

use crate::{account::output, server::Running};

/// An empty database that no other test uses.
///
/// Once it is dropped and its last session is closed, a later test's request for a database removes it.
pub struct TestDatabase {
    name: String,
    url: String,
    running: Arc<Running>,
}

impl TestDatabase {
    pub(crate) async fn create(running: &Arc<Running>) -> TestDatabase {
        let client = connect(&running.config("postgres")).await;
        remove_dropped(running, &client).await;
        let name = running.unused_name();
        // Copying the files is twice as quick as logging every page, where there is a choice.
        let strategy = if running.installation.major >= 15 { "STRATEGY file_copy" } else { "" };
        // Not `template1`: it cannot be copied while someone, a parallel test for one, is connected to it.
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 {strategy}");
        client.batch_execute(&sql).await.expect("a superuser may create databases");
        TestDatabase { url: running.url(&name), name, running: Arc::clone(running) }
    }

    /// The database's name on its server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address on 127.0.0.1, for programs and libraries under test.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens a session as superuser, through the socket. It ends when the client is dropped.
    pub async fn connect(&self) -> Client {
        connect(&self.running.config(&self.name)).await
    }

    /// What `pg_dump --schema-only` says; `None` if that program is not installed.
    ///
    /// Two databases of one server with the same objects give the same text.
    pub async fn dump(&self) -> Option<String> {
        self.dump_with(&[]).await
    }

    /// Like [`TestDatabase::dump`], but with more options, such as `--exclude-schema=stairwell`.
    #[expect(clippy::panic, reason = "the person who runs the tests is the only one who can do something")]
    pub async fn dump_with(&self, options: &[&str]) -> Option<String> {
        let running = &self.running;
        let program = running.installation.program("pg_dump");
        if !program.is_file() {
            return None;
        }
        let mut command = running.installation.account.command(program);
        command.arg("--schema-only").args(options).args(["--username=postgres", "--no-password"]);
        command.args(["--port", &running.port.to_string(), "--dbname", &self.name]);
        command.arg("--host").arg(&running.folder);
        if let Some(password) = &running.password {
            command.env("PGPASSWORD", password);
        }
        // Sessions of this test live on the same thread and may have to go on for the dump to end.
        let dump = tokio::task::spawn_blocking(move || output(&mut command)).await;
        let dump = dump.expect("nothing cancels it").unwrap_or_else(|failure| panic!("{failure}"));
        // Since August 2025 every dump is framed by `\restrict` and `\unrestrict` with a random word.
        let is_random = |line: &&str| line.starts_with(r"\restrict ") || line.starts_with(r"\unrestrict ");
        Some(dump.split_inclusive('\n').filter(|line| !is_random(line)).collect())
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Dropping is not async. Whoever wants the next database does the work.
        let mut dropped = self.running.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.push(std::mem::take(&mut self.name));
    }
}

#[expect(clippy::panic, reason = "the person who runs the tests is the only one who can do something")]
pub(crate) async fn connect(config: &Config) -> Client {
    match config.connect(NoTls).await {
        Ok((client, connection)) => {
            // It ends with the client. An error reaches the client's caller, too; a crash may be what a test
            // is about.
            tokio::spawn(connection);
            client
        }
        Err(error) => panic!("cannot connect to `{}`: {error}", config.get_dbname().unwrap_or_default()),
    }
}

/// Keeps a process with hundreds of tests from filling the memory that databases live in.
async fn remove_dropped(running: &Running, client: &Client) {
    let mut names = std::mem::take(&mut *running.dropped.lock().unwrap_or_else(PoisonError::into_inner));
    if names.is_empty() {
        return;
    }
    // PostgreSQL waits 5 s for sessions to end before it gives up; a client may outlive its `TestDatabase`.
    let sql = "SELECT DISTINCT datname::text FROM pg_stat_activity WHERE datname IS NOT NULL";
    let rows = client.query(sql, &[]).await.expect("a superuser may see all sessions");
    let busy: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut kept = Vec::new();
    for name in names.drain(..) {
        if busy.contains(&name) || client.batch_execute(&format!("DROP DATABASE {name}")).await.is_err() {
            kept.push(name);
        }
    }
    running.dropped.lock().unwrap_or_else(PoisonError::into_inner).append(&mut kept);
}
