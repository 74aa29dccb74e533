//! Certificates for servers that speak TLS.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{Failure, account::output};

/// An authority, and a certificate for 127.0.0.1 and `localhost` signed by it. Files, gone when dropped.
pub struct Certificates {
    folder: TempDir,
}

/// Of our own, because what the machine's `openssl.cnf` adds differs from system to system.
///
/// rustls takes no authority for a server, so that one self-signed certificate for both would not do.
const CONFIG: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = Stairwell test
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
";

impl Certificates {
    /// Makes them with the `openssl` command; panics where there is none.
    #[expect(clippy::panic, reason = "the person who runs the tests is the only one who can do something")]
    pub fn make() -> Certificates {
        Certificates::try_make()
            .unwrap_or_else(|failure| panic!("{failure}\nhelp: install the package `openssl`"))
    }

    fn try_make() -> Result<Certificates, Failure> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        fs::write(folder.path().join("config"), CONFIG).map_err(|error| format!("cannot write: {error}"))?;
        let openssl = |arguments: &str| {
            output(Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()))
        };
        let new = "req -config config -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(&format!(
            "{new} -x509 -extensions authority -days 2 -keyout authority.key -out authority.pem"
        ))?;
        openssl(&format!("{new} -new -keyout server.key -out server.csr"))?;
        openssl(
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -set_serial 2 \
             -days 2 -extfile config -extensions server -out server.pem",
        )?;
        Ok(Certificates { folder })
    }

    /// The authority's certificate, which clients trust.
    pub fn authority(&self) -> PathBuf {
        self.file("authority.pem")
    }

    /// The server's certificate.
    pub fn certificate(&self) -> PathBuf {
        self.file("server.pem")
    }

    /// The server's key.
    pub fn key(&self) -> PathBuf {
        self.file("server.key")
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }
}
