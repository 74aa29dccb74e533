//! The values behind the keywords of an address: looked up, defaulted, and read as what they mean.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::config::{ChannelBinding, Config, TargetSessionAttrs};

use crate::address::{Endpoint, Source};
use crate::conninfo::{self, Parameters};
use crate::environment::Environment;
use crate::error::Error;
use crate::sslmode::{Roots, SslMode, TlsOptions};

/// An unreachable host should not hang for the minutes that TCP would take.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What was given, and the environment that completes it.
pub(crate) struct Settings<'a> {
    given: Parameters,
    source: Source,
    pub(crate) environment: &'a Environment,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(given: Parameters, source: Source, environment: &'a Environment) -> Self {
        Settings { given, source, environment }
    }

    /// The value of a keyword and where it came from: the address itself, else its variable.
    ///
    /// An empty value is none, as libpq has it.
    pub(crate) fn take(&mut self, keyword: &'static str) -> Option<(String, Source)> {
        if let Some(value) = self.given.take(keyword).filter(|value| !value.is_empty()) {
            return Some((value, self.source.clone()));
        }
        let (variable, _) = conninfo::variables().find(|(_, name)| *name == keyword)?;
        Some((self.environment.variable(variable)?.to_owned(), Source::Variable(variable)))
    }

    fn value(&mut self, keyword: &'static str) -> Option<String> {
        self.take(keyword).map(|(value, _)| value)
    }

    /// Like [`Settings::take`], for a value that must be one of a few.
    fn choice<T>(
        &mut self,
        keyword: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
        choices: &str,
    ) -> Result<Option<T>, Error> {
        let Some((value, source)) = self.take(keyword) else { return Ok(None) };
        match read(&value) {
            Some(value) => Ok(Some(value)),
            // The value is not repeated: with quotes forgotten it can be a piece of a password.
            None => Err(Error::failed(format!(
                "the value of `{keyword}` in {source} is not one that can be used"
            ))
            .with_help(format!("`{keyword}` is {choices}"))),
        }
    }

    /// The outer `None`: not given. The inner one: without limit, which libpq writes as 0 or below.
    fn seconds(&mut self, keyword: &'static str) -> Result<Option<Option<Duration>>, Error> {
        let seconds =
            self.choice(keyword, |value| value.trim().parse::<i64>().ok(), "a number of seconds")?;
        let limit = |seconds| u64::try_from(seconds).ok().filter(|&seconds| seconds > 0);
        Ok(seconds.map(|seconds| limit(seconds).map(Duration::from_secs)))
    }

    pub(crate) fn user(&mut self) -> Result<String, Error> {
        if let Some(user) = self.value("user") {
            return Ok(user);
        }
        self.environment.user().map(str::to_owned).ok_or_else(|| {
            Error::failed("the address names no user, and the operating system's user has no name")
                .with_help("write the user into the address, or set `PGUSER`")
        })
    }

    /// The servers in the order given; at least one.
    pub(crate) fn endpoints(&mut self) -> Result<Vec<Endpoint>, Error> {
        let hosts = split(self.value("host"));
        let addresses = split(self.value("hostaddr"));
        let ports = self.take("port");
        let count = hosts.len().max(addresses.len()).max(1);
        if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
            return Err(Error::failed(format!(
                "the address has {} hosts and {} values of `hostaddr`",
                hosts.len(),
                addresses.len()
            ))
            .with_help("give one `hostaddr` for each host, or none"));
        }
        let ports = read_ports(ports, count)?;

        let mut endpoints = Vec::with_capacity(count);
        for (index, port) in ports.into_iter().enumerate() {
            let hostaddr = match addresses.get(index).filter(|text| !text.is_empty()) {
                Some(text) => Some(text.parse::<IpAddr>().map_err(|_| {
                    Error::failed("a value of `hostaddr` is not an IP address")
                        .with_help("names of hosts belong into `host`")
                })?),
                None => None,
            };
            let host = match (hosts.get(index).filter(|host| !host.is_empty()), hostaddr) {
                (Some(host), _) => host.clone(),
                // The certificate is then checked against the IP address.
                (None, Some(address)) => address.to_string(),
                (None, None) => self.default_host(),
            };
            endpoints.push(Endpoint { host, hostaddr, port, password: None });
        }
        Ok(endpoints)
    }

    fn default_host(&self) -> String {
        let directory = self.environment.socket_directory().and_then(|directory| directory.to_str());
        directory.unwrap_or("localhost").to_owned()
    }

    pub(crate) fn passfile(&mut self) -> Option<PathBuf> {
        match self.value("passfile") {
            Some(path) => Some(PathBuf::from(path)),
            None => Some(self.environment.home()?.join(".pgpass")),
        }
    }

    /// A sentence for each variable that asks for something that will not happen.
    pub(crate) fn refused(&self) -> Vec<String> {
        conninfo::refused_variables()
            .filter(|name| self.environment.variable(name).is_some())
            .map(|name| format!("`{name}` is set and has no effect here"))
            .collect()
    }

    /// How long one attempt to reach one server may take.
    pub(crate) fn timeout(&mut self) -> Result<Option<Duration>, Error> {
        Ok(self.seconds("connect_timeout")?.unwrap_or(Some(DEFAULT_TIMEOUT)))
    }

    pub(crate) fn tls(&mut self) -> Result<TlsOptions, Error> {
        let (mode, roots) = self.mode_and_roots()?;
        let client = self.client_certificate(mode)?;
        let server_name = self.choice("sslsni", flag, "0 or 1")?.unwrap_or(true);
        let direct = |value: &str| match value {
            "direct" => Some(true),
            "postgres" => Some(false),
            _ => None,
        };
        let direct = self.choice("sslnegotiation", direct, "postgres or direct")?.unwrap_or(false);
        if direct && mode < SslMode::Require {
            return Err(Error::failed(format!("sslmode={mode} is too weak for sslnegotiation=direct"))
                .with_help("use sslmode=require or stronger"));
        }
        let minimum = |value: &str| match value {
            "TLSv1" | "TLSv1.1" | "TLSv1.2" => Some(false),
            "TLSv1.3" => Some(true),
            _ => None,
        };
        let only_tls13 =
            self.choice("ssl_min_protocol_version", minimum, "TLSv1.2 or TLSv1.3")?.unwrap_or(false);
        self.choice(
            "gssencmode",
            |value| ["disable", "prefer"].contains(&value).then_some(()),
            "disable here",
        )?;
        Ok(TlsOptions { mode, roots, client, server_name, direct, only_tls13 })
    }

    fn mode_and_roots(&mut self) -> Result<(SslMode, Roots), Error> {
        let choices = "disable, allow, prefer, require, verify-ca or verify-full";
        let mode = self.choice("sslmode", SslMode::from_name, choices)?;
        match (self.value("sslrootcert"), mode) {
            // As in libpq: anybody can have a certificate of a public authority, so the name must be
            // checked where only those are trusted.
            (Some(path), None | Some(SslMode::VerifyFull)) if path == "system" => {
                Ok((SslMode::VerifyFull, Roots::System))
            }
            (Some(path), Some(weak)) if path == "system" => {
                Err(Error::failed(format!("sslmode={weak} is too weak for sslrootcert=system"))
                    .with_help("use sslmode=verify-full"))
            }
            (Some(path), mode) => Ok((mode.unwrap_or(SslMode::Prefer), Roots::File(PathBuf::from(path)))),
            (None, mode) => {
                let roots = self.default_file("root.crt").map_or(Roots::System, Roots::File);
                Ok((mode.unwrap_or(SslMode::Prefer), roots))
            }
        }
    }

    fn client_certificate(&mut self, mode: SslMode) -> Result<Option<(PathBuf, PathBuf)>, Error> {
        let given = self.value("sslcert").map(PathBuf::from);
        let certificate = given.or_else(|| self.default_file("postgresql.crt"));
        let given = self.value("sslkey").map(PathBuf::from);
        let key = given.or_else(|| self.default_file("postgresql.key"));
        match (certificate, key) {
            (Some(certificate), None) if mode > SslMode::Disable => {
                let certificate = certificate.display();
                Err(Error::failed(format!("the client certificate `{certificate}` has no key"))
                    .with_help("name the file of its key by `sslkey` or `PGSSLKEY`"))
            }
            (certificate, key) => Ok(certificate.zip(key)),
        }
    }

    /// A file that libpq takes from `~/.postgresql` if it is there.
    fn default_file(&self, name: &str) -> Option<PathBuf> {
        let path = self.environment.home()?.join(".postgresql").join(name);
        path.is_file().then_some(path)
    }

    /// Whether a server that can be written to is only the second choice.
    pub(crate) fn prefers_standby(&self) -> bool {
        let keyword = "target_session_attrs";
        let given = self.given.get(keyword).filter(|value| !value.is_empty());
        given.or_else(|| self.environment.variable("PGTARGETSESSIONATTRS")) == Some("prefer-standby")
    }

    /// The part of the driver's configuration that is the same for every server.
    pub(crate) fn config(&mut self) -> Result<Config, Error> {
        let mut config = Config::new();
        let fallback_name = self.value("fallback_application_name");
        let name = self.value("application_name").or(fallback_name).unwrap_or_else(|| {
            match self.environment.program() {
                Some(program) => format!("stairwell/{program}"),
                None => "stairwell".to_owned(),
            }
        });
        config.application_name(name);
        if let Some(options) = self.value("options") {
            config.options(options);
        }
        if let Some(enabled) = self.choice("keepalives", flag, "0 or 1")? {
            config.keepalives(enabled);
        }
        if let Some(idle) = self.seconds("keepalives_idle")?.flatten() {
            config.keepalives_idle(idle);
        }
        if let Some(interval) = self.seconds("keepalives_interval")?.flatten() {
            config.keepalives_interval(interval);
        }
        let number = |value: &str| value.trim().parse::<u32>().ok();
        if let Some(count) = self.choice("keepalives_count", number, "a number")?.filter(|&count| count > 0) {
            config.keepalives_retries(count);
        }
        if let Some(milliseconds) = self.choice("tcp_user_timeout", number, "a number of milliseconds")? {
            config.tcp_user_timeout(Duration::from_millis(milliseconds.into()));
        }
        let binding = |value: &str| match value {
            "disable" => Some(ChannelBinding::Disable),
            "prefer" => Some(ChannelBinding::Prefer),
            "require" => Some(ChannelBinding::Require),
            _ => None,
        };
        if let Some(binding) = self.choice("channel_binding", binding, "disable, prefer or require")? {
            config.channel_binding(binding);
        }
        // A primary is where one can write, a standby where one cannot; the driver asks for that.
        let session = |value: &str| match value {
            "any" => Some(TargetSessionAttrs::Any),
            // The wish itself is in `prefers_standby`.
            "prefer-standby" => Some(TargetSessionAttrs::Any),
            "read-write" | "primary" => Some(TargetSessionAttrs::ReadWrite),
            "read-only" | "standby" => Some(TargetSessionAttrs::ReadOnly),
            _ => None,
        };
        let choices = "any, read-write, read-only, primary, standby or prefer-standby";
        if let Some(session) = self.choice("target_session_attrs", session, choices)? {
            config.target_session_attrs(session);
        }
        Ok(config)
    }
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

fn split(list: Option<String>) -> Vec<String> {
    list.map(|list| list.split(',').map(|item| item.trim().to_owned()).collect()).unwrap_or_default()
}

/// One port for all servers, or one for each; an empty one is 5432.
fn read_ports(list: Option<(String, Source)>, count: usize) -> Result<Vec<u16>, Error> {
    let Some((list, source)) = list else { return Ok(vec![5432; count]) };
    let ports = list
        .split(',')
        .map(|port| match port.trim() {
            "" => Ok(5432),
            port => port.parse::<u16>().ok().filter(|&port| port > 0).ok_or(()),
        })
        .collect::<Result<Vec<u16>, ()>>()
        .map_err(|()| {
            // Not repeated: in a URL with an unencoded `/` it is the beginning of the password.
            Error::failed(format!("the port in {source} is not a number from 1 to 65535")).with_help(
                match source {
                    Source::Variable(name) if name.starts_with("PG") => {
                        "it is a number such as 5432, or one for each host with commas between"
                    }
                    _ => "percent-encode special characters of a password in a URL: `/` is %2F, `:` is %3A",
                },
            )
        })?;
    match ports.len() {
        1 => Ok(vec![ports[0]; count]),
        n if n == count => Ok(ports),
        n => Err(Error::failed(format!("the address has {n} ports for {count} hosts"))
            .with_help("give one port, or one for each host")),
    }
}
