//! `migrate down`, `migrate redo` and `migrate to`.

use stairwell::{DownReport, Migrator, Revert, Rollback, Target};

use crate::confirm;
use crate::connect::Connected;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::json;
use crate::output::{self, GOOD, NOTE, QUIET, paint};
use crate::progress::progress;
use crate::selection::parse_targets;
use crate::up;

/// What to revert.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Down {
    /// Plugins, each with the version to go down to: `printers@1`; `printers@0` is the whole chain
    #[arg(value_name = "TARGET", required_unless_present = "steps", conflicts_with = "steps")]
    targets: Vec<String>,

    /// Revert the last migrations, so many
    #[arg(long, value_name = "COUNT", value_parser = parse_steps)]
    steps: Option<usize>,

    /// Revert what requires them as well
    #[arg(long)]
    cascade: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// The versions to go to.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct To {
    /// Plugins, each with the version to be at: `printers@3`; `printers@0` is before its first
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<String>,

    /// Revert what requires what is reverted as well
    #[arg(long)]
    cascade: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl From<To> for Down {
    fn from(To { targets, cascade, yes }: To) -> Down {
        Down { targets, steps: None, cascade, yes }
    }
}

/// What comes after the way down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Stay,
    /// What was reverted is applied again.
    Again,
    /// What is missing up to the targets is applied.
    Up,
}

impl Down {
    /// The plugins that are named. Which versions of them there are, only the database knows.
    pub(crate) fn plugins(&self) -> Result<Vec<Target>, Error> {
        Ok(parse_targets(&self.targets)?.into_iter().map(|target| Target::new(target.plugin)).collect())
    }

    pub(crate) fn rollback(&self) -> Result<Rollback, Error> {
        let rollback = match self.steps {
            Some(count) => Rollback::steps(count),
            None => Rollback::to(parse_targets(&self.targets)?),
        };
        Ok(rollback.cascade(self.cascade))
    }

    pub(crate) async fn run(
        &self,
        connected: &mut Connected,
        migrator: Migrator<'_>,
        then: Then,
        json: bool,
    ) -> Result<(), Error> {
        let rollback = self.rollback()?;
        let migrator = migrator.on_event(progress());
        let plan = migrator.plan_down(&mut connected.client, &rollback).await?;
        output::say(&announcement(&plan));
        if !plan.is_empty() && !self.yes {
            confirm(plan.len())?;
        }
        // Between the question and the lock, somebody else may have changed the database.
        let rollback = rollback.agreed(plan);
        let canceller = connected.canceller();
        let client = &mut connected.client;
        let run = async {
            match then {
                Then::Stay => Ok((migrator.down(client, &rollback).await?, None)),
                Then::Again => migrator.redo(client, &rollback).await.map(|(down, up)| (down, Some(up))),
                Then::Up => migrator.to(client, &rollback).await.map(|(down, up)| (down, Some(up))),
            }
        };
        let (down, up) = Interrupt::listen().cancels(canceller, run).await?;
        if json {
            return json::print_down(&down, up.as_ref(), then);
        }
        output::print(&summary(&down))?;
        up.map_or(Ok(()), |up| output::print(&up::summary(&up)))
    }
}

/// What will be reverted, and which of it this program knows from the journal only.
pub(crate) fn announcement(plan: &[Revert]) -> String {
    let mut lines = vec![match plan.len() {
        0 => return "nothing to revert".to_owned(),
        1 => "1 migration will be reverted:".to_owned(),
        count => format!("{count} migrations will be reverted, in this order:"),
    }];
    for revert in plan {
        let note = if revert.from_journal {
            paint(NOTE, "  not in this program; by the text in the journal")
        } else {
            String::new()
        };
        lines.push(format!("  {revert}{note}"));
    }
    lines.join("\n")
}

/// Asks on a terminal; elsewhere nobody can be asked.
fn confirm(count: usize) -> Result<(), Error> {
    const WHY: &str = "reverting can destroy data, and there is no terminal to ask; nothing was run";
    confirm::ask(&format!("Down steps can destroy data. Revert {count}?"), WHY)
}

fn summary(report: &DownReport) -> String {
    if report.reverted.is_empty() {
        return "nothing to revert\n".to_owned();
    }
    let count = paint(GOOD, format!("{} reverted", report.reverted.len()));
    let last = report.reverted.last().map(|reverted| reverted.revert.to_string()).unwrap_or_default();
    format!("{count}{}\n", paint(QUIET, format!(", the last {last}")))
}

/// A number from 1.
fn parse_steps(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a whole number from 1".to_owned())
}
