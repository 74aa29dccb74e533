//! Statements put together at random: what the server refuses the fold refuses, and what it accepts has the
//! same result.

use std::fmt::Write as _;

use stairwell_catalog::{Catalog, Scope, diff, read};
use stairwell_sql::{
    fold::{Fold, Outside},
    parse, with_stack,
};

/// How many statements of the pool create something.
const CREATING: usize = 25;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// `RANDOM_CASES=500` tries more, `RANDOM_FIRST=17` begins with another one.
#[tokio::test]
async fn random_statements_do_what_postgresql_does() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (first, cases) = (number("RANDOM_FIRST", 0), number("RANDOM_CASES", 12));
    let mut failures = String::new();
    for case in first..first + cases {
        if let Err(failure) = run(case).await {
            writeln!(failures, "==== RANDOM_FIRST={case} RANDOM_CASES=1\n{failure}").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// The statements of one case.
fn statements(case: u64) -> Vec<&'static str> {
    let pool: Vec<&str> = include_str!("../pool.sql")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("--"))
        // Up to PostgreSQL 14 everybody may create objects in it, which is only left out under its usual name.
        .filter(|line| test_support::server().version() >= 15 || !line.starts_with("ALTER SCHEMA public"))
        .collect();
    let mut numbers = Numbers(case.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut statements: Vec<&str> = Vec::new();
    for creating in &pool[..CREATING] {
        if numbers.below(8) != 0 {
            statements.push(creating);
        }
    }
    for _ in 0..30 {
        statements.push(pool[numbers.below(pool.len())]);
    }
    statements
}

async fn run(case: u64) -> Result<(), String> {
    let statements = statements(case);
    let database = test_support::database().await;
    let client = database.connect().await;
    client
        .batch_execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'somebody') THEN \
             CREATE ROLE somebody; CREATE ROLE nobody; END IF; END $$",
        )
        .await
        .map_err(|error| error.to_string())?;
    let mut answers = Vec::new();
    for statement in &statements {
        let refusal = client.batch_execute(statement).await.err().map(|error| {
            error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
        });
        answers.push(refusal);
    }
    let live = read(&client, &Scope::database()).await.map_err(|error| error.to_string())?;
    with_stack(|| compare(&statements, &answers, &live))
}

fn compare(statements: &[&str], answers: &[Option<String>], live: &Catalog) -> Result<(), String> {
    let mut fold = Fold::new(Outside::default());
    let mut log = String::new();
    let mut is_wrong = false;
    for (number, (statement, answer)) in statements.iter().zip(answers).enumerate() {
        let before = fold.mark();
        let outcome = fold.step(number, &parse(statement));
        let folds = outcome.problems.is_empty();
        if !folds || answer.is_some() {
            fold.undo_to(&before);
        }
        match (folds, answer) {
            (true, None) => writeln!(log, "  {statement};").unwrap(),
            (false, Some(_)) => {}
            // An extension may have functions of any name, and any name may be that of the role that runs this.
            (true, Some(reason)) if reason.contains("function") || reason.contains("owner") => {}
            // Values and bounds are not looked at.
            (true, Some(reason)) if reason.contains("invalid input value") || reason.contains("overlap") => {}
            // PostgreSQL's own collations and an extension's types are looked for in all schemas.
            (true, Some(reason)) if reason.contains("collation") || reason.contains("\"citext\"") => {}
            // Which refusal a block catches is not looked at.
            (true, Some(_)) if statement.starts_with("DO") => {}
            (true, Some(reason)) => {
                is_wrong = true;
                writeln!(log, "  !! the server refuses ({reason}): {statement}").unwrap();
            }
            (false, None) => {
                is_wrong = true;
                writeln!(log, "  !! the fold refuses ({:?}): {statement}", outcome.problems).unwrap();
                break;
            }
        }
    }
    for difference in diff(fold.catalog(), live).iter().filter(|d| d.opaque.is_none() && !d.is_text_only()) {
        is_wrong = true;
        writeln!(log, "  !! fold -> server: {difference}").unwrap();
    }
    if is_wrong { Err(log) } else { Ok(()) }
}
