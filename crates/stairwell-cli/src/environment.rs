//! What an address may depend on beside the string itself, as a value.
//!
//! Nothing else in this crate looks at the process's environment, so every rule of resolution is a
//! function that a test can call with variables of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::address::MIGRATE_VARIABLE;

/// The environment variables, the operating system's user and the directories that an address depends on.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    user: Option<String>,
    home: Option<PathBuf>,
    socket_directory: Option<PathBuf>,
    program: Option<String>,
}

impl Environment {
    /// An environment without any variable, user or directory.
    pub fn empty() -> Self {
        Environment::default()
    }

    /// The environment of this process.
    pub fn process() -> Self {
        // A value that is not UTF-8 is taken with replacement characters: it then fails where it is
        // used, with a message, instead of being dropped here without one.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
            })
            .filter(|(name, _)| {
                name.starts_with("PG")
                    || name.starts_with("STAIRWELL_")
                    || ["DATABASE_URL", MIGRATE_VARIABLE].contains(&name.as_str())
            })
            .collect();
        let program = std::env::args_os().next().map(PathBuf::from);
        Environment {
            variables,
            user: whoami::username().ok(),
            home: std::env::home_dir(),
            socket_directory: ["/var/run/postgresql", "/tmp"]
                .into_iter()
                .filter(|_| cfg!(unix))
                .map(PathBuf::from)
                .find(|directory| directory.is_dir()),
            program: program.and_then(|path| Some(path.file_stem()?.to_str()?.to_owned())),
        }
    }

    /// With the variable `name` set to `value`.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With the operating system's user.
    #[must_use]
    pub fn with_user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// With the home directory.
    #[must_use]
    pub fn with_home(mut self, home: &Path) -> Self {
        self.home = Some(home.to_owned());
        self
    }

    /// With the directory in which a local server's socket is looked for.
    #[must_use]
    pub fn with_socket_directory(mut self, directory: &Path) -> Self {
        self.socket_directory = Some(directory.to_owned());
        self
    }

    /// With the name of the program, which the server then shows beside the session.
    #[must_use]
    pub fn with_program(mut self, program: &str) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// The value of a variable; a variable that is set to nothing counts as not set, as libpq has it.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The operating system's user.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The home directory.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The directory in which a local server's socket is looked for.
    pub fn socket_directory(&self) -> Option<&Path> {
        self.socket_directory.as_deref()
    }

    /// The name of the program.
    pub fn program(&self) -> Option<&str> {
        self.program.as_deref()
    }
}

/// Names only: values of `PGPASSWORD` and `DATABASE_URL` are secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("user", &self.user)
            .field("home", &self.home)
            .field("socket_directory", &self.socket_directory)
            .field("program", &self.program)
            .finish()
    }
}
