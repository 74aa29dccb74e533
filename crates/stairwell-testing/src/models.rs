//! The wanted state of a plugin, `schema.sql`, held against what its chain makes.

use stairwell::{Chain, ChainSet};
use stairwell_catalog::{Catalog, Change, Difference, FactChange, Object, diff};

use crate::{Failure, TestDatabase, course::Course, snapshot, statement};

pub(crate) const MODELS_MATCH: &str = "models_match";

const HELP: &str = "`+` only the migrations make it, `-` only `schema.sql` has it, `~` is different, as `schema.sql` has \
                    it first; write the migration that is missing, or change `schema.sql`";

/// The wanted state of a plugin is what its chain makes: a database with the migrations of the plugin has the same
/// objects as one in which `sql` was run in their place.
///
/// Both begin with everything that the plugin requires, at its last version. The order of the columns of a table
/// does not count, because a migration can only add one behind all others. `path` is where `sql` stands, for the
/// failure.
///
/// # Errors
///
/// With the objects that differ, or with the line of `sql` that the server refuses.
pub async fn models_match(chains: &ChainSet, chain: Chain, path: &str, sql: &str) -> Result<(), Failure> {
    of_course(&Course::new(*chains), chain.plugin(), path, sql).await
}

pub(crate) async fn of_course(course: &Course, plugin: &str, path: &str, sql: &str) -> Result<(), Failure> {
    let failure = |message: String| Failure::of(MODELS_MATCH, message);
    let required = required(&course.chains, plugin)?;
    // A template, because plugins require the same ones.
    let before = course.only(&required);
    let begin = async || {
        let database = TestDatabase::at(&before, before.order().len(), None).await;
        database.map_err(|failure| failure.in_check(MODELS_MATCH))
    };
    let migrated = begin().await?;
    let mut client = migrated.connect().await?;
    let own = course.steps_of(&[plugin]);
    if let Err(failure) = own.bring(&mut client, 0, own.order().len()).await {
        drop(client);
        let kept = migrated.keep(&format!("{MODELS_MATCH} {plugin}")).await?;
        return Err(failure.in_check(MODELS_MATCH).with_kept(Some(kept)));
    }
    course.make_room_for_histories(&client).await?;
    let made = snapshot::catalog(&client, &course.chains).await?;
    drop(client);

    let wanted = begin().await?;
    let client = wanted.connect().await?;
    course.make_room_for_histories(&client).await?;
    if let Err(error) = client.batch_execute(sql).await {
        drop(client);
        let kept = wanted.keep(&format!("{MODELS_MATCH} {plugin}")).await?;
        let message =
            format!("the wanted state of `{plugin}` does not apply: {}", crate::host::chain(&error));
        let failure = failure(message).in_file(statement::in_file(path, sql, &error));
        return Err(failure.with_kept(Some(kept)));
    }
    let declared = snapshot::catalog(&client, &course.chains).await?;
    let differences = differences(&declared, &made);
    if differences.is_empty() {
        return Ok(());
    }
    drop(client);
    let migrated = migrated.keep(&format!("{MODELS_MATCH} {plugin}: migrated")).await?;
    let wanted = wanted.keep(&format!("{MODELS_MATCH} {plugin}: wanted")).await?;
    let message = format!("the wanted state of `{plugin}` is not what its migrations make");
    Err(failure(message)
        .in_file(path.to_owned())
        .with_details(differences)
        .with_help(HELP)
        .with_note(format!("the database with the migrations was kept: {migrated}"))
        .with_note(format!("the database with the wanted state was kept: {wanted}")))
}

/// The plugins that a plugin requires, and that those require.
fn required(chains: &ChainSet, plugin: &str) -> Result<Vec<&'static str>, Failure> {
    let mut found: Vec<&'static str> = Vec::new();
    let mut open: Vec<&str> = vec![plugin];
    while let Some(next) = open.pop() {
        let Some(chain) = chains.chain(next) else {
            return Err(Failure::of(MODELS_MATCH, format!("the chain set has no plugin `{next}`")));
        };
        let edges = chain.migrations().iter().flat_map(|migration| migration.requires());
        for edge in chain.requires().iter().chain(edges) {
            if edge.plugin() == plugin {
                let message = format!(
                    "`{next}` requires migrations of `{plugin}`, which requires `{next}`: neither can be made \
                     without the other, so there is nothing to compare"
                );
                return Err(Failure::of(MODELS_MATCH, message));
            }
            if !found.contains(&edge.plugin()) {
                found.push(edge.plugin());
                open.push(edge.plugin());
            }
        }
    }
    Ok(found)
}

/// What differs, one line per object.
fn differences(declared: &Catalog, made: &Catalog) -> Vec<String> {
    let differences = diff(declared, made).into_iter();
    let shown = differences.filter_map(|difference| without_order(difference, made));
    shown.map(|difference| difference.to_string()).collect()
}

/// The difference without the places of a table's columns; `None` if there is no other.
fn without_order(difference: Difference, catalog: &Catalog) -> Option<Difference> {
    let owner = catalog.relation(&difference.object.owner()).and_then(|id| catalog.get(id));
    let of_table = owner.is_some_and(|entry| matches!(entry.object, Object::Table(_)));
    match difference.change {
        Change::Altered(facts) if of_table => {
            let facts: Vec<FactChange> = facts.into_iter().filter(|fact| fact.fact != "position").collect();
            (!facts.is_empty()).then_some(Difference { change: Change::Altered(facts), ..difference })
        }
        _ => Some(difference),
    }
}

#[cfg(test)]
mod tests {
    use stairwell::{Migration, Requirement, Step};

    use super::*;

    const CORE: Migration = Migration::new("core", 1, "a", "", 0, Step::Sql(""));
    const PRINTERS: Migration = Migration::new("printers", 1, "a", "", 0, Step::Sql(""));
    const SCANNERS: Migration = Migration::new("scanners", 1, "a", "", 0, Step::Sql(""));

    #[test]
    fn what_is_required_of_those_that_are_required_counts() {
        const CHAINS: ChainSet = ChainSet::new(
            &[
                Chain::new("core", "", &[CORE]),
                Chain::new("printers", "", &[PRINTERS]).requiring(&[Requirement::new("core", 1)]),
                Chain::new("scanners", "", &[SCANNERS.requiring(&[Requirement::new("printers", 1)])]),
            ],
            &[CORE, PRINTERS, SCANNERS],
        );
        let required = |plugin| super::required(&CHAINS, plugin).unwrap();
        assert_eq!(required("core"), [""; 0]);
        assert_eq!(required("printers"), ["core"]);
        assert_eq!(required("scanners"), ["printers", "core"]);
    }

    #[test]
    fn two_that_require_each_other_cannot_be_told_apart() {
        const CHAINS: ChainSet = ChainSet::new(
            &[
                Chain::new("printers", "", &[PRINTERS]).requiring(&[Requirement::new("scanners", 1)]),
                Chain::new("scanners", "", &[SCANNERS.requiring(&[Requirement::new("printers", 1)])]),
            ],
            &[PRINTERS, SCANNERS],
        );
        let failure = required(&CHAINS, "printers").unwrap_err().to_string();
        assert!(
            failure.starts_with("models_match: `scanners` requires migrations of `printers`"),
            "{failure}"
        );
    }
}
