//! What was proven sound. There is no way to make a [`Plan`] but [`check`](crate::check).

use crate::lock::Checksums;
use crate::order::Node;
use crate::report::Report;
use crate::tables::TableModel;

/// All chains and the one order in which their migrations apply.
#[derive(Debug)]
pub struct Plan {
    /// `core` first, then by name.
    pub(crate) plugins: Vec<Plugin>,
    pub(crate) order: Vec<Node>,
    pub(crate) warnings: Report,
}

impl Plan {
    /// Every migration in plan order, as `printers/V0002__add_toner_level`.
    pub fn order(&self) -> impl Iterator<Item = String> {
        self.ordered()
            .map(|(plugin, migration)| format!("{}/V{}__{}", plugin.name, migration.digits, migration.name))
    }

    /// What the rules found that does not fail the build.
    pub fn warnings(&self) -> &Report {
        &self.warnings
    }

    pub(crate) fn ordered(&self) -> impl Iterator<Item = (&Plugin, &Migration)> {
        self.order.iter().filter_map(|&(plugin, migration)| {
            let plugin = self.plugins.get(plugin)?;
            Some((plugin, plugin.migrations.get(migration)?))
        })
    }
}

#[derive(Debug)]
pub(crate) struct Plugin {
    pub(crate) name: String,
    pub(crate) module: String,
    pub(crate) description: String,
    pub(crate) requires: Vec<(String, i64)>,
    /// Schema and table, where the manifest names another than the default.
    pub(crate) history: Option<(String, String)>,
    /// Ascending by version.
    pub(crate) migrations: Vec<Migration>,
    /// As the last migration leaves them; in no particular order.
    pub(crate) tables: Vec<TableModel>,
    /// The path and the text of `schema.sql`, if there is one.
    pub(crate) wanted: Option<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: String,
    /// The version as the file name has it.
    pub(crate) digits: String,
    /// Of the up step, relative to the package.
    pub(crate) path: String,
    /// refinery's, of name, version and the text of the up step.
    pub(crate) checksum: u64,
    /// Of the texts alone, for `stairwell.lock`.
    pub(crate) checksums: Checksums,
    /// What it does, in short, for the readers of `stairwell.lock`: `create table printers`. In the
    /// order of the statements; no checksum and no rule depends on it.
    pub(crate) effects: Vec<String>,
    pub(crate) up: Step,
    /// Byte offsets at which the statements of the up step begin; none for Rust.
    pub(crate) statements: Vec<usize>,
    pub(crate) down: Down,
    /// Why a binary that was built before it cannot go on after it.
    pub(crate) breaking: Option<String>,
    pub(crate) requires: Vec<(String, i64)>,
}

impl Migration {
    /// `V0002__add_toner_level`
    pub(crate) fn stem(&self) -> String {
        format!("V{}__{}", self.digits, self.name)
    }
}

#[derive(Debug)]
pub(crate) enum Step {
    Sql(String),
    /// Byte ranges of the statements that run one by one.
    Statements {
        text: String,
        bounds: Vec<(usize, usize)>,
    },
    /// The source, which the generated code includes from its file.
    Rust(String),
}

#[derive(Debug)]
pub(crate) enum Down {
    Step(Step),
    /// The function `down` in the file of the up step.
    Rust,
    Irreversible(String),
}
