//! How far a start is, as `/readyz` tells it.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use stairwell::{Event, Holder, NewerMigration, Startup};

/// How many migrations are named; a fresh database lacks all.
const NAMED: usize = 20;

/// What the handlers and the run share.
#[derive(Clone)]
pub(super) struct Readiness(Arc<Mutex<Stage>>);

/// What is told; fields that say nothing are left out.
#[derive(Clone, Default, Serialize)]
pub(super) struct Stage {
    pub(super) status: &'static str,
    /// The migration whose step runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    applying: Option<String>,
    /// How many migrations are pending, with the one that is being applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_count: Option<usize>,
    /// The first of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<String>,
    /// What the database has and this program does not contain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    newer: Vec<String>,
}

impl Readiness {
    /// Of a process that has just begun to do this.
    pub(super) fn new(startup: Startup) -> Self {
        let status = match startup {
            Startup::Apply => "migrating",
            Startup::Wait { .. } => "waiting",
            _ => "starting",
        };
        Readiness(Arc::new(Mutex::new(Stage { status, ..Stage::default() })))
    }

    /// How far it is.
    pub(super) fn stage(&self) -> Stage {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The migrator says what it does.
    pub(super) fn observe(&self, event: &Event<'_>) {
        match event {
            Event::Waiting { holder, .. } => self.set(Stage {
                status: "migrating",
                waiting_for: Some(format!("the lock of {}", run(holder.as_ref(), "another run"))),
                ..Stage::default()
            }),
            Event::Locked => self.set(Stage { status: "migrating", ..Stage::default() }),
            Event::Awaiting { pending, holder, .. } => self.set(Stage {
                status: "waiting",
                pending_count: Some(pending.len()),
                pending: pending.iter().take(NAMED).map(ToString::to_string).collect(),
                waiting_for: Some(run(holder.as_ref(), "a process that migrates")),
                ..Stage::default()
            }),
            Event::Applying { migration, number, of } => self.set(Stage {
                status: "migrating",
                applying: Some(migration.to_string()),
                pending_count: Some(of.saturating_sub(*number) + 1),
                ..Stage::default()
            }),
            _ => {}
        }
    }

    /// The start is over.
    pub(super) fn ready(&self, newer: &[NewerMigration]) {
        let newer = newer.iter().take(NAMED).map(ToString::to_string).collect();
        self.set(Stage { status: "ready", newer, ..Stage::default() });
    }

    fn set(&self, stage: Stage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}

/// Who migrates, without what an orchestrator need not know of the server: addresses and processes.
fn run(holder: Option<&Holder>, nobody: &str) -> String {
    match holder {
        Some(Holder { migration: Some(migration), .. }) => format!("a run that is in {migration}"),
        Some(_) => "a run".to_owned(),
        None => nobody.to_owned(),
    }
}
