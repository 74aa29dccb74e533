//! `migrate status`.

use std::collections::BTreeSet;

use anstyle::Style;
use comfy_table::{ContentArrangement, Table, presets};
use stairwell::{
    AppliedMigration, ChainSet, ChainStatus, Divergent, HalfApplied, Migration, Migrator, Status,
};

use crate::connect::Connected;
use crate::error::Error;
use crate::exit::Exit;
use crate::json;
use crate::output::{self, BAD, HEAD, NOTE, QUIET, paint};
use crate::plan;
use crate::progress::stem;

pub(crate) async fn run(
    connected: &mut Connected,
    migrator: &Migrator<'_>,
    chains: &ChainSet,
    check: bool,
    json: bool,
) -> Result<Exit, Error> {
    let status = migrator.status(&mut connected.client).await?;
    if json {
        json::print_status(&status)?;
    } else {
        output::print(&render(&status, chains))?;
    }
    if check { verdict(&status) } else { Ok(Exit::Done) }
}

/// What `--check` makes of it. What `up` would refuse weighs more than what it would apply.
fn verdict(status: &Status) -> Result<Exit, Error> {
    let mut enabled = status.chains.iter().filter(|chain| chain.enabled);
    if let Some(chain) = enabled.clone().find(|chain| Trouble::of(chain).is_some()) {
        return Err(Error::failed(format!(
            "the history of `{}` does not agree with this program",
            chain.plugin
        ))
        .with_help("`migrate up` would refuse to run; the status says which migrations are meant"));
    }
    Ok(if enabled.any(|chain| !chain.pending.is_empty()) { Exit::Pending } else { Exit::Done })
}

/// Why `up` would refuse to run.
pub(crate) enum Trouble {
    Divergent,
    Unknown,
    OutOfOrder,
    HalfReverted,
}

impl Trouble {
    pub(crate) fn of(chain: &ChainStatus) -> Option<Trouble> {
        if !chain.divergent.is_empty() {
            Some(Trouble::Divergent)
        } else if !chain.unknown.is_empty() {
            Some(Trouble::Unknown)
        } else if !chain.out_of_order.is_empty() {
            Some(Trouble::OutOfOrder)
        } else if chain.half_applied.iter().any(|half| half.reverting) {
            Some(Trouble::HalfReverted)
        } else {
            None
        }
    }
}

fn render(status: &Status, chains: &ChainSet) -> String {
    let mut text = table(status, chains);
    for (title, lines) in sections(status, chains) {
        if lines.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{}\n", paint(HEAD, title)));
        for line in lines {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

fn table(status: &Status, chains: &ChainSet) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // Rows stay lines, so that `grep` and the styles below find them.
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["plugin", "state", "applied", "last applied", "pending"]);
    let mut styles = vec![HEAD];
    for chain in &status.chains {
        let (state, style) = state(chain);
        let last = chain.applied.last().map_or("-".to_owned(), |row| name(row, chain.plugin, chains));
        let counts = [chain.applied.len().to_string(), chain.pending.len().to_string()];
        let [applied, pending] = counts;
        table.add_row([chain.plugin.to_owned(), state, applied, last, pending]);
        styles.push(style);
    }
    for plugin in &status.unknown_plugins {
        table.add_row([plugin.as_str(), "unknown", "-", "-", "-"]);
        styles.push(BAD);
    }
    // Styled by the line, because comfy-table would count the escape codes as width.
    let lines = table.lines().zip(styles).map(|(line, style)| paint(style, line.trim()) + "\n");
    lines.collect()
}

/// `V0002__add_toner_level`: what the file is called, or what a file of it would be called.
fn name(row: &AppliedMigration, plugin: &str, chains: &ChainSet) -> String {
    match chains.chain(plugin).and_then(|chain| chain.migration(row.version)) {
        Some(migration) if migration.name() == row.name => stem(migration),
        _ => format!("V{}__{}", row.version, row.name),
    }
}

pub(crate) fn state(chain: &ChainStatus) -> (String, Style) {
    let plain = |text: &str| text.to_owned();
    match Trouble::of(chain) {
        _ if !chain.enabled => (plain("available"), QUIET),
        Some(Trouble::Divergent) => (plain("divergent"), BAD),
        Some(Trouble::Unknown) => (plain("unknown migrations"), BAD),
        Some(Trouble::OutOfOrder) => (plain("out of order"), BAD),
        Some(Trouble::HalfReverted) => (plain("half reverted"), BAD),
        None if chain.pending.is_empty() => (plain("up to date"), Style::new()),
        None => (format!("{} pending", chain.pending.len()), NOTE),
    }
}

/// What the table only counts, by title. Only enabled chains: the others are nobody's business now.
fn sections(status: &Status, chains: &ChainSet) -> [(&'static str, Vec<String>); 6] {
    let enabled: Vec<&ChainStatus> = status.chains.iter().filter(|chain| chain.enabled).collect();
    let list =
        |lines: fn(&ChainStatus) -> Vec<String>| enabled.iter().flat_map(|chain| lines(chain)).collect();
    [
        (
            "pending, in the order in which they apply",
            plan::lines(&pending(&enabled, chains), &plan::Halves::of(status)),
        ),
        ("begun, and not finished: the next run goes on from there", list(halves)),
        ("out of order: pending, and older than what is applied", list(out_of_order)),
        ("divergent: applied with another name or text than this program has", list(divergent)),
        ("unknown: applied, and not in this program", list(unknown)),
        ("plugins with a history here that this program does not have", status.unknown_plugins.clone()),
    ]
}

fn pending(enabled: &[&ChainStatus], chains: &ChainSet) -> Vec<&'static Migration> {
    let key = |migration: &Migration| (migration.plugin(), migration.version());
    let pending: BTreeSet<_> =
        enabled.iter().flat_map(|chain| &chain.pending).map(|migration| key(migration)).collect();
    chains.order().iter().filter(|migration| pending.contains(&key(migration))).collect()
}

fn halves(chain: &ChainStatus) -> Vec<String> {
    let plugin = chain.plugin;
    let line = |half: &HalfApplied| format!("{plugin}/V{}__{}: {half}", half.version, half.name);
    chain.half_applied.iter().map(line).collect()
}

fn out_of_order(chain: &ChainStatus) -> Vec<String> {
    let last = chain.applied.last().map_or(0, |last| last.version);
    let line = |migration| format!("{migration} is older than {last}");
    chain.out_of_order.iter().map(line).collect()
}

fn divergent(chain: &ChainStatus) -> Vec<String> {
    let line = |Divergent { applied, migration, .. }: &Divergent| match applied.name == migration.name() {
        true => format!("{migration} was applied on {} with another text", applied.applied_on),
        false => {
            format!("{migration} was applied on {} under the name `{}`", applied.applied_on, applied.name)
        }
    };
    chain.divergent.iter().map(line).collect()
}

fn unknown(chain: &ChainStatus) -> Vec<String> {
    let plugin = chain.plugin;
    let line = |AppliedMigration { version, name, applied_on, .. }: &AppliedMigration| {
        format!("{plugin}/V{version}__{name} was applied on {applied_on}")
    };
    chain.unknown.iter().map(line).collect()
}
