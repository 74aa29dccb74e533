//! The option that names the database, to be flattened into a command.

use std::any::Any;
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

    /// Whether a migration role is preferred, and which address an option gave for it.
    #[arg(skip)]
    migrating: Option<Option<String>>,
}

impl Database {
    /// The address that the option, else `DATABASE_URL`, else the `PG*` variables give, if any does.
    ///
    /// [As the migration role](Database::as_migrator), an address of its own comes first.
    pub fn address(&self, environment: &Environment) -> Result<Option<Address>, Error> {
        match self.migrating_address(environment)? {
            Some(own) => Ok(Some(own)),
            None => Address::resolve(self.database_url.as_deref(), environment),
        }
    }

    /// The same database, for what migrates: where the role that serves may not change the schema, another one
    /// does.
    ///
    /// Its address is `migrate_url`, else what `MIGRATE_DATABASE_URL` says unless there is a `--database-url`,
    /// else that of everything else.
    #[must_use]
    pub fn as_migrator(&self, migrate_url: Option<&str>) -> Database {
        Database { database_url: self.database_url.clone(), migrating: Some(migrate_url.map(str::to_owned)) }
    }

    /// The address that only what migrates has, if there is one.
    pub(crate) fn migrating_address(&self, environment: &Environment) -> Result<Option<Address>, Error> {
        match &self.migrating {
            Some(own) => {
                Address::resolve_migrating(own.as_deref(), self.database_url.as_deref(), environment)
            }
            None => Ok(None),
        }
    }

    /// The address, or that of what `fallback` starts; and what has to be kept for as long as it is used.
    pub(crate) async fn resolve(
        &self,
        fallback: impl Fallback,
    ) -> Result<(Address, Option<Box<dyn Any + Send>>), Error> {
        let environment = Environment::process();
        let Some(address) = self.address(&environment)? else {
            let Provided { url, keep, .. } = fallback.start().await?;
            return Ok((provided(&url, &environment)?, Some(keep)));
        };
        for warning in &address.warnings {
            output::warn(warning);
        }
        Ok((address, None))
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
    let mut connected = connect(&self::provided(&url, environment)?).await?;
    connected.keep = Some(keep);
    connected.print_notices();
    output::say(&format!("database {description}"));
    Ok(connected)
}

/// Without the variables: `PGSSLMODE` and the like are about servers elsewhere.
fn provided(url: &str, environment: &Environment) -> Result<Address, Error> {
    let mut alone = Environment::empty();
    if let Some(program) = environment.program() {
        alone = alone.with_program(program);
    }
    Address::parse(url, &alone)
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
        let database = Database {
            database_url: Some("postgres://me:hunter2@db/shop".to_owned()),
            ..Database::default()
        };
        assert!(!format!("{database:?}").contains("hunter2"));
        let migrating = database.as_migrator(Some("postgres://me:hunter2@db/shop"));
        assert!(!format!("{migrating:?}").contains("hunter2"));
    }

    /// Nobody who names a database migrates another one.
    #[test]
    fn the_migration_role_has_an_address_of_its_own() {
        let variable = Environment::empty().with_variable("MIGRATE_DATABASE_URL", "postgres://m@b/m");
        let both = variable.clone().with_variable("DATABASE_URL", "postgres://s@c/s");
        let serving = Environment::empty().with_variable("DATABASE_URL", "postgres://s@c/s");
        let [of_option, of_migrator, of_variable, of_all] =
            ["`o` at a:5432 as `o`", "`x` at d:5432 as `x`", "`m` at b:5432 as `m`", "`s` at c:5432 as `s`"];
        let option = Some("postgres://o@a/o");
        let migrate = Some("postgres://x@d/x");
        for (option, migrate, environment, expected) in [
            (None, None, &variable, of_variable),
            (None, None, &both, of_variable),
            (None, None, &serving, of_all),
            (option, None, &both, of_option),
            (option, migrate, &both, of_migrator),
            (None, migrate, &both, of_migrator),
        ] {
            let database = Database { database_url: option.map(str::to_owned), migrating: None };
            let address = database.as_migrator(migrate).address(environment).unwrap().unwrap();
            assert_eq!(address.to_string(), expected);
            let serving = database.address(environment).unwrap().map(|address| address.to_string());
            let serves = if option.is_some() { Some(of_option) } else { Some(of_all) };
            assert_eq!(
                serving.as_deref(),
                serves.filter(|_| option.is_some() || environment.variable("DATABASE_URL").is_some())
            );
        }
        let empty = Database::default().as_migrator(Some(" ")).address(&both).unwrap_err();
        assert_eq!(empty.to_string(), "`--migrate-url` is empty");
    }

    /// A server connects from tasks of its runtime.
    #[test]
    fn connecting_can_be_spawned() {
        fn is_send(_: impl Send) {}
        is_send(Database::default().connect(NoFallback));
    }
}
