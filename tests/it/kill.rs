//! A run that is killed at any moment leaves a prefix of the plan, and the next run completes.

use std::process::Child;
use std::time::{Duration, Instant};

use shopdb::schema::CHAINS;
use stairwell::{Migration, Migrator};
use stairwell_catalog::{Catalog, Scope, diff, read};
use tokio_postgres::Client;

use crate::down_steps::run;
use crate::processes::{Random, migrate, start, succeeds};
use crate::victims::{Ground, VICTIMS, WAYS, Way};
use test_support::scale;

/// All migrations in plan order but the one that is irreversible, which is the last of its chain.
pub(crate) fn plan() -> Vec<&'static Migration> {
    let reversible = |migration: &&Migration| migration.version() != 20_250_911_083_000;
    CHAINS.order().iter().filter(reversible).collect()
}

/// The targets that `plan` comes to.
pub(crate) fn targets() -> Vec<String> {
    let last = |plugin: &str| plan().iter().rfind(|m| m.plugin() == plugin).unwrap().version();
    CHAINS.chains().iter().map(|chain| format!("{}@{}", chain.plugin(), last(chain.plugin()))).collect()
}

struct Scene {
    ground: Ground,
    /// The catalog at each prefix of the plan.
    prefixes: Vec<Catalog>,
}

pub(crate) async fn catalog(client: &Client) -> Catalog {
    read(client, &Scope::database().without_schema("stairwell")).await.unwrap()
}

impl Scene {
    async fn new() -> Scene {
        let ground = Ground::new().await;
        let scratch = ground.server.database().await;
        let mut client = scratch.connect().await;
        let mut prefixes = vec![catalog(&client).await];
        for migration in plan() {
            run(&mut client, migration.up()).await;
            prefixes.push(catalog(&client).await);
        }
        Scene { ground, prefixes }
    }

    fn command(&self, way: Way, up: bool) -> Child {
        let url = self.ground.url(way);
        let lock: &[&str] = match way {
            Way::Session => &["--lock", "session"],
            _ => &["--lock", "lease", "--lease-time", "1s"],
        };
        let (targets, steps) = (targets(), plan().len().to_string());
        let mut arguments = vec!["up"];
        if up {
            arguments.extend(targets.iter().map(String::as_str));
        } else {
            arguments = vec!["down", "--yes", "--steps", &steps];
        }
        arguments.extend(lock.iter().chain(&["--lock-wait", "1m"]));
        start(migrate(&url, &arguments))
    }

    /// The length of the prefix that the database holds.
    async fn prefix(&self, client: &mut Client) -> usize {
        let status = Migrator::new(&CHAINS).status(client).await.unwrap();
        let mut applied: Vec<(&str, i64)> = Vec::new();
        for chain in &status.chains {
            assert!(chain.unknown.is_empty() && chain.divergent.is_empty());
            applied.extend(chain.applied.iter().map(|row| (chain.plugin, row.version)));
        }
        let length = applied.len();
        let mut expected: Vec<(&str, i64)> =
            plan()[..length].iter().map(|m| (m.plugin(), m.version())).collect();
        expected.sort_unstable();
        applied.sort_unstable();
        assert_eq!(applied, expected, "the histories are no prefix of the plan");
        let differences = diff(&self.prefixes[length], &catalog(client).await);
        let differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
        assert!(differences.is_empty(), "{length} applied, but:\n{}", differences.join("\n"));
        let journal = "SELECT count(*) FILTER (WHERE direction = 'up') - count(*) FILTER (WHERE direction = 'down') \
                       FROM stairwell.journal";
        if length > 0 {
            let entries: i64 = client.query_one(journal, &[]).await.unwrap().get(0);
            assert_eq!(entries, i64::try_from(length).unwrap(), "the journal tells of something else");
        }
        length
    }
}

/// 10 in continuous integration; 300 with `STAIRWELL_TEST_SCALE=30`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_run_leaves_a_prefix_of_the_plan_and_the_next_one_completes() {
    let scene = Scene::new().await;
    let mut random = Random::new();
    let all = plan().len();
    // How long a run takes, up and down.
    let mut took = [Duration::ZERO; 2];
    for up in [true, false] {
        let begun = Instant::now();
        succeeds(&scene.command(Way::Session, up).wait_with_output().unwrap());
        took[usize::from(up)] = begun.elapsed();
    }
    let (mut in_the_middle, mut runs) = (0, 0);
    let rounds = 10 * scale();
    // Should chance have it that none was hit in the middle, it gets more of them.
    while runs < rounds || (in_the_middle == 0 && runs < rounds + 40) {
        let up = runs % 2 == 0;
        let (victim, way) = (VICTIMS[(runs / 2) % VICTIMS.len()], WAYS[random.below(WAYS.len())]);
        let moment = took[usize::from(up)].mul_f64(random.fraction());
        let place = format!("{victim:?} killed after {moment:?}, up: {up}, {way:?}");
        let pooled = {
            let client = scene.ground.database.connect().await;
            // Of earlier rounds, none of which is left but in the pooler.
            scene.ground.sessions(&client, &[]).await
        };
        let mut process = scene.command(way, up);
        tokio::time::sleep(moment).await;
        scene.ground.kill(victim, &mut process, &pooled).await;
        let output = process.wait_with_output().unwrap();
        let mut client = scene.ground.settle(way, victim, &pooled).await;
        let left = scene.prefix(&mut client).await;
        println!("{place}: {left} of {all} ({})", output.status);
        runs += 1;
        in_the_middle += usize::from(left > 0 && left < all);
        drop(client);
        // Nobody may need a hand: the next run waits for what is left of the killed one, and completes.
        succeeds(&scene.command(way, up).wait_with_output().unwrap());
        let mut client = scene.ground.database.connect().await;
        assert_eq!(scene.prefix(&mut client).await, if up { all } else { 0 }, "{place}");
    }
    println!("{runs} runs were killed, {in_the_middle} of them in the middle of the plan");
    assert!(in_the_middle > 0, "no run was killed in the middle");
}
