//! What was written, before anybody judged it. A [`Draft`] may be wrong in every way that a user can
//! think of; the rules read it and nothing else.

use std::collections::BTreeMap;

use crate::diagnostic::Severity;
use crate::lock::{Checksums, LockFile, LockMode};
use crate::source::{Entry, FileId, Sources, Span, Spanned};

/// The name of the application's own chain.
pub(crate) const CORE: &str = "core";

/// Where a plugin of that name would stand.
pub(crate) const CORE_FOLDER: &str = "plugins/core";

/// Tables of Stairwell itself, in the schema where the history tables stand.
pub(crate) const RESERVED_TABLES: [&str; 4] = ["journal", "lease", "state", "statements"];

/// Everything that was read, as it was written. See [`parse`](crate::parse).
#[derive(Debug, Default)]
pub struct Draft {
    pub(crate) sources: Sources,
    pub(crate) settings: Settings,
    pub(crate) lock: LockFile,
    pub(crate) lock_mode: LockMode,
    /// `core` first, then by name of the folder.
    pub(crate) plugins: Vec<Plugin>,
    /// Entries that belong to no plugin: a file in `plugins/`, a file called `migrations`.
    pub(crate) stray: Vec<Entry>,
    /// There is neither `migrations/` nor a plugin.
    pub(crate) is_empty: bool,
}

impl Draft {
    /// Judges and writes `stairwell.lock` in another way than [`LockMode::Compare`].
    #[must_use]
    pub fn with_lock_mode(mut self, mode: LockMode) -> Self {
        self.lock_mode = mode;
        self
    }

    pub(crate) fn plugin(&self, name: &str) -> Option<&Plugin> {
        self.plugins.iter().find(|plugin| plugin.name == name)
    }

    pub(crate) fn plugin_names(&self) -> impl Iterator<Item = &str> {
        self.plugins.iter().map(|plugin| plugin.name.as_str())
    }

    /// Every migration with its plugin.
    pub(crate) fn migrations(&self) -> impl Iterator<Item = (&Plugin, &Migration)> {
        self.plugins.iter().flat_map(|plugin| plugin.chain.migrations.iter().map(move |m| (plugin, m)))
    }

    /// Every step in SQL, with what was read of it.
    pub(crate) fn sql_steps(&self) -> impl Iterator<Item = (&StepText, &stairwell_sql::Parsed)> {
        let steps = self.migrations().flat_map(|(_, migration)| migration.steps());
        steps.filter_map(|step| step.sql.as_ref().map(|sql| (step, sql)))
    }

    /// Every entry that did not become a part of a migration or a manifest.
    pub(crate) fn leftover_entries(&self) -> impl Iterator<Item = &Entry> {
        let of_plugins = self.plugins.iter().flat_map(|plugin| {
            plugin.stray.iter().chain(plugin.chain.rejected.iter().map(|(entry, _)| entry))
        });
        self.stray.iter().chain(of_plugins)
    }

    /// Every requirement as it was written, with the plugin and, for a directive, the migration.
    pub(crate) fn requirements(&self) -> impl Iterator<Item = (&Plugin, Option<&Migration>, &Requirement)> {
        self.plugins.iter().flat_map(|plugin| {
            let of_chain =
                plugin.manifest.requires.iter().map(move |requirement| (plugin, None, requirement));
            let of_migrations = plugin.chain.migrations.iter().flat_map(move |migration| {
                migration.requires().map(move |requirement| (plugin, Some(migration), requirement))
            });
            of_chain.chain(of_migrations)
        })
    }
}

/// `stairwell.toml`.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// `[rules]`: what was asked for each rule name.
    pub(crate) rules: BTreeMap<String, Spanned<RuleLevel>>,
    /// `[versions] policy`.
    pub(crate) versions: Option<Spanned<VersionPolicy>>,
    /// `[outside]`: kind and name of what exists although no chain creates it.
    pub(crate) outside: Vec<(&'static str, Spanned<String>)>,
    pub(crate) problems: Vec<Problem>,
}

/// What `[rules]` may say of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleLevel {
    Allow,
    At(Severity),
}

/// How the versions of a chain count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionPolicy {
    /// 1, 2, 3 …
    Counter,
    /// 20250304101500
    Timestamp,
}

impl VersionPolicy {
    /// What a version looks like: eight digits are a day, anything shorter is a count.
    pub(crate) fn of(version: i64) -> Self {
        if version >= 10_000_000 { VersionPolicy::Timestamp } else { VersionPolicy::Counter }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            VersionPolicy::Counter => "counter",
            VersionPolicy::Timestamp => "timestamp",
        }
    }
}

/// Something that a manifest, the settings or a Rust step does not say as it should.
#[derive(Debug, Default)]
pub(crate) struct Problem {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) label: String,
    /// What was written where one of a few names is expected, and those names.
    pub(crate) slip: Option<Slip>,
    pub(crate) help: Option<String>,
}

/// A name that is none of those that are expected.
#[derive(Debug)]
pub(crate) struct Slip {
    pub(crate) written: String,
    pub(crate) expected: Vec<&'static str>,
    /// The span includes quotes, so a replacement needs them too.
    pub(crate) is_quoted: bool,
}

/// A folder `plugins/<name>/`, or the application itself.
#[derive(Debug)]
pub(crate) struct Plugin {
    /// The folder's name; `core` for the application.
    pub(crate) name: String,
    /// `plugins/<name>`; empty for `core`.
    pub(crate) folder: String,
    pub(crate) manifest: Manifest,
    pub(crate) chain: Chain,
    /// `schema.sql`, if there is one.
    pub(crate) wanted: Option<Wanted>,
    /// Entries beside the manifest that are neither chain nor known.
    pub(crate) stray: Vec<Entry>,
}

/// The wanted state of a plugin, which nothing but the tests of the application reads.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) file: FileId,
    /// Why it is not text. The file has what came before.
    pub(crate) problem: Option<String>,
}

impl Plugin {
    pub(crate) fn is_core(&self) -> bool {
        self.folder.is_empty()
    }
}

/// `plugin.toml`; for `core` the part of `stairwell.toml` that says the same.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// There is an entry of that name, of whatever kind.
    pub(crate) exists: bool,
    /// None: there is no such file, or it could not be read as text.
    pub(crate) file: Option<FileId>,
    /// Why it could not be read as text.
    pub(crate) unreadable: Option<String>,
    pub(crate) name: Option<Spanned<String>>,
    pub(crate) description: String,
    pub(crate) history: Option<Spanned<String>>,
    pub(crate) versions: Option<Spanned<VersionPolicy>>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) owns: Option<Owns>,
    pub(crate) shares: Vec<Share>,
    /// `[names] ignore`: migrations whose names may be as they are; `*` is all of them.
    pub(crate) ignored_names: Vec<Spanned<String>>,
    pub(crate) problems: Vec<Problem>,
}

/// `[shares.write]` and `[shares.alter]`: what others may do with an object of this plugin.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) right: SharedRight,
    pub(crate) object: Spanned<String>,
    pub(crate) plugins: Vec<Spanned<String>>,
}

/// What may be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SharedRight {
    /// Writing its rows.
    Write,
    /// Altering it and adding parts to it, and writing its rows.
    Alter,
}

impl SharedRight {
    /// The key under `[shares]`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            SharedRight::Write => "write",
            SharedRight::Alter => "alter",
        }
    }
}

impl Manifest {
    pub(crate) fn unreadable(reason: String) -> Self {
        Manifest { exists: true, unreadable: Some(reason), ..Manifest::default() }
    }
}

/// `[owns]`: the registry of what the chain may create, alter or drop.
#[derive(Debug)]
pub(crate) struct Owns {
    pub(crate) span: Span,
    /// Kind of object (`tables`, `types` …) and name.
    pub(crate) objects: Vec<(&'static str, Spanned<String>)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) plugin: Spanned<String>,
    pub(crate) version: Spanned<i64>,
}

/// The folder of migrations.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// `plugins/<name>/migrations`
    pub(crate) folder: String,
    pub(crate) exists: bool,
    /// Sorted by version, then by path; versions may repeat.
    pub(crate) migrations: Vec<Migration>,
    /// Down steps without an up step of the same stem.
    pub(crate) orphans: Vec<(String, FileName)>,
    /// Entries that are not a migration, with what is wrong.
    pub(crate) rejected: Vec<(Entry, Rejection)>,
    /// The folder itself is a file, a link or unreadable, which is reported.
    pub(crate) is_broken: bool,
}

impl Chain {
    /// Whether everything that may be a migration was understood. Otherwise gaps and missing versions
    /// are only symptoms.
    pub(crate) fn is_readable(&self) -> bool {
        !self.is_broken && self.rejected.iter().all(|(_, rejection)| *rejection == Rejection::Stray)
    }
}

/// Why an entry of a chain's folder is not a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It looks like a migration, but the name is not quite one; the sentence says why.
    Name {
        reason: String,
        rename: Option<String>,
    },
    /// Nothing about it looks like a migration.
    Stray,
    /// A folder in the folder.
    Nested,
    Link,
    Unreadable,
    /// The version has too many digits, or is zero.
    Version {
        digits: String,
    },
    NotUtf8 {
        file: FileId,
        reason: String,
    },
}

/// The parts of `V0002__add_toner_level.down.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    pub(crate) digits: String,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) kind: FileKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    UpSql,
    DownSql,
    Rust,
}

#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) file_name: FileName,
    /// `plugins/printers/migrations/V0002__add_toner_level.sql`
    pub(crate) path: String,
    pub(crate) up: StepText,
    pub(crate) down: Option<StepText>,
}

impl Migration {
    /// `V0002__add_toner_level`
    pub(crate) fn stem(&self) -> String {
        format!("V{}__{}", self.file_name.digits, self.file_name.name)
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &StepText> {
        std::iter::once(&self.up).chain(&self.down)
    }

    /// The directives of both steps.
    pub(crate) fn directives(&self) -> impl Iterator<Item = &Directive> {
        self.steps().flat_map(|step| &step.directives)
    }

    pub(crate) fn requires(&self) -> impl Iterator<Item = &Requirement> {
        self.up.in_force().filter_map(|directive| match &directive.kind {
            DirectiveKind::Requires(requirement) => Some(requirement),
            _ => None,
        })
    }

    /// The directive `compatible` or `breaking`: whether it says that the migration breaks older binaries, and why.
    pub(crate) fn compatibility(&self) -> Option<(&Directive, bool, &str)> {
        self.up.in_force().find_map(|directive| match &directive.kind {
            DirectiveKind::Compatible(reason) => Some((directive, false, reason.as_str())),
            DirectiveKind::Breaking(reason) => Some((directive, true, reason.as_str())),
            _ => None,
        })
    }

    /// The text of the down step; of a Rust step, the file that has both.
    pub(crate) fn down_text(&self) -> &StepText {
        self.down.as_ref().unwrap_or(&self.up)
    }

    /// Whether there is a down step and nothing says that it must not run.
    pub(crate) fn reverts(&self) -> bool {
        self.has_down() && self.irreversible().is_none()
    }

    /// What `stairwell.lock` says of its texts.
    pub(crate) fn checksums(&self) -> Checksums {
        let down = match &self.down {
            Some(down) => Some(down.checksum),
            None => self.has_down().then_some(self.up.checksum),
        };
        Checksums { up: self.up.checksum, down }
    }

    /// Whether something reverts it.
    pub(crate) fn has_down(&self) -> bool {
        self.down.is_some() || matches!(&self.up.rust, Some(Ok(functions)) if functions.down)
    }

    /// The directive `irreversible` with its reason.
    pub(crate) fn irreversible(&self) -> Option<(&Directive, &str)> {
        self.up.in_force().find_map(|directive| match &directive.kind {
            DirectiveKind::Irreversible(reason) => Some((directive, reason.as_str())),
            _ => None,
        })
    }
}

/// The text of one step and what its comments say.
#[derive(Debug)]
pub(crate) struct StepText {
    pub(crate) file: FileId,
    /// Of the text alone, for `stairwell.lock`.
    pub(crate) checksum: u64,
    /// Byte ranges of the statements; empty for Rust.
    pub(crate) statements: Vec<(usize, usize)>,
    /// The SQL with its trees; none for Rust.
    pub(crate) sql: Option<stairwell_sql::Parsed>,
    pub(crate) directives: Vec<Directive>,
    /// For a Rust step: which functions it has, or why it cannot be read.
    pub(crate) rust: Option<Result<RustFunctions, Box<Problem>>>,
}

impl StepText {
    pub(crate) fn no_transaction(&self) -> bool {
        self.in_force().any(|directive| matches!(directive.kind, DirectiveKind::NoTransaction))
    }

    /// The directives that stand where they are heard.
    pub(crate) fn in_force(&self) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(|directive| !directive.misplaced)
    }
}

#[derive(Debug, Default)]
pub(crate) struct RustFunctions {
    pub(crate) up: bool,
    pub(crate) down: bool,
    /// The SQL that they run, as far as it can be read, in the order of the text.
    pub(crate) calls: Vec<stairwell_sql::RustCall>,
}

/// A comment that begins with `stairwell:`.
#[derive(Debug)]
pub(crate) struct Directive {
    /// The comment without its marker.
    pub(crate) span: Span,
    /// It stands behind the first statement, where it says nothing any more.
    pub(crate) misplaced: bool,
    pub(crate) kind: DirectiveKind,
}

#[derive(Debug)]
pub(crate) enum DirectiveKind {
    Requires(Requirement),
    NoTransaction,
    Irreversible(String),
    /// An older binary can go on after it, although it does not look so.
    Compatible(String),
    /// An older binary cannot go on after it, although it looks so.
    Breaking(String),
    /// The reason is compulsory, and for people.
    Allow {
        rule: Spanned<String>,
    },
    Unknown(Spanned<String>),
    /// The word is known, the rest is not as it should be.
    Malformed {
        word: &'static str,
        message: String,
        example: &'static str,
    },
}
