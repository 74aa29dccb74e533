//! What servers of this process have in common: binaries, account, version, home.

use std::{path::PathBuf, sync::OnceLock};

use crate::{Failure, account::Account, binaries, home::Home};

/// An installed PostgreSQL, and the user and the folder to run it with.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) account: Account,
    pub(crate) home: Home,
    /// As `postgres --version` prints it.
    pub(crate) version: String,
    pub(crate) major: u32,
    folder: PathBuf,
}

impl Installation {
    /// Like [`Installation::find`], but looks only once per process.
    pub(crate) fn get() -> Result<&'static Installation, Failure> {
        static INSTALLATION: OnceLock<Result<Installation, Failure>> = OnceLock::new();
        INSTALLATION.get_or_init(Installation::find).as_ref().map_err(Clone::clone)
    }

    fn find() -> Result<Installation, Failure> {
        let folder = binaries::find(std::env::var_os(binaries::VARIABLE).as_deref())?;
        let account = Account::choose()?;
        let version = account.run(folder.join("postgres"), &["--version"]).map_err(|failure| {
            format!("{failure}\nhelp: the user with id {} must be able to run it", account.uid)
        })?;
        let major = major(&version).ok_or_else(|| format!("no version number in `{}`", version.trim()))?;
        let home = Home::open(&account)?;
        Ok(Installation { account, home, version, major, folder })
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The `15` of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` and the `19` of `... 19beta1`.
fn major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL)")?.1.trim_start();
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_versions() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("postgres (PostgreSQL) 18"), Some(18));
        assert_eq!(major("something else 18"), None);
    }
}
