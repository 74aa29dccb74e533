//! The checks of single migrations, by name.

/// A check of single migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// [`stairway`](crate::stairway)
    Stairway,
    /// [`leaves_no_trace`](crate::leaves_no_trace)
    LeavesNoTrace,
    /// [`data_survives`](crate::data_survives)
    DataSurvives,
    /// [`live_equals_static`](crate::live_equals_static)
    #[cfg(feature = "static-catalog")]
    LiveEqualsStatic,
}

impl Check {
    /// All of them, in the order in which a report has them.
    pub(crate) const ALL: &'static [Check] = &[
        Check::Stairway,
        Check::LeavesNoTrace,
        Check::DataSurvives,
        #[cfg(feature = "static-catalog")]
        Check::LiveEqualsStatic,
    ];

    /// As its tests are called: `leaves_no_trace`.
    pub fn name(self) -> &'static str {
        match self {
            Check::Stairway => "stairway",
            Check::LeavesNoTrace => "leaves_no_trace",
            Check::DataSurvives => "data_survives",
            #[cfg(feature = "static-catalog")]
            Check::LiveEqualsStatic => "live_equals_static",
        }
    }
}
