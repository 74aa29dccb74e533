//! The checks of a suite, by name.

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

/// A check of all chains at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WholeCheck {
    /// [`applies_from_empty`](crate::applies_from_empty)
    AppliesFromEmpty,
    /// [`second_run_does_nothing`](crate::second_run_does_nothing)
    SecondRunDoesNothing,
    /// [`any_order`](crate::any_order)
    AnyOrder,
    /// [`concurrent_starts`](crate::concurrent_starts)
    ConcurrentStarts,
    /// [`killed_in_the_middle`](crate::killed_in_the_middle)
    KilledInTheMiddle,
    /// [`one_run_and_steps_agree`](crate::one_run_and_steps_agree)
    OneRunAndStepsAgree,
    /// [`upgrade_from_every_release`](crate::upgrade_from_every_release)
    UpgradeFromEveryRelease,
}

impl WholeCheck {
    /// As its test is called: `any_order`.
    pub fn name(self) -> &'static str {
        match self {
            WholeCheck::AppliesFromEmpty => "applies_from_empty",
            WholeCheck::SecondRunDoesNothing => "second_run_does_nothing",
            WholeCheck::AnyOrder => "any_order",
            WholeCheck::ConcurrentStarts => "concurrent_starts",
            WholeCheck::KilledInTheMiddle => "killed_in_the_middle",
            WholeCheck::OneRunAndStepsAgree => "one_run_and_steps_agree",
            WholeCheck::UpgradeFromEveryRelease => "upgrade_from_every_release",
        }
    }
}
