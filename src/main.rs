//! The binary `app`: everything it needs to bring a database up to date is inside it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use shopdb::schema;
use shopdb::serve::Serve;
use stairwell_cli::Migrate;

/// A shop-floor asset database.
#[derive(Parser)]
#[command(name = "app", version)]
struct App {
    #[command(subcommand)]
    command: Command,

    /// Where the embedded PostgreSQL keeps its data [default: shopdb/postgres in the user's data directory]
    #[cfg(feature = "embedded")]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<std::path::PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Migrate(Migrate),
    Serve(Serve),
}

#[tokio::main]
async fn main() -> ExitCode {
    let app: App = stairwell_cli::parse();
    #[cfg(feature = "embedded")]
    if app.data_dir.is_some() {
        let database = match &app.command {
            Command::Migrate(migrate) => migrate.database(),
            Command::Serve(serve) => serve.database().clone(),
        };
        // A mistake in the address is reported where it is used.
        if let Ok(Some(_)) = database.address(&stairwell_cli::Environment::process()) {
            stairwell_cli::say("warning: `--data-dir` is ignored, because a database address is given");
        }
    }
    #[cfg(feature = "embedded")]
    let fallback = shopdb::embedded::EmbeddedFallback { data_dir: app.data_dir };
    #[cfg(not(feature = "embedded"))]
    let fallback = stairwell_cli::NoFallback;

    match app.command {
        Command::Migrate(migrate) => {
            let migrate = migrate.application_version(env!("CARGO_PKG_VERSION"));
            migrate.run(&schema::CHAINS, fallback).await
        }
        Command::Serve(serve) => match serve.run(fallback).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                stairwell_cli::print_error(&error);
                error.exit().into()
            }
        },
    }
}
