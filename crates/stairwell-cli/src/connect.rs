//! From an address to a session.

use std::any::Any;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::config::{Config, SslMode as Mode, SslNegotiation, TargetSessionAttrs};
use tokio_postgres::{CancelToken, Client};

use crate::address::{Address, Endpoint};
use crate::connector::Connector;
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
    canceller: Canceller,
    address: Address,
    /// The server, if the program itself provides it; must outlive the session.
    pub(crate) keep: Option<Box<dyn Any + Send>>,
}

impl Connected {
    /// Which database this is, for people: name, server, user, and whether TLS protects it.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What cancels the statement that this session runs, for [`Interrupt`](crate::Interrupt).
    pub fn canceller(&self) -> Canceller {
        let mut canceller = self.canceller.clone();
        // The embedded PostgreSQL has room for one connection, and cannot cancel.
        canceller.target = canceller.target.filter(|_| self.keep.is_none());
        canceller
    }

    /// Another session with this database.
    #[cfg(feature = "shadow")]
    pub(crate) async fn again(&self) -> Result<Connected, Error> {
        connect(&self.address).await
    }

    /// A session with another database of the same server.
    #[cfg(feature = "shadow")]
    pub(crate) async fn sibling(&self, database: &str) -> Result<Connected, Error> {
        connect(&self.address.with_database(database)).await
    }

    /// From now on, what the server has to say while steps run goes to stderr instead of the `log` crate.
    pub(crate) fn print_notices(&self) {
        self.canceller.is_loud.store(true, Ordering::Relaxed);
    }

    /// Ends the session, and then the server if the program itself provides it.
    ///
    /// Returns what the server said at the end if it was the server who ended the session.
    pub async fn close(self) -> Option<String> {
        let Connected { client, mut task, keep, .. } = self;
        drop(client);
        // A network that is gone should not hold up the end of a program that has its result.
        let end = tokio::time::timeout(Duration::from_secs(2), &mut task).await;
        task.abort();
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

/// Asks the server to stop the statement that a session runs.
#[derive(Clone)]
pub struct Canceller {
    /// `None` where nothing can be cancelled.
    target: Option<(CancelToken, Connector, Mode)>,
    is_loud: Arc<AtomicBool>,
}

impl Canceller {
    pub(crate) fn is_able(&self) -> bool {
        self.target.is_some()
    }

    /// Whether the server got the request; what comes of it, it does not say.
    pub(crate) async fn cancel(&self) -> bool {
        match &self.target {
            Some((token, connector, mode)) => connector.cancel(token, *mode).await.is_ok(),
            None => false,
        }
    }

    /// From now on, nothing that the server says is printed.
    pub(crate) fn silence(&self) {
        self.is_loud.store(false, Ordering::Relaxed);
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").field("is_able", &self.is_able()).finish_non_exhaustive()
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
/// Dropping the client ends the session; the server then rolls back what was not committed and
/// releases the session's locks, but not before the end of a statement that still runs. For that,
/// there is [`Interrupt`](crate::Interrupt).
pub async fn connect(address: &Address) -> Result<Connected, Error> {
    let connector = Connector::new(address)?;
    if address.prefers_standby {
        let mut standby = address.clone();
        standby.config.target_session_attrs(TargetSessionAttrs::ReadOnly);
        // Whatever is wrong beside that, the second round says.
        if let Ok(connected) = connect_first(&standby, &connector).await {
            return Ok(connected);
        }
    }
    connect_first(address, &connector).await
}

async fn connect_first(address: &Address, connector: &Connector) -> Result<Connected, Error> {
    let mut unreachable = Vec::new();
    for endpoint in &address.endpoints {
        match connect_endpoint(address, endpoint, connector).await {
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
        let is_loud = Arc::new(AtomicBool::new(false));
        let opening = connector.open(&config, self.mode, handshake.clone(), is_loud.clone());
        match within(self.address, opening).await {
            Some(Ok((client, task))) => {
                let description = self.describe(handshake.load(Ordering::Relaxed));
                let target = Some((client.cancel_token(), connector.clone(), self.mode));
                let canceller = Canceller { target, is_loud };
                let address = self.address.clone();
                Ok(Connected { client, task, description, canceller, address, keep: None })
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
