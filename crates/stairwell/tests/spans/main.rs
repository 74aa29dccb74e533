//! The span of every migration, as a subscriber of the application sees it.
//!
//! A binary of its own: `tracing` remembers for the whole process whether anybody wants a span, and a test that
//! runs at the same time, on a thread without a subscriber, can be the first to be asked.

#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

#[expect(dead_code, reason = "most of it is for the other tests")]
#[path = "../it/support.rs"]
mod support;

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use stairwell::{Migrator, Rollback, Step, StepFuture, Transaction};
use test_support::server;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use support::{chain, chain_set, rust, sql};

/// Writes down which spans were opened and closed, and what was said in them.
#[derive(Clone, Default)]
struct Recorder {
    ids: Arc<AtomicU64>,
    lines: Arc<Mutex<Vec<String>>>,
    /// The span that is entered; this test has one at a time.
    entered: Arc<Mutex<Option<u64>>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Recorder {
    fn write(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("stairwell") || metadata.target() == "step"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        let metadata = span.metadata();
        let (target, name, level) = (metadata.target(), metadata.name(), metadata.level());
        self.write(format!("{id} opened: {target} {name} {level}{}", fields.0));
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let entered = *self.entered.lock().unwrap();
        self.write(format!("in {entered:?}:{}", fields.0));
    }

    fn enter(&self, span: &Id) {
        *self.entered.lock().unwrap() = Some(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        *self.entered.lock().unwrap() = None;
    }

    fn try_close(&self, id: Id) -> bool {
        self.write(format!("{} closed", id.into_u64()));
        true
    }
}

fn talk<'a>(_: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async {
        tracing::info!(target: "step", "half way");
        Ok(())
    })
}

#[tokio::test]
async fn every_migration_has_a_span_up_and_down() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = chain_set(&[
        chain("core", &[sql("core", 1, "sites", "CREATE TABLE sites ();")]),
        chain(
            "usb",
            &[
                rust("usb", 1, "fill", talk).reverted_by(Step::Sql("SELECT 1;")),
                sql("usb", 2, "broken", "SELECT 1 / 0;"),
            ],
        ),
    ]);
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());
    let migrator = Migrator::new(&chains);
    migrator.up(&mut client).await.unwrap_err();
    migrator.down(&mut client, &Rollback::steps(1)).await.unwrap();
    drop(guard);
    assert_eq!(
        *recorder.lines.lock().unwrap(),
        [
            r#"1 opened: stairwell migration INFO plugin="core" version=1 name="sites" direction="up""#,
            "1 closed",
            r#"2 opened: stairwell migration INFO plugin="usb" version=1 name="fill" direction="up""#,
            "in Some(2): message=half way",
            "2 closed",
            r#"3 opened: stairwell migration INFO plugin="usb" version=2 name="broken" direction="up""#,
            "3 closed",
            r#"4 opened: stairwell migration INFO plugin="usb" version=1 name="fill" direction="down""#,
            "4 closed",
        ]
    );
}
