//! Checks a folder of somebody else's migrations as one chain, and says how long that took.
//!
//! `cargo run -p stairwell-build --example check -- FOLDER…` takes files that end in `.up.sql` or `.sql`, sorted by
//! name, with `.down.sql` beside them; a missing down step is no finding here, and neither is a name.

#![allow(clippy::print_stdout, reason = "a command prints")]

use std::path::Path;
use std::time::Instant;

use stairwell_build::{SourceTree, check, parse};

fn main() -> std::io::Result<()> {
    for folder in std::env::args().skip(1) {
        let files = chain(Path::new(&folder))?;
        let count = files.iter().filter(|(path, _)| !path.ends_with(".down.sql")).count();
        let begin = Instant::now();
        let draft = parse(SourceTree::from_files(files));
        let parsed = begin.elapsed();
        let text = match check(draft) {
            Ok(plan) => plan.warnings().to_string(),
            Err(report) => report.to_string(),
        };
        println!("{text}");
        println!(
            "{folder}: {count} migrations, read in {parsed:?}, checked in {:?}",
            begin.elapsed() - parsed
        );
    }
    Ok(())
}

/// A step without the transaction control that other tools ask for, and never empty.
fn tidy(text: &str) -> String {
    let is_control = |line: &str| {
        let line = line.trim().trim_end_matches(';').to_lowercase();
        matches!(
            line.as_str(),
            "begin" | "commit" | "start transaction" | "begin transaction" | "commit transaction"
        )
    };
    // In a function's body, `begin` has no semicolon and `end` is no commit.
    let lines = text.lines().filter(|line| !(is_control(line) && line.trim_end().ends_with(';')));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let concurrently = text.to_lowercase().contains("concurrently");
    let directive = if concurrently { "-- stairwell: no-transaction\n" } else { "" };
    let is_empty = has_no_statement(&text);
    format!("{directive}{}{text}", if is_empty { "SELECT 1;\n" } else { "" })
}

/// Whether nothing but comments and white space is there.
fn has_no_statement(text: &str) -> bool {
    stairwell_sql::lex(text).statements.is_empty()
}

fn chain(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name.ends_with(".sql") && !name.ends_with(".down.sql"));
    // What the host gives comes first.
    names.sort_by_key(|name| (!name.starts_with("PRELUDE"), name.clone()));
    let settings = "[rules]\nmissing-down-step = \"allow\"\nunhelpful-name = \"allow\"\n";
    let mut files = vec![("stairwell.toml".to_owned(), settings.as_bytes().to_vec())];
    for (index, name) in names.iter().enumerate() {
        let text = tidy(&std::fs::read_to_string(folder.join(name))?);
        let version = index + 1;
        let stem = name.trim_end_matches(".sql").trim_end_matches(".up");
        let safe: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let safe = safe.trim_matches('_').to_lowercase();
        // Lints are another matter, and so is what cannot run in a transaction.
        files.push((format!("migrations/V{version}__m_{safe}.sql"), text.into_bytes()));
        if let Ok(down) = std::fs::read_to_string(folder.join(format!("{stem}.down.sql"))) {
            files.push((format!("migrations/V{version}__m_{safe}.down.sql"), tidy(&down).into_bytes()));
        }
    }
    Ok(files)
}
