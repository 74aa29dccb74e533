//! Applies many small migrations to fresh databases: with Stairwell, refinery and sqlx in turn.
//!
//! All three talk to the same throwaway server through its socket, and run the same SQL in the same order,
//! each migration in a transaction of its own. Stairwell keeps a history per plugin; the others keep one for
//! all, which is how they can have an order across plugins. Stairwell and sqlx take their locks, refinery has
//! none. Connecting is not part of the time.

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
    /// How many migrations in all.
    #[arg(long, default_value_t = 1000)]
    migrations: usize,
    /// How many chains they are spread over.
    #[arg(long, default_value_t = 100)]
    plugins: usize,
    /// How often each tool applies all of them.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// The migrations as one tool has them.
enum Tool {
    Stairwell(ChainSet),
    Refinery(Vec<refinery::Migration>),
    Sqlx(SqlxMigrator),
}

struct Contender {
    name: &'static str,
    tool: Tool,
    first_run: Samples,
    second_run: Samples,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Options { migrations, plugins, rounds } = Options::parse();
    let server = server();
    let version = show(&server.database().await.connect().await, "server_version").await;
    println!(
        "{migrations} migrations over {plugins} plugins, {rounds} rounds. {}.\n",
        facts(&[&format!("PostgreSQL {version}"), "fsync off"])
    );

    let corpus = Corpus::new(migrations, plugins);
    let contender = |(name, tool)| Contender {
        name,
        tool,
        first_run: Samples::default(),
        second_run: Samples::default(),
    };
    let mut contenders = [
        ("Stairwell", Tool::Stairwell(stairwell(&corpus))),
        ("refinery", Tool::Refinery(refinery(&corpus))),
        ("sqlx", Tool::Sqlx(sqlx(&corpus))),
    ]
    .map(contender);
    let mut objects = Vec::new();
    for round in 1..=rounds {
        for contender in &mut contenders {
            let database = server.database().await;
            contender.first_run.push(contender.tool.run(server, &database).await);
            contender.second_run.push(contender.tool.run(server, &database).await);
            objects.push(count_objects(&database).await);
        }
        // The next round begins with another one, so that none always follows the same one.
        contenders.rotate_left(1);
        eprintln!("round {round} of {rounds} is done");
    }
    objects.dedup();
    assert_eq!(objects.len(), 1, "all have to make the same objects, not {objects:?}");

    contenders.sort_by_key(|contender| (contender.name != "Stairwell", contender.name));
    let ratio = |samples: &Samples, of: fn(&Contender) -> &Samples| {
        format!("{:.2}", samples.median() / of(&contenders[0]).median())
    };
    let mut table = Table::new(["", "first run", "to Stairwell", "second run", "to Stairwell"]);
    for Contender { name, first_run, second_run, .. } in &contenders {
        table.row([
            (*name).to_owned(),
            first_run.show(),
            ratio(first_run, |contender| &contender.first_run),
            second_run.show(),
            ratio(second_run, |contender| &contender.second_run),
        ]);
    }
    table.print();
}

impl Tool {
    /// Seconds to bring the database up to date, on a connection of its own.
    async fn run(&self, server: &Server, database: &TestDatabase) -> f64 {
        let begun;
        match self {
            Tool::Stairwell(chains) => {
                let mut client = database.connect().await;
                begun = Instant::now();
                Migrator::new(chains).up(&mut client).await.expect("Stairwell applies the corpus");
            }
            Tool::Refinery(migrations) => {
                let mut client = database.connect().await;
                begun = Instant::now();
                let runner = Runner::new(migrations);
                runner.run_async(&mut client).await.expect("refinery applies the corpus");
            }
            Tool::Sqlx(migrator) => {
                let options = PgConnectOptions::new_without_pgpass()
                    .socket(server.socket_dir())
                    .port(server.port())
                    .username("postgres")
                    .database(database.name());
                let mut client = PgConnection::connect_with(&options).await.expect("sqlx connects");
                begun = Instant::now();
                migrator.run(&mut client).await.expect("sqlx applies the corpus");
            }
        }
        begun.elapsed().as_secs_f64()
    }
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
