//! Takes over a database whose tables somebody else has made.

use stairwell_catalog::Difference;
use tokio_postgres::Client;

use crate::edit::{Change, Edit};
use crate::error::{Error, Kind};
use crate::foreign::{self, Foreign};
use crate::history::{self, Histories};
use crate::selection::Selection;
use crate::shadow::{catalog, require_shadow};
use crate::{Chain, Migration, Migrator, Target, Version};

/// What a database turned out to hold; [`Migrator::adopt`] records it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Adoption {
    /// The migrations that made its tables, or could have, in plan order.
    pub migrations: Vec<&'static Migration>,
    /// The history of another tool that told the versions: `"public"."_sqlx_migrations"`.
    pub told_by: Option<String>,
}

impl Migrator<'_> {
    /// Finds the versions at which the chains make just what the database holds. Of the database itself, only the
    /// catalog is read, and the histories of other tools.
    ///
    /// `targets` say which versions to compare with. Without them, the history of refinery, sqlx or diesel does,
    /// if there is one whose versions are those of a chain; else every prefix of the plan is tried.
    /// The chains are applied in `shadow`, like those of [`drift`](Migrator::drift), which says what is compared.
    ///
    /// # Errors
    ///
    /// If something is recorded already, or no prefix or more than one makes what is there ([`Error::is_refused`],
    /// with every difference from the closest one); and like `drift`.
    pub async fn plan_adoption(
        &self,
        client: &mut Client,
        shadow: &mut Client,
        targets: &[Target],
        ignored: &[String],
    ) -> Result<Adoption, Error> {
        self.check(targets)?;
        self.require_no_tenant("comparing with a shadow")?;
        require_shadow(shadow).await?;
        let chains: Vec<&'static Chain> = self.chains.chains().iter().collect();
        require_none(&history::read(client, &chains).await?)?;
        let (targets, told_by) = match targets {
            [] => self.told(client).await?,
            targets => (targets.to_vec(), None),
        };
        let compared = self.compared(client, ignored).await?;
        let scope = &compared.scope;
        let live = catalog(client, scope).await?;
        if !targets.is_empty() {
            let selection = self.enabled.narrowed(self.chains, &targets)?;
            self.make(shadow, &targets).await?;
            let differences = compared.diff(&catalog(shadow, scope).await?, &live);
            let migrations = self.prefix(&selection);
            require_equal(differences, migrations.last().copied())?;
            return Ok(Adoption { migrations, told_by });
        }
        let order = self.prefix(&self.enabled);
        let mut equal = Vec::new();
        let mut closest: Option<(Vec<Difference>, usize)> = None;
        for count in 0..=order.len() {
            if let Some(migration) = count.checked_sub(1).and_then(|index| order.get(index)) {
                self.make(shadow, &[Target::at(migration.plugin(), migration.version())]).await?;
            }
            let differences = compared.diff(&catalog(shadow, scope).await?, &live);
            if differences.is_empty() {
                equal.push(count);
            }
            if closest.as_ref().is_none_or(|(least, _)| differences.len() <= least.len()) {
                closest = Some((differences, count));
            }
        }
        let last = |count: usize| count.checked_sub(1).and_then(|index| order.get(index)).copied();
        match (equal.as_slice(), closest) {
            ([count], _) => Ok(Adoption { migrations: order[..*count].to_vec(), told_by }),
            ([first, .., end], _) => Err(ambiguous(last(*first), last(*end))),
            ([], Some((differences, count))) => {
                require_equal(differences, last(count)).map(|()| Adoption { migrations: Vec::new(), told_by })
            }
            ([], None) => Ok(Adoption { migrations: Vec::new(), told_by }),
        }
    }

    /// Records what [`plan_adoption`](Migrator::plan_adoption) found, without running anything, with an entry in
    /// the journal for each migration: all of it, or nothing.
    ///
    /// # Errors
    ///
    /// If something has been recorded meanwhile ([`Error::is_refused`]), and like [`up`](Migrator::up).
    pub async fn adopt(&self, client: &mut Client, adoption: &Adoption) -> Result<(), Error> {
        self.edit(client, |histories| {
            require_none(histories)?;
            let edit = |migration: &&'static Migration| {
                let chain = self.chains.chain(migration.plugin())?;
                Some(Edit { chain, change: Change::Mark(migration) })
            };
            Ok((adoption.migrations.iter().filter_map(edit).collect(), ()))
        })
        .await
    }

    /// The migrations of a selection, in plan order.
    fn prefix(&self, selection: &Selection) -> Vec<&'static Migration> {
        let last = |migration: &Migration| selection.last(self.chains.chain(migration.plugin())?);
        let order = self.chains.order().iter();
        order.filter(|migration| Some(migration.version()) <= last(migration)).collect()
    }

    /// What a history of another tool says, if it can be one of a chain.
    async fn told(&self, client: &Client) -> Result<(Vec<Target>, Option<String>), Error> {
        let mut refused = None;
        for foreign in foreign::find(client).await? {
            let versions = foreign.versions(client).await?;
            let Some(last) = versions.last() else { continue };
            let chains = self.enabled.included();
            match chains.iter().find(|chain| begins_with(chain, &versions)) {
                Some(chain) => {
                    return Ok((vec![Target::at(chain.plugin(), *last)], Some(foreign.to_string())));
                }
                None => refused = Some(unknown(&foreign, &versions)),
            }
        }
        refused.map_or(Ok((Vec::new(), None)), Err)
    }
}

/// Whether these are the first versions of the chain.
fn begins_with(chain: &Chain, versions: &[Version]) -> bool {
    let own = chain.migrations().iter().map(Migration::version);
    chain.migrations().len() >= versions.len() && own.zip(versions).all(|(own, version)| own == *version)
}

fn unknown(foreign: &Foreign, versions: &[Version]) -> Error {
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    refuse(format!("{foreign} has the versions {}, with which no chain begins; nothing was written", versions.join(", ")))
        .with_help("give the migrations the versions that they had there, or name the versions to compare with: `core@3`")
}

fn require_none(histories: &Histories) -> Result<(), Error> {
    let begun = histories.begun();
    if begun.is_empty() {
        return Ok(());
    }
    Err(refuse(format!(
        "this database is Stairwell's already: it has a history of {}; nothing was written",
        begun.join(", ")
    )))
}

fn require_equal(differences: Vec<Difference>, last: Option<&'static Migration>) -> Result<(), Error> {
    if differences.is_empty() {
        return Ok(());
    }
    let after = after(last);
    let count = match differences.len() {
        1 => "one difference".to_owned(),
        count => format!("{count} differences"),
    };
    let mut error = refuse(format!(
        "the database is not what the migrations make: {count} from what is there {after}; nothing was written"
    ));
    for difference in differences {
        error = error.with_note(difference.to_string());
    }
    Err(error.with_help("`-` is missing in the database, `+` should not be there, `~` is different"))
}

fn ambiguous(first: Option<&'static Migration>, end: Option<&'static Migration>) -> Error {
    let (first, end) = (after(first), after(end));
    refuse(format!(
        "the database is what the migrations make {first} and also {end}: what is between changes rows only, if anything, \
         and only you know whether that was done; nothing was written"
    ))
    .with_help("name the versions: `core@3`")
}

fn after(last: Option<&'static Migration>) -> String {
    last.map_or_else(|| "before the first".to_owned(), |last| format!("after `{last}`"))
}

fn refuse(message: String) -> Error {
    Error::new(Kind::Refused, message)
}
