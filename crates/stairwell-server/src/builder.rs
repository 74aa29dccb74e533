//! Servers that differ from the shared one.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Failure, Server, cluster, installation::Installation, server::Running, state::State, watchdog::Watchdog,
};

/// Settings of every server: it never has to survive the machine, only to be quick and quiet.
///
/// `synchronous_commit` stays on. Without `fsync` it costs a copy to the kernel's memory, and what was
/// committed before a [`crash`](Server::crash) is still there after it, which tests of crashes rely on.
const SETTINGS: [(&str, &str); 9] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "16MB"),
    ("max_connections", "100"),
    // A vacuum that happens to run takes locks, which makes tests about locks unsteady.
    ("autovacuum", "off"),
    // In files below the data directory, which go away with it even if the server is killed.
    ("dynamic_shared_memory_type", "mmap"),
    ("listen_addresses", "127.0.0.1"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
];

/// What is special about a server. Made by [`Server::builder`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Vec<(String, String)>,
    password: Option<String>,
    tls: Option<(PathBuf, PathBuf)>,
    hba: Option<String>,
}

impl Builder {
    /// Adds a line of `postgresql.conf`; the last one of a name counts.
    pub fn setting(mut self, name: &str, value: &str) -> Builder {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Makes the server ask for a password (SCRAM), on the socket too. [`Server::url`] contains it.
    pub fn password(mut self, password: &str) -> Builder {
        self.password = Some(password.into());
        self
    }

    /// Makes the server speak TLS with this certificate and key (PEM), for instance those of
    /// [`Certificates`].
    ///
    /// Clear text stays possible unless [`Builder::hba`] forbids it.
    ///
    /// [`Certificates`]: crate::Certificates
    pub fn tls(mut self, certificate: &Path, key: &Path) -> Builder {
        self.tls = Some((certificate.into(), key.into()));
        self
    }

    /// Replaces the lines of `pg_hba.conf` for TCP; `hostssl all all all trust` allows only TLS.
    pub fn hba(mut self, lines: &str) -> Builder {
        self.hba = Some(lines.into());
        self
    }

    /// Starts the server. Like [`Builder::try_start`], but panics.
    #[expect(clippy::panic, reason = "the person who runs the tests is the only one who can do something")]
    #[track_caller]
    pub fn start(self) -> Server {
        match self.try_start() {
            Ok(server) => server,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Starts the server, or says why it cannot, with the server's log if there is one.
    pub fn try_start(self) -> Result<Server, Failure> {
        let installation = Installation::get()?;
        let home = &installation.home;
        let lock = home.lock()?;
        home.sweep(&lock);
        let template = cluster::template(installation, self.password.as_deref(), &lock)?;
        let watchdog = Watchdog::start(&installation.account, home, &lock)?;
        // After this point: whatever happens to this process, the watchdog removes the folder.
        drop(lock);
        let folder = watchdog.folder.clone();
        cluster::copy(installation, &template, &folder.join("data"))?;
        let arguments = self.configure(installation, &folder)?;
        let state = State::start(installation, watchdog, arguments)?;
        Ok(Server::from(Arc::new(Running::new(installation, folder, self.password, state))))
    }

    /// Writes the files that this server has and the template has not, and returns the command's arguments.
    fn configure(&self, installation: &Installation, folder: &Path) -> Result<Vec<String>, Failure> {
        let account = &installation.account;
        let mut settings: Vec<(String, String)> =
            SETTINGS.map(|(name, value)| (name.into(), value.into())).into();
        settings.push(("unix_socket_directories".into(), folder.display().to_string()));
        if let Some((certificate, key)) = &self.tls {
            settings.push(("ssl".into(), "on".into()));
            for (name, source) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
                // A copy, because PostgreSQL insists on owner and mode of the key.
                let contents = fs::read(source)
                    .map_err(|error| format!("cannot read `{}`: {error}", source.display()))?;
                let target = folder.join(name);
                account.write(&target, contents)?;
                settings.push((name.into(), target.display().to_string()));
            }
        }
        if let Some(lines) = &self.hba {
            let local = if self.password.is_some() { "scram-sha-256" } else { "trust" };
            account.write(&folder.join("data/pg_hba.conf"), format!("local all all {local}\n{lines}\n"))?;
        }
        settings.extend(self.settings.iter().cloned());
        let mut arguments = vec!["-D".into(), folder.join("data").display().to_string()];
        for (name, value) in settings {
            arguments.extend(["-c".into(), format!("{name}={value}")]);
        }
        Ok(arguments)
    }
}
