//! Stairwell at run time, beside refinery, sqlx, psql and the server alone.
//!
//! All talk to the same throwaway server through its socket, and run the same SQL in the same order. Stairwell
//! keeps a history per plugin; refinery and sqlx keep one for all, which is how they can have an order across
//! plugins. Stairwell and sqlx take their locks, refinery has none. "The statements alone" are the migrations
//! without a history: one request each, with BEGIN and COMMIT; for one transaction, between BEGIN and COMMIT.
//! Connecting is part of the time only where nothing is left to do; of psql, which does both, always.

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use benches::{Corpus, Plugin, Samples, Table, facts};
use clap::Parser;
use refinery::Runner;
use sqlx::{
    Connection as _, PgConnection, SqlSafeStr as _,
    migrate::{MigrationType, Migrator as SqlxMigrator},
    postgres::PgConnectOptions,
};
use stairwell::{Chain, ChainSet, Migration, Migrator, Requirement, Step, tokio_postgres::Client};
use test_support::{Server, TestDatabase, server};

#[derive(Parser)]
struct Options {
    /// How many migrations are applied to a fresh database.
    #[arg(long, default_value_t = 1000)]
    migrations: usize,
    /// How many chains they are spread over, at most.
    #[arg(long, default_value_t = 100)]
    plugins: usize,
    /// How often each tool applies all of them.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Of how many migrations it is asked whether any is pending.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1000, 10_000])]
    checks: Vec<usize>,
    /// How often.
    #[arg(long, default_value_t = 50)]
    times: usize,
}

/// The migrations as one tool has them.
enum Tool {
    Stairwell {
        chains: ChainSet,
        single: bool,
    },
    Refinery {
        migrations: Vec<refinery::Migration>,
        single: bool,
    },
    Sqlx(SqlxMigrator),
    Psql {
        text: String,
    },
    Alone {
        texts: Vec<String>,
        single: bool,
    },
    /// Asks for the number 1.
    Nothing,
}

struct Contender {
    name: &'static str,
    tool: Tool,
    samples: Samples,
}

fn contender(name: &'static str, tool: Tool) -> Contender {
    Contender { name, tool, samples: Samples::default() }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Options { migrations, plugins, rounds, checks, times } = Options::parse();
    let server = server();
    let version = show(&server.database().await.connect().await, "server_version").await;
    println!("{}.\n", facts(&[&format!("PostgreSQL {version}"), "fsync off"]));

    let corpus = Corpus::new(migrations, plugins.min(migrations));
    let texts =
        || corpus.ordered().into_iter().map(|(_, migration)| migration.up.clone()).collect::<Vec<_>>();
    println!("{migrations} migrations over {plugins} plugins, {rounds} rounds, a transaction for each:\n");
    let mut each = vec![
        contender("Stairwell", Tool::Stairwell { chains: stairwell(&corpus), single: false }),
        contender("refinery", Tool::Refinery { migrations: refinery(&corpus), single: false }),
        contender("sqlx", Tool::Sqlx(sqlx(&corpus))),
        contender("the statements alone", Tool::Alone { texts: texts(), single: false }),
    ];
    apply(server, &mut each, rounds).await;
    println!("\nThe same in a single transaction:\n");
    let mut whole = vec![
        contender("Stairwell", Tool::Stairwell { chains: stairwell(&corpus), single: true }),
        contender("refinery, grouped", Tool::Refinery { migrations: refinery(&corpus), single: true }),
        contender("psql -1", Tool::Psql { text: texts().join(";\n") }),
        contender("the statements alone", Tool::Alone { texts: texts(), single: true }),
    ];
    apply(server, &mut whole, rounds).await;
    for count in checks {
        println!("\nNothing to do, {count} migrations applied, over a new connection, {times} times:\n");
        let corpus = Corpus::new(count, plugins.min(count));
        let mut check = vec![
            contender("`SELECT 1`", Tool::Nothing),
            contender("Stairwell", Tool::Stairwell { chains: stairwell(&corpus), single: false }),
            contender("refinery", Tool::Refinery { migrations: refinery(&corpus), single: false }),
            contender("sqlx", Tool::Sqlx(sqlx(&corpus))),
        ];
        ask(server, &mut check, times).await;
    }
}

/// Each applies all to a database of its own, in turn; and says how long it took.
async fn apply(server: &Server, contenders: &mut [Contender], rounds: usize) {
    let mut objects = Vec::new();
    for round in 1..=rounds {
        for contender in contenders.iter_mut() {
            let database = server.database().await;
            let (_, took) = contender.tool.run(server, &database).await;
            contender.samples.push(took);
            objects.push(count_objects(&database).await);
        }
        // The next round begins with another one, so that none always follows the same one.
        contenders.rotate_left(1);
        eprintln!("round {round} of {rounds} is done");
    }
    objects.dedup();
    assert_eq!(objects.len(), 1, "all have to make the same objects, not {objects:?}");
    contenders.sort_by_key(|contender| (contender.name != "Stairwell", contender.name));
    print(contenders);
}

/// Each looks again and again whether something is pending in a database of its own, where nothing is.
async fn ask(server: &Server, contenders: &mut [Contender], times: usize) {
    let mut databases = Vec::new();
    for contender in contenders.iter() {
        let database = server.database().await;
        contender.tool.run(server, &database).await;
        databases.push(database);
    }
    for _ in 0..times {
        for (contender, database) in contenders.iter_mut().zip(&databases) {
            let (with_connecting, _) = contender.tool.run(server, database).await;
            contender.samples.push(with_connecting);
        }
    }
    print(contenders);
}

/// Divides by the first.
fn print(contenders: &[Contender]) {
    let first = &contenders[0];
    let mut table = Table::new(["", "time", &format!("to {}", first.name)]);
    for Contender { name, samples, .. } in contenders {
        let ratio = format!("{:.2}", samples.median() / first.samples.median());
        table.row([(*name).to_owned(), samples.show(), ratio]);
    }
    table.print();
}

impl Tool {
    /// Seconds to bring the database up to date, with connecting and without.
    async fn run(&self, server: &Server, database: &TestDatabase) -> (f64, f64) {
        let begun = Instant::now();
        let mut connected = begun;
        match self {
            Tool::Stairwell { chains, single } => {
                let mut client = database.connect().await;
                connected = Instant::now();
                let migrator = Migrator::new(chains).single_transaction(*single);
                migrator.up(&mut client).await.expect("Stairwell applies the corpus");
            }
            Tool::Refinery { migrations, single } => {
                let mut client = database.connect().await;
                connected = Instant::now();
                let runner = Runner::new(migrations).set_grouped(*single);
                runner.run_async(&mut client).await.expect("refinery applies the corpus");
            }
            Tool::Sqlx(migrator) => {
                let options = PgConnectOptions::new_without_pgpass()
                    .socket(server.socket_dir())
                    .port(server.port())
                    .username("postgres")
                    .database(database.name());
                let mut client = PgConnection::connect_with(&options).await.expect("sqlx connects");
                connected = Instant::now();
                migrator.run(&mut client).await.expect("sqlx applies the corpus");
            }
            Tool::Psql { text } => psql(server, database, text),
            Tool::Alone { texts, single } => {
                let client = database.connect().await;
                connected = Instant::now();
                let run = async |text: &str| client.batch_execute(text).await.expect("the corpus is sound");
                if *single {
                    run("BEGIN").await;
                }
                let mut request = String::new();
                for text in texts {
                    request.clear();
                    // Writing to a String cannot fail.
                    let _ = if *single {
                        write!(request, "{text}")
                    } else {
                        write!(request, "BEGIN; {text}\n; COMMIT")
                    };
                    run(&request).await;
                }
                if *single {
                    run("COMMIT").await;
                }
            }
            Tool::Nothing => {
                let client = database.connect().await;
                connected = Instant::now();
                client.simple_query("SELECT 1").await.expect("the server can count to one");
            }
        }
        (begun.elapsed().as_secs_f64(), connected.elapsed().as_secs_f64())
    }
}

fn psql(server: &Server, database: &TestDatabase, text: &str) {
    use std::io::Write as _;
    let mut child = Command::new("psql")
        .args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database.name(), "-h"])
        .arg(server.socket_dir())
        .args(["-p", &server.port().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("psql is installed with the server");
    let mut input = child.stdin.take().expect("it is a pipe");
    input.write_all(text.as_bytes()).expect("psql reads all of it");
    drop(input);
    assert!(child.wait().expect("psql ends").success(), "psql applies the corpus");
}

/// What the compiler would have written.
fn stairwell(corpus: &Corpus) -> ChainSet {
    let migration = |plugin: &Plugin, migration: &benches::Migration| {
        let path = plugin.folder().join(migration.stem() + ".sql");
        let name = format!("V{}__{}", migration.version, migration.name);
        let unit = refinery::Migration::unapplied(&name, &migration.up).expect("it is a name of refinery's");
        Migration::new(
            leak(&plugin.name),
            migration.version,
            leak(&migration.name),
            leak(path.to_str().expect("all names are ASCII")),
            unit.checksum(),
            Step::Sql(leak(&migration.up)),
        )
        .reverted_by(Step::Sql(leak(&migration.down)))
        .requiring(requirements(&migration.requires))
    };
    let chains = corpus.plugins.iter().map(|plugin| {
        let migrations: Vec<Migration> = plugin.migrations.iter().map(|m| migration(plugin, m)).collect();
        Chain::new(leak(&plugin.name), "", migrations.leak()).requiring(requirements(&plugin.requires))
    });
    let chains = ChainSet::new(chains.collect::<Vec<Chain>>().leak(), &[]);
    let order = corpus.ordered().into_iter().map(|(plugin, migration)| {
        let chain = chains.chain(&plugin.name).expect("each plugin has a chain");
        *chain.migration(migration.version).expect("the chain has all migrations")
    });
    ChainSet::new(chains.chains(), order.collect::<Vec<Migration>>().leak())
}

fn requirements(requires: &[(String, i64)]) -> &'static [Requirement] {
    let requirement = |(plugin, version): &(String, i64)| Requirement::new(leak(plugin), *version);
    requires.iter().map(requirement).collect::<Vec<_>>().leak()
}

/// refinery knows one chain, so its versions count through Stairwell's order; and sqlx's likewise.
fn refinery(corpus: &Corpus) -> Vec<refinery::Migration> {
    let migration = |(version, (plugin, migration)): (i64, (&Plugin, &benches::Migration))| {
        let name = format!("V{version}__{}_{}", plugin.name, migration.name);
        refinery::Migration::unapplied(&name, &migration.up).expect("it is a name of refinery's")
    };
    (1..).zip(corpus.ordered()).map(migration).collect()
}

fn sqlx(corpus: &Corpus) -> SqlxMigrator {
    let migration = |(version, (plugin, migration)): (i64, (&Plugin, &benches::Migration))| {
        let description = format!("{} {}", plugin.name, migration.name).into();
        let sql = leak(&migration.up).into_sql_str();
        sqlx::migrate::Migration::new(version, description, MigrationType::ReversibleUp, sql, false)
    };
    SqlxMigrator::with_migrations((1..).zip(corpus.ordered()).map(migration).collect())
}

/// Constants borrow for ever; here they are made at run time, because the size is an option.
fn leak(text: &str) -> &'static str {
    String::from(text).leak()
}

async fn show(client: &Client, setting: &str) -> String {
    client.query_one(&format!("SHOW {setting}"), &[]).await.expect("the server has the setting").get(0)
}

/// How many tables, views and indexes the migrations have made.
async fn count_objects(database: &TestDatabase) -> i64 {
    let count = "SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace \
                 AND relname !~ '^(_sqlx_migrations|refinery_schema_history)'";
    database.connect().await.query_one(count, &[]).await.expect("anybody may count").get(0)
}
