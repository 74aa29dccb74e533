//! Opens sessions and cancels what they do, with TLS or without.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Connection, Socket};

use crate::notice;

/// Moves the bytes of a session, and passes on what the server says unasked.
async fn drive<T: TlsStream + Unpin>(
    mut connection: Connection<Socket, T>,
    is_loud: Arc<AtomicBool>,
) -> Result<(), tokio_postgres::Error> {
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await.transpose()? {
        if let AsyncMessage::Notice(notice) = message {
            if is_loud.load(Ordering::Relaxed) && notice::is_for_people(&notice) {
                notice::print(&notice);
            } else {
                log::info!("{}: {}", notice.severity(), notice.message());
            }
        }
    }
    Ok(())
}

pub(crate) type Opened = (Client, JoinHandle<Result<(), tokio_postgres::Error>>);

#[cfg(feature = "tls")]
pub(crate) use with_tls::Connector;
#[cfg(not(feature = "tls"))]
pub(crate) use without_tls::Connector;

#[cfg(feature = "tls")]
mod with_tls {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio_postgres::config::{Config, SslMode as Mode};
    use tokio_postgres::tls::{MakeTlsConnect, NoTls, TlsConnect};
    use tokio_postgres::{CancelToken, Socket};
    use tokio_postgres_rustls::MakeRustlsConnect;

    use super::{Opened, drive};
    use crate::address::{Address, Endpoint};
    use crate::error::Error;
    use crate::sslmode::SslMode;
    use crate::tls;

    /// Opens sessions, with TLS or without.
    #[derive(Clone)]
    pub(crate) struct Connector(Option<MakeRustlsConnect>);

    impl Connector {
        /// Reads the files that the address names, unless there will be no TLS.
        pub(crate) fn new(address: &Address) -> Result<Self, Error> {
            let is_needed =
                address.tls.mode != SslMode::Disable && !address.endpoints.iter().all(Endpoint::is_socket);
            Ok(Connector(if is_needed { Some(tls::connector(&address.tls)?) } else { None }))
        }

        pub(crate) async fn open(
            &self,
            config: &Config,
            mode: Mode,
            handshake: Arc<AtomicBool>,
            is_loud: Arc<AtomicBool>,
        ) -> Result<Opened, tokio_postgres::Error> {
            match self.0.clone().filter(|_| mode != Mode::Disable) {
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(drive(connection, is_loud))))
                }
                Some(inner) => {
                    let (client, connection) = config.connect(Noted { inner, handshake }).await?;
                    Ok((client, tokio::spawn(drive(connection, is_loud))))
                }
            }
        }

        /// Has the server cancel, over a connection as well protected as the session's.
        pub(crate) async fn cancel(
            &self,
            token: &CancelToken,
            mode: Mode,
        ) -> Result<(), tokio_postgres::Error> {
            match self.0.clone().filter(|_| mode != Mode::Disable) {
                None => token.cancel_query(NoTls).await,
                Some(tls) => token.cancel_query(tls).await,
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

    use tokio_postgres::CancelToken;
    use tokio_postgres::config::{Config, SslMode as Mode};
    use tokio_postgres::tls::NoTls;

    use super::{Opened, drive};
    use crate::address::{Address, Endpoint};
    use crate::error::Error;
    use crate::sslmode::SslMode;

    /// Opens sessions without TLS.
    #[derive(Clone)]
    pub(crate) struct Connector;

    impl Connector {
        pub(crate) fn new(address: &Address) -> Result<Self, Error> {
            let mode = address.tls.mode;
            if mode >= SslMode::Require && !address.endpoints.iter().all(Endpoint::is_socket) {
                return Err(Error::failed(format!(
                    "sslmode={mode} asks for TLS, and this program is built without it"
                ))
                .with_help("build it with the feature `tls` of stairwell-cli"));
            }
            Ok(Connector)
        }

        pub(crate) async fn open(
            &self,
            config: &Config,
            _: Mode,
            _: Arc<AtomicBool>,
            is_loud: Arc<AtomicBool>,
        ) -> Result<Opened, tokio_postgres::Error> {
            let (client, connection) = config.connect(NoTls).await?;
            Ok((client, tokio::spawn(drive(connection, is_loud))))
        }

        pub(crate) async fn cancel(&self, token: &CancelToken, _: Mode) -> Result<(), tokio_postgres::Error> {
            token.cancel_query(NoTls).await
        }
    }
}
