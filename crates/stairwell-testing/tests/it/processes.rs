//! Many test processes at once, of which some are killed.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use stairwell::ChainSet;
use stairwell_testing::TestDatabase;
use test_support::scale;
use tokio_postgres::{Client, NoTls};

use crate::support::{chains, migration};

/// Has a server of its own, which nobody else uses: processes with another time to linger share another one.
const LINGER: &str = "19";

/// The first takes so long that processes are killed in it.
fn crowd(run: &str) -> ChainSet {
    chains(&[
        migration(1, "rows", &format!("CREATE TABLE rows (writer int, run text DEFAULT '{run}');")),
        migration(2, "slow", "SELECT pg_sleep(0.4); CREATE INDEX rows_writer ON rows (writer);"),
        migration(
            3,
            "more",
            "SELECT pg_sleep(0.2); CREATE TABLE more (id int GENERATED ALWAYS AS IDENTITY);",
        ),
    ])
}

/// Not a test: a process of the crowd.
#[tokio::test]
#[ignore = "started by the other tests"]
async fn process_of_a_crowd() {
    let Ok(run) = std::env::var("STAIRWELL_TEST_CROWD") else { return };
    let number = i32::try_from(std::process::id()).unwrap();
    let database = TestDatabase::migrated(&crowd(&run)).await.unwrap();
    eprintln!("\ndatabase {}", database.url().unwrap());
    let client = database.connect().await.unwrap();
    let rounds = if std::env::var_os("STAIRWELL_TEST_VICTIM").is_some() { i64::MAX } else { 5 };
    for round in 1..=rounds {
        client.execute("INSERT INTO rows (writer) VALUES ($1)", &[&number]).await.unwrap();
        client.batch_execute("INSERT INTO more DEFAULT VALUES").await.unwrap();
        let sql = "SELECT count(*), count(*) FILTER (WHERE writer = $1), (SELECT max(id)::bigint FROM more) FROM rows";
        let row = client.query_one(sql, &[&number]).await.unwrap();
        let seen: [i64; 3] = [row.get(0), row.get(1), row.get(2)];
        assert_eq!(seen, [round; 3], "rows, own rows, and the sequence");
    }
    eprintln!("\nown rows only");
    if std::env::var_os("STAIRWELL_TEST_STAY").is_some() {
        // Until the other end is closed.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}

fn start(run: &str, variables: &[&str]) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "processes::process_of_a_crowd", "--ignored", "--nocapture"]);
    command.env("STAIRWELL_TEST_CROWD", run).env("STAIRWELL_TEST_LINGER", LINGER);
    command.env_remove("STAIRWELL_TEST_DATABASE_URL").env_remove("NEXTEST");
    command.envs(variables.iter().map(|name| (name, "1")));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        limit.mul_f64((self.0 >> 33) as f64 / f64::from(u32::MAX >> 1))
    }
}

fn address(output: &str) -> Option<&str> {
    output.lines().find_map(|line| line.strip_prefix("database "))
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn names(client: &Client) -> Vec<String> {
    let sql = "SELECT datname::text || CASE WHEN datallowconn THEN '' ELSE ', closed' END \
               || coalesce(' (' || substring(shobj_description(oid, 'pg_database') FROM ' (.*)') || ')', '') \
               FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_crowd_of_processes_shares_one_server_and_leaves_nothing_behind() {
    let count = 8 * scale();
    let run = format!("{} at {:?}", std::process::id(), std::time::SystemTime::now());
    // Every third is killed, at some moment between its start and the end of the last.
    let moments = Duration::from_millis(700 + 60 * u64::try_from(count).unwrap());
    let mut chance = Chance(7);
    let processes: Vec<_> = (0..count)
        .map(|number| {
            let delay = (number % 3 == 0).then(|| chance.below(moments));
            let run = run.clone();
            std::thread::spawn(move || {
                let Some(delay) = delay else {
                    return (false, start(&run, &[]).wait_with_output().unwrap());
                };
                let mut process = start(&run, &["STAIRWELL_TEST_VICTIM"]);
                std::thread::sleep(delay);
                process.kill().unwrap();
                (true, process.wait_with_output().unwrap())
            })
        })
        .collect();
    let mut addresses = Vec::new();
    for process in processes {
        let (is_victim, output) = tokio::task::spawn_blocking(|| process.join().unwrap()).await.unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if !is_victim {
            assert!(output.status.success() && text.contains("own rows only"), "{}: {text}", output.status);
        }
        addresses.extend(address(&text).map(str::to_owned));
    }
    let (mut servers, mut databases): (Vec<_>, Vec<_>) =
        addresses.iter().map(|url| url.rsplit_once('/').unwrap()).unzip();
    servers.sort_unstable();
    servers.dedup();
    assert_eq!(servers.len(), 1, "{servers:?}");
    databases.sort_unstable();
    databases.dedup();
    assert_eq!(databases.len(), addresses.len());

    // What a killed process has asked for is still done, and its sessions end after that.
    let client = connect(&format!("{}/postgres", servers[0])).await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' \
               AND pid <> pg_backend_pid()";
    while client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left = names(&client).await;
    // An incomplete template of a process that was killed, which nobody will ask for again.
    let orphan = "stairwell_template_00000000000000aa_3";
    client.batch_execute(&format!("CREATE DATABASE {orphan} TEMPLATE template0")).await.unwrap();

    // The next process.
    let mut next = start(&run, &["STAIRWELL_TEST_STAY"]);
    let mut output = String::new();
    let mut stderr = next.stderr.take().unwrap();
    while !output.contains("own rows only") {
        let mut buffer = [0; 1024];
        let length = stderr.read(&mut buffer).unwrap();
        assert!(length > 0, "{output}");
        output.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    let own = address(&output).unwrap().strip_prefix(servers[0]).unwrap().trim_start_matches('/');
    // Those of runs half a minute ago are complete too.
    let is_complete = |name: &str| name.ends_with(", closed (a template of stairwell-testing)");
    let deadline = Instant::now() + Duration::from_secs(60);
    let (templates, databases) = loop {
        let (templates, databases): (Vec<String>, Vec<String>) =
            names(&client).await.into_iter().partition(|name| name.starts_with("stairwell_template_"));
        // Of many it sweeps the rest beside its tests.
        let is_swept = databases == [own] && templates.iter().all(|name| is_complete(name));
        if is_swept || Instant::now() > deadline {
            break (templates, databases);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(
        !templates.is_empty() && templates.iter().all(|name| is_complete(name)),
        "{left:#?}\nbecame\n{templates:#?}"
    );
    assert_eq!(databases, [own], "there were {left:#?}");
    next.stdin.take().unwrap().flush().unwrap();
    assert!(next.wait().unwrap().success());
    assert_eq!(names(&client).await, templates);
}
