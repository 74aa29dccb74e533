//! What a run will apply, in order.

use std::collections::HashMap;

use crate::history::Histories;
use crate::selection::Selection;
use crate::verify::verify;
use crate::{
    Applied, AppliedMigration, Chain, ChainReport, ChainSet, ChainStatus, Error, HistoryTable, Migration,
    UpReport, Version,
};

/// What is pending of a selection, against histories that agree with what is compiled in.
pub(crate) struct Plan {
    /// In plan order.
    pub(crate) pending: Vec<&'static Migration>,
    /// The chains that take part, in the order of the chain set.
    chains: Vec<Part>,
    by_plugin: HashMap<&'static str, usize>,
}

struct Part {
    chain: &'static Chain,
    status: ChainStatus,
    /// Whether there is a history table.
    recorded: bool,
    /// The last version that takes part.
    last: Option<Version>,
    /// How many migrations of the plan belong to the chain.
    pending: usize,
}

impl Plan {
    /// Verifies the histories of the chains that take part, and finds what they lack.
    pub(crate) fn new(
        chains: &ChainSet,
        selection: &Selection,
        histories: &Histories,
    ) -> Result<Self, Error> {
        let part = |chain: &'static Chain| {
            let rows = histories.rows.get(chain.plugin());
            let recorded = rows.is_some();
            let status = ChainStatus::compare(chain, true, rows.cloned().unwrap_or_default());
            Part { chain, status, recorded, last: selection.last(chain), pending: 0 }
        };
        let parts: Vec<Part> = selection.included().into_iter().map(part).collect();
        verify(parts.iter().map(|part| (part.chain, &part.status)))?;
        for part in &parts {
            histories.require_resumable(part.chain)?;
        }
        let by_plugin = parts.iter().enumerate().map(|(index, part)| (part.chain.plugin(), index)).collect();
        let mut plan = Plan { pending: Vec::new(), chains: parts, by_plugin };
        for migration in chains.order() {
            let Some(&index) = plan.by_plugin.get(migration.plugin()) else { continue };
            let part = &mut plan.chains[index];
            // What was applied is the beginning of the chain, so two comparisons find what is pending.
            let above = part.status.applied.last().is_none_or(|newest| migration.version() > newest.version);
            if above && part.last.is_some_and(|last| migration.version() <= last) {
                part.pending += 1;
                plan.pending.push(migration);
            }
        }
        Ok(plan)
    }

    /// The chain of `plugin`, if it takes part.
    pub(crate) fn chain(&self, plugin: &str) -> Option<&'static Chain> {
        Some(self.chains[*self.by_plugin.get(plugin)?].chain)
    }

    /// The chains of which nothing is pending, and how much of them was applied before.
    pub(crate) fn up_to_date(&self) -> impl Iterator<Item = (&'static Chain, usize)> {
        let done = self.chains.iter().filter(|part| part.pending == 0);
        done.map(|part| (part.chain, part.status.applied.len()))
    }

    /// The chains of which something is pending.
    pub(crate) fn pending_chains(&self) -> Vec<&'static Chain> {
        self.chains.iter().filter(|part| part.pending > 0).map(|part| part.chain).collect()
    }

    /// The history tables that the plan needs and the database lacks.
    pub(crate) fn unrecorded(&self) -> Vec<HistoryTable> {
        let missing = self.chains.iter().filter(|part| part.pending > 0 && !part.recorded);
        missing.map(|part| part.chain.history()).collect()
    }

    /// The chains that have a history table, or will have one before the first step.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = &'static Chain> {
        self.chains.iter().filter(|part| part.recorded || part.pending > 0).map(|part| part.chain)
    }

    /// The newest row of each history.
    pub(crate) fn newest(&self) -> impl Iterator<Item = (&'static Chain, &AppliedMigration)> {
        self.chains.iter().filter_map(|part| Some((part.chain, part.status.applied.last()?)))
    }

    /// What became of it.
    pub(crate) fn report(&self, applied: &[Applied]) -> UpReport {
        let mut chains: Vec<ChainReport> = self.chains.iter().map(Part::report).collect();
        for applied in applied {
            if let Some(&index) = self.by_plugin.get(applied.migration.plugin()) {
                chains[index].applied.push(*applied);
            }
        }
        UpReport { chains }
    }
}

impl Part {
    fn report(&self) -> ChainReport {
        let newest = self.status.applied.last().map(|row| row.version);
        ChainReport {
            plugin: self.chain.plugin(),
            applied: Vec::new(),
            already: self.status.applied.len(),
            beyond: newest.filter(|newest| self.last.is_some_and(|last| *newest > last)),
        }
    }
}
