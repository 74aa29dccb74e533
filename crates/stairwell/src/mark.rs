//! What an operator who knows better says about the history.

use tokio_postgres::Client;

use crate::edit::{Change, Edit};
use crate::error::{Error, Kind};
use crate::history::Histories;
use crate::{AppliedMigration, Chain, Migration, Migrator, Requirement, Target, Version};

impl Migrator<'_> {
    /// Records the migration that `target` names as applied, without running it, with an entry in the journal.
    ///
    /// For what was done to the database in another way. Nothing is compared: who calls it has to know. Only
    /// this one migration is recorded, so those before it and those that it requires have to be recorded already.
    ///
    /// # Errors
    ///
    /// If the target names no version, or one that is not compiled in ([`Error::is_usage`]); if the migration is
    /// recorded already, or would stand in the history without what comes before it ([`Error::is_refused`]);
    /// and like [`up`](Migrator::up).
    pub async fn mark(&self, client: &mut Client, target: &Target) -> Result<&'static Migration, Error> {
        self.check(std::slice::from_ref(target))?;
        let version = version(target)?;
        let found =
            self.chains.chain(&target.plugin).and_then(|chain| Some((chain, chain.migration(version)?)));
        let Some((chain, migration)) = found else {
            return Err(Error::usage(format!("there is no migration `{target}`")));
        };
        self.edit(client, |histories| {
            require_absent(histories, chain, migration)?;
            require_before(histories, chain, migration)?;
            Ok((vec![Edit { chain, change: Change::Mark(migration) }], migration))
        })
        .await
    }

    /// Removes the row of the migration that `target` names from the history, without reverting anything, with an
    /// entry in the journal. The migration need not be compiled in.
    ///
    /// # Errors
    ///
    /// If the target names no version ([`Error::is_usage`]); if the migration is not recorded, or later ones or
    /// ones that require it are ([`Error::is_refused`]); and like [`up`](Migrator::up).
    pub async fn unmark(&self, client: &mut Client, target: &Target) -> Result<AppliedMigration, Error> {
        self.check(&[Target::new(target.plugin.clone())])?;
        let version = version(target)?;
        let Some(chain) = self.chains.chain(&target.plugin) else {
            return Err(Error::usage(format!("there is no plugin `{}`", target.plugin)));
        };
        self.edit(client, |histories| {
            let rows = histories.rows.get(chain.plugin()).map(Vec::as_slice).unwrap_or_default();
            let Some(row) = rows.iter().find(|row| row.version == version) else {
                let history = chain.history();
                return Err(refuse(format!(
                    "{history} has no row of version {version}; nothing was changed"
                )));
            };
            self.require_last(histories, chain, version)?;
            Ok((vec![Edit { chain, change: Change::Unmark(row.clone()) }], row.clone()))
        })
        .await
    }

    /// Refuses to take away what other rows stand on. What is not compiled in is nothing that they could.
    fn require_last(&self, histories: &Histories, chain: &Chain, version: Version) -> Result<(), Error> {
        if chain.migration(version).is_none() {
            return Ok(());
        }
        let mut stand = Vec::new();
        for other in self.chains.chains() {
            for row in histories.rows.get(other.plugin()).into_iter().flatten() {
                let Some(migration) = other.migration(row.version) else { continue };
                let mut edges = other.requires().iter().chain(migration.requires());
                let is_later = other.plugin() == chain.plugin() && row.version > version;
                if is_later || edges.any(|edge| edge.plugin() == chain.plugin() && edge.version() >= version)
                {
                    stand.push(format!("`{migration}`"));
                }
            }
        }
        if stand.is_empty() {
            return Ok(());
        }
        let (plugin, stand) = (chain.plugin(), stand.join(", "));
        Err(refuse(format!(
            "`{plugin}@{version}` cannot be unmarked: recorded after it or requiring it: {stand}; unmark these first; nothing \
             was changed"
        )))
    }
}

fn version(target: &Target) -> Result<Version, Error> {
    let name = || Error::usage(format!("say which migration of `{target}` is meant: `{target}@3`"));
    target.version.ok_or_else(name)
}

fn require_absent(histories: &Histories, chain: &Chain, migration: &Migration) -> Result<(), Error> {
    let mut rows = histories.rows.get(chain.plugin()).into_iter().flatten();
    let Some(row) = rows.find(|row| row.version == migration.version()) else { return Ok(()) };
    let when = &row.applied_on;
    Err(refuse(format!("`{migration}` is recorded already, as applied on {when}; nothing was changed")))
}

/// Refuses to leave a hole in front of what is marked.
fn require_before(histories: &Histories, chain: &'static Chain, migration: &Migration) -> Result<(), Error> {
    let is_recorded = |plugin: &str, version: Version| {
        histories.rows.get(plugin).is_some_and(|rows| rows.iter().any(|row| row.version == version))
    };
    let earlier = chain.migrations().iter().take_while(|earlier| earlier.version() < migration.version());
    let earlier = earlier.filter(|earlier| !is_recorded(chain.plugin(), earlier.version()));
    let required = chain.requires().iter().chain(migration.requires());
    let required = required.filter(|edge| !is_recorded(edge.plugin(), edge.version()));
    let missing: Vec<String> =
        earlier.map(ToString::to_string).chain(required.map(|edge: &Requirement| edge.to_string())).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    Err(refuse(format!(
        "`{migration}` cannot be marked: not recorded, but before it or required by it: {}; mark or apply these first; \
         nothing was changed",
        missing.join(", ")
    )))
}

fn refuse(message: String) -> Error {
    Error::new(Kind::Refused, message)
}
