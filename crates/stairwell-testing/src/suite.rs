//! One test per migration and check, from one line.

use std::sync::{Mutex, PoisonError};

use stairwell::{ChainSet, Migration};

use crate::{
    Failure,
    checks::{self, unknown},
    course::Course,
    process::runtime,
    walk::{DATA_SURVIVES, LEAVES_NO_TRACE, Outcome, STAIRWAY, Walk},
};

/// A check of single migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// [`stairway`](crate::stairway)
    Stairway,
    /// [`leaves_no_trace`](crate::leaves_no_trace)
    LeavesNoTrace,
    /// [`data_survives`](crate::data_survives)
    DataSurvives,
}

impl Check {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Check::Stairway => STAIRWAY,
            Check::LeavesNoTrace => LEAVES_NO_TRACE,
            Check::DataSurvives => DATA_SURVIVES,
        }
    }
}

/// What [`suite!`](crate::suite!) tests, and how.
#[derive(Debug)]
pub struct Suite {
    package: &'static str,
    course: Course,
    excepted: Vec<(Check, Migration)>,
    /// A mistake in the configuration, which every test reports.
    mistake: Option<Failure>,
    walked: Mutex<Walked>,
}

/// What the tests of this process have found out so far, for each other.
#[derive(Default)]
struct Walked {
    runtime: Option<tokio::runtime::Runtime>,
    walk: Option<Walk>,
    outcomes: Vec<Outcome>,
}

impl std::fmt::Debug for Walked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Walked").field("outcomes", &self.outcomes.len()).finish_non_exhaustive()
    }
}

impl Suite {
    /// All checks of all migrations. `package` is for the commands in failures.
    pub fn new(chains: &ChainSet, package: &'static str) -> Self {
        Suite {
            package,
            course: Course::new(*chains),
            excepted: Vec::new(),
            mistake: None,
            walked: Mutex::default(),
        }
    }

    /// Puts in rows once `migration` is applied; they have to survive every later one, up and down.
    ///
    /// Tables of other chains that come earlier in the plan are there too.
    #[must_use]
    pub fn rows_after(mut self, migration: Migration, sql: &'static str) -> Self {
        match self.course.place(migration.plugin(), migration.version()) {
            Some(place) => self.course.put_in_after(place, sql),
            None => self.mistake = Some(unknown(&migration)),
        }
        self
    }

    /// Leaves out one check of one migration; its test passes.
    ///
    /// For [`Check::DataSurvives`] that says: this migration destroys data, and is meant to.
    #[must_use]
    pub fn except(mut self, check: Check, migration: Migration) -> Self {
        if self.course.place(migration.plugin(), migration.version()).is_none() {
            self.mistake = Some(unknown(&migration));
        }
        self.excepted.push((check, migration));
        self
    }

    /// One check of one migration. `test` is the name of the test, for the failure.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn check(&self, check: Check, plugin: &str, version: i64, test: &str) -> Result<(), Failure> {
        let place = self.sound()?.place(plugin, version);
        let unlisted = || Failure::new(format!("the chain set has no version {version} of `{plugin}`"));
        let place = place.ok_or_else(unlisted)?;
        let is_it = |(excepted, migration): &&(Check, Migration)| {
            *excepted == check && migration.plugin() == plugin && migration.version() == version
        };
        if self.excepted.iter().any(|excepted| is_it(&excepted)) {
            return Ok(());
        }
        match self.outcome(place)?.of(check.name()) {
            None => Ok(()),
            Some(failure) => {
                let command = format!("cargo test -p {} {}::{test}", self.package, check.name());
                Err(failure.clone().with_again(command))
            }
        }
    }

    /// A check of all chains.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn applies_from_empty(&self) -> Result<(), Failure> {
        let result = runtime()?.block_on(checks::applies_from_empty(&self.sound()?.chains));
        self.with_command(result, "applies_from_empty")
    }

    /// A check of all chains.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn second_run_does_nothing(&self) -> Result<(), Failure> {
        let result = runtime()?.block_on(checks::second_run_does_nothing(&self.sound()?.chains));
        self.with_command(result, "second_run_does_nothing")
    }

    fn with_command(&self, result: Result<(), Failure>, test: &str) -> Result<(), Failure> {
        result.map_err(|failure| failure.with_again(format!("cargo test -p {} {test}", self.package)))
    }

    fn sound(&self) -> Result<&Course, Failure> {
        self.mistake.as_ref().map_or(Ok(&self.course), |mistake| Err(mistake.clone()))
    }

    fn outcome(&self, place: usize) -> Result<Outcome, Failure> {
        // nextest gives every test a process, which has nothing to share but templates: one for every few places.
        if std::env::var_os("NEXTEST").is_some() {
            let stride = self.course.order().len().isqrt().max(1);
            let mut walk = Walk::from(self.course.clone(), place, Some(stride));
            return runtime()?.block_on(walk.step());
        }
        let mut walked = self.walked.lock().unwrap_or_else(PoisonError::into_inner);
        let Walked { runtime: own, walk, outcomes } = &mut *walked;
        let runtime = match own {
            Some(runtime) => runtime,
            None => own.insert(runtime()?),
        };
        let walk = walk.get_or_insert_with(|| Walk::from(self.course.clone(), 0, None));
        while outcomes.len() <= place {
            outcomes.push(runtime.block_on(walk.step())?);
        }
        let outcome = outcomes.get(place).cloned().unwrap_or_default();
        if outcomes.len() == self.course.order().len() {
            // Statics are not dropped; this one's database is not needed any more.
            let _inside = runtime.enter();
            walk.end();
        }
        Ok(outcome)
    }
}

/// Generates the tests of a chain set: one per migration and check, and one per check of all chains.
///
/// ```ignore
/// // tests/suite.rs
/// stairwell_testing::suite!(shopdb::schema::CHAINS);
/// ```
///
/// The tests are called `stairway::printers::v0002_add_toner_level`, so that `cargo test stairway::printers` selects
/// those of a plugin. The list of migrations is written by `stairwell_build::compile()` beside the constants, so the
/// macro works in the package whose build script that is: in its tests and in its unit tests.
///
/// A second argument configures the suite. It names migrations by their constants, which rustc checks:
///
/// ```ignore
/// use shopdb::schema::{CHAINS, core, printers};
/// use stairwell_testing::Check;
///
/// stairwell_testing::suite!(CHAINS, |suite| {
///     suite
///         .rows_after(printers::V0001_BASELINE, "INSERT INTO printers (name) VALUES ('lobby')")
///         .except(Check::DataSurvives, core::V0009_SPLIT_LOCATION_LABEL)
/// });
/// ```
#[macro_export]
macro_rules! suite {
    ($chains:expr $(,)?) => {
        $crate::suite!($chains, |suite| suite);
    };
    ($chains:expr, |$suite:ident| $configured:expr $(,)?) => {
        fn stairwell_suite() -> &'static $crate::Suite {
            static SUITE: ::std::sync::LazyLock<$crate::Suite> = ::std::sync::LazyLock::new(|| {
                let $suite = $crate::Suite::new(&$chains, ::core::env!("CARGO_PKG_NAME"));
                $configured
            });
            &SUITE
        }

        #[test]
        fn applies_from_empty() -> $crate::Outcome {
            stairwell_suite().applies_from_empty()
        }

        #[test]
        fn second_run_does_nothing() -> $crate::Outcome {
            stairwell_suite().second_run_does_nothing()
        }

        $crate::suite!(@check stairway Stairway);
        $crate::suite!(@check leaves_no_trace LeavesNoTrace);
        $crate::suite!(@check data_survives DataSurvives);
    };
    (@check $module:ident $check:ident) => {
        mod $module {
            use $crate::Outcome as StairwellOutcome;

            fn stairwell_check(plugin: &str, version: i64, test: &str) -> StairwellOutcome {
                super::stairwell_suite().check($crate::Check::$check, plugin, version, test)
            }

            ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/stairwell-suite.rs"));
        }
    };
}
