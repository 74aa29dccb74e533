//! `migrate history`.

use comfy_table::{ContentArrangement, Table, presets};
use stairwell::{ChainSet, JournalEntry, JournalQuery, Migrator};

use crate::connect::Connected;
use crate::error::Error;
use crate::json;
use crate::notice::printable;
use crate::output::{self, HEAD, paint};
use crate::progress::{duration, stem};
use crate::selection::parse_targets;

/// Which entries.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct History {
    /// Only what was done to this plugin, which need not be one of this program
    #[arg(long, value_name = "PLUGIN")]
    plugin: Option<String>,

    /// Only the newest entries, so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
}

impl History {
    /// Whether the name can be one; which plugins there are, the journal knows as well.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let plugin = self.plugin.as_slice();
        match parse_targets(plugin)?.iter().find(|target| target.version.is_some()) {
            None => Ok(()),
            Some(target) => {
                Err(Error::usage(format!("`--plugin` names a plugin, and no version: `{}`", target.plugin)))
            }
        }
    }

    pub(crate) async fn run(
        &self,
        connected: &mut Connected,
        migrator: &Migrator<'_>,
        chains: &ChainSet,
        json: bool,
    ) -> Result<(), Error> {
        let mut query = JournalQuery::new();
        if let Some(plugin) = &self.plugin {
            query = query.plugin(plugin);
        }
        if let Some(count) = self.last {
            query = query.last(count);
        }
        let entries = migrator.journal(&mut connected.client, &query).await?;
        if json {
            return json::print_history(entries.as_deref());
        }
        output::print(&match entries.as_deref() {
            None => "there is no journal yet\n".to_owned(),
            Some([]) => "nothing in the journal\n".to_owned(),
            Some(entries) => render(entries, chains),
        })
    }
}

fn render(entries: &[JournalEntry], chains: &ChainSet) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // Rows stay lines, so that `grep` finds them.
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["when", "migration", "direction", "took", "role", "application", "run"]);
    for entry in entries {
        table.add_row([
            // Nobody reads fractions of a second in a list of months.
            entry
                .started_at
                .split_once('.')
                .map_or(entry.started_at.clone(), |(whole, _)| format!("{whole}Z")),
            // Others may write there, too.
            printable(&name(entry, chains)),
            printable(&entry.direction),
            duration(entry.duration),
            printable(&entry.role),
            printable(&application(entry)),
            // The beginning tells runs apart; `--json` has all of it.
            entry.run.split('-').next().unwrap_or_default().to_owned(),
        ]);
    }
    let lines = table.lines().enumerate().map(|(index, line)| match index {
        0 => paint(HEAD, line.trim()) + "\n",
        _ => line.trim().to_owned() + "\n",
    });
    lines.collect()
}

/// `printers/V0002__toner`: what the file is called, or what a file of it would be called.
fn name(entry: &JournalEntry, chains: &ChainSet) -> String {
    let JournalEntry { plugin, version, name, .. } = entry;
    if name.is_empty() {
        return plugin.clone();
    }
    match chains.chain(plugin).and_then(|chain| chain.migration(*version)) {
        Some(migration) if migration.name() == name => format!("{plugin}/{}", stem(migration)),
        _ => format!("{plugin}/V{version}__{name}"),
    }
}

fn application(entry: &JournalEntry) -> String {
    let name = entry.application.as_deref().unwrap_or("-");
    match &entry.application_version {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}
