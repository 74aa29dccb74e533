//! The option that names the database, to be flattened into a command.

use std::fmt;

use crate::address::{Address, Source};
use crate::connect::{Connected, connect};
use crate::environment::Environment;
use crate::error::Error;
use crate::fallback::{Fallback, Provided};
use crate::output;

/// Which database; flatten it into every command that needs one.
//
// The variables are read in `address`, not by clap: messages can then say where a password came
// from, and clap has no value of `DATABASE_URL` that it could show.
#[derive(Clone, Default, clap::Args)]
pub struct Database {
    /// Address of the database, a URL or libpq's `key=value` pairs [env: DATABASE_URL, PGHOST …]
    #[arg(long, value_name = "URL", global = true)]
    database_url: Option<String>,
}

impl Database {
    /// The address that the option, else `DATABASE_URL`, else the `PG*` variables give, if any does.
    pub fn address(&self, environment: &Environment) -> Result<Option<Address>, Error> {
        Address::resolve(self.database_url.as_deref(), environment)
    }

    /// Connects to the database, or to the one that `fallback` provides, and says on stderr to which.
    ///
    /// There it also prints the server's warnings, and what steps raise as notices.
    pub async fn connect(&self, fallback: impl Fallback) -> Result<Connected, Error> {
        let environment = Environment::process();
        let Some(address) = self.address(&environment)? else {
            return connect_provided(fallback.start().await?, &environment).await;
        };
        for warning in &address.warnings {
            output::warn(warning);
        }
        let connected = connect(&address).await?;
        connected.print_notices();
        match &address.source {
            Source::Variable(name) if name.starts_with("PG") => {
                output::say(&format!("database {}, from the `PG*` variables", connected.description()));
            }
            source => output::say(&format!("database {}, from {source}", connected.description())),
        }
        Ok(connected)
    }
}

async fn connect_provided(provided: Provided, environment: &Environment) -> Result<Connected, Error> {
    let Provided { url, description, keep } = provided;
    // Without the variables: `PGSSLMODE` and the like are about servers elsewhere.
    let mut alone = Environment::empty();
    if let Some(program) = environment.program() {
        alone = alone.with_program(program);
    }
    let mut connected = connect(&Address::parse(&url, &alone)?).await?;
    connected.keep = Some(keep);
    connected.print_notices();
    output::say(&format!("database {description}"));
    Ok(connected)
}

/// Whether there is an address, not which: it can hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("is_given", &self.database_url.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fallback::NoFallback;

    #[test]
    fn the_option_is_not_shown() {
        let database = Database { database_url: Some("postgres://me:hunter2@db/shop".to_owned()) };
        assert!(!format!("{database:?}").contains("hunter2"));
    }

    /// A server connects from tasks of its runtime.
    #[test]
    fn connecting_can_be_spawned() {
        fn is_send(_: impl Send) {}
        is_send(Database::default().connect(NoFallback));
    }
}
