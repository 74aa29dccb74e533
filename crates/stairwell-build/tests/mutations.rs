//! Whatever stands in the files, the compiler answers with a plan or a report: it does not panic, and it ends.
//!
//! Sound migrations are broken at random: tokens are dropped, doubled, swapped and taken from other files.
//! `STAIRWELL_TEST_SCALE` multiplies the number of trees (64 by default; 200 of it take minutes).

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and clippy exempts only the test functions themselves"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use stairwell_build::{SourceTree, check, parse};

/// Longer than any of these trees may take without optimisation, on a slow machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A generator of numbers that a seed repeats: xorshift64*, from Vigna's "An experimental exploration".
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let product = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D);
        usize::try_from(product >> 33).unwrap() % sides.max(1)
    }
}

/// The statements of everything that lies in the tests as sound SQL.
fn seeds() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["tests/flaws", "../stairwell-sql/tests/cases", "../../migrations", "../../plugins"] {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() > 200, "{} files", files.len());
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
}

/// Words, runs of spaces and single signs.
fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' => 0,
        _ if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = 3;
    for (at, c) in text.char_indices() {
        let now = class(c);
        if now != last || now == 2 {
            tokens.push(&text[start..at]);
            start = at;
        }
        last = now;
    }
    tokens.push(&text[start..]);
    tokens
}

fn mutate(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut all = tokens(text);
    let others = tokens(other);
    for _ in 0..=dice.roll(6) {
        let (at, to) = (dice.roll(all.len()), dice.roll(all.len()));
        match dice.roll(5) {
            0 => drop(all.remove(at)),
            1 => all.insert(at, all[at]),
            2 => all.swap(at, to),
            3 => all.insert(at, others[dice.roll(others.len())]),
            _ => all[at] = others[dice.roll(others.len())],
        }
        if all.is_empty() {
            break;
        }
    }
    all.concat()
}

/// Statements of all files in any order: nearly all of it is SQL, and hardly any of it makes sense.
fn shuffle(seeds: &[String], dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.roll(12) {
        let statements: Vec<&str> = seeds[dice.roll(seeds.len())].split(";\n").collect();
        text.push_str(statements[dice.roll(statements.len())]);
        text.push_str(";\n");
    }
    text
}

#[test]
fn broken_sql_gives_a_report_and_never_a_panic() {
    let scale: usize =
        std::env::var("STAIRWELL_TEST_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(1);
    let first: u64 = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let seeds = seeds();
    for seed in first..first + 64 * scale as u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut files = Vec::new();
        for version in 1..=4 {
            for kind in ["sql", "down.sql"] {
                let (one, other) = (dice.roll(seeds.len()), dice.roll(seeds.len()));
                let text = match seed % 2 {
                    0 => shuffle(&seeds, &mut dice),
                    _ => mutate(&seeds[one], &seeds[other], &mut dice),
                };
                files.push((format!("migrations/V{version}__change_{version}.{kind}"), text));
            }
        }
        // A panic that has no seed helps nobody.
        println!("SEED={seed}");
        let begin = Instant::now();
        let text = match check(parse(SourceTree::from_files(files))) {
            Ok(plan) => plan.warnings().to_string(),
            Err(report) => report.to_string(),
        };
        assert!(begin.elapsed() < LIMIT, "SEED={seed} took {:?}", begin.elapsed());
        drop(text);
    }
}

/// Each of them once hung or overflowed somebody's parser.
#[test]
fn giants_end_in_bounded_time() {
    let giants = [
        ("nested parentheses", format!("SELECT {}1{};", "(".repeat(10_000), ")".repeat(10_000))),
        ("a chain of operators", format!("SELECT 1{};", " + 1".repeat(50_000))),
        ("rows", format!("INSERT INTO sites VALUES {};", vec!["(1, 'x')"; 50_000].join(", "))),
        ("one line", format!("UPDATE sites SET name = '{}';", "x".repeat(1_000_000))),
        ("a list", format!("SELECT * FROM sites WHERE id IN ({});", vec!["1"; 100_000].join(", "))),
        (
            "columns",
            format!(
                "CREATE TABLE wide ({});",
                (0..1_600).map(|n| format!("c{n} int")).collect::<Vec<_>>().join(", ")
            ),
        ),
        ("statements", "ALTER TABLE sites ADD COLUMN IF NOT EXISTS x integer;\n".repeat(20_000)),
        ("ten megabytes", "-- a comment that says nothing at all\nSELECT 1;\n".repeat(200_000)),
        ("open quotes", "'".repeat(100_001)),
        ("open dollars", "$a$".repeat(33_333)),
        ("nested comments", "/*".repeat(100_000)),
        ("semicolons", ";".repeat(1_000_000)),
        ("nested blocks", format!("DO $$ {} $$;", "BEGIN ".repeat(5_000))),
        ("nested case", format!("SELECT {}1{};", "CASE WHEN true THEN ".repeat(3_000), " END".repeat(3_000))),
    ];
    for (name, giant) in giants {
        let begin = Instant::now();
        let tree = SourceTree::from_files([
            ("migrations/V1__sites.sql", "CREATE TABLE sites (id bigint, name text);".to_owned()),
            ("migrations/V1__sites.down.sql", "DROP TABLE sites;".to_owned()),
            ("migrations/V2__giant_step.sql", giant),
            ("migrations/V2__giant_step.down.sql", "SELECT 1;".to_owned()),
        ]);
        let report = match check(parse(tree)) {
            Ok(plan) => plan.warnings().to_string(),
            Err(report) => report.to_string(),
        };
        let elapsed = begin.elapsed();
        println!("{name}: {elapsed:?}, {} bytes of report", report.len());
        assert!(elapsed < LIMIT * 2, "{name} took {elapsed:?}");
        assert!(report.len() < 1_000_000, "{name}: a report of {} bytes", report.len());
    }
}
