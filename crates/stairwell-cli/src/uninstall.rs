//! `migrate uninstall`.

use stairwell::{Migrator, Uninstall as Request, UninstallPlan, UninstallReport};

use crate::connect::Connected;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::output::{self, GOOD, NOTE, paint};
use crate::progress::progress;
use crate::selection::parse_targets;
use crate::{confirm, down, json};

/// Which plugin.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Uninstall {
    /// The plugin; it need not be one of this program
    #[arg(value_name = "PLUGIN")]
    plugin: String,

    /// Revert what requires it as well, and forget the plugins of which nothing is left
    #[arg(long)]
    cascade: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Uninstall {
    /// Whether the name can be one; which plugins there are, the database knows as well.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let targets = parse_targets(std::slice::from_ref(&self.plugin))?;
        match targets.iter().find(|target| target.version.is_some()) {
            None => Ok(()),
            Some(target) => {
                let plugin = &target.plugin;
                let message = format!("`uninstall` takes out a whole plugin, and no version: `{plugin}`");
                let help = format!("`migrate down {target}` goes down to a version");
                Err(Error::usage(message).with_help(help))
            }
        }
    }

    pub(crate) async fn run(
        &self,
        connected: &mut Connected,
        migrator: Migrator<'_>,
        json: bool,
    ) -> Result<(), Error> {
        let request = Request::plugin(&self.plugin).cascade(self.cascade);
        let migrator = migrator.on_event(progress());
        let plan = migrator.plan_uninstall(&mut connected.client, &request).await?;
        output::say(&announcement(&plan));
        if !plan.forgets.is_empty() && !self.yes {
            const WHY: &str =
                "uninstalling can destroy data, and there is no terminal to ask; nothing was run";
            let question = format!("Down steps can destroy data. Uninstall `{}`?", self.plugin);
            confirm::ask(&question, WHY)?;
        }
        // Between the question and the lock, somebody else may have changed the database.
        let request = request.agreed(plan.reverts);
        let canceller = connected.canceller();
        let uninstalled = migrator.uninstall(&mut connected.client, &request);
        let report = Interrupt::listen().cancels(canceller, uninstalled).await?;
        if json { json::print_uninstall(&report) } else { output::print(&summary(&report)) }
    }
}

fn announcement(plan: &UninstallPlan) -> String {
    if plan.forgets.is_empty() {
        return "nothing to uninstall".to_owned();
    }
    let mut lines = vec![down::announcement(&plan.reverts)];
    for forgotten in &plan.forgets {
        let (plugin, history) = (forgotten.plugin, forgotten.history);
        let mut line = format!("then `{plugin}` will be forgotten, and {history} dropped");
        if !forgotten.compiled_in {
            line += &paint(NOTE, "  not in this program");
        }
        lines.push(line);
    }
    lines.join("\n")
}

fn summary(report: &UninstallReport) -> String {
    if report.forgotten.is_empty() {
        return "nothing to uninstall\n".to_owned();
    }
    let reverted = report.reverted.len();
    let plugins: Vec<&str> = report.forgotten.iter().map(|forgotten| forgotten.plugin).collect();
    let done = paint(GOOD, format!("{} uninstalled", plugins.join(", ")));
    format!("{done}, {reverted} reverted\n")
}
