//! `migrate adopt`.

use stairwell::{Adoption, Migrator, Target};

use crate::connect::Connected;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::selection::parse_targets;
use crate::shadow::Shadowed;
use crate::{confirm, json, output};

/// What is adopted.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Adopt {
    /// Compare with these versions, and what they require: `core@3`; otherwise the version is looked for
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,

    /// Leave a schema of the database out of the comparison
    #[arg(long, value_name = "SCHEMA")]
    ignore_schema: Vec<String>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Adopt {
    pub(crate) fn targets(&self) -> Result<Vec<Target>, Error> {
        parse_targets(&self.targets)
    }

    pub(crate) async fn run(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
        json: bool,
    ) -> Result<(), Error> {
        let targets = self.targets()?;
        let mut interrupt = Interrupt::listen();
        let mut shadow = Shadowed::create(connected).await?;
        let canceller = shadow.connected.canceller();
        let (live, other) = (&mut connected.client, &mut shadow.connected.client);
        let plan = migrator.plan_adoption(live, other, &targets, &self.ignore_schema);
        let adoption = interrupt.cancels(canceller, plan).await;
        shadow.remove(connected).await;
        let adoption = adoption?;
        if !adoption.migrations.is_empty() {
            output::say(&announcement(&adoption));
            if !self.yes {
                const WHY: &str = "there is no terminal to ask; nothing was written";
                confirm::ask("Record these migrations as applied?", WHY)?;
            }
            let canceller = connected.canceller();
            interrupt.cancels(canceller, migrator.adopt(&mut connected.client, &adoption)).await?;
        }
        if json {
            return json::print_recorded("adopt", &adoption.migrations, adoption.told_by.as_deref());
        }
        output::print(&summary(&adoption))
    }
}

fn announcement(adoption: &Adoption) -> String {
    let mut text = "the database is just what these migrations make:".to_owned();
    for migration in &adoption.migrations {
        text += &format!("\n  {migration}");
    }
    if let Some(table) = &adoption.told_by {
        text += &format!("\n{table} told the versions; from now on nobody needs it");
    }
    text
}

fn summary(adoption: &Adoption) -> String {
    match adoption.migrations.len() {
        0 => "nothing to adopt: the database is empty\n".to_owned(),
        1 => "1 migration recorded as applied; nothing was run\n".to_owned(),
        count => format!("{count} migrations recorded as applied; nothing was run\n"),
    }
}
