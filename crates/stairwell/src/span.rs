//! A span for every migration, for applications that trace.

use std::future::Future;

/// A step that is about to run.
#[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "nobody asks what it is"))]
pub(crate) struct Migration<'m> {
    pub(crate) plugin: &'m str,
    pub(crate) version: crate::Version,
    pub(crate) name: &'m str,
    /// Whether the up step runs.
    pub(crate) up: bool,
}

impl Migration<'_> {
    /// `work` in a span of this migration: all attempts, the record and the commit.
    #[cfg(feature = "tracing")]
    pub(crate) fn around<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        use tracing::Instrument as _;
        let Migration { plugin, version, name, up } = *self;
        let direction = if up { "up" } else { "down" };
        work.instrument(
            tracing::info_span!(target: "stairwell", "migration", plugin, version, name, direction),
        )
    }

    /// `work`, as it is.
    #[cfg(not(feature = "tracing"))]
    pub(crate) fn around<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        work
    }
}
