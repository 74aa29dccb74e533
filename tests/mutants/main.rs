//! The application's migrations, broken one thing at a time: the build or the suite has to notice.
//!
//! The lock file is left out, because it notices every edit of what is released; the table says how many mutants it
//! alone would catch. A mutant that the build accepts is run: first its migration alone, up, down and up, then
//! everything, with what has become of the rows and what the catalog is then, and at last every later migration.
//!
//! At `STAIRWELL_TEST_SCALE=1` one mutant in a hundred is taken, at 100 every one; `STAIRWELL_TEST_MUTANTS` takes
//! those with this text in the name of the operator or of the mutant.

#![allow(clippy::panic, clippy::unwrap_used, reason = "this is a test")]

#[path = "../application/mod.rs"]
mod application;
mod chains;
mod edit;
mod operators;
mod verdict;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use shopdb::schema::CHAINS;
use test_support::scale;
use tokio::sync::Semaphore;

use crate::{
    operators::{Files, Source, mutants},
    verdict::{Original, Verdict},
};

/// Of so many mutants one is taken, at the smallest scale.
const STRIDE: usize = 100;

/// Those that are different and that nothing notices, each with the reason.
const SURVIVORS: &[(&str, &str)] = &[
    (
        "migrations/V0009__split_location_label.sql: ALTER TABLE locations ADD COLUMN building text; <-> ALTER TABLE locations ADD COLUMN floor…",
        ORDER_OF_COLUMNS,
    ),
    (
        "migrations/V0009__split_location_label.sql: ALTER TABLE locations ADD COLUMN floor integer; <-> ALTER TABLE locations ADD COLUMN seat …",
        ORDER_OF_COLUMNS,
    ),
    (
        "migrations/V0009__split_location_label.sql: ALTER TABLE locations ADD COLUMN seat text; <-> ALTER TABLE locations ADD COLUMN area text…",
        ORDER_OF_COLUMNS,
    ),
    (
        "plugins/equipment/migrations/V0002__add_load_capacity.sql: ALTER TABLE equipment_models ADD COLUMN load_capacity_kg numeric(10, 3); <-> ALTER TABLE e…",
        ORDER_OF_COLUMNS,
    ),
    (
        "plugins/notifications/migrations/V20250526090000__add_acknowledgement.sql: ALTER TABLE notifications ADD COLUMN acknowledged_by_id bigint; <-> ALTER TABLE notificati…",
        ORDER_OF_COLUMNS,
    ),
    (
        "plugins/printers/migrations/V0002__add_toner_level.sql: ALTER TABLE printer_supplies ADD COLUMN toner_level integer; <-> ALTER TABLE printer_suppl…",
        ORDER_OF_COLUMNS,
    ),
];

/// A `schema.sql` that is compared with it lists the columns as people read them, not as they were added over years.
const ORDER_OF_COLUMNS: &str = "the columns are the same in another order";

#[derive(Default)]
struct Counts {
    made: usize,
    locked: usize,
    build: usize,
    suite: usize,
    equivalent: usize,
    survived: usize,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict, locked: bool) {
        self.made += 1;
        self.locked += usize::from(locked);
        *match verdict {
            Verdict::Build(_) => &mut self.build,
            Verdict::Suite(_) => &mut self.suite,
            Verdict::Equivalent => &mut self.equivalent,
            Verdict::Survived => &mut self.survived,
        } += 1;
    }

    fn row(&self, name: &str) -> String {
        let Counts { made, locked, build, suite, equivalent, survived } = self;
        format!("{name:<45}{made:>6}{locked:>8}{build:>8}{suite:>8}{equivalent:>12}{survived:>10}")
    }
}

fn read(files: &mut Files, root: &Path, relative: &str) {
    let path = root.join(relative);
    if path.is_dir() {
        for entry in path.read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            read(files, root, &format!("{relative}/{name}"));
        }
    } else {
        files.insert(relative.to_owned(), std::fs::read_to_string(path).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mutant_is_caught() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Files::new();
    ["migrations", "plugins", "schema.sql", "stairwell.toml"]
        .iter()
        .for_each(|name| read(&mut files, root, name));
    let mut all = Vec::new();
    for migration in CHAINS.order() {
        let (plugin, version, path) = (migration.plugin(), migration.version(), migration.path());
        all.extend(mutants(&Source { plugin, version, path, files: &files }));
    }
    // A part of the names of operators or mutants, to look at some of them.
    let wanted = std::env::var("STAIRWELL_TEST_MUTANTS").unwrap_or_default();
    all.retain(|mutant| mutant.operator.contains(&wanted) || mutant.name.contains(&wanted));
    let stride = if wanted.is_empty() { (STRIDE / scale()).max(1) } else { 1 };
    let total = all.len();
    let original = Arc::new(Original::new(files).await);
    let at_once = Arc::new(Semaphore::new(4));
    let mut tasks = tokio::task::JoinSet::new();
    for (place, mutant) in all.into_iter().step_by(stride).enumerate() {
        let (original, at_once) = (Arc::clone(&original), Arc::clone(&at_once));
        tasks.spawn(async move {
            let _turn = at_once.acquire().await.unwrap();
            let verdict = original.judge(&mutant).await;
            let locked = original.is_locked(&mutant);
            (place, mutant.operator, mutant.name, verdict, locked)
        });
    }
    let mut judged = tasks.join_all().await;
    judged.sort_by_key(|(place, ..)| *place);

    let mut sum = Counts::default();
    let mut by_operator: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut by_reason: BTreeMap<String, usize> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for (_, operator, name, verdict, locked) in &judged {
        sum.add(verdict, *locked);
        by_operator.entry(operator).or_default().add(verdict, *locked);
        *by_reason.entry(verdict.to_string()).or_default() += 1;
        let known = SURVIVORS.iter().find(|(survivor, _)| survivor == name);
        if matches!(verdict, Verdict::Survived) && known.is_none() {
            unexpected.push(format!("{operator}: {name}"));
        }
        if matches!(verdict, Verdict::Equivalent | Verdict::Survived) {
            let reason = known.map(|(_, reason)| format!(" ({reason})")).unwrap_or_default();
            eprintln!("{verdict}: {operator}: {name}{reason}");
        }
    }
    eprintln!("\n{} of {total} mutants", judged.len());
    eprintln!("{:<45}  made  locked   build   suite  equivalent  survived", "");
    by_operator.iter().for_each(|(operator, counts)| eprintln!("{}", counts.row(operator)));
    eprintln!("{}\n", sum.row("all"));
    by_reason.iter().for_each(|(reason, count)| eprintln!("{count:>6} {reason}"));
    let counted = sum.made - sum.equivalent;
    let caught = |number: usize| 100.0 * number as f64 / counted as f64;
    eprintln!("\ncaught by build and suite: {:.1} %", caught(sum.build + sum.suite));
    assert!(unexpected.is_empty(), "nobody notices:\n{}", unexpected.join("\n"));
    // Of a few, one that is known may be more than one in twenty.
    assert!(counted < 100 || caught(sum.build + sum.suite) >= 95.0);
}
