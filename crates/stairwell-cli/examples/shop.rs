//! An application that mounts `migrate`, with chains built by hand; the tests of this crate run it.
//!
//! A real application has its chains from `stairwell::embed!()`.

use std::process::ExitCode;

use stairwell::{Chain, ChainSet, Migration, Requirement, Step, StepFuture, Transaction};
use stairwell_cli::{Database, Error, Exit, Interrupt, Migrate, NoFallback, OnStart, Selection};

#[derive(clap::Parser)]
enum App {
    Migrate(Migrate),
    Serve(Serve),
}

/// Starts as a program that serves does, and ends there.
#[derive(clap::Args)]
struct Serve {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    on_start: OnStart,
}

#[tokio::main]
async fn main() -> ExitCode {
    let app = stairwell_cli::parse();
    if std::env::var_os("SHOP_LOG").is_some() && log::set_logger(&Log).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
    let chains = chains(&std::env::var("SHOP").unwrap_or_default());
    match app {
        App::Migrate(migrate) => migrate.run(&chains, NoFallback).await,
        App::Serve(serve) => match serve.run(&chains).await {
            Ok(()) => Exit::Done.into(),
            Err(error) => {
                stairwell_cli::print_error(&error);
                error.exit().into()
            }
        },
    }
}

impl Serve {
    async fn run(self, chains: &ChainSet) -> Result<(), Error> {
        let migrator = self.selection.migrator(chains)?.on_event(stairwell_cli::progress());
        let mut interrupt = Interrupt::listen();
        let (connected, _) = self.on_start.run(&self.database, NoFallback, &migrator, &mut interrupt).await?;
        stairwell_cli::say("ready");
        connected.close().await;
        Ok(())
    }
}

/// Everything that any crate logs, on stderr.
struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        stairwell_cli::say(&format!("{} {}: {}", record.level(), record.target(), record.args()));
    }

    fn flush(&self) {}
}

const SITES: &str = "CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL);";
const PRINTERS: &str =
    "CREATE TABLE printers (\n    id   int PRIMARY KEY,\n    site int NOT NULL REFERENCES sites\n);";
const TONER: &str = "ALTER TABLE printers ADD COLUMN toner int;";
/// Survives a request to cancel, and begins anew.
const STUBBORN: &str = "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;";
const TALKATIVE: &str = "CREATE TABLE IF NOT EXISTS sites (id int);
CREATE VIEW names AS SELECT name FROM sites;
DROP TABLE IF EXISTS nothing;
ALTER TABLE sites DROP COLUMN name CASCADE;
DO $$ BEGIN
    RAISE NOTICE 'moved % sites', 12;
    RAISE WARNING E'site 7 has no name\x1b[31m' USING HINT = 'give it one';
END $$;";
const USB: &str = "CREATE TABLE usb_ports (id int PRIMARY KEY);";

/// The chains; `variant` is another build of the same application.
fn chains(variant: &str) -> ChainSet {
    let sites = if variant == "edited" { "CREATE TABLE sites (id bigint);" } else { SITES };
    let mut core = vec![sql("core", 1, "sites", sites)];

    let mut printers = vec![sql("printers", 1, "baseline", PRINTERS), sql("printers", 2, "toner", TONER)];
    match variant {
        "older" => {}
        "first-printers" => printers.truncate(1),
        "reversible" | "removable" | "slow-down" => {
            for (migration, down) in
                printers.iter_mut().zip(["DROP TABLE printers;", "ALTER TABLE printers DROP toner;"])
            {
                *migration = migration.reverted_by(Step::Sql(down));
            }
        }
        "broken" => {
            printers.push(sql("printers", 3, "broken", "-- not a table:\nINSERT INTO printerz VALUES (1);"))
        }
        "slow" => printers.push(sql("printers", 3, "slow", "SELECT pg_sleep(600);")),
        "stubborn" => printers.push(sql("printers", 3, "stubborn", STUBBORN)),
        "half" => printers.push(statements("printers", 3, "half", &["CREATE TABLE a ();", "SELECT 1 / 0;"])),
        "talkative" => printers.push(sql("printers", 3, "talkative", TALKATIVE)),
        _ => {
            printers.push(rust("printers", 3, "fill_toner", "tx.execute(\"UPDATE printers SET toner = 0\")"))
        }
    }
    if variant == "slow-down" {
        printers[1] =
            printers[1].reverted_by(Step::Sql("SELECT pg_sleep(600); ALTER TABLE printers DROP toner;"));
    }
    let mut usb = vec![sql("usb", 1, "baseline", USB)];
    if variant == "removable" {
        core[0] = core[0].reverted_by(Step::Sql("DROP TABLE sites;"));
        usb[0] = usb[0].reverted_by(Step::Sql("DROP TABLE usb_ports;"));
    }

    let order = [&*core, &printers, &usb].concat();
    let mut chains = vec![
        Chain::new("core", "The shop itself", core.leak()),
        Chain::new("printers", "Printers", printers.leak())
            .requiring(const { &[Requirement::new("core", 1)] }),
    ];
    if variant != "without-usb" {
        chains.push(Chain::new("usb", "USB ports", usb.leak()));
    }
    let order = order.into_iter().filter(|migration| variant != "without-usb" || migration.plugin() != "usb");
    ChainSet::new(chains.leak(), order.collect::<Vec<_>>().leak())
}

fn sql(plugin: &'static str, version: i64, name: &'static str, text: &'static str) -> Migration {
    migration(plugin, version, name, "sql", text, Step::Sql(text))
}

fn rust(plugin: &'static str, version: i64, name: &'static str, source: &'static str) -> Migration {
    migration(plugin, version, name, "rs", source, Step::Rust { source, run: fill_toner })
}

fn migration(
    plugin: &'static str,
    version: i64,
    name: &'static str,
    extension: &str,
    text: &'static str,
    up: Step,
) -> Migration {
    let folder = if plugin == "core" { String::new() } else { format!("plugins/{plugin}/") };
    let path = format!("{folder}migrations/V{version:04}__{name}.{extension}").leak();
    let unapplied = refinery::Migration::unapplied(&format!("V{version}__{name}"), text);
    let checksum = unapplied.expect("the names above are refinery's").checksum();
    Migration::new(plugin, version, name, path, checksum, up)
}

fn fill_toner<'a>(transaction: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        transaction.execute("UPDATE printers SET toner = 0", &[]).await?;
        Ok(())
    })
}

/// A step that runs statement by statement.
fn statements(
    plugin: &'static str,
    version: i64,
    name: &'static str,
    statements: &[&'static str],
) -> Migration {
    let text: &'static str = statements.join("\n").leak();
    let mut end = 0;
    let bounds = statements.iter().map(|statement| {
        let bounds = (end, end + statement.len());
        end = bounds.1 + 1;
        bounds
    });
    let bounds: &'static [(usize, usize)] = bounds.collect::<Vec<_>>().leak();
    let migration = sql(plugin, version, name, text);
    Migration::new(
        plugin,
        version,
        name,
        migration.path(),
        migration.checksum(),
        Step::Statements { sql: text, bounds },
    )
}
