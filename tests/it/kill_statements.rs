//! The same for migrations under `no-transaction`, which a killed run leaves in the middle: what is noted agrees with
//! what is there, statement by statement, and the next run goes on from there.

use std::process::Command;
use std::time::{Duration, Instant};

use stairwell::{Chain, ChainSet, HalfApplied, Lock, Migration, Migrator, Rollback, Step};
use stairwell_catalog::{Catalog, diff};
use test_support::TestDatabase;
use tokio_postgres::Client;

use crate::kill::catalog;
use crate::processes::{Random, start, succeeds};
use crate::victims::{Ground, VICTIMS, WAYS, Way};
use test_support::scale;

/// A migration of these chains. Statements that leave nothing in the catalogs may run twice.
struct Unit {
    plugin: &'static str,
    version: i64,
    name: &'static str,
    up: &'static [&'static str],
    down: &'static [&'static str],
}

const PLAN: [Unit; 7] = [
    Unit {
        plugin: "core",
        version: 1,
        name: "tables",
        up: &["CREATE TYPE mood AS ENUM ('good'); \
               CREATE TABLE sites AS SELECT id, 'a' || id AS name FROM generate_series(1, 150000) AS id; \
               CREATE TABLE readings (at int) PARTITION BY RANGE (at); \
               CREATE TABLE readings_old PARTITION OF readings FOR VALUES FROM (0) TO (9)"],
        down: &["DROP TABLE readings; DROP TABLE sites; DROP TYPE mood"],
    },
    Unit {
        plugin: "core",
        version: 2,
        name: "indexes",
        up: &[
            "CREATE INDEX CONCURRENTLY sites_id ON sites (id)",
            "CREATE UNIQUE INDEX CONCURRENTLY sites_id_name ON sites (id, name)",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS sites_name ON public.sites (name)",
        ],
        down: &[
            "DROP INDEX CONCURRENTLY sites_name",
            "DROP INDEX CONCURRENTLY sites_id_name",
            "DROP INDEX CONCURRENTLY sites_id",
        ],
    },
    Unit {
        plugin: "parts",
        version: 20_260_101,
        name: "parts",
        up: &["CREATE TABLE parts (id int PRIMARY KEY, number text)"],
        down: &["DROP TABLE parts"],
    },
    Unit {
        plugin: "core",
        version: 3,
        name: "moods",
        up: &[
            "ALTER TYPE mood ADD VALUE 'bad'",
            "UPDATE sites SET name = 'b' WHERE id % 10 = 0",
            "CREATE INDEX CONCURRENTLY sites_b ON sites (id) WHERE name = 'b'",
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'worse' AFTER 'good'",
        ],
        down: &[
            "DROP INDEX CONCURRENTLY sites_b",
            "DROP TYPE IF EXISTS mood",
            "DO $$ BEGIN IF to_regtype('mood') IS NULL THEN CREATE TYPE mood AS ENUM ('good'); END IF; END $$",
        ],
    },
    Unit {
        plugin: "parts",
        version: 20_260_102,
        name: "number",
        up: &["CREATE UNIQUE INDEX CONCURRENTLY parts_number ON parts (number)", "VACUUM parts"],
        down: &["DROP INDEX CONCURRENTLY parts_number"],
    },
    Unit {
        plugin: "core",
        version: 4,
        name: "old_readings",
        up: &[
            "ALTER TABLE readings DETACH PARTITION readings_old CONCURRENTLY",
            "ALTER TABLE readings_old DROP CONSTRAINT IF EXISTS readings_old_at_check",
            "CREATE INDEX CONCURRENTLY readings_old_at ON readings_old (at)",
        ],
        down: &[
            "DROP INDEX CONCURRENTLY IF EXISTS readings_old_at",
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = 'readings_old'::regclass) THEN \
             ALTER TABLE readings ATTACH PARTITION readings_old FOR VALUES FROM (0) TO (9); END IF; END $$",
        ],
    },
    Unit {
        plugin: "core",
        version: 5,
        name: "last",
        up: &["CREATE TABLE last (id int)"],
        down: &["DROP TABLE last"],
    },
];

impl Unit {
    /// What has several statements runs them one by one, and so does the way back.
    fn step(&self, statements: &[&'static str]) -> Step {
        let text: &'static str = statements.join(";\n\n").leak();
        if self.up.len() == 1 {
            return Step::Sql(text);
        }
        let mut start = 0;
        let bounds = statements.iter().map(|statement| {
            let bounds = (start, start + statement.len());
            start = bounds.1 + 3;
            bounds
        });
        Step::Statements { sql: text, bounds: bounds.collect::<Vec<_>>().leak() }
    }

    fn migration(&self) -> Migration {
        let up = self.step(self.up);
        let unit = format!("V{}__{}", self.version, self.name);
        let checksum = refinery::Migration::unapplied(&unit, up.text()).unwrap().checksum();
        Migration::new(self.plugin, self.version, self.name, "migrations/made_by_hand.sql", checksum, up)
            .reverted_by(self.step(self.down))
    }
}

fn chains() -> ChainSet {
    let order: Vec<Migration> = PLAN.iter().map(Unit::migration).collect();
    let chain = |plugin: &'static str| {
        let own: Vec<_> = order.iter().filter(|migration| migration.plugin() == plugin).copied().collect();
        Chain::new(plugin, "", own.leak())
    };
    ChainSet::new(vec![chain("core"), chain("parts")].leak(), order.leak())
}

/// The catalogs that a database may have when so many statements of a step have run.
struct Stages {
    /// After none, one, …, all of them.
    after: Vec<Catalog>,
    /// In the middle of each, if it has one that others see.
    torn: Vec<Option<Catalog>>,
}

impl Stages {
    /// Runs a step, one statement after the other, and looks at the catalog.
    async fn of(database: &TestDatabase, statements: &[&str]) -> Stages {
        let client = database.connect().await;
        let mut stages = Stages { after: vec![catalog(&client).await], torn: Vec::new() };
        for statement in statements {
            let torn = if statement.contains("DETACH") {
                Some(half_detached(database, &client, statement).await)
            } else if let Some(index) = dropped(statement) {
                let torn = with_invalid(&client, index).await;
                client.batch_execute(statement).await.unwrap();
                Some(torn)
            } else {
                client.batch_execute(statement).await.unwrap();
                match built(statement) {
                    Some(index) => Some(with_invalid(&client, index).await),
                    None => None,
                }
            };
            stages.torn.push(torn);
            stages.after.push(catalog(&client).await);
        }
        stages
    }

    /// Whether a database may look like this when so many have run, and perhaps the next one.
    fn allow(&self, found: &Catalog, half: &HalfApplied) -> bool {
        let is = |catalog: &Catalog| diff(catalog, found).is_empty();
        let next = || self.torn[half.done].as_ref().is_some_and(is) || is(&self.after[half.done + 1]);
        is(&self.after[half.done]) || (half.uncertain && next())
    }
}

/// The index that a statement builds.
fn built(statement: &str) -> Option<&str> {
    let (_, name) = statement.split_once("INDEX CONCURRENTLY ")?;
    name.trim_start_matches("IF NOT EXISTS ").split(' ').next()
}

/// The index that a statement drops.
fn dropped(statement: &str) -> Option<&str> {
    let name = statement.strip_prefix("DROP INDEX CONCURRENTLY ")?;
    Some(name.trim_start_matches("IF EXISTS "))
}

/// The catalog while the index is being built or dropped.
async fn with_invalid(client: &Client, index: &str) -> Catalog {
    let set = |valid: bool| {
        format!("UPDATE pg_index SET indisvalid = {valid} WHERE indexrelid = '{index}'::regclass")
    };
    client.batch_execute(&set(false)).await.unwrap();
    let torn = catalog(client).await;
    client.batch_execute(&set(true)).await.unwrap();
    torn
}

/// The catalog between the two transactions of the statement, which is completed then.
async fn half_detached(database: &TestDatabase, client: &Client, statement: &str) -> Catalog {
    let reader = database.connect().await;
    reader.batch_execute("BEGIN; SELECT FROM readings").await.unwrap();
    client.batch_execute("SET lock_timeout = '20ms'").await.unwrap();
    client.batch_execute(statement).await.unwrap_err();
    client.batch_execute("RESET lock_timeout").await.unwrap();
    reader.batch_execute("COMMIT").await.unwrap();
    let torn = catalog(client).await;
    client.batch_execute(&statement.replace("CONCURRENTLY", "FINALIZE")).await.unwrap();
    torn
}

struct Scene {
    ground: Ground,
    /// By the place in the plan.
    up: Vec<Stages>,
    down: Vec<Stages>,
}

/// What a killed run has left.
struct Left {
    /// How many migrations are recorded as applied.
    applied: usize,
    half: Option<HalfApplied>,
}

impl Scene {
    async fn new() -> Scene {
        let ground = Ground::new().await;
        let scratch = ground.server.database().await;
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for unit in &PLAN {
            up.push(Stages::of(&scratch, unit.up).await);
        }
        for (unit, before) in PLAN.iter().zip(&up).rev() {
            let stages = Stages::of(&scratch, unit.down).await;
            let left = diff(&before.after[0], stages.after.last().unwrap());
            assert!(left.is_empty(), "{} leaves something behind: {}", unit.name, left[0]);
            down.insert(0, stages);
        }
        Scene { ground, up, down }
    }

    /// This test binary as a process that runs [`one_run`].
    fn command(&self, way: Way, up: bool) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        test_support::isolate(&mut command);
        command.args(["--exact", "--ignored", "--nocapture", "kill_statements::one_run"]);
        command.env("KILL_URL", self.ground.url(way)).env("KILL_UP", up.to_string());
        command.env("KILL_LEASE", matches!(way, Way::Lease | Way::LeaseThroughPooler).to_string());
        command
    }

    /// What the database holds; asserts that all that is recorded agrees with it, and with the plan.
    async fn left(&self, client: &mut Client) -> Left {
        let status = Migrator::new(&chains()).status(client).await.unwrap();
        let mut applied: Vec<(&str, i64)> = Vec::new();
        let mut halves = Vec::new();
        for chain in &status.chains {
            assert!(chain.agrees(), "{chain:?}");
            applied.extend(chain.applied.iter().map(|row| (chain.plugin, row.version)));
            halves.extend(chain.half_applied.iter().map(|half| (chain.plugin, half.clone())));
        }
        let length = applied.len();
        let plan: Vec<(&str, i64)> = PLAN.iter().map(|unit| (unit.plugin, unit.version)).collect();
        let mut expected = plan[..length].to_vec();
        expected.sort_unstable();
        applied.sort_unstable();
        assert_eq!(applied, expected, "the histories are no prefix of the plan");
        assert_eq!(journalled(client).await, expected, "the journal tells of something else");

        assert!(halves.len() < 2, "{halves:?}");
        let found = catalog(client).await;
        let half = halves.pop();
        assert_eq!(
            noted(client).await,
            half.as_ref().map_or(Vec::new(), |(_, half)| expected_notes(half, &plan))
        );
        let Some((plugin, half)) = half else {
            let whole =
                self.up.get(length).map_or_else(|| &self.down[length - 1].after[0], |up| &up.after[0]);
            let differences = diff(whole, &found);
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            assert!(differences.is_empty(), "{length} applied, but:\n{}", differences.join("\n"));
            return Left { applied: length, half: None };
        };
        // The next one up, or the last one down.
        let place = if half.reverting { length - 1 } else { length };
        assert_eq!((plugin, half.version), plan[place], "{half}");
        let stages = if half.reverting { &self.down[place] } else { &self.up[place] };
        if !stages.allow(&found, &half) {
            let differences = diff(&stages.after[half.done], &found);
            let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
            panic!("{} is {half}, but:\n{}", PLAN[place].name, differences.join("\n"));
        }
        Left { applied: length, half: Some(half) }
    }
}

/// What is applied if the entries of the journal are followed, each of which has to be possible.
async fn journalled(client: &Client) -> Vec<(&'static str, i64)> {
    let mut applied = std::collections::BTreeSet::new();
    let exists = "SELECT to_regclass('stairwell.journal') IS NOT NULL";
    if client.query_one(exists, &[]).await.unwrap().get::<_, bool>(0) {
        let read = "SELECT plugin, version, direction FROM stairwell.journal ORDER BY id";
        for row in client.query(read, &[]).await.unwrap() {
            let (plugin, version, direction): (String, i64, String) = (row.get(0), row.get(1), row.get(2));
            let plugin = PLAN.iter().find(|unit| unit.plugin == plugin).unwrap().plugin;
            let changed = match direction.as_str() {
                "up" => applied.insert((plugin, version)),
                _ => applied.remove(&(plugin, version)),
            };
            assert!(changed, "{direction} of {plugin}@{version} for the second time");
        }
    }
    applied.into_iter().collect()
}

/// What `stairwell.statements` says.
async fn noted(client: &Client) -> Vec<String> {
    let exists = "SELECT to_regclass('stairwell.statements') IS NOT NULL";
    if !client.query_one(exists, &[]).await.unwrap().get::<_, bool>(0) {
        return Vec::new();
    }
    let read = "SELECT concat_ws(' ', plugin, version, direction, ordinal, state, statement) \
                FROM stairwell.statements ORDER BY plugin, version, direction, ordinal";
    client.query(read, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// What it should say of a migration that is half applied: one row for each statement, up to where the run was cut off.
fn expected_notes(half: &HalfApplied, plan: &[(&str, i64)]) -> Vec<String> {
    let unit = &PLAN[plan.iter().position(|(_, version)| *version == half.version).unwrap()];
    let (statements, direction) = if half.reverting { (unit.down, "down") } else { (unit.up, "up") };
    let begun = half.done + usize::from(half.uncertain);
    let rows = statements.iter().zip(1..).take(begun).map(|(statement, ordinal)| {
        let state = if ordinal <= half.done { "done" } else { "started" };
        format!("{} {} {direction} {ordinal} {state} {statement}", unit.plugin, unit.version)
    });
    rows.collect()
}

/// 10 in continuous integration; 300 with `STAIRWELL_TEST_SCALE=30`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_outside_a_transaction_agrees_with_its_notes_and_the_next_one_completes() {
    let scene = Scene::new().await;
    let mut random = Random::new();
    // The shorter of two, which nothing has held up: whatever is longer hits runs that are over.
    let mut took = [Duration::MAX; 2];
    for up in [true, false, true, false] {
        let begun = Instant::now();
        succeeds(&start(scene.command(Way::Session, up)).wait_with_output().unwrap());
        took[usize::from(up)] = took[usize::from(up)].min(begun.elapsed());
    }
    let (mut runs, mut halves) = (0, 0);
    let rounds = 10 * scale();
    // Should chance have it that no step was hit, it gets more of them.
    while runs < rounds || (halves == 0 && runs < rounds + 40) {
        let up = runs % 2 == 0;
        let (victim, way) = (VICTIMS[(runs / 2) % VICTIMS.len()], WAYS[random.below(WAYS.len())]);
        let moment = took[usize::from(up)].mul_f64(random.fraction());
        let place = format!("{victim:?} killed after {moment:?}, up: {up}, {way:?}");
        let pooled = {
            let client = scene.ground.database.connect().await;
            // Of earlier rounds, none of which is left but in the pooler.
            scene.ground.sessions(&client, &[]).await
        };
        let mut process = start(scene.command(way, up));
        tokio::time::sleep(moment).await;
        scene.ground.kill(victim, &mut process, &pooled).await;
        process.wait_with_output().unwrap();
        let mut client = scene.ground.settle(way, victim, &pooled).await;
        let left = scene.left(&mut client).await;
        let half = left.half.map_or(String::new(), |half| format!(", the next one {half}"));
        println!("{place}: {} of {}{half}", left.applied, PLAN.len());
        runs += 1;
        halves += usize::from(!half.is_empty());
        drop(client);
        // Nobody may need a hand: the next run waits for what is left of the killed one, and completes.
        succeeds(&start(scene.command(way, up)).wait_with_output().unwrap());
        let left = scene.left(&mut scene.ground.database.connect().await).await;
        assert!(left.half.is_none(), "{place}");
        assert_eq!(left.applied, if up { PLAN.len() } else { 0 }, "{place}");
    }
    println!("{runs} runs were killed, {halves} of them in the middle of a step");
    assert!(halves > 0, "no run was killed in the middle of a step");
}

#[tokio::test]
#[ignore = "a process of the test above"]
async fn one_run() {
    let Ok(url) = std::env::var("KILL_URL") else { return };
    let is = |name: &str| std::env::var(name).unwrap() == "true";
    let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let chains = chains();
    let mut migrator = Migrator::new(&chains).lock_wait(Duration::from_secs(60));
    if is("KILL_LEASE") {
        migrator = migrator.lock(Lock::Lease).lease_time(Duration::from_secs(1));
    }
    if is("KILL_UP") {
        migrator.up(&mut client).await.unwrap();
    } else {
        migrator.down(&mut client, &Rollback::steps(PLAN.len())).await.unwrap();
    }
}
