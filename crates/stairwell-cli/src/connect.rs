//! From an address to a session.

use std::any::Any;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::config::{Config, SslMode as Mode, SslNegotiation};

use crate::address::{Address, Endpoint};
use crate::error::Error;
use crate::refusal::{self, Refusal};
use crate::sslmode::{Proof, SslMode};

/// A session with a database.
pub struct Connected {
    /// The client, to be given to a [`Migrator`](stairwell::Migrator) or a pool of one.
    pub client: Client,
    /// Moves the bytes between the client and the server, until either side ends the session.
    pub(crate) task: JoinHandle<Result<(), tokio_postgres::Error>>,
    description: String,
    /// The server, if the program itself provides it; must outlive the session.
    pub(crate) keep: Option<Box<dyn Any + Send>>,
}

impl Connected {
    /// Which database this is, for people: name, server, user, and whether TLS protects it.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Ends the session, and then the server if the program itself provides it.
    ///
    /// Returns what the server said at the end if it was the server who ended the session.
    pub async fn close(self) -> Option<String> {
        let Connected { client, task, keep, .. } = self;
        drop(client);
        // A network that is gone should not hold up the end of a program that has its result.
        let end = tokio::time::timeout(Duration::from_secs(2), task).await;
        // Only now: the server may wait for its last session before it stops.
        drop(keep);
        match end {
            Ok(Ok(Err(error))) => error.as_db_error().map(|error| error.message().to_owned()),
            _ => None,
        }
    }
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("description", &self.description).finish_non_exhaustive()
    }
}

/// One try: this server, at this IP address, in this way.
pub(crate) struct Attempt<'a> {
    pub(crate) address: &'a Address,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) mode: Mode,
    pub(crate) hostaddr: Option<IpAddr>,
}

/// Connects to the first server of `address` that answers.
///
/// Servers that cannot be reached are passed over; one that answers and says no ends the search, as
/// it does in libpq. Notices of the server go to the `log` crate, at the level info.
///
/// Dropping the client, an interrupt included, ends the session; the server then rolls back what
/// was not committed and releases the session's locks. So no signal is handled anywhere here.
pub async fn connect(address: &Address) -> Result<Connected, Error> {
    let connector = Connector::new(address)?;
    let mut unreachable = Vec::new();
    for endpoint in &address.endpoints {
        match connect_endpoint(address, endpoint, &connector).await {
            Ok(connected) => return Ok(connected),
            Err(Refusal::Unreachable(reason)) => unreachable.push((endpoint.to_string(), reason)),
            Err(Refusal::Final(error)) => return Err(error),
        }
    }
    Err(refusal::unreachable(&unreachable))
}

async fn connect_endpoint(
    address: &Address,
    endpoint: &Endpoint,
    connector: &Connector,
) -> Result<Connected, Refusal> {
    let mut reason = Refusal::Unreachable("its name has no address".to_owned());
    for hostaddr in look_up(address, endpoint).await? {
        for &mode in modes(address.tls.mode, endpoint) {
            let attempt = Attempt { address, endpoint, mode, hostaddr };
            match attempt.connect(connector).await {
                Ok(connected) => return Ok(connected),
                Err((refusal, is_worth_another_mode)) => {
                    reason = refusal;
                    if !is_worth_another_mode {
                        break;
                    }
                }
            }
        }
        if let Refusal::Final(_) = reason {
            break;
        }
    }
    Err(reason)
}

/// The IP addresses of a host; the one `None` where there is nothing to look up.
///
/// The driver could look the name up by itself, but its time limit leaves that out.
async fn look_up(address: &Address, endpoint: &Endpoint) -> Result<Vec<Option<IpAddr>>, Refusal> {
    if endpoint.is_socket() || endpoint.hostaddr.is_some() {
        return Ok(vec![endpoint.hostaddr]);
    }
    let lookup = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port));
    match within(address, lookup).await {
        Some(Ok(found)) => Ok(found.map(|socket| Some(socket.ip())).collect()),
        Some(Err(error)) => Err(Refusal::Unreachable(format!("its name cannot be resolved: {error}"))),
        None => Err(Refusal::Unreachable("its name was not resolved in time".to_owned())),
    }
}

/// The ways to try, in order. A socket has no TLS, and needs none: libpq ignores `sslmode` there.
fn modes(mode: SslMode, endpoint: &Endpoint) -> &'static [Mode] {
    match mode {
        _ if endpoint.is_socket() => &[Mode::Disable],
        SslMode::Disable => &[Mode::Disable],
        SslMode::Allow => &[Mode::Disable, Mode::Require],
        SslMode::Prefer => &[Mode::Prefer, Mode::Disable],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Mode::Require],
    }
}

impl Attempt<'_> {
    async fn connect(&self, connector: &Connector) -> Result<Connected, (Refusal, bool)> {
        let handshake = Arc::new(AtomicBool::new(false));
        let config = self.config();
        match within(self.address, connector.open(&config, self.mode, handshake.clone())).await {
            Some(Ok((client, task))) => {
                let description = self.describe(handshake.load(Ordering::Relaxed));
                Ok(Connected { client, task, description, keep: None })
            }
            Some(Err(error)) => {
                let another = match self.mode {
                    // `allow`: the server insists on TLS.
                    Mode::Disable => refusal::is_not_authorized(&error),
                    // `prefer`: the handshake failed, or the server wants no TLS from here.
                    Mode::Prefer => {
                        handshake.load(Ordering::Relaxed)
                            && (refusal::is_tls(&error) || refusal::is_not_authorized(&error))
                    }
                    _ => false,
                };
                Err((refusal::explain(&error, self), another))
            }
            None => Err((Refusal::Unreachable(refusal::timed_out(self.address)), false)),
        }
    }

    fn config(&self) -> Config {
        let mut config = self.address.config.clone();
        config.host(&self.endpoint.host).port(self.endpoint.port).ssl_mode(self.mode);
        if let Some(hostaddr) = self.hostaddr {
            config.hostaddr(hostaddr);
        }
        if let Some((password, _)) = &self.endpoint.password {
            config.password(password);
        }
        if self.address.tls.direct && self.mode == Mode::Require {
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        config
    }

    fn describe(&self, tls: bool) -> String {
        let protection = match (tls, self.address.tls.proof()) {
            _ if self.endpoint.is_socket() => "local socket",
            (false, _) => "no TLS",
            (true, Proof::Nothing) => "TLS, certificate not verified",
            (true, Proof::Chain) => "TLS, host name not verified",
            (true, Proof::ChainAndHost) => "TLS, verified",
        };
        let Address { database, user, .. } = self.address;
        format!("`{database}` at {} as `{user}` ({protection})", self.endpoint)
    }
}

/// `None` if the address's time limit has passed.
async fn within<T>(address: &Address, future: impl Future<Output = T>) -> Option<T> {
    match address.timeout {
        Some(limit) => tokio::time::timeout(limit, future).await.ok(),
        None => Some(future.await),
    }
}

type Opened = (Client, JoinHandle<Result<(), tokio_postgres::Error>>);

#[cfg(feature = "tls")]
use with_tls::Connector;
#[cfg(not(feature = "tls"))]
use without_tls::Connector;

#[cfg(feature = "tls")]
mod with_tls {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio_postgres::Socket;
    use tokio_postgres::config::{Config, SslMode as Mode};
    use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
    use tokio_postgres_rustls::MakeRustlsConnect;

    use super::Opened;
    use crate::address::{Address, Endpoint};
    use crate::error::Error;
    use crate::sslmode::SslMode;
    use crate::tls;

    /// Opens sessions, with TLS or without.
    pub(super) struct Connector(Option<MakeRustlsConnect>);

    impl Connector {
        /// Reads the files that the address names, unless there will be no TLS.
        pub(super) fn new(address: &Address) -> Result<Self, Error> {
            let is_needed =
                address.tls.mode != SslMode::Disable && !address.endpoints.iter().all(Endpoint::is_socket);
            Ok(Connector(if is_needed { Some(tls::connector(&address.tls)?) } else { None }))
        }

        pub(super) async fn open(
            &self,
            config: &Config,
            mode: Mode,
            handshake: Arc<AtomicBool>,
        ) -> Result<Opened, tokio_postgres::Error> {
            match self.0.clone().filter(|_| mode != Mode::Disable) {
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(connection)))
                }
                Some(inner) => {
                    let (client, connection) = config.connect(Noted { inner, handshake }).await?;
                    Ok((client, tokio::spawn(connection)))
                }
            }
        }
    }

    /// Notes that a TLS handshake has begun: with `prefer`, the driver does not tell which way it went.
    struct Noted<T> {
        inner: T,
        handshake: Arc<AtomicBool>,
    }

    impl<T: MakeTlsConnect<Socket>> MakeTlsConnect<Socket> for Noted<T> {
        type Stream = T::Stream;
        type TlsConnect = Noted<T::TlsConnect>;
        type Error = T::Error;

        fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, T::Error> {
            let inner = self.inner.make_tls_connect(domain)?;
            Ok(Noted { inner, handshake: self.handshake.clone() })
        }
    }

    impl<T: TlsConnect<Socket>> TlsConnect<Socket> for Noted<T> {
        type Stream = T::Stream;
        type Error = T::Error;
        type Future = T::Future;

        fn connect(self, stream: Socket) -> T::Future {
            self.handshake.store(true, Ordering::Relaxed);
            self.inner.connect(stream)
        }
    }
}

#[cfg(not(feature = "tls"))]
mod without_tls {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use tokio_postgres::config::{Config, SslMode as Mode};
    use tokio_postgres::tls::NoTls;

    use super::Opened;
    use crate::address::{Address, Endpoint};
    use crate::error::Error;
    use crate::sslmode::SslMode;

    /// Opens sessions without TLS.
    pub(super) struct Connector;

    impl Connector {
        pub(super) fn new(address: &Address) -> Result<Self, Error> {
            let mode = address.tls.mode;
            if mode >= SslMode::Require && !address.endpoints.iter().all(Endpoint::is_socket) {
                return Err(Error::failed(format!(
                    "sslmode={mode} asks for TLS, and this program is built without it"
                ))
                .with_help("build it with the feature `tls` of stairwell-cli"));
            }
            Ok(Connector)
        }

        pub(super) async fn open(
            &self,
            config: &Config,
            _: Mode,
            _: Arc<AtomicBool>,
        ) -> Result<Opened, tokio_postgres::Error> {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, tokio::spawn(connection)))
        }
    }
}
