//! What the compiler hands to the runtime: chains of migrations as constants.
//!
//! Everything here can be built in a `const`, borrows only `'static` data and is checked by the
//! compiler before it is written, so that the runtime has nothing left to validate at start-up.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use tokio_postgres::Transaction;

use crate::books::Books;

/// A version number of a migration: a counter (1, 2, 3 …) or a timestamp (20250304101500).
///
/// Up to 18 digits, which is what a `bigint` history column holds.
pub type Version = i64;

/// What a Rust step may fail with; any error type converts into it with `?`.
pub type StepError = Box<dyn std::error::Error + Send + Sync>;

/// The future that a Rust step returns.
pub type StepFuture<'a> = Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>>;

/// A Rust step as the generated code stores it.
pub type RustStep = for<'a, 'b> fn(&'a Transaction<'b>) -> StepFuture<'a>;

/// One direction of a migration.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Step {
    /// SQL that runs in one transaction together with its history row.
    ///
    /// It runs behind a savepoint, by which a COMMIT or ROLLBACK in it is noticed; the price is that
    /// SET TRANSACTION is refused.
    Sql(&'static str),
    /// SQL under `-- stairwell: no-transaction`: every statement runs by itself, outside a transaction.
    Statements {
        /// The whole text, as it is checksummed.
        sql: &'static str,
        /// Byte ranges of the statements in `sql`, in order.
        bounds: &'static [(usize, usize)],
    },
    /// A Rust function that runs in one transaction together with its history row.
    Rust {
        /// The source text of the file, as it is checksummed.
        source: &'static str,
        /// The function.
        run: RustStep,
    },
}

impl Step {
    /// The text of the file that the step was read from: SQL, or Rust source.
    pub const fn text(&self) -> &'static str {
        match self {
            Step::Sql(sql) | Step::Statements { sql, .. } => sql,
            Step::Rust { source, .. } => source,
        }
    }
}

/// How a migration is reverted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Down {
    /// By this step.
    Step(Step),
    /// Not at all, for the reason that the file gives.
    Irreversible(&'static str),
}

/// An edge to a migration of another chain, which must have been applied before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    plugin: &'static str,
    version: Version,
}

impl Requirement {
    /// A requirement on `version` of the chain of `plugin`.
    pub const fn new(plugin: &'static str, version: Version) -> Self {
        Requirement { plugin, version }
    }

    /// The plugin whose chain is required.
    pub const fn plugin(&self) -> &'static str {
        self.plugin
    }

    /// The version that must have been applied.
    pub const fn version(&self) -> Version {
        self.version
    }
}

/// `computers@2`, as a [`Target`](crate::Target) is written.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.plugin, self.version)
    }
}

/// A migration: a version, a name, an up step and what reverts it.
///
/// The compiler writes one constant per migration, so a migration that does not exist is a name
/// that does not resolve. The constructor and the `const` builders below are for that generated
/// code and for tests that build a chain by hand; they check nothing, the compiler does.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    plugin: &'static str,
    version: Version,
    name: &'static str,
    path: &'static str,
    checksum: u64,
    up: Step,
    down: Down,
    requires: &'static [Requirement],
    statements: &'static [usize],
    breaking: Option<&'static str>,
}

impl Migration {
    /// A migration of `plugin` whose up step was read from `path` (relative to the package, with `/`).
    ///
    /// `checksum` is refinery's: SipHash-1-3 of name, version and text of the up step.
    pub const fn new(
        plugin: &'static str,
        version: Version,
        name: &'static str,
        path: &'static str,
        checksum: u64,
        up: Step,
    ) -> Self {
        let down = Down::Irreversible("it has no down step");
        Migration {
            plugin,
            version,
            name,
            path,
            checksum,
            up,
            down,
            requires: &[],
            statements: &[],
            breaking: None,
        }
    }

    /// With the step that reverts it.
    #[must_use]
    pub const fn reverted_by(mut self, down: Step) -> Self {
        self.down = Down::Step(down);
        self
    }

    /// With the reason why nothing reverts it.
    #[must_use]
    pub const fn irreversible(mut self, reason: &'static str) -> Self {
        self.down = Down::Irreversible(reason);
        self
    }

    /// With the byte offsets at which the statements of the up step begin.
    ///
    /// The server says of some errors only how many statements it had completed; these tell the line.
    #[must_use]
    pub const fn with_statements_at(mut self, offsets: &'static [usize]) -> Self {
        self.statements = offsets;
        self
    }

    /// With the reason why a binary that was built before it cannot go on after it.
    #[must_use]
    pub const fn breaking(mut self, reason: &'static str) -> Self {
        self.breaking = Some(reason);
        self
    }

    /// With requirements on migrations of other chains.
    #[must_use]
    pub const fn requiring(mut self, requires: &'static [Requirement]) -> Self {
        self.requires = requires;
        self
    }

    /// The plugin that owns the chain; `core` for the application's own.
    pub const fn plugin(&self) -> &'static str {
        self.plugin
    }

    /// The version, unique within the chain.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The name: what stands after `__` in the file name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The file of the up step, relative to the package, with `/`.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// refinery's checksum of name, version and up step.
    pub const fn checksum(&self) -> u64 {
        self.checksum
    }

    /// The up step.
    pub const fn up(&self) -> &Step {
        &self.up
    }

    /// How it is reverted.
    pub const fn down(&self) -> &Down {
        &self.down
    }

    /// Why a binary that was built before this migration cannot go on after it: a column that is gone, a type
    /// that changed. `None` if the compiler found nothing of the kind, or the file says that it is compatible.
    pub const fn breaks_older_binaries(&self) -> Option<&'static str> {
        self.breaking
    }

    /// The byte offsets at which the statements of the up step begin, as far as they are known.
    pub const fn statements(&self) -> &'static [usize] {
        self.statements
    }

    /// What must have been applied before, beside the chain's own earlier migrations.
    ///
    /// Requirements of the whole chain stand at [`Chain::requires`].
    pub const fn requires(&self) -> &'static [Requirement] {
        self.requires
    }
}

/// `printers/V0002__add_toner_level`, with the digits of the file name.
impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.path.rsplit('/').next().unwrap_or(self.path);
        match file.rsplit_once('.') {
            Some((stem, _)) => write!(f, "{}/{stem}", self.plugin),
            None => write!(f, "{}/V{}__{}", self.plugin, self.version, self.name),
        }
    }
}

/// Two migrations are the same when plugin, version, name and checksum are.
impl PartialEq for Migration {
    fn eq(&self, other: &Self) -> bool {
        self.plugin == other.plugin
            && self.version == other.version
            && self.name == other.name
            && self.checksum == other.checksum
    }
}

impl Eq for Migration {}

/// The table in which a chain's history stands; refinery's layout, always schema-qualified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryTable {
    schema: &'static str,
    name: &'static str,
    /// Whether it is one of a tenant, in the tenant's schema.
    of_tenant: bool,
}

impl HistoryTable {
    /// The table `name` in `schema`; both unquoted, as the catalog has them.
    pub const fn new(schema: &'static str, name: &'static str) -> Self {
        HistoryTable { schema, name, of_tenant: false }
    }

    /// The table `name` among the books of the tenant in `schema`.
    pub(crate) const fn of_tenant(schema: &'static str, name: &'static str) -> Self {
        HistoryTable { schema, name, of_tenant: true }
    }

    /// What it is kept with.
    pub(crate) const fn books(&self) -> Books {
        if self.of_tenant { Books::of_tenant(self.schema) } else { Books::SHARED }
    }

    /// The schema.
    pub const fn schema(&self) -> &'static str {
        self.schema
    }

    /// The name without its schema.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The name as SQL takes it: both parts quoted.
impl fmt::Display for HistoryTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\".\"{}\"", self.schema.replace('"', "\"\""), self.name.replace('"', "\"\""))
    }
}

/// The ordered migrations of one plugin.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    plugin: &'static str,
    description: &'static str,
    migrations: &'static [Migration],
    requires: &'static [Requirement],
    history: HistoryTable,
}

impl Chain {
    /// The chain of `plugin`, in ascending order of versions, with the history table `stairwell.<plugin>`.
    pub const fn new(
        plugin: &'static str,
        description: &'static str,
        migrations: &'static [Migration],
    ) -> Self {
        let history = HistoryTable::new(crate::SCHEMA, plugin);
        Chain { plugin, description, migrations, requires: &[], history }
    }

    /// With requirements that must be met before the first migration.
    #[must_use]
    pub const fn requiring(mut self, requires: &'static [Requirement]) -> Self {
        self.requires = requires;
        self
    }

    /// With another history table.
    #[must_use]
    pub const fn recorded_in(mut self, history: HistoryTable) -> Self {
        self.history = history;
        self
    }

    /// The plugin.
    pub const fn plugin(&self) -> &'static str {
        self.plugin
    }

    /// What the manifest says about the plugin; may be empty.
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// The migrations, ascending by version.
    pub const fn migrations(&self) -> &'static [Migration] {
        self.migrations
    }

    /// What must have been applied before the first migration.
    pub const fn requires(&self) -> &'static [Requirement] {
        self.requires
    }

    /// The history table.
    pub const fn history(&self) -> HistoryTable {
        self.history
    }

    /// The migration with this version.
    pub fn migration(&self, version: Version) -> Option<&'static Migration> {
        let index = self.migrations.binary_search_by_key(&version, Migration::version).ok()?;
        self.migrations.get(index)
    }
}

/// All chains of an application, with the one order in which their migrations apply.
///
/// ```
/// use stairwell::{Chain, ChainSet, Migration, Step};
///
/// const V1: Migration = Migration::new("core", 1, "sites", "migrations/V1__sites.sql", 7, Step::Sql("…"));
/// const CHAINS: ChainSet = ChainSet::new(&[Chain::new("core", "", &[V1])], &[V1]);
///
/// let order: Vec<String> = CHAINS.order().iter().map(ToString::to_string).collect();
/// assert_eq!(order, ["core/V1__sites"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChainSet {
    chains: &'static [Chain],
    order: &'static [Migration],
}

impl ChainSet {
    /// The chains, `core` first and then by plugin name, and every migration of them in plan order.
    pub const fn new(chains: &'static [Chain], order: &'static [Migration]) -> Self {
        ChainSet { chains, order }
    }

    /// The chains: `core` first, then by plugin name.
    pub const fn chains(&self) -> &'static [Chain] {
        self.chains
    }

    /// Every migration of every chain, in the order in which they apply to an empty database.
    pub const fn order(&self) -> &'static [Migration] {
        self.order
    }

    /// The chain of `plugin`.
    pub fn chain(&self, plugin: &str) -> Option<&'static Chain> {
        self.chains.iter().find(|chain| chain.plugin == plugin)
    }
}
