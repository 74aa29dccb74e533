//! What tells the databases of a process that runs from those of one that is gone.
//!
//! A session of this process holds an advisory lock on a number that stands in the names of its databases. The
//! server releases the lock whatever becomes of the process, on whichever machine that is; process ids would be used
//! again, and mean nothing to a server elsewhere.

use std::{
    hash::{BuildHasher, RandomState},
    pin::pin,
    sync::{OnceLock, mpsc},
    time::{Duration, Instant, SystemTime},
};

use tokio_postgres::{Client, Config, error::SqlState};

use crate::{
    Failure,
    database::drop_database,
    host::{Host, Limit, Limits, chain, connect},
};

/// The first of the two numbers of the advisory locks: `STTK`.
const CLASS: i32 = 0x5354_544b;

/// What the names of test databases begin with, before the number of their process.
pub(crate) const PREFIX: &str = "stairwell_test_";

/// What the names of templates begin with.
const TEMPLATE: &str = "stairwell_template_";

/// After this time at the latest goes what was left to be looked at, or to be copied again.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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
            let (client, number) = match hold_number(&host.maintenance()).await {
                Ok(held) => held,
                Err(failure) => return drop(sender.send(Err(failure))),
            };
            let name = format!("{PREFIX}{number:08x}_");
            let limits = host.limits();
            let mut sweep = pin!(sweep(&client, &limits));
            // Hundreds of databases take minutes, for which no test has to wait.
            match tokio::time::timeout(FOREGROUND, &mut sweep).await {
                Ok(swept) => {
                    let refused = |error| refused("sweep databases of earlier runs", &error);
                    let _ = sender.send(swept.map(|()| name).map_err(refused));
                }
                Err(_) => {
                    let _ = sender.send(Ok(name));
                    // What fails now is left to the next process.
                    let _ = sweep.await;
                }
            }
            // The session ends with its client.
            std::future::pending::<()>().await;
        });
    };
    let failure = || Failure::new("cannot start the thread that watches over test databases");
    std::thread::Builder::new().name("stairwell-testing".into()).spawn(hold).map_err(|_| failure())?;
    receiver.recv().map_err(|_| failure())?
}

/// For so long the first test waits for the sweep.
const FOREGROUND: Duration = Duration::from_secs(2);

async fn hold_number(maintenance: &Config) -> Result<(Client, u32), Failure> {
    let client = connect(maintenance).await?;
    persist(&client).await.map_err(|error| refused("prepare a session", &error))?;
    let number = take_number(&client).await?;
    Ok((client, number))
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
        let lock = Lock { class: CLASS, key: number as i32 };
        if lock.take(client).await.map_err(|error| refused("take a lock", &error))? {
            return Ok(number);
        }
    }
}

/// Drops the databases of processes that are gone, apart from those that were kept lately.
///
/// One process at a time: to others that begin meanwhile, nothing is left, and they would wait for each other.
async fn sweep(client: &Client, limits: &Limits) -> Result<(), tokio_postgres::Error> {
    let sweeping = Lock { class: CLASS + 2, key: 0 };
    if !sweeping.take(client).await? {
        return Ok(());
    }
    let result = sweep_alone(client, limits).await;
    sweeping.release(client).await?;
    result
}

async fn sweep_alone(client: &Client, limits: &Limits) -> Result<(), tokio_postgres::Error> {
    // A lock of two numbers has `objsubid` 2. The numbers of all databases count: they are in names of all.
    let sql = format!(
        "SELECT d.datname::text, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d \
         WHERE (d.datname LIKE '{TEMPLATE}%' OR d.datname LIKE '{PREFIX}%' AND NOT EXISTS (\
         SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.classid = {CLASS} AND l.objsubid = 2 \
         AND l.granted AND lpad(to_hex(l.objid::bigint), 8, '0') = substr(d.datname, {}, 8)))",
        PREFIX.len() + 1
    );
    let found = client.query(&sql, &[]).await?;
    let found: Vec<(String, Option<String>)> =
        found.into_iter().map(|row| (row.get(0), row.get(1))).collect();
    let templates = found.iter().filter(|(name, _)| fingerprint(name).is_some());
    let templates = lifetime(limits.templates, templates.filter_map(|(_, comment)| age(comment.as_deref()?)));
    for (name, comment) in found {
        let lock = fingerprint(&name).map(template_lock);
        let lifetime = if lock.is_some() { templates } else { limits.kept.age };
        let is_fresh =
            |comment: Option<String>| comment.as_deref().and_then(age).is_some_and(|age| age < lifetime);
        if is_fresh(comment) {
            continue;
        }
        // Whoever makes a template, or is about to copy it, has its lock; without it the maker is gone.
        if let Some(lock) = &lock
            && !lock.take(client).await?
        {
            continue;
        }
        // Asked anew under the lock: it may have been completed, or used again, since the list was read.
        let sql = "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database \
                   WHERE datname = $1";
        let comment = client.query_opt(sql, &[&name]).await?.and_then(|row| row.get(0));
        if !is_fresh(comment) {
            // Another role's cannot be dropped, and is left to that role.
            let _ = drop_database(client, &name).await;
        }
        if let Some(lock) = &lock {
            lock.release(client).await?;
        }
    }
    Ok(())
}

/// How old something may be at most, so that there are not too many of these ages.
fn lifetime(limit: Limit, ages: impl Iterator<Item = Duration>) -> Duration {
    let mut ages: Vec<Duration> = ages.collect();
    ages.sort_unstable();
    ages.get(limit.most).map_or(limit.age, |first| limit.age.min(*first))
}

/// An advisory lock of a session, which ends with it.
///
/// It is asked for and never waited for inside the server, where nobody would see what a test waits for.
pub(crate) struct Lock {
    class: i32,
    key: i32,
}

impl Lock {
    /// Whether it was free.
    pub(crate) async fn take(&self, client: &Client) -> Result<bool, tokio_postgres::Error> {
        let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({}, {})", self.class, self.key);
        Ok(client.query_one(&sql, &[]).await?.get(0))
    }

    /// Waits for it; says so after a while, and by whom it is held.
    ///
    /// # Errors
    ///
    /// If it is not free after ten minutes.
    pub(crate) async fn wait(&self, client: &Client, what: &str) -> Result<(), Failure> {
        let refused = |error| refused(&format!("wait for {what}"), &error);
        let begun = Instant::now();
        let mut told = BETWEEN_NOTICES;
        let mut pause = Duration::from_millis(10);
        while !self.take(client).await.map_err(refused)? {
            if begun.elapsed() > told {
                let holder = self.holder(client).await.map_err(refused)?;
                let waited = begun.elapsed().as_secs();
                if told >= LONGEST_WAIT {
                    return Err(Failure::new(format!(
                        "gave up after {waited} s: {what} is held by {holder}"
                    )));
                }
                eprintln!("waiting for {what} since {waited} s: it is held by {holder}");
                told += BETWEEN_NOTICES;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
        Ok(())
    }

    async fn release(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let sql = format!("SELECT pg_catalog.pg_advisory_unlock({}, {})", self.class, self.key);
        client.batch_execute(&sql).await
    }

    async fn holder(&self, client: &Client) -> Result<String, tokio_postgres::Error> {
        let sql = "SELECT pg_catalog.format('%s (session %s of the server, %s: %s)', \
                   a.application_name, l.pid, a.state, a.query) \
                   FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
                   WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted \
                   AND l.classid::bigint = $1 AND l.objid::bigint = $2";
        let number = |half: i32| i64::from(half.cast_unsigned());
        let found = client.query_opt(sql, &[&number(self.class), &number(self.key)]).await?;
        Ok(found.map_or_else(|| "nobody any more".to_owned(), |row| row.get(0)))
    }
}

const BETWEEN_NOTICES: Duration = Duration::from_secs(20);

/// Longer than any template took to be made; a test that hangs says nothing.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Has a session live until its process ends, and end when its process does.
///
/// A server may be set to end idle sessions, which would free the lock while its databases are in use; and one that
/// is elsewhere learns of a machine that is gone only by asking.
pub(crate) async fn persist(client: &Client) -> Result<(), tokio_postgres::Error> {
    const SQL: &str = "SELECT pg_catalog.set_config(s.name, v.value, false) FROM pg_catalog.pg_settings s \
         JOIN (VALUES ('idle_session_timeout', '0'), ('statement_timeout', '0'), ('lock_timeout', '0'), \
         ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')) \
         AS v (name, value) USING (name)";
    client.batch_execute(SQL).await
}

/// The lock that is held while a template is made.
pub(crate) fn template_lock(fingerprint: u64) -> Lock {
    Lock { class: CLASS + 1, key: fingerprint as i32 }
}

/// The name of the template of a fingerprint, which [`fingerprint`] finds in it again.
pub(crate) fn template_name(fingerprint: u64, count: usize) -> String {
    format!("{TEMPLATE}{fingerprint:016x}_{count}")
}

fn fingerprint(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_prefix(TEMPLATE)?.get(..16)?, 16).ok()
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

/// What the kit wanted for itself, and the server refused.
pub(crate) fn refused(what: &str, error: &tokio_postgres::Error) -> Failure {
    Failure::new(format!("cannot {what}: {}", chain(error))).with_code(error.code())
}

/// The same of a database that was to be created.
pub(crate) fn not_created(what: &str, error: &tokio_postgres::Error) -> Failure {
    let failure = refused(what, error);
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return failure
            .with_help("the role in STAIRWELL_TEST_DATABASE_URL needs CREATEDB: ALTER ROLE … CREATEDB");
    }
    failure
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::lifetime;
    use crate::host::Limit;

    #[test]
    fn the_longest_unused_go_when_there_are_too_many() {
        let hour = Duration::from_secs(3600);
        let limit = Limit { most: 2, age: 2 * hour };
        let of = |hours: &[u32]| lifetime(limit, hours.iter().map(|hours| *hours * hour));
        assert_eq!(of(&[]), 2 * hour);
        assert_eq!(of(&[1, 0]), 2 * hour);
        assert_eq!(of(&[5, 1, 0]), 2 * hour, "the third goes by its age already");
        assert_eq!(of(&[1, 0, 0]), hour, "what is as old as this is too old");
    }
}
