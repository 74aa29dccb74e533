//! Which database: an address, the variables that complete it, and the defaults.
//!
//! The rules are libpq's, so that `psql "$DATABASE_URL"` reaches the same database. The differences:
//! `connect_timeout` is 10 seconds where none is given, `verify-ca` and `verify-full` use the
//! system's roots where no file of root certificates exists, a service file is not read, and an
//! unencoded `@` in a URL is an error.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::conninfo::{self, Parameters};
use crate::environment::Environment;
use crate::error::Error;
use crate::passfile;
use crate::settings;
use crate::sslmode::TlsOptions;

/// The address of a database, complete: all that it takes to connect.
///
/// ```
/// use stairwell_cli::{Address, Environment};
///
/// let environment = Environment::empty().with_variable("PGPASSWORD", "secret");
/// let address = Address::parse("postgres://alice@db.example/shop", &environment)?;
/// assert_eq!(address.to_string(), "`shop` at db.example:5432 as `alice`");
/// assert!(!format!("{address:?}").contains("secret"));
/// # Ok::<(), stairwell_cli::Error>(())
/// ```
#[derive(Clone)]
pub struct Address {
    pub(crate) source: Source,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) tls: TlsOptions,
    pub(crate) timeout: Option<std::time::Duration>,
    /// `target_session_attrs=prefer-standby`, which the driver does not know.
    pub(crate) prefers_standby: bool,
    /// Everything but hosts, ports, password and TLS.
    pub(crate) config: tokio_postgres::Config,
    /// What should be said before connecting, such as a password file that is ignored.
    pub(crate) warnings: Vec<String>,
}

/// One server to try.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// A name, an IP address, or the directory of a socket.
    pub(crate) host: String,
    pub(crate) hostaddr: Option<IpAddr>,
    pub(crate) port: u16,
    pub(crate) password: Option<(String, Source)>,
}

impl Endpoint {
    pub(crate) fn is_socket(&self) -> bool {
        cfg!(unix) && self.hostaddr.is_none() && self.host.starts_with('/')
    }
}

/// Where an address, or a part of one, came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An option of the command line.
    Option(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A password file.
    Passfile(PathBuf),
    /// The program itself.
    Program,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Option(name) => write!(f, "`{name}`"),
            Source::Variable(name) => write!(f, "`{name}`"),
            Source::Passfile(path) => write!(f, "`{}`", path.display()),
            Source::Program => f.write_str("the program"),
        }
    }
}

/// The address as which to migrate, where the role that serves may not.
pub(crate) const MIGRATE_VARIABLE: &str = "MIGRATE_DATABASE_URL";

/// The variables that by themselves make an address; the other `PG*` ones only complete one.
const LOCATION: [&str; 5] = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER"];

impl Address {
    /// Another database of the same server, for the same user.
    pub(crate) fn with_database(&self, database: &str) -> Address {
        let mut address = self.clone();
        address.config.dbname(database);
        address.database = database.to_owned();
        address
    }

    /// The address that an option, else `DATABASE_URL`, else the `PG*` variables give, if any does.
    pub fn resolve(option: Option<&str>, environment: &Environment) -> Result<Option<Self>, Error> {
        if let Some(text) = option {
            return Address::given("--database-url", text, environment).map(Some);
        }
        if let Some(text) = environment.variable("DATABASE_URL").filter(|text| !text.trim().is_empty()) {
            return Address::complete(text, Source::Variable("DATABASE_URL"), environment).map(Some);
        }
        if let Some(name) = LOCATION.into_iter().find(|name| environment.variable(name).is_some()) {
            let nothing = Parameters::default();
            return Address::from_parameters(nothing, Source::Variable(name), environment).map(Some);
        }
        if environment.variable("PGSERVICE").is_some() {
            return Err(Error::failed("`PGSERVICE` is set, and service files are not read").with_help(
                "give the address by `--database-url`, `DATABASE_URL` or `PGHOST`, `PGDATABASE` …",
            ));
        }
        Ok(None)
    }

    /// The address by which to migrate, where that is one of its own: `--migrate-url`, or `MIGRATE_DATABASE_URL`
    /// unless `--database-url` is given. An option says more than a variable: whoever names a database must not
    /// migrate another one.
    pub(crate) fn resolve_migrating(
        migrate: Option<&str>,
        option: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Self>, Error> {
        if let Some(text) = migrate {
            return Address::given("--migrate-url", text, environment).map(Some);
        }
        let variable = environment.variable(MIGRATE_VARIABLE).filter(|text| !text.trim().is_empty());
        match (option, variable) {
            (None, Some(text)) => {
                Address::complete(text, Source::Variable(MIGRATE_VARIABLE), environment).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn given(name: &'static str, text: &str, environment: &Environment) -> Result<Self, Error> {
        if text.trim().is_empty() {
            return Err(Error::usage(format!("`{name}` is empty"))
                .with_help("give an address, or leave the option out"));
        }
        Address::complete(text, Source::Option(name), environment)
    }

    /// The address that the environment of this process gives, if it gives one.
    pub fn from_env() -> Result<Option<Self>, Error> {
        Address::resolve(None, &Environment::process())
    }

    /// The address `text`, a URL or `key=value` pairs, completed from `environment`.
    pub fn parse(text: &str, environment: &Environment) -> Result<Self, Error> {
        Address::complete(text, Source::Program, environment)
    }

    fn complete(text: &str, source: Source, environment: &Environment) -> Result<Self, Error> {
        let parameters = conninfo::parse(text).map_err(|mistake| {
            let error = Error::failed(format!("{} (from {source})", mistake.message));
            match mistake.help {
                Some(help) => error.with_help(help),
                None => error,
            }
        })?;
        Address::from_parameters(parameters, source, environment)
    }

    fn from_parameters(given: Parameters, source: Source, environment: &Environment) -> Result<Self, Error> {
        let mut settings = settings::Settings::new(given, source.clone(), environment);
        let user = settings.user()?;
        let database = settings.take("dbname").map_or_else(|| user.clone(), |(database, _)| database);
        let mut endpoints = settings.endpoints()?;
        let mut warnings = settings.refused();
        warnings.extend(add_passwords(&mut settings, &mut endpoints, &database, &user));
        let timeout = settings.timeout()?;
        let tls = settings.tls()?;
        let prefers_standby = settings.prefers_standby();
        let mut config = settings.config()?;
        config.user(&user).dbname(&database);
        // After this point no variable and no default is looked up: the address is complete.
        Ok(Address { source, endpoints, user, database, tls, timeout, prefers_standby, config, warnings })
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The name of the role.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The servers that are tried in turn, as `host:port` or the path of a socket.
    pub fn servers(&self) -> impl Iterator<Item = String> {
        self.endpoints.iter().map(Endpoint::to_string)
    }
}

/// Gives every endpoint its password, and returns what must be said about the password file.
fn add_passwords(
    settings: &mut settings::Settings<'_>,
    endpoints: &mut [Endpoint],
    database: &str,
    user: &str,
) -> Option<String> {
    if let Some(password) = settings.take("password") {
        endpoints.iter_mut().for_each(|endpoint| endpoint.password = Some(password.clone()));
        return None;
    }
    let path = settings.passfile()?;
    let text = match passfile::read(&path) {
        Ok(text) => text?,
        Err(warning) => return Some(warning),
    };
    for endpoint in endpoints {
        // libpq looks the default socket up as `localhost`, so that one line serves both ways in.
        let default_socket = settings.environment.socket_directory().and_then(|path| path.to_str());
        let host = if Some(&*endpoint.host) == default_socket { "localhost" } else { &endpoint.host };
        endpoint.password = passfile::find(&text, host, endpoint.port, database, user)
            .map(|password| (password, Source::Passfile(path.clone())));
    }
    None
}

/// Where the server is, without the socket's file name.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_socket() {
            true => write!(f, "{}/.s.PGSQL.{}", self.host.trim_end_matches('/'), self.port),
            false if self.host.contains(':') => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Database, servers and user: never the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<String> = self.servers().collect();
        write!(f, "`{}` at {} as `{}`", self.database, servers.join(", "), self.user)
    }
}

/// Like `Display`, with where the address came from; never the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("source", &self.source)
            .field("servers", &self.servers().collect::<Vec<_>>())
            .field("database", &self.database)
            .field("user", &self.user)
            .field("tls", &self.tls)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
