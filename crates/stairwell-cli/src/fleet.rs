//! The commands that are for many tenants.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use stairwell::{
    Event, Finding, FindingKind, FleetReport, Migration, Migrator, Outcome, Status, Target, Tenant,
    TenantEvent, UpReport,
};

use crate::error::Error;
use crate::exit::Exit;
use crate::json;
use crate::notice::printable;
use crate::output::{self, BAD, GOOD, HEAD, HELP, NOTE, QUIET, paint};
use crate::progress::duration;
use crate::refusal::shell_word;
use crate::status::{self, Trouble};
use crate::tenants::{Reach, listed};

/// How many names a list has before it says how many more there are.
const LISTED: usize = 20;

/// `up` for tenants.
pub(crate) async fn up(
    reach: &Reach,
    migrator: Migrator<'_>,
    canary: Option<String>,
    targets: &[Target],
    json: bool,
) -> Result<Exit, Error> {
    let fleet = reach.fleet(migrator);
    let counter = Counter::new(fleet.tenants().len());
    let fleet = fleet.on_event(|tenant, event| counter.show(tenant, event));
    let fleet = match canary {
        Some(name) => fleet.canary(name),
        None => fleet,
    };
    let work = fleet.up_to(|tenant| reach.connect(tenant), targets);
    let (report, signal) = reach.run(&fleet, work).await?;
    print_failures(&report);
    if json {
        json::tenants::print_up(&report)?;
    } else {
        output::print(&summary(&report))?;
    }
    if let Some(signal) = signal {
        output::say(&format!("{}: interrupted by {signal}", paint(BAD, "error")));
    }
    print_rest("up", &report, targets);
    Ok(exit(&report))
}

/// `status` for tenants.
pub(crate) async fn status(
    reach: &Reach,
    migrator: Migrator<'_>,
    check: bool,
    json: bool,
) -> Result<Exit, Error> {
    let fleet = reach.fleet(migrator);
    let (report, _) = reach.run(&fleet, fleet.status(|tenant| reach.connect(tenant))).await?;
    print_failures(&report);
    if json {
        json::tenants::print_status(&report)?;
    } else {
        output::print(&table(&report, state_of))?;
    }
    let done = || report.tenants.iter().filter_map(|one| done(&one.outcome));
    Ok(match exit(&report) {
        Exit::Done if !check => Exit::Done,
        Exit::Done if done().any(|status| trouble(status).is_some()) => Exit::Failed,
        Exit::Done if done().any(|status| pending(status) > 0) => Exit::Pending,
        exit => exit,
    })
}

/// `plan` for tenants: those with the same plan together.
pub(crate) async fn plan(
    reach: &Reach,
    migrator: Migrator<'_>,
    targets: &[Target],
    sql: bool,
    json: bool,
) -> Result<Exit, Error> {
    let fleet = reach.fleet(migrator);
    let (report, _) = reach.run(&fleet, fleet.plan(|tenant| reach.connect(tenant), targets)).await?;
    print_failures(&report);
    if json {
        json::tenants::print_plan(&report, sql)?;
        return Ok(exit(&report));
    }
    let mut plans: BTreeMap<Vec<String>, (&[&'static Migration], Vec<&Tenant>)> = BTreeMap::new();
    for one in &report.tenants {
        let Some(plan) = done(&one.outcome) else { continue };
        let key = plan.iter().map(ToString::to_string).collect();
        plans.entry(key).or_insert((plan, Vec::new())).1.push(&one.tenant);
    }
    let mut text = String::new();
    for (plan, tenants) in plans.into_values() {
        let comment = if sql { "-- " } else { "" };
        text += &format!("{comment}{}: {}\n", paint(HEAD, count(tenants.len())), names(&tenants));
        text += &crate::plan::text(plan, sql);
        text.push('\n');
    }
    output::print(text.trim_end_matches('\n'))?;
    output::print("\n")?;
    Ok(exit(&report))
}

/// `verify` for tenants, of the histories alone.
pub(crate) async fn verify(
    reach: &Reach,
    migrator: Migrator<'_>,
    allow_pending: bool,
    json: bool,
) -> Result<Exit, Error> {
    let fleet = reach.fleet(migrator);
    let (mut report, _) = reach.run(&fleet, fleet.verify(|tenant| reach.connect(tenant))).await?;
    for one in &mut report.tenants {
        if let Outcome::Done(findings) = &mut one.outcome
            && allow_pending
        {
            findings.retain(|finding| finding.kind != FindingKind::Missing);
        }
    }
    print_failures(&report);
    if json {
        json::tenants::print_verification(&report)?;
    } else {
        let agrees = |findings: &Vec<Finding>| match findings.len() {
            0 => ("agrees with this program".to_owned(), GOOD),
            count => (format!("{count} disagreements"), BAD),
        };
        let mut text = table(&report, agrees);
        for one in &report.tenants {
            for finding in done(&one.outcome).into_iter().flatten() {
                text += &format!("  {}: {finding}\n", shown(&one.tenant));
            }
        }
        output::print(&text)?;
    }
    let sound = report.tenants.iter().filter_map(|one| done(&one.outcome)).all(Vec::is_empty);
    Ok(match exit(&report) {
        Exit::Done if !sound => Exit::Failed,
        exit => exit,
    })
}

fn done<T>(outcome: &Outcome<T>) -> Option<&T> {
    match outcome {
        Outcome::Done(done) => Some(done),
        _ => None,
    }
}

/// What failed only for the lock may succeed in a moment.
fn exit<T>(report: &FleetReport<T>) -> Exit {
    match (report.is_done(), report.is_lock_timeout()) {
        (true, _) => Exit::Done,
        (false, true) => Exit::LockTimeout,
        (false, false) => Exit::Failed,
    }
}

/// Progress on stderr, a line for each tenant that has come to its end.
struct Counter {
    of: usize,
    ended: AtomicUsize,
}

impl Counter {
    fn new(of: usize) -> Self {
        Counter { of, ended: AtomicUsize::new(0) }
    }

    fn show(&self, tenant: &Tenant, event: &TenantEvent<'_>) {
        let name = shown(tenant);
        match event {
            TenantEvent::Done { migrations, duration } => {
                let what = match migrations {
                    0 => "nothing to do".to_owned(),
                    count => paint(GOOD, format!("{count} applied")),
                };
                self.end(&name, &what, *duration);
            }
            TenantEvent::Failed { error, duration } => {
                let error = error.to_string();
                let first = error.lines().next().unwrap_or_default();
                self.end(&name, &format!("{}: {}", paint(BAD, "failed"), printable(first)), *duration);
            }
            TenantEvent::NoConnection { jobs, reason } => {
                let line = format!(
                    "{} {name}: {reason}; going on with {jobs} at once",
                    paint(NOTE, "no connection:")
                );
                output::say(&line);
            }
            TenantEvent::Progress(Event::Waiting { holder, since }) => {
                let holder = holder.as_ref().map(|holder| format!(", held by {holder}")).unwrap_or_default();
                let waited = paint(QUIET, format!("({})", crate::progress::duration(*since)));
                output::say(&format!("{} for the lock of {name}{holder} {waited}", paint(NOTE, "waiting")));
            }
            TenantEvent::Progress(Event::Retrying { name: migration, reason, pause, .. }) => {
                let pause = paint(QUIET, format!("(in {})", crate::progress::duration(*pause)));
                let again = paint(NOTE, "trying again:");
                output::say(&format!("{again} {name}: {migration}: {reason} {pause}"));
            }
            TenantEvent::Progress(Event::Resuming { name: migration, done, of }) => {
                let again = paint(NOTE, "going on:");
                output::say(&format!("{again} {name}: {migration}: {done} of {of} statements have run"));
            }
            _ => {}
        }
    }

    fn end(&self, name: &str, what: &str, took: std::time::Duration) {
        let (number, of) = (self.ended.fetch_add(1, Ordering::Relaxed) + 1, self.of);
        let place = paint(QUIET, format!("[{number:width$}/{of}]", width = of.to_string().len()));
        output::say(&format!("{place} {name}: {what} {}", paint(QUIET, duration(took))));
    }
}

/// A name that cannot steer a terminal.
fn shown(tenant: &Tenant) -> String {
    printable(tenant.name()).replace(['\n', '\t'], "\u{fffd}")
}

/// The whole report of each failure, with its tenant.
fn print_failures<T>(report: &FleetReport<T>) {
    for (tenant, error) in report.failures() {
        output::say(&format!("{}: tenant {}: {error}", paint(BAD, "error"), paint(HEAD, shown(tenant))));
    }
}

/// What became of all of them: numbers, then the names of those that are left.
fn summary(report: &FleetReport<UpReport>) -> String {
    let all = || report.tenants.iter().filter_map(|one| done(&one.outcome));
    let applied = all().filter(|up| !up.is_up_to_date()).count();
    let unchanged = all().count() - applied;
    let failed: Vec<&Tenant> = report.failures().map(|(tenant, _)| tenant).collect();
    let not_tried: Vec<&Tenant> = report.not_tried().collect();
    let parts = [
        (applied, "applied", GOOD),
        (unchanged, "nothing to do", QUIET),
        (failed.len(), "failed", BAD),
        (not_tried.len(), "not tried", NOTE),
    ];
    let parts = parts.iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(count, what, style)| paint(*style, format!("{count} {what}"))).collect();
    let mut text = format!("{}: {}\n", paint(HEAD, count(report.tenants.len())), parts.join(", "));
    for (title, list) in [("failed", failed), ("not tried", not_tried)] {
        if !list.is_empty() {
            text += &format!("{title}: {}\n", names(&list));
        }
    }
    text
}

fn count(tenants: usize) -> String {
    if tenants == 1 { "1 tenant".to_owned() } else { format!("{tenants} tenants") }
}

fn names(tenants: &[&Tenant]) -> String {
    let listed: Vec<String> = tenants.iter().take(LISTED).map(|tenant| shown(tenant)).collect();
    let more = tenants.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    listed.join(", ") + &more
}

/// How to go on with what is left.
fn print_rest<T>(command: &str, report: &FleetReport<T>, targets: &[Target]) {
    let rest = report.remainder();
    if rest.is_empty() {
        return;
    }
    let help = paint(HELP, "help");
    output::say(&format!(
        "{help}: run the same command again: tenants that are up to date take one round trip each"
    ));
    if rest.len() > LISTED {
        return;
    }
    let mut only = format!("migrate {command}");
    for target in targets {
        only += &format!(" {}", shell_word(&target.to_string()));
    }
    if matches!(rest.first(), Some(Tenant::Database(_))) {
        only += &format!(" --each-database {}", shell_word(&listed(rest.iter().copied())));
    } else {
        for tenant in &rest {
            only += &format!(" --each-schema {}", shell_word(tenant.name()));
        }
    }
    output::say(&format!("{help}: or for what is left alone: `{only}`"));
}

/// A line for each tenant, with what `say` makes of what is done.
fn table<T>(report: &FleetReport<T>, say: impl Fn(&T) -> (String, anstyle::Style)) -> String {
    let width = report.tenants.iter().map(|one| shown(&one.tenant).chars().count()).max().unwrap_or(0);
    let line = |one: &stairwell::TenantReport<T>| {
        let (what, style) = match &one.outcome {
            Outcome::Done(done) => say(done),
            Outcome::Failed(_) => ("failed".to_owned(), BAD),
            Outcome::NotTried => ("not tried".to_owned(), NOTE),
        };
        format!("{:width$}  {}\n", shown(&one.tenant), paint(style, what))
    };
    report.tenants.iter().map(line).collect()
}

fn state_of(status: &Status) -> (String, anstyle::Style) {
    if let Some((plugin, state)) = trouble(status) {
        return (format!("{plugin}: {state}"), BAD);
    }
    match pending(status) {
        0 => ("up to date".to_owned(), GOOD),
        count => (format!("{count} pending"), NOTE),
    }
}

/// The first plugin with a history that `up` would refuse, and why.
fn trouble(status: &Status) -> Option<(&'static str, String)> {
    let enabled = status.chains.iter().filter(|chain| chain.enabled);
    enabled
        .filter(|chain| Trouble::of(chain).is_some())
        .map(|chain| (chain.plugin, status::state(chain).0))
        .next()
}

fn pending(status: &Status) -> usize {
    status.chains.iter().filter(|chain| chain.enabled).map(|chain| chain.pending.len()).sum()
}
