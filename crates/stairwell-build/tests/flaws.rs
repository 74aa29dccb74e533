//! Down steps that leave a trace: each file of `tests/flaws` has what was there before, an up step, a down step that
//! does not lead back, and one that does. The first has to be reported and the second must not be.
//!
//! Every file was run on PostgreSQL, where full dumps showed the trace and its absence.

use stairwell_build::{SourceTree, check, parse};
use test_support::{Flaw, flaws};

/// The rules that report a down step which does not lead back.
const RULES: [&str; 3] = ["[incomplete-down-step]", "[data-loss]", "[changed-expression]"];

/// What a catalog does not hold: it belongs to the cluster rather than to the database, or is data that a step
/// writes or deletes. `docs/rules.md` says so.
const NOT_SEEN: [&str; 9] = [
    "database_setting",
    "large_object",
    "role",
    "role_membership",
    "role_setting",
    "row_deleted_too_many",
    "row_inserted",
    "row_updated",
    "sequence_value",
];

fn report(before: &str, up: &str, down: &str) -> String {
    let directive = |text: &str| {
        let no_transaction = text.to_lowercase().contains("concurrently");
        if no_transaction { "-- stairwell: no-transaction\n" } else { "" }
    };
    let tree = SourceTree::from_files([
        ("migrations/V0001__state.sql", before.to_owned()),
        ("migrations/V0001__state.down.sql", "SELECT 1;".to_owned()),
        ("migrations/V0002__change.sql", format!("{}{up}", directive(up))),
        ("migrations/V0002__change.down.sql", format!("{}{down}", directive(down))),
        // Only the second migration is of interest.
        ("stairwell.toml", "[rules]\nopaque-statement = \"allow\"\nunhelpful-name = \"allow\"\n".to_owned()),
    ]);
    let text = match check(parse(tree)) {
        Ok(plan) => plan.warnings().to_string(),
        Err(report) => report.to_string(),
    };
    let findings = text.split("\n\n").filter(|finding| finding.contains("V0002__change"));
    findings.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn every_trace_is_reported_and_no_right_way_back_is() {
    let mut failures = Vec::new();
    let flaws = flaws();
    for Flaw { name, before, up, down, good_down } in &flaws {
        let is_reported = |report: &str| RULES.iter().any(|rule| report.contains(rule));
        let bad = report(before, up, down);
        if !is_reported(&bad) && !NOT_SEEN.contains(&name.as_str()) {
            failures.push(format!("{name}: the trace is not reported\n{bad}"));
        }
        let good = report(before, up, good_down);
        // Values that an up step drops stay lost, whatever the down step does.
        let good = good.replace("error[data-loss]", "[loss]");
        if is_reported(&good) || good.contains("error[") {
            failures.push(format!("{name}: the right way back is reported\n{good}"));
        }
    }
    let count = flaws.len();
    assert!(failures.is_empty(), "{} of {count}\n{}", failures.len(), failures.join("\n\n"));
}
