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

#[cfg(test)]
mod tests {
    use snapbox::{IntoData, assert_data_eq, str};

    use crate::{LockMode, SourceTree, check, parse};

    fn tree() -> Vec<(&'static str, String)> {
        vec![
            ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint);\n".to_owned()),
            ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n".to_owned()),
            (
                "plugins/usb/plugin.toml",
                "[plugin]\nname = \"usb\"\n[owns]\ntables = [\"usb_devices\"]\n".to_owned(),
            ),
            (
                "plugins/usb/migrations/V0001__baseline.rs",
                "async fn up(tx: &T) -> R {}\nasync fn down(tx: &T) -> R {}\n".to_owned(),
            ),
            (
                "plugins/usb/migrations/V0002__hash.sql",
                "-- stairwell: irreversible the names are gone\nCREATE TABLE usb_devices (id int);\n"
                    .to_owned(),
            ),
        ]
    }

    #[test]
    fn everything_stands_on_a_line_of_its_own_and_is_read_again() {
        let mut plan = check(parse(SourceTree::from_files(tree()))).unwrap();
        plan.plugins[0].migrations[0].effects =
            vec!["create table sites".to_owned(), "create table \"two\nlines\"".to_owned()];
        let text = crate::lock(&plan);
        assert_data_eq!(
            text.clone(),
            str![[r##"
# The migrations that are released. The build fails when one of them changes.
# Written by `STAIRWELL_LOCK=write cargo build`, never by hand; commit it.
format 1

chain core, 1 migration, last V0001__sites
V0001__sites  up fcef6d82bfd39dfb  down 5532d6ecc3b57fa8
    create table sites
    create table "two\u{a}lines"

chain usb, 2 migrations, last V0002__hash
V0001__baseline  up 0bb44b7abf5e851f  down 0bb44b7abf5e851f
V0002__hash  up 4127604791bf429c  down irreversible
    create table public.usb_devices

"##]]
            .raw()
        );

        let mut locked = tree();
        locked.push(("stairwell.lock", text));
        let plan = check(parse(SourceTree::from_files(locked)).with_lock_mode(LockMode::Locked)).unwrap();
        assert!(plan.warnings().is_empty(), "{}", plan.warnings());
    }
}
