//! Writes a [`Plan`] as the text of `stairwell.lock`. A pure function: same plan, same bytes.
//!
//! Chains and migrations are sorted, and each chain has one line with its number of migrations and
//! its last. Two branches that add to one chain change that line and append at one place, so git
//! cannot merge them unseen; branches that add to different chains do not meet.

use std::fmt::Write as _;

use super::{FORMAT, WRITE, shown};
use crate::plan::{Migration, Plan, Plugin};
use crate::source::printable;

/// The text of `stairwell.lock` for a plan, every migration of which is locked by it.
pub fn lock(plan: &Plan) -> String {
    let mut text = format!(
        "# The migrations that are released. The build fails when one of them changes.\n\
         # Written by `{WRITE}`, never by hand; commit it.\n\
         {FORMAT}\n"
    );
    for plugin in &plan.plugins {
        let Some(last) = plugin.migrations.last() else { continue };
        write_chain(&mut text, plugin, last);
    }
    text
}

fn write_chain(text: &mut String, plugin: &Plugin, last: &Migration) {
    let counted = match plugin.migrations.len() {
        1 => "1 migration".to_owned(),
        count => format!("{count} migrations"),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\nchain {}, {counted}, last {}", plugin.name, last.stem());
    for migration in &plugin.migrations {
        let (up, down) = (shown(Some(migration.checksums.up)), shown(migration.checksums.down));
        let _ = writeln!(text, "{}  up {up}  down {down}", migration.stem());
        for effect in &migration.effects {
            // An effect is one line, whatever the names in it are.
            let _ = writeln!(text, "    {}", printable(effect));
        }
    }
}
