//! The runtime of Stairwell.

mod chain;
mod error;
mod event;
mod migrator;
mod report;
mod status;
mod target;

mod explain;
mod failure;
mod history;
mod lock;
mod plan;
mod position;
mod selection;
mod session;
mod step;
mod suggest;
mod verify;

pub use chain::{
    Chain, ChainSet, Down, HistoryTable, Migration, Requirement, RustStep, Step, StepError, StepFuture,
    Version,
};
pub use error::Error;
pub use event::{Event, Holder};
pub use migrator::Migrator;
pub use position::Position;
pub use report::{Applied, ChainReport, UpReport};
pub use status::{AppliedMigration, ChainStatus, Divergent, Status};
pub use target::Target;
pub use tokio_postgres::{self, Transaction};

/// The schema of Stairwell's own tables.
pub const SCHEMA: &str = "stairwell";

/// Includes what `stairwell_build::compile()` wrote: `CHAINS`, and a module per plugin.
#[macro_export]
macro_rules! embed {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/stairwell.rs"));
    };
}
