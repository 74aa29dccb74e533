//! What `--json` prints of a command for many tenants: one object for each.

use serde::Serialize;
use stairwell::{Finding, FleetReport, Migration, Outcome, Status, Tenant, TenantReport, UpReport};

use super::{Found, Planned, StatusDocument, StatusPlugin, Up, milliseconds, print};
use crate::error::Error;

#[derive(Serialize)]
struct Fleet<'a, T> {
    tenants: Vec<One<'a, T>>,
    summary: Summary,
    /// What is left to do: the tenants that failed or were not tried.
    remainder: Vec<&'a str>,
}

#[derive(Serialize)]
struct One<'a, T> {
    tenant: &'a str,
    /// `schema` or `database`.
    kind: &'static str,
    /// `done`, `failed` or `not-tried`.
    outcome: &'static str,
    /// Whole milliseconds.
    duration_ms: u64,
    /// Only of what is done.
    #[serde(flatten)]
    result: Option<T>,
    /// Only of what has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

#[derive(Serialize)]
struct Failure {
    /// As it is printed, of several lines.
    message: String,
    sqlstate: Option<String>,
    migration: Option<String>,
    /// Whether somebody else kept the lock.
    lock_timeout: bool,
    /// What had been applied before, and stays.
    applied: usize,
}

#[derive(Serialize)]
struct Summary {
    tenants: usize,
    /// Done, with something applied.
    applied: usize,
    /// Done, with nothing to do; of commands that read, all that are done.
    unchanged: usize,
    failed: usize,
    not_tried: usize,
}

fn document<'a, R, T>(
    report: &'a FleetReport<R>,
    changed: impl Fn(&R) -> bool,
    result: impl Fn(&'a R) -> T,
) -> Fleet<'a, T> {
    let mut summary =
        Summary { tenants: report.tenants.len(), applied: 0, unchanged: 0, failed: 0, not_tried: 0 };
    let one = |one: &'a TenantReport<R>| {
        let (outcome, done, error) = match &one.outcome {
            Outcome::Done(done) => {
                if changed(done) {
                    summary.applied += 1;
                } else {
                    summary.unchanged += 1;
                }
                ("done", Some(result(done)), None)
            }
            Outcome::Failed(error) => {
                summary.failed += 1;
                let failure = Failure {
                    message: error.to_string(),
                    sqlstate: error.code().map(|code| code.code().to_owned()),
                    migration: error.migration().map(ToString::to_string),
                    lock_timeout: error.is_lock_timeout(),
                    applied: error.applied().len(),
                };
                ("failed", None, Some(failure))
            }
            Outcome::NotTried => {
                summary.not_tried += 1;
                ("not-tried", None, None)
            }
        };
        let kind = if matches!(one.tenant, Tenant::Schema(_)) { "schema" } else { "database" };
        let duration_ms = milliseconds(one.duration);
        One { tenant: one.tenant.name(), kind, outcome, duration_ms, result: done, error }
    };
    let tenants = report.tenants.iter().map(one).collect();
    Fleet { tenants, summary, remainder: report.remainder().into_iter().map(Tenant::name).collect() }
}

/// What `up --json` prints.
pub(crate) fn print_up(report: &FleetReport<UpReport>) -> Result<(), Error> {
    print("up", document(report, |up| !up.is_up_to_date(), Up::of))
}

/// What `status --json` prints.
pub(crate) fn print_status(report: &FleetReport<Status>) -> Result<(), Error> {
    fn result(status: &Status) -> StatusDocument<'_> {
        StatusDocument {
            up_to_date: status.is_up_to_date(),
            plugins: status.chains.iter().map(StatusPlugin::of).collect(),
            unknown_plugins: &status.unknown_plugins,
        }
    }
    print("status", document(report, |_| false, result))
}

#[derive(Serialize)]
struct Pending {
    migrations: Vec<Planned>,
}

/// What `plan --json` prints.
pub(crate) fn print_plan(report: &FleetReport<Vec<&'static Migration>>, sql: bool) -> Result<(), Error> {
    let result = |plan: &Vec<&'static Migration>| Pending { migrations: Planned::all(plan, sql) };
    print("plan", document(report, |_| false, result))
}

#[derive(Serialize)]
struct Verified<'a> {
    sound: bool,
    findings: Vec<Found<'a>>,
}

/// What `verify --json` prints.
pub(crate) fn print_verification(report: &FleetReport<Vec<Finding>>) -> Result<(), Error> {
    print("verify", document(report, |_| false, |findings| Verified::of(findings)))
}

impl<'a> Verified<'a> {
    fn of(findings: &'a [Finding]) -> Self {
        Verified { sound: findings.is_empty(), findings: findings.iter().map(Found::of).collect() }
    }
}
