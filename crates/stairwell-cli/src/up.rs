//! `migrate up`.

use stairwell::{ChainReport, Migrator, Target, UpReport};

use crate::connect::Connected;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::json;
use crate::output::{self, GOOD, HEAD, paint};
use crate::progress::{progress, stem};

pub(crate) async fn run(
    connected: &mut Connected,
    migrator: Migrator<'_>,
    targets: &[Target],
    json: bool,
) -> Result<(), Error> {
    let migrator = migrator.on_event(progress());
    let canceller = connected.canceller();
    let report =
        Interrupt::listen().cancels(canceller, migrator.up_to(&mut connected.client, targets)).await?;
    if json { json::print_up(&report) } else { output::print(&summary(&report)) }
}

/// What a run did, a line per plugin; for a terminal, or through `anstream` for anything else.
pub fn summary(report: &UpReport) -> String {
    let width = report.chains.iter().map(|chain| chain.plugin.len()).max().unwrap_or(0);
    let mut text = String::new();
    if report.is_up_to_date() {
        text.push_str("nothing to do\n");
    }
    for chain in &report.chains {
        let plugin = paint(HEAD, format!("{:width$}", chain.plugin));
        text.push_str(&format!("{plugin}  {}\n", outcome(chain)));
    }
    text
}

fn outcome(chain: &ChainReport) -> String {
    match chain.applied.last() {
        Some(last) => {
            let count = paint(GOOD, format!("{} applied", chain.applied.len()));
            format!("{count}, now at {}", stem(last.migration))
        }
        None => match chain.beyond {
            // Who names a version below is told that this is not the way down.
            Some(version) => format!(
                "nothing to do ({} applied, up to version {version}; `migrate to` goes down)",
                chain.already
            ),
            None => format!("nothing to do ({} applied)", chain.already),
        },
    }
}
