//! Which checks are not made, or are expected to fail, and of which migrations.

use crate::{Check, WholeCheck};

/// What was said in the configuration of a suite.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exceptions {
    whole: Vec<WholeCheck>,
    everywhere: Vec<Check>,
    plugins: Vec<(Check, &'static str)>,
    /// By place in the order.
    migrations: Vec<(Check, usize)>,
}

/// What a check of one migration has to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    Pass,
    Fail,
    Nothing,
}

impl Exceptions {
    /// None but these checks are made.
    pub(crate) fn only(checks: &[Check]) -> Exceptions {
        let others = Check::ALL.iter().filter(|check| !checks.contains(check));
        Exceptions { everywhere: others.copied().collect(), ..Exceptions::default() }
    }

    pub(crate) fn whole(&mut self, check: WholeCheck) {
        self.whole.push(check);
    }

    pub(crate) fn is_without(&self, check: WholeCheck) -> bool {
        self.whole.contains(&check)
    }

    pub(crate) fn everywhere(&mut self, check: Check) {
        self.everywhere.push(check);
    }

    pub(crate) fn plugin(&mut self, check: Check, plugin: &'static str) {
        self.plugins.push((check, plugin));
    }

    pub(crate) fn migration(&mut self, check: Check, place: usize) {
        self.migrations.push((check, place));
    }

    /// What was said of the migration itself goes before what was said of its plugin.
    pub(crate) fn demand(&self, check: Check, plugin: &str, place: usize) -> Demand {
        let of_plugin = |(excepted, name): &(Check, &'static str)| *excepted == check && *name == plugin;
        if self.migrations.contains(&(check, place)) {
            Demand::Fail
        } else if self.everywhere.contains(&check) || self.plugins.iter().any(of_plugin) {
            Demand::Nothing
        } else {
            Demand::Pass
        }
    }
}
