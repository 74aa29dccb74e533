//! `migrate mark`, `migrate unmark` and `migrate repair`.

use stairwell::{Migrator, Target};

use crate::confirm;
use crate::connect::Connected;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::selection::parse_targets;
use crate::{json, output};

/// A migration.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Mark {
    /// The migration: `printers@3`
    #[arg(value_name = "PLUGIN@VERSION")]
    migration: String,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

const WHY: &str =
    "nothing compares the history with the database, and there is no terminal to ask; nothing was changed";

impl Mark {
    pub(crate) fn target(&self) -> Result<Target, Error> {
        let target = parse_targets(std::slice::from_ref(&self.migration))?.into_iter().next();
        let target = target.filter(|target| target.version.is_some());
        target.ok_or_else(|| Error::usage("say which migration is meant, with its version: `printers@3`"))
    }

    pub(crate) async fn mark(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
        json: bool,
    ) -> Result<(), Error> {
        let target = self.target()?;
        migrator.check(std::slice::from_ref(&target))?;
        self.confirm(&format!("Record {target} as applied, without running it?"))?;
        let canceller = connected.canceller();
        let marked = migrator.mark(&mut connected.client, &target);
        let migration = Interrupt::listen().cancels(canceller, marked).await?;
        if json {
            return json::print_recorded("mark", &[migration], None);
        }
        output::print(&format!("{migration} is recorded as applied; it was not run\n"))
    }

    pub(crate) async fn unmark(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
        json: bool,
    ) -> Result<(), Error> {
        let target = self.target()?;
        self.confirm(&format!("Remove {target} from the history, without reverting it?"))?;
        let canceller = connected.canceller();
        let unmarked = migrator.unmark(&mut connected.client, &target);
        let row = Interrupt::listen().cancels(canceller, unmarked).await?;
        if json {
            return json::print_unmarked(&target.plugin, &row);
        }
        let name = format!("{}/V{}__{}", target.plugin, row.version, row.name);
        output::print(&format!("{name} is no longer recorded; it was not reverted\n"))
    }

    fn confirm(&self, question: &str) -> Result<(), Error> {
        if self.yes { Ok(()) } else { confirm::ask(question, WHY) }
    }
}

/// Fails if something is left that disagrees.
pub(crate) async fn repair(
    connected: &mut Connected,
    migrator: &Migrator<'_>,
    json: bool,
) -> Result<Exit, Error> {
    let canceller = connected.canceller();
    let report = Interrupt::listen().cancels(canceller, migrator.repair(&mut connected.client)).await?;
    if json {
        json::print_repair(&report)?;
    } else {
        let mut text = String::new();
        for repaired in &report.repaired {
            let (was, is) = (repaired.applied.checksum, repaired.migration.checksum());
            let (migration, difference) = (repaired.migration, &repaired.difference);
            text +=
                &format!("{migration}: checksum {was} is now {is}; the texts differ in {difference} only\n");
        }
        for left in &report.left {
            text += &format!("{}: left as it is; nothing proves that the texts are equal\n", left.migration);
        }
        if text.is_empty() {
            text += "nothing to repair\n";
        }
        output::print(&text)?;
    }
    Ok(if report.left.is_empty() { Exit::Done } else { Exit::Failed })
}
