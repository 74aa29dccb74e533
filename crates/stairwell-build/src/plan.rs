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

    /// Every chain: `core` first, then by the plugin's name.
    ///
    /// With [`Plan::migrations`], for tools that go on without the generated text.
    pub fn chains(&self) -> impl Iterator<Item = PlannedChain<'_>> {
        self.plugins.iter().map(|plugin| PlannedChain {
            plugin: &plugin.name,
            description: &plugin.description,
            requires: &plugin.requires,
            history: plugin.history.as_ref().map(|(schema, table)| (schema.as_str(), table.as_str())),
        })
    }

    /// Every migration in plan order.
    pub fn migrations(&self) -> impl Iterator<Item = PlannedMigration<'_>> {
        self.ordered().map(|(plugin, migration)| PlannedMigration {
            plugin: &plugin.name,
            version: migration.version,
            name: &migration.name,
            path: &migration.path,
            checksum: migration.checksum,
            up: migration.up.planned(),
            down: match &migration.down {
                Down::Step(step) => Ok(step.planned()),
                Down::Rust => Ok(migration.up.planned()),
                Down::Irreversible(reason) => Err(reason),
            },
            requires: &migration.requires,
        })
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

/// A chain of a [`Plan`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PlannedChain<'p> {
    /// The plugin; `core` for the application's own.
    pub plugin: &'p str,
    /// What the manifest says about it; may be empty.
    pub description: &'p str,
    /// What must be applied before the first migration: plugin and version.
    pub requires: &'p [(String, i64)],
    /// Schema and table of the history, where it is not the default.
    pub history: Option<(&'p str, &'p str)>,
}

/// A migration of a [`Plan`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PlannedMigration<'p> {
    /// The plugin whose chain it is in.
    pub plugin: &'p str,
    /// The version.
    pub version: i64,
    /// What stands after `__` in the file name.
    pub name: &'p str,
    /// The file of the up step, relative to the package, with `/`.
    pub path: &'p str,
    /// refinery's checksum of name, version and up step.
    pub checksum: u64,
    /// The up step.
    pub up: PlannedStep<'p>,
    /// The down step, or why there is none.
    pub down: Result<PlannedStep<'p>, &'p str>,
    /// What must be applied before: plugin and version.
    pub requires: &'p [(String, i64)],
}

/// One direction of a [`PlannedMigration`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum PlannedStep<'p> {
    /// SQL in one transaction.
    Sql(&'p str),
    /// SQL whose statements, at these byte ranges, run one by one.
    Statements {
        /// The whole text.
        text: &'p str,
        /// Where the statements stand in it.
        bounds: &'p [(usize, usize)],
    },
    /// The source of a Rust step.
    Rust(&'p str),
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

impl Step {
    fn planned(&self) -> PlannedStep<'_> {
        match self {
            Step::Sql(text) => PlannedStep::Sql(text),
            Step::Statements { text, bounds } => PlannedStep::Statements { text, bounds },
            Step::Rust(source) => PlannedStep::Rust(source),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Down {
    Step(Step),
    /// The function `down` in the file of the up step.
    Rust,
    Irreversible(String),
}
