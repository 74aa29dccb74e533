//! The testing kit: a database for a test beside the statements that make one, and a walk over short and long chains.

use std::sync::Mutex;
use std::time::Instant;

use benches::{Samples, Table, facts};
use clap::Parser;
use stairwell::{
    Chain, ChainSet, Migration, Step, StepError, Transaction,
    tokio_postgres::{Client, Config, NoTls},
};
use stairwell_testing::{TestDatabase, every_migration, stairway};

#[derive(Parser)]
struct Options {
    /// How many databases are made in each way; 0 leaves that out.
    #[arg(long, default_value_t = 60)]
    databases: usize,
    /// How long the chains are that are walked over.
    #[arg(long, value_delimiter = ',', default_values_t = [36, 360])]
    migrations: Vec<usize>,
    /// How often each is.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Options { databases, migrations, rounds } = Options::parse();
    let database = TestDatabase::empty().await.unwrap();
    let version = database.connect().await.unwrap().query_one("SHOW server_version", &[]).await.unwrap();
    println!("{}.\n", facts(&[&format!("PostgreSQL {}", version.get::<_, String>(0)), "fsync off"]));
    if databases > 0 {
        println!(
            "A database with 36 tables, made, connected to, asked for the number 1, dropped, {databases} times:\n"
        );
        clones(databases).await;
    }
    for (what, kind) in [("one table", Kind::OneTable), ("a table each", Kind::TableEach)] {
        println!("\nA walk over a chain that works on {what}, {rounds} rounds:\n");
        walks(kind, &migrations, rounds).await;
    }
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn ask(client: &Client) {
    assert_eq!(client.query_one("SELECT 1", &[]).await.unwrap().get::<_, i32>(0), 1);
}

/// The three take turns.
async fn clones(databases: usize) {
    let chains = chains(Kind::TableEach, 36);
    // Makes the template, whose name the kit tells nobody; the copy of a copy is the same work.
    let template = TestDatabase::migrated(&chains).await.unwrap();
    let mut maintenance = template.config().unwrap();
    maintenance.dbname("postgres");
    let ways = [
        (
            "`CREATE DATABASE … TEMPLATE … STRATEGY file_copy`, each over a connection of its own",
            Some(" STRATEGY file_copy"),
            true,
        ),
        ("the same over one connection that stays open", Some(" STRATEGY file_copy"), false),
        ("`CREATE DATABASE … TEMPLATE`, over one connection", Some(""), false),
        ("`TestDatabase::migrated`", None, false),
    ];
    let mut samples: Vec<Samples> = ways.iter().map(|_| Samples::default()).collect();
    let open = connect(&maintenance).await;
    for _ in 0..databases {
        for ((_, strategy, is_own), samples) in ways.iter().zip(&mut samples) {
            let begun = Instant::now();
            let Some(strategy) = strategy else {
                let database = TestDatabase::migrated(&chains).await.unwrap();
                ask(&database.connect().await.unwrap()).await;
                drop(database);
                samples.push(begun.elapsed().as_secs_f64());
                continue;
            };
            let run = async |sql: &str| match is_own {
                true => connect(&maintenance).await.batch_execute(sql).await.unwrap(),
                false => open.batch_execute(sql).await.unwrap(),
            };
            run(&format!("CREATE DATABASE bench_copy TEMPLATE {}{strategy}", template.name())).await;
            let mut config = maintenance.clone();
            config.dbname("bench_copy");
            ask(&connect(&config).await).await;
            run("DROP DATABASE bench_copy WITH (FORCE)").await;
            samples.push(begun.elapsed().as_secs_f64());
        }
    }
    let mut table = Table::new(["", "time", "to the first", "to the second", "to the third"]);
    for ((name, ..), own) in ways.iter().zip(&samples) {
        let ratio = |of: usize| format!("{:.2}", own.median() / samples[of].median());
        table.row([name.to_string(), own.show(), ratio(0), ratio(1), ratio(2)]);
    }
    table.print();
}

#[derive(Clone, Copy)]
enum Kind {
    /// Each changes the same table: the catalog stays as large as it is.
    OneTable,
    /// Each makes a table with a key and an index.
    TableEach,
}

/// How often up steps and down steps have run, as the last migration of a walk finds it.
static APPLICATIONS: Mutex<(i64, i64)> = Mutex::new((0, 0));

/// Sequences count what is rolled back too.
fn chains(kind: Kind, count: usize) -> ChainSet {
    let checksum = |stem: &str, text: &str| refinery::Migration::unapplied(stem, text).unwrap().checksum();
    let migration = |version: usize, up: String, down: String| {
        let checksum = checksum(&format!("V{version}__step"), &up);
        let path = format!("migrations/V{version:04}__step.sql").leak();
        let migration = Migration::new("core", version as i64, "step", path, checksum, Step::Sql(up.leak()));
        migration.reverted_by(Step::Sql(down.leak()))
    };
    let mut migrations = vec![migration(
        1,
        "CREATE SEQUENCE ups; CREATE SEQUENCE downs; CREATE TABLE one (id int); SELECT nextval('ups');"
            .into(),
        "DROP TABLE one; DROP SEQUENCE downs; DROP SEQUENCE ups;".into(),
    )];
    migrations.extend((2..count).map(|version| {
        let (up, down) = match kind {
            Kind::OneTable => (
                format!("COMMENT ON TABLE one IS '{version}';"),
                match version {
                    2 => "COMMENT ON TABLE one IS NULL;".to_owned(),
                    _ => format!("COMMENT ON TABLE one IS '{}';", version - 1),
                },
            ),
            Kind::TableEach => (
                format!(
                    "CREATE TABLE table_{version} (id bigint PRIMARY KEY, name text NOT NULL, made_at timestamptz \
                     DEFAULT now()); CREATE INDEX ON table_{version} (name);"
                ),
                format!("DROP TABLE table_{version};"),
            ),
        };
        migration(version, format!("SELECT nextval('ups'); {up}"), format!("SELECT nextval('downs'); {down}"))
    }));
    let last = Step::Rust { source: "read", run: |tx| Box::pin(read(tx)) };
    let sum = checksum(&format!("V{count}__read"), "read");
    let path = format!("migrations/V{count:04}__read.rs").leak();
    let last = Migration::new("core", count as i64, "read", path, sum, last);
    migrations.push(last.irreversible("it only reads"));
    let migrations: &'static [Migration] = migrations.leak();
    ChainSet::new(vec![Chain::new("core", "", migrations)].leak(), migrations)
}

async fn read(tx: &Transaction<'_>) -> Result<(), StepError> {
    let row =
        tx.query_one("SELECT (SELECT last_value FROM ups), (SELECT last_value FROM downs)", &[]).await?;
    if let Ok(mut applications) = APPLICATIONS.lock() {
        *applications = (row.try_get(0)?, row.try_get(1)?);
    }
    Ok(())
}

async fn walks(kind: Kind, migrations: &[usize], rounds: usize) {
    let all: Vec<ChainSet> = migrations.iter().map(|count| chains(kind, *count)).collect();
    let mut samples: Vec<[Samples; 2]> = all.iter().map(|_| Default::default()).collect();
    let mut applications = vec![(0, 0); all.len()];
    for _ in 0..rounds {
        for ((chains, samples), applications) in all.iter().zip(&mut samples).zip(&mut applications) {
            let begun = Instant::now();
            stairway(chains).await.unwrap();
            samples[0].push(begun.elapsed().as_secs_f64());
            let begun = Instant::now();
            every_migration(chains).await.unwrap();
            samples[1].push(begun.elapsed().as_secs_f64());
            *applications = *APPLICATIONS.lock().unwrap();
        }
    }
    let mut table = Table::new([
        "migrations",
        "up steps run",
        "down steps run",
        "`stairway`",
        "all three checks",
        "for each",
    ]);
    for ((count, samples), (ups, downs)) in migrations.iter().zip(&samples).zip(&applications) {
        let each = format!("{:.1} ms", samples[1].median() * 1000.0 / *count as f64);
        table.row([
            count.to_string(),
            ups.to_string(),
            downs.to_string(),
            samples[0].show(),
            samples[1].show(),
            each,
        ]);
    }
    table.print();
    if let [first, .., last] = &samples[..] {
        let counts = migrations[migrations.len() - 1] as f64 / migrations[0] as f64;
        let ratio = |of: usize| last[of].median() / first[of].median();
        println!(
            "{counts:.1} times as many migrations take {:.1} and {:.1} times as long.",
            ratio(0),
            ratio(1)
        );
    }
}
