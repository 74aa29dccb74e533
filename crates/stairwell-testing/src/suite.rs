//! One test per migration and check, from one line.

mod whole;

use std::sync::{Mutex, PoisonError};

use stairwell::{Chain, ChainSet, Migration, Table};

use crate::{
    Check, Failure,
    course::Course,
    exceptions::{Demand, Exceptions},
    models::{self, MODELS_MATCH},
    nextest::{self, Note},
    process::runtime,
    tables::{self, TABLES_MATCH},
    walk::{Outcome, Walk},
};

/// What [`suite!`](crate::suite!) tests, and how.
///
/// Migrations and chains are named by their constants. One that is not of the chain set under test, and any other
/// mistake in the configuration, fails every test of the suite.
#[derive(Debug)]
pub struct Suite {
    package: &'static str,
    course: Course,
    exceptions: Exceptions,
    releases: whole::Wanted,
    /// The first mistake in the configuration, which every test reports.
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
            exceptions: Exceptions::default(),
            releases: whole::Wanted::default(),
            mistake: None,
            walked: Mutex::default(),
        }
    }

    /// Leaves out a check of all migrations; its tests pass.
    #[must_use]
    pub fn without(mut self, check: Check) -> Self {
        self.exceptions.everywhere(check);
        self
    }

    /// Leaves out a check of all migrations of a plugin; its tests pass.
    #[must_use]
    pub fn except_plugin(mut self, check: Check, chain: Chain) -> Self {
        let known = self.course.chains.chain(chain.plugin());
        if known.is_some_and(|known| known.migrations() == chain.migrations()) {
            self.exceptions.plugin(check, chain.plugin());
        } else {
            let message = format!("`except_plugin` names `{}`, whose chain", chain.plugin());
            self.mistaken(format!("{message} is not one of the chain set under test"));
        }
        self
    }

    /// Says that a check of one migration fails; its test passes.
    ///
    /// For [`Check::DataSurvives`] that says: this migration destroys data, and is meant to.
    ///
    /// It is an expectation, as `#[expect]` is: if the check does not fail, the test does, and says that the
    /// exception is not needed. [`without`](Suite::without) and [`except_plugin`](Suite::except_plugin) are none,
    /// because one test does not know what the others find.
    #[must_use]
    pub fn except(mut self, check: Check, migration: Migration) -> Self {
        if let Some(place) = self.place("except", &migration) {
            self.exceptions.migration(check, place);
        }
        self
    }

    /// Puts in rows just before `migration`; they have to survive it and every later one, up and down.
    ///
    /// Everything that comes earlier in the plan is applied then, of whichever chain.
    #[must_use]
    pub fn rows_before(mut self, migration: Migration, sql: &'static str) -> Self {
        match self.place("rows_before", &migration) {
            Some(0) => self.mistaken(format!(
                "`rows_before` names `{migration}`, the first migration of all: there is no table before it"
            )),
            Some(place) => self.course.put_in_at(place, format!("`rows_before` for `{migration}`"), sql),
            None => {}
        }
        self
    }

    /// Puts in rows once `migration` is applied; they have to survive every later one, up and down.
    ///
    /// Tables of other chains that come earlier in the plan are there too.
    #[must_use]
    pub fn rows_after(mut self, migration: Migration, sql: &'static str) -> Self {
        if let Some(place) = self.place("rows_after", &migration) {
            self.course.put_in_at(place + 1, format!("`rows_after` for `{migration}`"), sql);
        }
        self
    }

    /// Never runs a migration, up or down: it is recorded as applied, and `stand_in` is run in its place.
    ///
    /// For what cannot run on a test server: an extension that is not installed, a service that is not there, an
    /// hour of work. Its own tests pass, because there is nothing that they could look at. What it would have made
    /// is not there either, so `stand_in` has to make as much of it as the migrations behind it need; an empty text
    /// if that is nothing.
    ///
    /// Of the checks of all chains, most run it all the same; [`without_whole`](Suite::without_whole) leaves these out.
    #[must_use]
    pub fn skip(mut self, migration: Migration, stand_in: &'static str) -> Self {
        if let Some(place) = self.place("skip", &migration) {
            self.course.skip(place, stand_in);
        }
        self
    }

    /// Tries no down step of `migration` and of those before it in its chain: they go up only, as irreversible ones
    /// do, in every check.
    ///
    /// The migration itself counts among them: the first that goes down is the one behind it. Other chains are not
    /// concerned; of two floors for one chain, the later counts.
    #[must_use]
    pub fn not_below(mut self, migration: Migration) -> Self {
        if self.place("not_below", &migration).is_some() {
            self.course.not_below(&migration);
        }
        self
    }

    /// The place of a migration that is really one of the chain set, and not one of another that is called alike.
    fn place(&mut self, method: &str, migration: &Migration) -> Option<usize> {
        let place = self.course.order().iter().position(|known| known == migration);
        if place.is_none() {
            self.mistaken(format!(
                "`{method}` names `{migration}`, which is not a migration of the chain set under test"
            ));
        }
        place
    }

    fn mistaken(&mut self, message: String) {
        const HELP: &str = "a mistake in the second argument of `suite!`, which every test of it reports";
        self.mistake.get_or_insert_with(|| Failure::new(message).with_help(HELP));
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
        let demand = self.exceptions.demand(check, plugin, place);
        if demand == Demand::Nothing {
            return Ok(());
        }
        let command = || format!("cargo test -p {} {}::{test}", self.package, check.name());
        match (demand, self.outcome(place)?.of(check)) {
            (Demand::Fail, None) => {
                const HELP: &str = "take it out: it would hide the next failure";
                let migration = &self.course.order()[place];
                let message =
                    format!("the exception of `{migration}` is not needed: the check does not fail");
                Err(Failure::of(check.name(), message).with_help(HELP).with_again(command()))
            }
            (Demand::Pass, Some(failure)) => Err(failure.clone().with_again(command())),
            _ => Ok(()),
        }
    }

    /// The wanted state of a plugin.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn models_match(&self, plugin: &str, path: &str, sql: &str, test: &str) -> Result<(), Failure> {
        let result = runtime()?.block_on(models::of_course(self.sound()?, plugin, path, sql));
        self.with_command(result, &format!("{MODELS_MATCH}::{test}"))
    }

    /// The constants of a plugin's tables.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn tables_match(&self, tables: &[Table], test: &str) -> Result<(), Failure> {
        let result = runtime()?.block_on(tables::of_course(self.sound()?, tables));
        self.with_command(result, &format!("{TABLES_MATCH}::{test}"))
    }

    fn with_command(&self, result: Result<(), Failure>, test: &str) -> Result<(), Failure> {
        result.map_err(|failure| failure.with_again(format!("cargo test -p {} {test}", self.package)))
    }

    fn sound(&self) -> Result<&Course, Failure> {
        self.mistake.as_ref().map_or(Ok(&self.course), |mistake| Err(mistake.clone()))
    }

    fn walk(&self, place: usize, stride: Option<usize>) -> Walk {
        Walk::from(self.course.clone(), self.exceptions.clone(), place, stride)
    }

    /// For a process that has only this test to make: it begins at a template, of which there is one for every few
    /// places.
    fn outcome_alone(&self, place: usize) -> Result<Outcome, Failure> {
        let note = Note::of(&self.course, place);
        if note.as_ref().is_some_and(Note::is_there) {
            return Ok(Outcome::default());
        }
        let mut walk = self.walk(place, Some(self.course.stride()));
        let outcome = runtime()?.block_on(walk.step());
        if let Some(note) = note.filter(|_| outcome.is_clean()) {
            note.leave();
        }
        Ok(outcome)
    }

    fn outcome(&self, place: usize) -> Result<Outcome, Failure> {
        if nextest::is_here() {
            return self.outcome_alone(place);
        }
        let mut walked = self.walked.lock().unwrap_or_else(PoisonError::into_inner);
        let Walked { runtime: own, walk, outcomes } = &mut *walked;
        let runtime = match own {
            Some(runtime) => runtime,
            None => own.insert(runtime()?),
        };
        let walk = walk.get_or_insert_with(|| self.walk(0, None));
        while outcomes.len() <= place {
            outcomes.push(runtime.block_on(walk.step()));
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

/// Generates the tests of a chain set: one per migration and check, one per plugin for its `schema.sql` and its tables,
/// and one per check of all chains.
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
///         .not_below(core::V0002_LOCATIONS)
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

        $crate::suite!(@whole applies_from_empty AppliesFromEmpty);
        $crate::suite!(@whole second_run_does_nothing SecondRunDoesNothing);
        $crate::suite!(@whole any_order AnyOrder);
        $crate::suite!(@whole concurrent_starts ConcurrentStarts);
        $crate::suite!(@whole killed_in_the_middle KilledInTheMiddle);
        $crate::suite!(@whole one_run_and_steps_agree OneRunAndStepsAgree);
        $crate::suite!(@whole upgrade_from_every_release UpgradeFromEveryRelease);
        $crate::suite!(@check stairway Stairway);
        $crate::suite!(@check leaves_no_trace LeavesNoTrace);
        $crate::suite!(@check data_survives DataSurvives);
        $crate::suite_of_static_catalog!();

        mod models_match {
            use $crate::Outcome as StairwellOutcome;

            #[allow(dead_code, reason = "there may be no `schema.sql`")]
            fn stairwell_check(plugin: &str, path: &str, sql: &str, test: &str) -> StairwellOutcome {
                super::stairwell_suite().models_match(plugin, path, sql, test)
            }

            ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/stairwell-suite-models.rs"));
        }

        mod tables_match {
            use $crate::Outcome as StairwellOutcome;

            #[allow(dead_code, reason = "there may be no table")]
            fn stairwell_check(tables: &[$crate::stairwell::Table], test: &str) -> StairwellOutcome {
                super::stairwell_suite().tables_match(tables, test)
            }

            ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/stairwell-suite-tables.rs"));
        }
    };
    (@whole $test:ident $check:ident) => {
        #[test]
        fn $test() -> $crate::Outcome {
            stairwell_suite().whole($crate::WholeCheck::$check, ::core::env!("CARGO_MANIFEST_DIR"))
        }
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

/// What [`suite!`](crate::suite!) has more with the feature `static-catalog`. The feature is the kit's, so the
/// macro's caller cannot be asked for it.
#[cfg(feature = "static-catalog")]
#[doc(hidden)]
#[macro_export]
macro_rules! suite_of_static_catalog {
    () => {
        $crate::suite!(@check live_equals_static LiveEqualsStatic);
    };
}

/// Nothing.
#[cfg(not(feature = "static-catalog"))]
#[doc(hidden)]
#[macro_export]
macro_rules! suite_of_static_catalog {
    () => {};
}
