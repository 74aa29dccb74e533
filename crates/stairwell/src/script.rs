//! An offline script: what a run would send, for somebody who applies it with `psql`.

use crate::error::Error;
use crate::script_text::Writer;
use crate::selection::Selection;
use crate::{Chain, Migration, Migrator, Step, Target, Version, history};

/// Which migrations a script has, and what becomes of those that are not SQL.
///
/// ```
/// use stairwell::{Script, Target};
///
/// // From an empty database.
/// let all = Script::new();
/// // What the release added, for a database that has core up to version 2.
/// let update = Script::new().from([Target::at("core", 2)]).to([Target::at("core", 4)]);
/// # let _ = (all, update);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script {
    from: Vec<Target>,
    to: Vec<Target>,
    placeholders: bool,
}

impl Script {
    /// Everything, from an empty database.
    pub fn new() -> Self {
        Script::default()
    }

    /// For a database that has the chains of `targets` up to their versions, and what these migrations require.
    ///
    /// Nothing else: a chain that is neither named nor required begins empty. The script stops before its first
    /// migration if a history holds anything else.
    #[must_use]
    pub fn from(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.from = targets.into_iter().collect();
        self
    }

    /// Only the chains of `targets`, each up to its version, and what they require; without targets, everything.
    #[must_use]
    pub fn to(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.to = targets.into_iter().collect();
        self
    }

    /// Whether a Rust step leaves a place in the script, which has to be filled with SQL that does the same;
    /// until it is, the script stops there. Otherwise a Rust step is an error.
    #[must_use]
    pub fn placeholders(mut self, placeholders: bool) -> Self {
        self.placeholders = placeholders;
        self
    }
}

/// What a script does to one chain.
pub(crate) struct Part {
    pub(crate) chain: &'static Chain,
    /// What the history holds before.
    pub(crate) before: &'static [Migration],
    /// Whether the script applies something of it.
    pub(crate) pending: bool,
}

impl Migrator<'_> {
    /// A script for `psql` which does what [`up`](Migrator::up) does, bookkeeping included: it takes the lock,
    /// checks that the histories hold what the script begins from, and leaves the same catalog, histories,
    /// journal and state. Needs no database. The same constants give the same script.
    ///
    /// Each migration is a transaction, or all are one ([`single_transaction`](Migrator::single_transaction));
    /// what is under `-- stairwell: no-transaction` runs outside, statement by statement. Nothing is tried again:
    /// a failure ends the script, and what had been committed before stays.
    ///
    /// # Errors
    ///
    /// If the targets are wrong, or end before they begin, or a migration is a Rust step, or is under `no-transaction` in a single
    /// transaction ([`Error::is_usage`]).
    pub fn script(&self, script: &Script) -> Result<String, Error> {
        self.require_no_tenant("a script")?;
        let from = self.enabled.narrowed(self.chains, &script.from)?;
        for Target { plugin, version } in &script.to {
            let Some((begin, end)) = script.from.iter().find(|begin| begin.plugin == *plugin).zip(*version)
            else {
                continue;
            };
            if begin.version.is_none_or(|begin| begin > end) {
                let message =
                    format!("the script would end at `{plugin}@{end}` before it begins, after `{begin}`");
                return Err(Error::usage(message));
            }
        }
        self.write_script(script, |chain| from.last(chain))
    }

    /// The same from what the database holds, instead of [`Script::from`]. Reads only, and takes no lock.
    ///
    /// # Errors
    ///
    /// Like [`script`](Migrator::script) and [`plan`](Migrator::plan).
    pub async fn script_for(
        &self,
        client: &mut tokio_postgres::Client,
        script: &Script,
    ) -> Result<String, Error> {
        self.require_no_tenant("a script")?;
        // Refuses a history that disagrees, so that what it holds is the beginning of its chain.
        self.plan(client, &[]).await?;
        let histories = history::read(client, &self.enabled.included()).await?;
        let last = |chain: &Chain| Some(histories.rows.get(chain.plugin())?.last()?.version);
        self.write_script(script, last)
    }

    fn write_script(
        &self,
        script: &Script,
        from: impl Fn(&Chain) -> Option<Version>,
    ) -> Result<String, Error> {
        let to = match script.to.as_slice() {
            [] => self.enabled.clone(),
            targets => self.enabled.narrowed(self.chains, targets)?,
        };
        let pending = self.between(&from, &to);
        self.options.require_possible(&pending)?;
        if !script.placeholders {
            require_sql(&pending)?;
        }
        let part = |chain: &'static Chain| {
            let count = chain.migrations().partition_point(|m| Some(m.version()) <= from(chain));
            let (before, _) = chain.migrations().split_at(count);
            let pending = pending.iter().any(|migration| migration.plugin() == chain.plugin());
            Part { chain, before, pending }
        };
        let parts = self.enabled.included().into_iter().map(part);
        let parts: Vec<Part> = parts.filter(|part| part.pending || !part.before.is_empty()).collect();
        Ok(Writer { parts: &parts, options: &self.options, lock_wait: self.lock_wait }.write(&pending))
    }

    /// What is above `from` and within `to`, in plan order.
    fn between(&self, from: &impl Fn(&Chain) -> Option<Version>, to: &Selection) -> Vec<&'static Migration> {
        let wanted = |migration: &&'static Migration| {
            let Some(chain) = self.chains.chain(migration.plugin()) else { return false };
            let version = Some(migration.version());
            version > from(chain) && version <= to.last(chain)
        };
        self.chains.order().iter().filter(wanted).collect()
    }
}

fn require_sql(pending: &[&'static Migration]) -> Result<(), Error> {
    let rust = |migration: &&&Migration| matches!(Migration::up(migration), Step::Rust { .. });
    let steps: Vec<_> = pending.iter().filter(rust).collect();
    let Some(first) = steps.first() else { return Ok(()) };
    let names: Vec<String> = steps.iter().map(|migration| format!("`{migration}`")).collect();
    Err(Error::usage(format!(
        "Rust steps cannot be put into a script: {}; end the script before it, or ask for placeholders and put SQL \
         that does the same in their places",
        names.join(", ")
    ))
    .with_migration(Some(**first)))
}
