//! Data directories: the template, and the copies that servers run on.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::{Failure, home::Lock, installation::Installation};

/// The template for this version and this superuser password; made now if there is none yet.
pub(crate) fn template(
    installation: &Installation,
    password: Option<&str>,
    _: &Lock,
) -> Result<PathBuf, Failure> {
    let authentication = if password.is_some() { "scram-sha-256" } else { "trust" };
    let options = [
        // The default segment of 16 MB would be most of what a copy has to write.
        "--wal-segsize=1",
        "--no-sync",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
        "--auth",
        authentication,
    ];
    let mut hasher = DefaultHasher::new();
    (&installation.version, options, password).hash(&mut hasher);
    let home = &installation.home.path;
    let template = home.join(format!("template-{}-{:016x}", installation.major, hasher.finish()));
    if template.is_dir() {
        return Ok(template);
    }

    // A process that dies half-way leaves a folder with another name, which a later one sweeps away.
    let account = &installation.account;
    let new = account.run("mktemp", &["-d", &format!("{}/new.XXXXXX", home.display())])?;
    let new = Path::new(new.trim_end());
    let mut command = account.command(installation.program("initdb"));
    command.args(options).arg("--pgdata").arg(new.join("data"));
    if let Some(password) = password {
        let file = new.join("password");
        account.write(&file, password)?;
        command.arg("--pwfile").arg(file);
    }
    crate::account::output(&mut command)?;
    fs::rename(new.join("data"), &template)
        .map_err(|error| format!("cannot make `{}`: {error}", template.display()))?;
    // If this fails, a later process sweeps it away.
    let _ = fs::remove_dir_all(new);
    Ok(template)
}

/// Copies a template to a place where nothing is yet.
pub(crate) fn copy(installation: &Installation, template: &Path, data: &Path) -> Result<(), Failure> {
    let mut command = installation.account.command("cp");
    command.arg("-a");
    if cfg!(target_os = "linux") {
        command.arg("--reflink=auto");
    }
    crate::account::output(command.arg(template).arg(data)).map(drop)
}
