//! Applies SQL files to an empty database, folds them, and compares the two catalogs after each file.
//!
//! `cargo run -p stairwell-sql --example compare -- postgres://…/empty 0001.up.sql 0002.up.sql …`
//!
//! With `--down`, a file `x.up.sql` whose neighbour `x.down.sql` exists is also reverted and applied again, and
//! the catalogs are compared after the way back.

#![allow(clippy::print_stdout, reason = "a command prints")]

use stairwell_catalog::{Scope, diff, read};
use stairwell_sql::fold::{Fold, Outside};
use stairwell_sql::{parse, with_stack};
use tokio_postgres::{Client, NoTls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let down =
        arguments.iter().position(|argument| argument == "--down").map(|at| arguments.remove(at)).is_some();
    let Some((url, files)) = arguments.split_first() else {
        return Err("usage: compare [--down] URL FILE…".into());
    };
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let mut folded = Fold::new(Outside::default());
    let mut steps = 0;
    let mut known: Vec<String> = Vec::new();
    let mut refused = 0;
    for file in files {
        let text = std::fs::read_to_string(file)?;
        if let Err(error) = apply(&client, &text).await {
            eprintln!("{file}: the server refuses: {error}");
            refused += 1;
            continue;
        }
        steps += 1;
        report(file, &text, &client, &mut folded, &mut known).await?;
        let way_back = file.replace(".up.sql", ".down.sql");
        if down
            && way_back != *file
            && let Ok(text) = std::fs::read_to_string(&way_back)
        {
            if let Err(error) = apply(&client, &text).await {
                eprintln!("{way_back}: the server refuses: {error}");
                continue;
            }
            steps += 1;
            report(&way_back, &text, &client, &mut folded, &mut known).await?;
            let again = std::fs::read_to_string(file)?;
            if let Err(error) = apply(&client, &again).await {
                eprintln!("{file}: the server refuses it again: {error}");
            } else {
                steps += 1;
                with_stack(|| folded.step(steps, &parse(&again)));
            }
        }
    }
    eprintln!("{steps} files folded, {refused} refused by the server, {} differences", known.len());
    Ok(())
}

async fn apply(client: &Client, text: &str) -> Result<(), String> {
    let message = |error: tokio_postgres::Error| {
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    };
    let whole = client.batch_execute(&format!("BEGIN;\n{text}\n;COMMIT; RESET ALL;")).await;
    let Err(error) = whole else { return Ok(()) };
    client.batch_execute("ROLLBACK; RESET ALL").await.map_err(message)?;
    // What cannot run in a transaction runs statement by statement.
    let spans: Vec<_> = with_stack(|| parse(text).statements.iter().map(|one| one.span.clone()).collect());
    if !message(error).contains("transaction block") {
        return client.batch_execute(text).await.map_err(message);
    }
    for span in spans {
        client.batch_execute(&text[span]).await.map_err(message)?;
    }
    client.batch_execute("RESET ALL").await.map_err(message)
}

/// Prints what the last file adds: problems that the fold claims, and differences that were not there before.
async fn report(
    file: &str,
    text: &str,
    client: &Client,
    folded: &mut Fold,
    known: &mut Vec<String>,
) -> Result<(), Box<dyn std::error::Error>> {
    let live = read(client, &Scope::database()).await?;
    let outcome = with_stack(|| folded.step(0, &parse(text)));
    let blind = folded.blind().is_some();
    for problem in outcome.problems {
        println!("{file}: claims {:?} at {:?}", problem.kind, problem.span);
    }
    for opaque in outcome.opaque {
        println!("{file}: opaque ({}) {}", opaque.everything, opaque.reason);
    }
    for difference in diff(folded.catalog(), &live).iter().filter(|d| d.opaque.is_none() && !d.is_text_only())
    {
        let line = difference.to_string();
        if !known.contains(&line) {
            let blind = if blind { " (blind)" } else { "" };
            println!("{file}: fold -> server{blind}: {line}");
            known.push(line);
        }
    }
    Ok(())
}
