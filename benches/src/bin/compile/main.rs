//! Compiles many small migrations: Stairwell's compiler by stages, and whole builds of a crate that embeds
//! them with Stairwell, refinery and sqlx.

mod builds;
mod stages;

use std::path::PathBuf;

use benches::{Usage, facts};
use clap::Parser;

#[derive(Parser)]
struct Options {
    /// How many migrations in all; several sizes show the growth.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
    migrations: Vec<usize>,
    /// How many chains they are spread over.
    #[arg(long, default_value_t = 100)]
    plugins: usize,
    /// How often the compiler runs for each size; 0 leaves the stages out.
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// How often each tool builds its crate, for each of the sizes, the last one for all further sizes; 0 leaves
    /// the builds out.
    #[arg(long, value_delimiter = ',', default_value = "3,1")]
    rounds: Vec<usize>,
}

fn main() {
    // Two figures are only right for a process that does nothing else: this program starts itself for them.
    let mut arguments = std::env::args_os().skip(1).peekable();
    match arguments.peek().and_then(|word| word.to_str()) {
        Some(Usage::WORD) => return Usage::report(arguments.skip(1)),
        Some(stages::WORD) => return stages::report(arguments.skip(1)),
        _ => {}
    }
    let options = Options::parse();
    println!("{} plugins. {}.\n", options.plugins, facts(&[]));
    stages::run(&options);
    builds::run(&options);
}

/// Where cargo put this program: everything that is written goes there.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a process has a program");
    let target = program.ancestors().nth(2).expect("it lies in target/<profile>");
    target.to_owned()
}

/// The cargo that runs this program, if one does.
fn cargo() -> std::process::Command {
    std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
