//! What tells the databases of a process that runs from those of one that is gone.
//!
//! A session of this process holds an advisory lock on a number that stands in the names of its databases. The
//! server releases the lock whatever becomes of the process, on whichever machine that is; process ids would be used
//! again, and mean nothing to a server elsewhere.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{OnceLock, mpsc},
    time::{Duration, SystemTime},
};

use tokio_postgres::Client;

use crate::{
    Failure,
    host::{Host, chain, connect},
};

/// The first of the two numbers of the advisory locks: `STTK`.
const CLASS: i32 = 0x5354_544b;

/// What the names of test databases begin with, before the number of their process.
const PREFIX: &str = "stairwell_test_";

/// What the names of templates begin with.
pub(crate) const TEMPLATE: &str = "stairwell_template_";

/// What is left to be looked at, or to be copied again, goes after this time.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The beginning of the names of this process's databases. The first call sweeps what dead processes have left.
pub(crate) fn prefix() -> Result<&'static str, Failure> {
    static PROCESS: OnceLock<Result<String, Failure>> = OnceLock::new();
    PROCESS.get_or_init(begin).as_deref().map_err(Clone::clone)
}

/// Takes the lock in a thread that holds it until the process ends.
fn begin() -> Result<String, Failure> {
    let host = Host::get()?;
    let (sender, receiver) = mpsc::channel();
    let hold = move || {
        let runtime = match runtime() {
            Ok(runtime) => runtime,
            Err(failure) => return drop(sender.send(Err(failure))),
        };
        runtime.block_on(async {
            let begun = async {
                let client = connect(&host.maintenance()).await?;
                let number = take_number(&client).await?;
                sweep(&client).await.map_err(|error| refused("sweep databases of earlier runs", &error))?;
                Ok((client, number))
            };
            match begun.await {
                Ok((client, number)) => {
                    let _ = sender.send(Ok(format!("{PREFIX}{number:08x}_")));
                    // The session ends with its client.
                    std::future::pending::<()>().await;
                    drop(client);
                }
                Err(failure) => drop(sender.send(Err(failure))),
            }
        });
    };
    let failure = || Failure::new("cannot start the thread that watches over test databases");
    std::thread::Builder::new().name("stairwell-testing".into()).spawn(hold).map_err(|_| failure())?;
    receiver.recv().map_err(|_| failure())?
}

/// A runtime for one thread, with everything that a session needs.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start a runtime: {error}")))
}

async fn take_number(client: &Client) -> Result<u32, Failure> {
    loop {
        let number = RandomState::new().hash_one(std::process::id()) as u32;
        let sql = format!("SELECT pg_try_advisory_lock({CLASS}, {})", number as i32);
        let row = client.query_one(&sql, &[]).await.map_err(|error| refused("take a lock", &error))?;
        if row.get(0) {
            return Ok(number);
        }
    }
}

/// Drops the databases of processes that are gone, apart from those that were kept lately.
async fn sweep(client: &Client) -> Result<(), tokio_postgres::Error> {
    // A lock of two numbers has `objsubid` 2. The numbers of all databases count: they are in names of all.
    let sql = format!(
        "SELECT d.datname::text, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d \
         WHERE (d.datname LIKE '{TEMPLATE}%' OR d.datname LIKE '{PREFIX}%' AND NOT EXISTS (\
         SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.classid = {CLASS} AND l.objsubid = 2 \
         AND l.granted AND lpad(to_hex(l.objid::bigint), 8, '0') = substr(d.datname, {}, 8)))",
        PREFIX.len() + 1
    );
    for row in client.query(&sql, &[]).await? {
        let (name, comment): (String, Option<String>) = (row.get(0), row.get(1));
        let is_fresh = comment.as_deref().and_then(age).is_some_and(|age| age < DAY);
        // A template without a comment is being made.
        if is_fresh || name.starts_with(TEMPLATE) && comment.is_none() {
            continue;
        }
        // Another process may sweep at the same time.
        let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
    Ok(())
}

/// The lock of this number is held while a template is made.
pub(crate) fn template_lock(fingerprint: u64) -> String {
    format!("SELECT pg_advisory_lock({}, {})", CLASS + 1, fingerprint as i32)
}

/// The comment of a database that must outlive its process: when, and what it is.
pub(crate) fn comment(what: &str) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{} {}", now.as_secs(), what.replace('\'', "''"))
}

fn age(comment: &str) -> Option<Duration> {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(comment.split(' ').next()?.parse().ok()?);
    then.elapsed().ok()
}

pub(crate) fn refused(what: &str, error: &tokio_postgres::Error) -> Failure {
    Failure::new(format!("cannot {what}: {}", chain(error)))
}
