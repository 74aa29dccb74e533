//! The `migrate` command.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use stairwell::{ChainSet, Migrator, Target};

#[cfg(feature = "shadow")]
use crate::adopt::Adopt;
use crate::applying::Applying;
use crate::connect::Connected;
use crate::database::Database;
use crate::down::{Down, Then, To};
use crate::error::Error;
use crate::exit::Exit;
use crate::fallback::Fallback;
use crate::graph::Graph;
use crate::history::History;
use crate::mark::{self, Mark};
use crate::selection::{Selection, parse_targets};
use crate::sql::Sql;
use crate::tenants::{Reach, Tenants};
use crate::uninstall::Uninstall;
use crate::verify::Verify;
use crate::{fleet, output, plan, status, up};

const AFTER_HELP: &str = "\
Environment:
  MIGRATE_DATABASE_URL  address of the database for a role that may migrate, if there is no --database-url
  DATABASE_URL          address of the database, if there is neither
  PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGPASSFILE, PGSSLMODE, PGSSLROOTCERT …
                        libpq's variables, for what none of these says
  STAIRWELL_PLUGINS     plugins to enable, if there is no --plugins
  NO_COLOR, CLICOLOR_FORCE
                        no colours at all; colours without a terminal too

Exit status:
  0  done
  1  failed
  2  usage
  3  migrations are pending (status --check)
  4  gave up waiting for the lock";

/// Apply the migrations that are compiled into this program, or look at what is pending.
///
/// Without a subcommand, the same as `up`.
#[derive(Clone, Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Migrate {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    database: Database,

    #[command(flatten)]
    selection: Selection,

    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,

    #[arg(skip)]
    version: Option<String>,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Apply everything pending, in plan order; or the plugins named, and what they require
    Up {
        /// Plugins, each perhaps with the version to stop at: `computers printers@3`
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,

        /// When a migration fails, go on with the plugins that do not depend on it
        #[arg(long, conflicts_with = "single_transaction")]
        keep_going: bool,

        #[command(flatten)]
        applying: Applying,

        #[command(flatten)]
        tenants: Tenants,

        /// The tenant to change first, alone; no other one is touched if it fails [default: the first]
        #[arg(long, value_name = "NAME", requires = "tenants")]
        canary: Option<String>,
    },
    /// Revert migrations across plugins, in reverse; by the journal, what this program does not contain
    Down {
        #[command(flatten)]
        down: Down,

        #[command(flatten)]
        applying: Applying,
    },
    /// Revert migrations and apply them again, while they are being written
    Redo {
        #[command(flatten)]
        down: Down,

        #[command(flatten)]
        applying: Applying,
    },
    /// Bring plugins to just these versions, up or down
    To {
        #[command(flatten)]
        to: To,

        #[command(flatten)]
        applying: Applying,
    },
    /// Revert a whole plugin and forget it; by the journal, if it is not in this program
    Uninstall {
        #[command(flatten)]
        uninstall: Uninstall,

        #[command(flatten)]
        applying: Applying,
    },
    /// Show every chain: applied, pending, unknown; reads only
    Status {
        /// Exit with status 3 if migrations are pending
        #[arg(long)]
        check: bool,

        #[command(flatten)]
        tenants: Tenants,
    },
    /// Show what `up` would apply, in order; reads only
    Plan {
        /// Plugins, each perhaps with the version to stop at: `computers printers@3`
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,

        /// Print the SQL of every migration
        #[arg(long)]
        sql: bool,

        #[command(flatten)]
        tenants: Tenants,
    },
    /// Hold the histories against this program, and the database against what its migrations make; reads only
    Verify {
        #[command(flatten)]
        verify: Verify,

        #[command(flatten)]
        tenants: Tenants,
    },
    /// Take over a database whose tables exist already: compare, and record what matches
    #[cfg(feature = "shadow")]
    Adopt {
        #[command(flatten)]
        adopt: Adopt,
    },
    /// Record one migration as applied, without running it
    Mark {
        #[command(flatten)]
        mark: Mark,
    },
    /// Remove one migration from the history, without reverting it
    Unmark {
        #[command(flatten)]
        mark: Mark,
    },
    /// Correct checksums in the histories where the texts differ in white space only
    Repair,
    /// Show the journal: what was ever applied and reverted, when and by whom; reads only
    History {
        #[command(flatten)]
        history: History,
    },
    /// Draw the chains and their requirements; needs no database
    Graph {
        #[command(flatten)]
        graph: Graph,
    },
    /// Print a script for psql that does what `up` does, bookkeeping included; needs no database
    Sql {
        #[command(flatten)]
        sql: Sql,
    },
}

impl Migrate {
    /// Which database the command is about, [as the role that migrates](Database::as_migrator).
    pub fn database(&self) -> Database {
        self.database.as_migrator(None)
    }

    /// With the version of the application, for the journal.
    #[must_use]
    pub fn application_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Runs the command to its end: prints what there is to print, and returns the exit status.
    ///
    /// `fallback` provides a database where no address is given; [`NoFallback`](crate::NoFallback) fails.
    pub async fn run(self, chains: &ChainSet, fallback: impl Fallback) -> ExitCode {
        match self.execute(chains, fallback).await {
            Ok(exit) => exit.into(),
            Err(error) => {
                output::print_error(&error);
                error.exit().into()
            }
        }
    }

    async fn execute(self, chains: &ChainSet, fallback: impl Fallback) -> Result<Exit, Error> {
        let all = Command::Up {
            targets: Vec::new(),
            keep_going: false,
            applying: Applying::default(),
            tenants: Tenants::default(),
            canary: None,
        };
        let command = self.command.unwrap_or(all);
        // Before connecting: a misspelt name should not depend on a server that runs.
        let targets = match &command {
            Command::Up { targets, .. } | Command::Plan { targets, .. } => parse_targets(targets)?,
            Command::Down { down, .. } | Command::Redo { down, .. } => down.plugins()?,
            Command::To { to, .. } => Down::from(to.clone()).plugins()?,
            // The database may know plugins that this program does not.
            Command::Uninstall { uninstall, .. } => uninstall.check().map(|()| Vec::new())?,
            Command::History { history } => history.check().map(|()| Vec::new())?,
            Command::Status { .. } | Command::Verify { .. } | Command::Repair | Command::Graph { .. } => {
                Vec::new()
            }
            #[cfg(feature = "shadow")]
            Command::Adopt { adopt } => adopt.targets()?,
            Command::Mark { mark } => vec![mark.target()?],
            // A migration that is unmarked need not be one of this program.
            Command::Unmark { mark } => vec![Target::new(mark.target()?.plugin)],
            // `--from` and `--to` name the same plugins; the script checks each by itself.
            Command::Sql { sql } => sql.targets().map(|_| Vec::new())?,
        };
        let mut migrator = self.selection.migrator(chains)?;
        if let Some(version) = self.version {
            migrator = migrator.application_version(version);
        }
        migrator.check(&targets)?;
        match &command {
            Command::Down { down, .. } | Command::Redo { down, .. } => {
                migrator.check_down(&down.rollback()?)?
            }
            Command::To { to, .. } => migrator.check_down(&Down::from(to.clone()).rollback()?)?,
            _ => {}
        }

        if let Command::Graph { graph } = &command {
            return graph.run(&migrator, self.json).map(|()| Exit::Done);
        }
        if let Command::Sql { sql } = &command
            && !sql.needs_database()
        {
            return sql.run(None, migrator, self.json).await.map(|()| Exit::Done);
        }
        if let Some(tenants) = command.tenants().filter(|tenants| tenants.are_meant()) {
            let reach = tenants.find(&self.database.as_migrator(None), fallback).await?;
            return for_tenants(&command, &reach, migrator, &targets, self.json).await;
        }
        let mut connected = self.database.as_migrator(None).connect(fallback).await?;
        let result = match command {
            Command::Up { keep_going, applying, .. } => {
                let migrator = applying.to(migrator).keep_going(keep_going);
                up::run(&mut connected, migrator, &targets, self.json).await.map(|()| Exit::Done)
            }
            Command::Down { down, applying } => {
                let run = down.run(&mut connected, applying.to(migrator), Then::Stay, self.json);
                run.await.map(|()| Exit::Done)
            }
            Command::Redo { down, applying } => {
                let run = down.run(&mut connected, applying.to(migrator), Then::Again, self.json);
                run.await.map(|()| Exit::Done)
            }
            Command::To { to, applying } => {
                let down = Down::from(to);
                let run = down.run(&mut connected, applying.to(migrator), Then::Up, self.json);
                run.await.map(|()| Exit::Done)
            }
            Command::Uninstall { uninstall, applying } => {
                let run = uninstall.run(&mut connected, applying.to(migrator), self.json);
                run.await.map(|()| Exit::Done)
            }
            Command::Status { check, .. } => {
                status::run(&mut connected, &migrator, chains, check, self.json).await
            }
            Command::Plan { sql, .. } => {
                let run = plan::run(&mut connected, &migrator, &targets, sql, self.json);
                run.await.map(|()| Exit::Done)
            }
            Command::Verify { verify, .. } => verify.run(&mut connected, &migrator, self.json).await,
            #[cfg(feature = "shadow")]
            Command::Adopt { adopt } => {
                adopt.run(&mut connected, &migrator, self.json).await.map(|()| Exit::Done)
            }
            Command::Mark { mark } => {
                mark.mark(&mut connected, &migrator, self.json).await.map(|()| Exit::Done)
            }
            Command::Unmark { mark } => {
                mark.unmark(&mut connected, &migrator, self.json).await.map(|()| Exit::Done)
            }
            Command::Repair => mark::repair(&mut connected, &migrator, self.json).await,
            Command::History { history } => {
                history.run(&mut connected, &migrator, chains, self.json).await.map(|()| Exit::Done)
            }
            // It was drawn before there was a connection.
            Command::Graph { graph } => graph.run(&migrator, self.json).map(|()| Exit::Done),
            Command::Sql { sql } => {
                sql.run(Some(&mut connected), migrator, self.json).await.map(|()| Exit::Done)
            }
        };
        finish(connected, result).await
    }
}

impl Command {
    /// The options about tenants, of a command that has some.
    fn tenants(&self) -> Option<&Tenants> {
        match self {
            Command::Up { tenants, .. }
            | Command::Status { tenants, .. }
            | Command::Plan { tenants, .. }
            | Command::Verify { tenants, .. } => Some(tenants),
            _ => None,
        }
    }
}

/// The command for each tenant.
async fn for_tenants(
    command: &Command,
    reach: &Reach,
    migrator: Migrator<'_>,
    targets: &[Target],
    json: bool,
) -> Result<Exit, Error> {
    match command {
        Command::Up { keep_going, applying, canary, .. } => {
            let migrator = applying.to(migrator).keep_going(*keep_going);
            fleet::up(reach, migrator, canary.clone(), targets, json).await
        }
        Command::Status { check, .. } => fleet::status(reach, migrator, *check, json).await,
        Command::Plan { sql, .. } => fleet::plan(reach, migrator, targets, *sql, json).await,
        Command::Verify { verify, .. } => fleet::verify(reach, migrator, verify.allow_pending, json).await,
        _ => Err(Error::usage("this command is not one for tenants")),
    }
}

/// Closes the session; a server that ended it by itself gets the last word on why.
async fn finish(connected: Connected, result: Result<Exit, Error>) -> Result<Exit, Error> {
    let farewell = connected.close().await;
    match (result, farewell) {
        (Err(error), Some(farewell)) => {
            Err(error.with_help(format!("the server ended the session: {farewell}")))
        }
        (result, _) => result,
    }
}
