//! One chain set among many that differ from it a little.

use std::ops::Range;

use stairwell::ChainSet;

use crate::{Check, Failure, TestDatabase, course::Course, exceptions::Exceptions, walk::Walk};

/// The checks of a chain set that is tried once and then thrown away, as a mutation test does with thousands.
///
/// Templates are made only of what lies before the places that are checked, which all variants share. A
/// [`Suite`](crate::Suite) is for the chain set that stays.
#[derive(Clone, Debug)]
pub struct Trial {
    course: Course,
    excepted: Vec<(Check, &'static str, i64)>,
}

impl Trial {
    /// All checks of all migrations, without rows.
    pub fn new(chains: &ChainSet) -> Self {
        Trial { course: Course::new(*chains), excepted: Vec::new() }
    }

    /// Puts in rows once this migration is applied. Nothing happens if the chain set has no such migration.
    #[must_use]
    pub fn rows_after(mut self, plugin: &str, version: i64, sql: &'static str) -> Self {
        if let Some(place) = self.place(plugin, version) {
            self.course.put_in_at(
                place + 1,
                format!("`rows_after` for version {version} of `{plugin}`"),
                sql,
            );
        }
        self
    }

    /// Leaves out one check of one migration.
    #[must_use]
    pub fn except(mut self, check: Check, plugin: &'static str, version: i64) -> Self {
        self.excepted.push((check, plugin, version));
        self
    }

    /// The place of a migration in the order of the chain set.
    pub fn place(&self, plugin: &str, version: i64) -> Option<usize> {
        self.course.place(plugin, version)
    }

    /// Every check of the migrations at these places of the order, until one fails.
    ///
    /// # Errors
    ///
    /// With the first that fails. Its database is not kept: thousands of them would fill the server.
    pub async fn walk(&self, places: Range<usize>) -> Result<(), Failure> {
        let (course, stride) = (self.course.clone(), Some(self.course.stride()));
        let mut walk = Walk::from(course, Exceptions::default(), places.start, stride).keeping_none();
        for place in places {
            let Some(migration) = self.course.order().get(place) else { break };
            let outcome = walk.step().await;
            for check in Check::ALL {
                let excepted = (*check, migration.plugin(), migration.version());
                if let Some(failure) = outcome.of(*check)
                    && !self.excepted.contains(&excepted)
                {
                    return Err(failure.clone());
                }
            }
        }
        Ok(())
    }

    /// A database with the first `count` migrations applied, and the rows put in on the way.
    ///
    /// The first `shared` of them are the same in many chain sets: of those there are templates.
    ///
    /// # Errors
    ///
    /// If a migration fails, or rows are refused.
    pub async fn reached(&self, shared: usize, count: usize) -> Result<TestDatabase, Failure> {
        let database = TestDatabase::at(&self.course, shared, Some(self.course.stride())).await?;
        let mut client = database.connect().await?;
        self.course.bring(&mut client, shared, count.min(self.course.order().len())).await?;
        Ok(database)
    }
}
