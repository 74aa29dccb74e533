//! From every released state to today's.

use std::path::Path;

use stairwell::{Chain, ChainSet, Migration, Migrator};

use super::{
    lock_text::{Locked, checksum},
    reference::Reference,
    releases::{Release, Releases, find},
};
use crate::{Failure, TestDatabase, course::Course};

pub(crate) const CHECK: &str = "upgrade_from_every_release";

/// A database of every release becomes, with the migrations since, what a fresh install is.
///
/// `folder` is that of the package, with `stairwell.lock` in it: `env!("CARGO_MANIFEST_DIR")`. The releases are the
/// different contents that the file has at the tags of the git repository; where no tag has it, those that it had after
/// each commit, since the last commit that rewrote it (`STAIRWELL_LOCK=rewrite`). Each is applied to an empty database
/// with just the migrations that it had, whose texts are the same as then by their checksums; then everything else is.
///
/// Without git, outside of a repository or without a release there is nothing to start from, which is no failure;
/// the result says so.
///
/// # Errors
///
/// With the release, and the migration that is gone, was changed since, or does not apply; or with what is different
/// from a fresh install.
pub async fn upgrade_from_every_release(chains: &ChainSet, folder: &Path) -> Result<Releases, Failure> {
    upgrade_without(chains, folder, &[]).await
}

/// The same without some releases.
pub(crate) async fn upgrade_without(
    chains: &ChainSet,
    folder: &Path,
    without: &[&str],
) -> Result<Releases, Failure> {
    let releases = find(folder, without)?;
    let Releases::Known(known) = &releases else { return Ok(releases) };
    let mut failures = Vec::new();
    let mut reference = None;
    for release in known {
        let then = match then(chains, release) {
            Ok(then) => then,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        // Today's state is a fresh install.
        if then.order().len() == chains.order().len() {
            continue;
        }
        let reference = match &mut reference {
            Some(reference) => reference,
            None => reference.insert(Reference::fresh(chains).await?),
        };
        failures.extend(upgrade(chains, &then, release, reference).await?);
    }
    Failure::all(failures)?;
    Ok(releases)
}

async fn upgrade(
    chains: &ChainSet,
    then: &ChainSet,
    release: &Release,
    reference: &mut Reference,
) -> Result<Option<Failure>, Failure> {
    // Releases that build on each other have templates in common.
    let course = Course::new(*then);
    let database = match TestDatabase::at(&course, then.order().len(), Some(course.stride())).await {
        Ok(database) => database,
        Err(failure) => {
            let message =
                format!("`{release}` cannot be installed any more, with the migrations that it had");
            return Ok(Some(Failure::of(CHECK, message).with_note(failure.to_string())));
        }
    };
    let mut client = database.connect().await?;
    let failure = match Migrator::new(chains).up(&mut client).await {
        Err(error) => {
            let message = format!("a database of `{release}` cannot be upgraded");
            Failure::of(CHECK, message).with_note(error.to_string()).in_migration_of(&error)
        }
        Ok(_) => {
            let details = reference.differences(&client).await?;
            if details.is_empty() {
                return Ok(None);
            }
            let message = format!("a database of `{release}` becomes another one than a fresh install");
            Failure::of(CHECK, message).with_details(details).with_help(LEGEND)
        }
    };
    drop(client);
    Ok(Some(failure.with_kept(Some(database.keep(&format!("{CHECK} {release}")).await?))))
}

const LEGEND: &str = "`+` is only in the upgraded database, `-` only in a fresh install, `~` is first as in the latter, then as in the former";

/// The chains as they were, made of today's constants.
fn then(chains: &ChainSet, release: &Release) -> Result<ChainSet, Failure> {
    for locked in &release.migrations {
        let chain = chains.chain(&locked.plugin);
        let Some(migration) = chain.and_then(|chain| chain.migration(locked.version)) else {
            let message =
                format!("`{}/{}` of `{release}` is not among the migrations", locked.plugin, locked.stem);
            return Err(Failure::of(CHECK, message).with_help(
                "databases of this release have it in their histories, so a run refuses them; put it back",
            ));
        };
        if checksum(migration.up().text()) != locked.up || stem(migration) != locked.stem {
            let message = format!("`{migration}` is not what it was in `{release}`");
            let name = release.names().first().map_or("", |name| name.trim_start_matches("commit "));
            let note = format!("to see what has changed: git diff {name} -- {}", migration.path());
            let failure = Failure::of(CHECK, message).in_migration(migration, migration.path().to_owned());
            let failure = match stem(migration) == locked.stem {
                true => failure,
                false => failure.with_note(format!("then it was `{}/{}`", locked.plugin, locked.stem)),
            };
            return Err(failure.with_note(note).with_help(
                "databases of this release have applied the text as it was; put it back, and change in a new migration",
            ));
        }
    }
    Ok(only(chains, &release.migrations))
}

fn stem(migration: &Migration) -> &str {
    let file = migration.path().rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// These migrations and no others. They are kept for as long as the process lives, as constants are.
fn only(chains: &ChainSet, locked: &[Locked]) -> ChainSet {
    let is_in = |migration: &&Migration| {
        let is_it =
            |locked: &Locked| locked.plugin == migration.plugin() && locked.version == migration.version();
        locked.iter().any(is_it)
    };
    let order: Vec<Migration> = chains.order().iter().filter(is_in).copied().collect();
    let chain = |chain: &Chain| {
        let own: Vec<Migration> = chain.migrations().iter().filter(is_in).copied().collect();
        (!own.is_empty())
            .then(|| Chain::new(chain.plugin(), chain.description(), own.leak()).recorded_in(chain.history()))
    };
    let chains: Vec<Chain> = chains.chains().iter().filter_map(chain).collect();
    ChainSet::new(chains.leak(), order.leak())
}
