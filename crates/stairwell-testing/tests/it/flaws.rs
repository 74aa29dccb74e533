//! Every down step with a trace that the compiler's tests have: it is seen here, in a real database, and the right
//! way back passes.

use std::sync::Arc;

use stairwell_testing::every_migration;
use test_support::{Flaw, flaws, scale};
use tokio::sync::Semaphore;

use crate::support::{chains, migration, reversible};

/// What belongs to the cluster, where a test cannot tell its own from others'; the roles of one run are in the way of
/// the next.
const CLUSTER: [&str; 5] = ["role", "role_membership", "role_setting", "database_setting", "user_mapping"];

/// Whether this is one that the role of an outside server may not do: some need a superuser.
///
/// They are left out there and only there; on the server that the kit starts, nothing is denied.
fn is_denied(findings: &str) -> bool {
    std::env::var_os("STAIRWELL_TEST_DATABASE_URL").is_some() && findings.contains("(SQLSTATE 42501)")
}

/// What was found, in one text.
async fn findings(before: &str, up: &str, down: &str) -> String {
    let concurrently = |text: &str| {
        let alone = text.to_lowercase().contains("concurrently");
        if alone { format!("-- stairwell: no-transaction\n{}\n", text.trim()) } else { text.to_owned() }
    };
    let change = reversible(2, "change", &concurrently(up), &concurrently(down));
    let chains = chains(&[migration(1, "before", before), change]);
    let Err(failure) = every_migration(&chains).await else { return String::new() };
    let failures = std::iter::once(&failure).chain(failure.others());
    // Many of these steps would destroy data, the right ways back as well, and there is none.
    let is_loss = |detail: &String| detail.ends_with("which is dropped and made again");
    let others = failures.filter(|failure| !failure.details().iter().any(is_loss));
    others
        .map(|failure| format!("{}: {}\n", failure.check().unwrap(), failure.details().join("\n")))
        .collect()
}

#[tokio::test]
async fn every_trace_is_seen_and_no_right_way_back_is() {
    // Each takes a second. Those of the compiler's tests are all seen in every run; here it is one in eight, from
    // `STAIRWELL_TEST_SCALE=8` on all.
    let stride = (8 / scale()).max(1);
    let flaws: Vec<_> = flaws().into_iter().step_by(stride).collect();
    let at_once = Arc::new(Semaphore::new(6));
    let mut tasks = tokio::task::JoinSet::new();
    let count = flaws.len();
    for Flaw { name, before, up, down, good_down } in flaws {
        let at_once = Arc::clone(&at_once);
        tasks.spawn(async move {
            let _turn = at_once.acquire().await.unwrap();
            if CLUSTER.contains(&name.as_str()) {
                return Vec::new();
            }
            let mut failures = Vec::new();
            let flawed = findings(&before, &up, &down).await;
            if is_denied(&flawed) {
                return failures;
            }
            if flawed.is_empty() {
                failures.push(format!("{name}: the trace is not seen"));
            }
            let good = findings(&before, &up, &good_down).await;
            if !good.is_empty() {
                failures.push(format!("{name}: the right way back is reported\n{good}"));
            }
            failures
        });
    }
    let mut failures: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    failures.sort();
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n"));
}
