//! What a command that serves does about migrations before it serves.

use std::fmt;
use std::time::Duration;

use stairwell::{Migrator, StartReport, Startup};

use crate::connect::Connected;
use crate::database::Database;
use crate::environment::Environment;
use crate::error::Error;
use crate::fallback::{Fallback, NoFallback};
use crate::interrupt::Interrupt;
use crate::output;
use crate::selection::parse_duration;
use crate::up::summary;

/// How long a start waits unless told.
const WAIT: Duration = Duration::from_secs(10 * 60);

/// What to do about pending migrations at start-up; flatten it into a command that serves.
#[derive(Clone, Default, clap::Args)]
pub struct OnStart {
    /// What to do about pending migrations before serving
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    on_start: StartMode,

    /// With `--on-start wait`, wait at most this long: `30s`, `10m`, `0` [default: 10m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    start_wait: Option<Duration>,

    /// With `--on-start apply`, migrate by this address, as a role that may [env: MIGRATE_DATABASE_URL]
    #[arg(long, value_name = "URL")]
    migrate_url: Option<String>,
}

/// What a start does; [`Startup`] as an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum StartMode {
    /// Apply them
    #[default]
    Apply,
    /// Wait until another process has applied them
    Wait,
    /// Refuse to start, with exit status 3
    Verify,
    /// Do not look
    Skip,
}

impl OnStart {
    /// What the options say. Needs no connection.
    ///
    /// # Errors
    ///
    /// A usage error if an option is given that means nothing beside `--on-start`.
    pub fn startup(&self) -> Result<Startup, Error> {
        if self.start_wait.is_some() && self.on_start != StartMode::Wait {
            return Err(Error::usage("`--start-wait` means nothing without `--on-start wait`"));
        }
        if self.migrate_url.is_some() && self.on_start != StartMode::Apply {
            return Err(Error::usage("`--migrate-url` means nothing without `--on-start apply`"));
        }
        Ok(match self.on_start {
            StartMode::Apply => Startup::Apply,
            StartMode::Wait => Startup::Wait { limit: self.start_wait.unwrap_or(WAIT) },
            StartMode::Verify => Startup::Verify,
            StartMode::Skip => Startup::Skip,
        })
    }

    /// Makes sure that the database is one to work with, says on stderr what became of it, and returns the session
    /// to serve with, by the address of `database`.
    ///
    /// If there is a [migration role](Database::as_migrator), that one applies, in a session of its own. Then the
    /// role that serves looks for itself, so that two addresses which do not mean the same database are found out.
    ///
    /// # Errors
    ///
    /// Like [`OnStart::startup`], [`Database::connect`], [`Migrator::on_start`] and [`Interrupt::cancels`].
    pub async fn run(
        &self,
        database: &Database,
        fallback: impl Fallback,
        migrator: &Migrator<'_>,
        interrupt: &mut Interrupt,
    ) -> Result<(Connected, StartReport), Error> {
        let startup = self.startup()?;
        let migrating = database.as_migrator(self.migrate_url.as_deref());
        let environment = Environment::process();
        let own = match startup {
            Startup::Apply => migrating.migrating_address(&environment)?,
            _ => None,
        };
        let Some(own) = own else {
            let connected = interrupt.ends(database.connect(fallback)).await??;
            let (connected, report) = start(connected, migrator, startup, interrupt).await?;
            say(startup, &report);
            return Ok((connected, report));
        };
        if database.address(&environment)?.is_none() {
            let message = format!("{} says where to migrate, and nothing where to serve from", own.source);
            return Err(Error::usage(message)
                .with_help("give the address of the role that serves: `--database-url` or `DATABASE_URL`"));
        }
        let connected = interrupt.ends(migrating.connect(NoFallback)).await??;
        let (connected, report) = start(connected, migrator, startup, interrupt).await?;
        connected.close().await;
        say(startup, &report);
        let connected = interrupt.ends(database.connect(NoFallback)).await??;
        match start(connected, migrator, Startup::Verify, interrupt).await {
            Ok((connected, _)) => Ok((connected, report)),
            Err(error) => Err(error.with_help(format!(
                "this is what the role that serves finds, after {} was migrated: do both addresses mean one database?",
                own.source
            ))),
        }
    }
}

/// The session goes on being used if the start succeeds, and is closed if it does not.
async fn start(
    mut connected: Connected,
    migrator: &Migrator<'_>,
    startup: Startup,
    interrupt: &mut Interrupt,
) -> Result<(Connected, StartReport), Error> {
    let canceller = connected.canceller();
    match interrupt.cancels(canceller, migrator.on_start(&mut connected.client, startup)).await {
        Ok(report) => Ok((connected, report)),
        Err(error) => {
            connected.close().await;
            Err(error)
        }
    }
}

fn say(startup: Startup, report: &StartReport) {
    if startup == Startup::Skip {
        output::say("nobody looks whether migrations are pending");
        return;
    }
    output::say(summary(&report.up).trim_end());
    if let [first, others @ ..] = report.newer.as_slice() {
        let others = match others.len() {
            0 => String::new(),
            count => format!(", and {count} more"),
        };
        output::warn(&format!(
            "the database is newer than this program, and compatible with it: it has {first}{others}"
        ));
    }
}

/// Whether there is an address, not which: it can hold a password.
impl fmt::Debug for OnStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnStart")
            .field("on_start", &self.on_start)
            .field("start_wait", &self.start_wait)
            .field("migrate_url_is_given", &self.migrate_url.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_mean_nothing_are_refused() {
        let migrate_url = Some("postgres://me:hunter2@db/shop".to_owned());
        let options =
            OnStart { on_start: StartMode::Verify, start_wait: None, migrate_url: migrate_url.clone() };
        let error = options.startup().unwrap_err();
        assert_eq!(error.to_string(), "`--migrate-url` means nothing without `--on-start apply`");
        assert!(!format!("{options:?}{error:?}").contains("hunter2"));
        let options = OnStart { on_start: StartMode::Apply, start_wait: Some(WAIT), migrate_url };
        assert_eq!(
            options.startup().unwrap_err().to_string(),
            "`--start-wait` means nothing without `--on-start wait`"
        );
        assert_eq!(OnStart::default().startup().unwrap(), Startup::Apply);
        let patient = OnStart { on_start: StartMode::Wait, ..OnStart::default() };
        assert_eq!(patient.startup().unwrap(), Startup::Wait { limit: WAIT });
    }
}
