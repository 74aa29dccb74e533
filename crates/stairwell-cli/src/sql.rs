//! `migrate sql`.

use std::time::Duration;

use stairwell::{Migrator, Script, Target};

use crate::applying::timeouts;
use crate::connect::Connected;
use crate::error::Error;
use crate::selection::{parse_duration, parse_targets};
use crate::{json, output};

/// Which migrations, and how.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Sql {
    /// Begin after these versions: `core@3,printers@2`; what they require is there as well [default: empty]
    #[arg(long, value_name = "TARGET,…", value_delimiter = ',', conflicts_with = "pending")]
    from: Vec<String>,

    /// End with these versions, and what they require [default: everything]
    #[arg(long, value_name = "TARGET,…", value_delimiter = ',')]
    to: Vec<String>,

    /// Begin after what the database holds; reads only
    #[arg(long)]
    pending: bool,

    /// Leave a place for each Rust step, to be filled with SQL that does the same
    #[arg(long)]
    placeholders: bool,

    /// Run everything in one transaction: all or nothing
    #[arg(long)]
    single_transaction: bool,

    /// Let a statement wait at most this long for a lock; `0` is for ever [default: the session's, else 5s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    lock_timeout: Option<Duration>,

    /// Let a statement take at most this long; `0` is for ever [default: the session's]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    statement_timeout: Option<Duration>,
}

impl Sql {
    /// All that are named.
    pub(crate) fn targets(&self) -> Result<Vec<Target>, Error> {
        let names = self.from.iter().chain(&self.to);
        Ok(names
            .map(|text| parse_targets(std::slice::from_ref(text)))
            .collect::<Result<Vec<_>, _>>()?
            .concat())
    }

    /// Whether the range depends on a database.
    pub(crate) fn needs_database(&self) -> bool {
        self.pending
    }

    pub(crate) async fn run(
        &self,
        connected: Option<&mut Connected>,
        migrator: Migrator<'_>,
        json: bool,
    ) -> Result<(), Error> {
        let timeouts = timeouts(self.lock_timeout, self.statement_timeout);
        let migrator = migrator.timeouts(timeouts).single_transaction(self.single_transaction);
        let script = Script::new()
            .from(parse_targets(&self.from)?)
            .to(parse_targets(&self.to)?)
            .placeholders(self.placeholders);
        let text = match connected {
            Some(connected) => migrator.script_for(&mut connected.client, &script).await?,
            None => migrator.script(&script)?,
        };
        if json { json::print_sql(&text) } else { output::print_exactly(&text) }
    }
}
