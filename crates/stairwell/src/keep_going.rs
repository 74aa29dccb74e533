//! What a run can still do after a migration failed.

use std::collections::HashMap;

use crate::{Chain, Error, Migration};

/// The chains that have come to a halt, each at the migration that failed or was skipped first.
#[derive(Default)]
pub(crate) struct Blocked {
    at: HashMap<&'static str, &'static Migration>,
    skipped: Vec<(&'static Migration, &'static Migration)>,
}

impl Blocked {
    /// What keeps `migration` of `chain` from being applied.
    pub(crate) fn by(&self, chain: &Chain, migration: &Migration) -> Option<&'static Migration> {
        if let Some(own) = self.at.get(migration.plugin()) {
            return Some(own);
        }
        let mut required = chain.requires().iter().chain(migration.requires());
        required.find_map(|edge| {
            self.at.get(edge.plugin()).copied().filter(|blocked| blocked.version() <= edge.version())
        })
    }

    pub(crate) fn fail(&mut self, migration: &'static Migration) {
        self.at.entry(migration.plugin()).or_insert(migration);
    }

    pub(crate) fn skip(&mut self, migration: &'static Migration, because_of: &'static Migration) {
        self.fail(migration);
        self.skipped.push((migration, because_of));
    }

    /// One error of all that failed, which names what was skipped.
    pub(crate) fn into_result(self, failures: Vec<Error>) -> Result<(), Error> {
        let mut failures = failures.into_iter();
        let Some(mut first) = failures.next() else { return Ok(()) };
        for (migration, because_of) in self.skipped {
            first = first.with_note(format!("skipped: `{migration}`, because of `{because_of}`"));
        }
        Err(first.with_others(failures.collect()))
    }
}
