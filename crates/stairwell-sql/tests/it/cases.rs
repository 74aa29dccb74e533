use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use stairwell_catalog::{Scope, diff, read};
use stairwell_sql::fold::{Fold, Outside};
use stairwell_sql::{Parsed, parse, with_stack};
use tokio_postgres::Client;

/// One statement of a case.
struct Statement {
    text: String,
    is_refused: bool,
}

#[tokio::test]
async fn the_fold_makes_what_postgresql_makes() {
    let filter = std::env::var("CASE").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    collect(&folder, &mut cases);
    cases.sort();
    cases.retain(|case| case.to_string_lossy().contains(&filter));
    assert!(!cases.is_empty(), "no case has `{filter}` in its path");

    let mut failures = String::new();
    for case in &cases {
        let text = std::fs::read_to_string(case).unwrap();
        let name = case.strip_prefix(&folder).unwrap().display();
        if let Err(failure) = run(&text).await {
            writeln!(failures, "==== {name}\n{failure}").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// Says that the statements are one step, as those of a migration are: what is set in it stays set.
const ONE_STEP: &str = "-- one step";

fn fold_as_one_step(text: &str) -> (stairwell_catalog::Catalog, String) {
    let mut fold = Fold::new(Outside::default());
    let mut failures = String::new();
    let outcome = fold.step(0, &parse(text));
    for problem in outcome.problems {
        writeln!(failures, "  the fold refuses: {}\n    {problem:?}", &text[problem.span.clone()]).unwrap();
    }
    (fold.catalog().clone(), failures)
}

fn collect(folder: &Path, cases: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            cases.push(path);
        }
    }
}

async fn run(text: &str) -> Result<(), String> {
    if let Some(version) = text.lines().next().and_then(|line| line.strip_prefix("-- from ")) {
        let needed: u32 = version.trim().parse().map_err(|error| format!("{error}"))?;
        if test_support::server().version() < needed {
            return Ok(());
        }
    }
    let statements = split(text)?;
    let database = test_support::database().await;
    let client = database.connect().await;
    let is_one_step = text.lines().any(|line| line == ONE_STEP);
    if is_one_step {
        let whole = Statement { text: format!("BEGIN;\n{text};\nCOMMIT;"), is_refused: false };
        apply(&client, std::slice::from_ref(&whole)).await?;
    } else {
        apply(&client, &statements).await?;
    }
    let live = read(&client, &Scope::database()).await.map_err(|error| error.to_string())?;
    // Trees are not `Send`, so nothing of the fold may live across an await.
    let (folded, mut failures) =
        if is_one_step { with_stack(|| fold_as_one_step(text)) } else { with_stack(|| fold(&statements)) };
    for difference in diff(&folded, &live).iter().filter(|d| d.opaque.is_none() && !d.is_text_only()) {
        writeln!(failures, "  fold -> server: {difference}").unwrap();
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

fn split(text: &str) -> Result<Vec<Statement>, String> {
    with_stack(|| {
        let parsed: Parsed = parse(text);
        if let Some(problem) = parsed.problems.first() {
            return Err(format!("  the case does not parse: {problem:?}"));
        }
        Ok(parsed
            .statements
            .iter()
            .map(|statement| {
                let before = text[..statement.span.start].trim_end();
                let is_refused = before.lines().next_back().is_some_and(|line| line.trim() == "-- refused");
                Statement { text: text[statement.span.clone()].to_owned(), is_refused }
            })
            .collect())
    })
}

async fn apply(client: &Client, statements: &[Statement]) -> Result<(), String> {
    for statement in statements {
        match (client.batch_execute(&statement.text).await, statement.is_refused) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => return Err(format!("  the server accepts: {}", statement.text)),
            (Err(error), false) => {
                let reason =
                    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
                return Err(format!("  the server refuses, {reason}: {}", statement.text));
            }
        }
    }
    Ok(())
}

fn fold(statements: &[Statement]) -> (stairwell_catalog::Catalog, String) {
    let mut fold = Fold::new(Outside::default());
    let mut failures = String::new();
    for (number, statement) in statements.iter().enumerate() {
        let before = fold.mark();
        let outcome = fold.step(number, &parse(&statement.text));
        match (outcome.problems.is_empty(), statement.is_refused) {
            (true, false) => {}
            (false, true) => fold.undo_to(&before),
            (true, true) => {
                fold.undo_to(&before);
                writeln!(failures, "  the fold accepts: {}", statement.text).unwrap();
            }
            (false, false) => {
                writeln!(failures, "  the fold refuses: {}\n    {:?}", statement.text, outcome.problems)
                    .unwrap();
            }
        }
    }
    (fold.catalog().clone(), failures)
}
