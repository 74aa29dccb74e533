//! Which TLS an address asks for, in libpq's words.

use std::fmt;
use std::path::PathBuf;

/// How much TLS there must be: libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS only if the server turns down a session without; nothing is verified.
    Allow,
    /// TLS if the server offers it, otherwise none; nothing is verified.
    Prefer,
    /// TLS; verified like `verify-ca` if there is a file of root certificates, otherwise not at all.
    Require,
    /// TLS, with a certificate that a trusted root has signed.
    VerifyCa,
    /// TLS, with a certificate that a trusted root has signed for the host's name.
    VerifyFull,
}

impl SslMode {
    /// The mode that libpq calls `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        use SslMode::*;
        [Disable, Allow, Prefer, Require, VerifyCa, VerifyFull].into_iter().find(|mode| mode.name() == name)
    }

    /// libpq's name.
    pub const fn name(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        }
    }
}

impl fmt::Display for SslMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which roots a certificate of the server is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// A file in PEM form: `sslrootcert`, or `~/.postgresql/root.crt` if there is one.
    File(PathBuf),
    /// The operating system's.
    ///
    /// Where libpq fails for want of `~/.postgresql/root.crt`, these are used: hosted databases have
    /// certificates of public authorities, and `verify-full` should be easy to ask for.
    System,
}

/// Everything that an address says about TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsOptions {
    pub(crate) mode: SslMode,
    pub(crate) roots: Roots,
    /// The client's certificate and its key, both in PEM form.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
    pub(crate) server_name: bool,
    /// `sslnegotiation=direct`: TLS from the first byte, which PostgreSQL 17 learnt.
    pub(crate) direct: bool,
    pub(crate) only_tls13: bool,
}

/// What is proved about the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Nothing,
    Chain,
    ChainAndHost,
}

impl TlsOptions {
    pub(crate) fn proof(&self) -> Proof {
        match (self.mode, &self.roots) {
            (SslMode::VerifyFull, _) => Proof::ChainAndHost,
            (SslMode::VerifyCa, _) | (SslMode::Require, Roots::File(_)) => Proof::Chain,
            _ => Proof::Nothing,
        }
    }
}
