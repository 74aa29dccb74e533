//! The options that name tenants, and the sessions with them.

use std::any::Any;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stairwell::{ConnectError, Fleet, FleetReport, Migrator, Tenant};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::address::Address;
use crate::connect::{Canceller, Connected, connect};
use crate::database::Database;
use crate::error::Error;
use crate::fallback::Fallback;
use crate::interrupt::Interrupt;
use crate::output;
use crate::parse::may_hold_password;

/// Which tenants a command is for, if it is for tenants.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Tenants {
    /// For each schema of this name or, if there is none, like this pattern of SQL's LIKE; can be repeated
    #[arg(long, value_name = "PATTERN", group = "tenants")]
    each_schema: Vec<String>,

    /// For each database of a list (`a,b`), or that a query names (`SELECT datname FROM …`); can be repeated
    #[arg(long, value_name = "LIST|QUERY", group = "tenants")]
    each_database: Vec<String>,

    /// How many tenants at once, each over one connection [default: 4]
    #[arg(long, value_name = "COUNT", requires = "tenants")]
    jobs: Option<NonZeroUsize>,
}

/// The tenants, and how to reach them.
pub(crate) struct Reach {
    /// As they were found; a fleet has each once.
    tenants: Vec<Tenant>,
    address: Address,
    /// The session that found the schemas, for the first one that wants one.
    spare: Mutex<Option<Connected>>,
    /// What cancels the sessions that are open.
    open: Mutex<Vec<Open>>,
    /// The server, if the program itself provides it, which has room for one session.
    keep: Option<Box<dyn Any + Send>>,
    jobs: Option<NonZeroUsize>,
}

struct Open {
    canceller: Canceller,
    task: JoinHandle<Result<(), tokio_postgres::Error>>,
}

/// How long runs may take to end after the server was asked to stop their statements.
const GRACE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(200);

impl Tenants {
    /// Whether the command is for tenants.
    pub(crate) fn are_meant(&self) -> bool {
        !self.each_schema.is_empty() || !self.each_database.is_empty()
    }

    /// Finds them, which takes a session unless databases are listed.
    pub(crate) async fn find(&self, database: &Database, fallback: impl Fallback) -> Result<Reach, Error> {
        let all = self.each_schema.iter().chain(&self.each_database);
        let is_query = |text: &String| Listed::of(text).is_query();
        // Somebody who forgot `--database-url` must not find the password in a log.
        if all.clone().any(|text| !is_query(text) && (text.contains("://") || may_hold_password(text))) {
            return Err(Error::usage("a tenant looks like a database address").with_help(
                "addresses go to `--database-url`; tenants are the names of schemas or databases on that server",
            ));
        }
        let mut named = Vec::new();
        for text in &self.each_database {
            named.push(Listed::of(text).parsed()?);
        }
        let (address, keep) = database.resolve(fallback).await?;
        let mut reach = Reach {
            tenants: Vec::new(),
            address,
            spare: Mutex::default(),
            open: Mutex::default(),
            keep,
            jobs: self.jobs,
        };
        if !self.each_schema.is_empty() {
            let connected = connect(&reach.address).await?;
            output::say(&format!("schemas of {}", connected.description()));
            reach.tenants = Tenant::schemas(&connected.client, &self.each_schema).await?;
            reach.spare = Mutex::new(Some(connected));
            return Ok(reach);
        }
        output::say(&format!("databases beside {}", reach.address));
        for names in named {
            match names {
                Names::Listed(names) => reach.tenants.extend(names.into_iter().map(Tenant::Database)),
                Names::Query(query) => {
                    let mut connected = connect(&reach.address).await?;
                    reach.tenants.extend(Tenant::databases(&mut connected.client, query).await?);
                    connected.close().await;
                }
            }
        }
        Ok(reach)
    }
}

impl Reach {
    /// A fleet of all of them.
    pub(crate) fn fleet<'a>(&self, migrator: Migrator<'a>) -> Fleet<'a> {
        let fleet = Fleet::new(migrator, self.tenants.iter().cloned());
        match (self.jobs, &self.keep) {
            (_, Some(_)) => fleet.jobs(NonZeroUsize::MIN),
            (Some(jobs), None) => fleet.jobs(jobs),
            (None, None) => fleet,
        }
    }

    /// Opens a session for a tenant.
    pub(crate) fn connect(
        &self,
        tenant: &Tenant,
    ) -> impl Future<Output = Result<Client, ConnectError>> + use<'_> {
        let (address, spare) = match tenant {
            Tenant::Database(name) => (self.address.with_database(name), None),
            Tenant::Schema(_) => {
                (self.address.clone(), self.spare.lock().unwrap_or_else(PoisonError::into_inner).take())
            }
        };
        async move {
            let connected = match spare {
                Some(connected) => connected,
                None => connect(&address).await.map_err(|refused| {
                    let is_full = refused.is_for_want_of_connections();
                    let help = refused.help().iter().map(|help| format!("\n  = help: {help}"));
                    ConnectError::new(refused.to_string() + &help.collect::<String>()).full(is_full)
                })?,
            };
            let canceller = connected.canceller();
            let Connected { client, task, .. } = connected;
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.retain(|open| !open.task.is_finished());
            open.push(Open { canceller, task });
            Ok(client)
        }
    }

    /// Runs `work` of a fleet to its end; on a signal no more tenants are taken, and the server cancels what runs.
    pub(crate) async fn run<T>(
        &self,
        fleet: &Fleet<'_>,
        work: impl Future<Output = Result<FleetReport<T>, stairwell::Error>>,
    ) -> Result<(FleetReport<T>, Option<&'static str>), Error> {
        let mut interrupt = Interrupt::listen();
        let mut work = Box::pin(work);
        let signal = tokio::select! {
            report = &mut work => return Ok((report?, None)),
            signal = interrupt.received() => signal,
        };
        output::say(&format!("{signal}: no more tenants are taken, and the server is asked to stop"));
        fleet.stop();
        tokio::select! {
            report = &mut work => Ok((report?, Some(signal))),
            () = self.cancel_all() => Err(Error::failed(format!(
                "interrupted by {signal}: some tenants did not come to an end; what was committed stays, the rest is rolled back"
            ))
            .with_help("run the same command again: it goes on where this one has ended")),
        }
    }

    /// Again and again, because the first request may arrive between two statements.
    async fn cancel_all(&self) {
        let requests = async {
            loop {
                let open = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
                let cancellers: Vec<Canceller> = open()
                    .iter()
                    .filter(|open| !open.task.is_finished())
                    .map(|open| open.canceller.clone())
                    .filter(|canceller| self.keep.is_none() && canceller.is_able())
                    .collect();
                for canceller in cancellers {
                    canceller.cancel().await;
                }
                sleep(PAUSE).await;
            }
        };
        // There is no other way out of the loop.
        let _: Result<(), _> = timeout(GRACE, requests).await;
    }
}

/// A value of `--each-database`.
struct Listed<'t>(&'t str);

enum Names<'t> {
    Listed(Vec<String>),
    Query(&'t str),
}

impl<'t> Listed<'t> {
    fn of(text: &'t str) -> Self {
        Listed(text.trim())
    }

    /// A database called `select` has nothing behind it.
    fn is_query(&self) -> bool {
        let word = self.0.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        word.eq_ignore_ascii_case("select")
            && self.0.len() > word.len()
            && !self.0[word.len()..].starts_with(',')
    }

    /// Names between commas; one with a comma or blanks around it stands in double quotes, as in SQL.
    fn parsed(&self) -> Result<Names<'t>, Error> {
        if self.is_query() {
            return Ok(Names::Query(self.0));
        }
        let mut names = Vec::new();
        let mut rest = self.0;
        loop {
            rest = rest.trim_start();
            let name;
            (name, rest) = match rest.strip_prefix('"') {
                Some(quoted) => quoted_name(quoted)?,
                None => {
                    let end = rest.find(',').unwrap_or(rest.len());
                    (rest[..end].trim_end().to_owned(), &rest[end..])
                }
            };
            if name.is_empty() {
                return Err(Error::usage("`--each-database` has an empty name")
                    .with_help("list names with commas between them: `--each-database shop_1,shop_2`"));
            }
            names.push(name);
            rest = match rest.trim_start() {
                "" => return Ok(Names::Listed(names)),
                more => more.strip_prefix(',').ok_or_else(|| {
                    Error::usage("`--each-database` has something behind a quoted name that is no comma")
                })?,
            };
        }
    }
}

/// What stands before the closing quote, and what comes behind it.
fn quoted_name(text: &str) -> Result<(String, &str), Error> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return Err(Error::usage("`--each-database` has a name whose quote is not closed"));
        };
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Ok((name, after)),
        }
    }
}

/// A list of these names, as [`Tenants`] reads it.
pub(crate) fn listed<'t>(names: impl IntoIterator<Item = &'t Tenant>) -> String {
    let name = |tenant: &Tenant| {
        let name = tenant.name();
        let is_plain = !name.contains([',', '"']) && name.trim() == name && !Listed(name).is_query();
        if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
    };
    names.into_iter().map(name).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, String> {
        match Listed::of(text).parsed() {
            Ok(Names::Listed(names)) => Ok(names),
            Ok(Names::Query(query)) => Ok(vec![format!("query: {query}")]),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_list_has_commas_and_quotes() {
        assert_eq!(names("a, b ,Bücher").unwrap(), ["a", "b", "Bücher"]);
        assert_eq!(names(r#""a,b" , "say ""hi""" , o'hara"#).unwrap(), ["a,b", r#"say "hi""#, "o'hara"]);
        assert_eq!(names("select").unwrap(), ["select"]);
        assert_eq!(names("select,a").unwrap(), ["select", "a"]);
        assert_eq!(names("  SELECT 'a, b'").unwrap(), ["query: SELECT 'a, b'"]);
        assert_eq!(names("selects").unwrap(), ["selects"]);
        for wrong in ["", " ", "a,,b", "a,", r#""a"#, r#""a"b"#] {
            assert!(names(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_that_is_printed_is_read_again() {
        let odd = ["a,b", "say \"hi\"", " blank", "Bücher", "o'hara", "select 1", "plain"];
        let tenants: Vec<Tenant> = odd.iter().map(|name| Tenant::Database((*name).to_owned())).collect();
        assert_eq!(names(&listed(&tenants)).unwrap(), odd);
    }
}
