//! Databases that are made once and copied for every test.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio_postgres::{Client, Error, types::Type};

use crate::{
    Failure,
    course::Course,
    database::drop_database,
    host::{Host, connect},
    process::{comment, not_created, persist, refused, template_lock, template_name},
};

/// What the comment of one that is complete says, behind the time at which it was used last.
const COMPLETE: &str = "a template of stairwell-testing";

/// Those that this process has seen complete, with whether migrations gave them settings.
static READY: Mutex<BTreeMap<String, bool>> = Mutex::new(BTreeMap::new());

/// The name of the template with the first `count` steps behind it, which is made now if there is none.
///
/// With a `stride`, it is made from the template that many steps before, which is made now if there is none.
pub(crate) async fn of(course: &Course, count: usize, stride: Option<usize>) -> Result<String, Failure> {
    if count == 0 {
        return Ok("template0".to_owned());
    }
    let name = name(course, count);
    if is_known(&name) {
        return Ok(name);
    }
    let places = match stride {
        Some(stride) => (1..=count / stride.max(1)).map(|n| n * stride.max(1)).collect(),
        None => vec![count],
    };
    let mut before = 0;
    for place in places {
        make(course, before, place).await?;
        before = place;
    }
    Ok(name)
}

fn name(course: &Course, count: usize) -> String {
    template_name(course.fingerprint(count), count)
}

fn ready() -> MutexGuard<'static, BTreeMap<String, bool>> {
    READY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_known(name: &str) -> bool {
    ready().contains_key(name)
}

/// Has every template looked for on the server again.
pub(crate) fn forget() {
    ready().clear();
}

/// Makes the template of `count` from that of `before`, unless somebody has, or just does.
async fn make(course: &Course, before: usize, count: usize) -> Result<(), Failure> {
    let name = name(course, count);
    if is_known(&name) {
        return Ok(());
    }
    // Sweeps first: what an earlier build of the executable has left takes up space.
    crate::process::prefix()?;
    let host = Host::get()?;
    let client = connect(&host.maintenance()).await?;
    let run = async |sql: &str| {
        client.batch_execute(sql).await.map_err(|error| not_created("make a template database", &error))
    };
    persist(&client).await.map_err(|error| refused("prepare a session", &error))?;
    // Released when the session ends, whatever becomes of this process.
    template_lock(course.fingerprint(count)).wait(&client, &format!("the template {name}")).await?;
    // A migration may have commented on the database, before its maker was killed.
    let sql = "SELECT coalesce(shobj_description(oid, 'pg_database') LIKE '% ' || $2, false) FROM pg_database \
               WHERE datname = $1";
    let found = client
        .query_opt(sql, &[&name, &COMPLETE])
        .await
        .map_err(|error| refused("look for a template", &error))?;
    if !found.as_ref().is_some_and(|row| row.get(0)) {
        if found.is_some() {
            // Its maker was killed.
            drop_database(&client, &name)
                .await
                .map_err(|error| refused("drop a template database", &error))?;
        }
        let from = if before == 0 { "template0".to_owned() } else { self::name(course, before) };
        copy(&client, &name, &from).await.map_err(|error| not_created("make a template database", &error))?;
        let mut session = connect(&host.config(&name)).await?;
        let brought = course.bring(&mut session, before, count).await;
        drop(session);
        if brought.is_err() {
            drop_database(&client, &name)
                .await
                .map_err(|error| refused("drop a template database", &error))?;
            return brought;
        }
        // Nobody may be connected to what is copied.
        run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await?;
    }
    // It counts as used from now on, for a day.
    run(&format!("COMMENT ON DATABASE {name} IS '{}'", comment(COMPLETE))).await?;
    let has_settings = has_settings(&client, &name).await;
    let has_settings = has_settings.map_err(|error| refused("look at a template's settings", &error))?;
    ready().insert(name, has_settings);
    Ok(())
}

/// Creates a database as a copy of one that nobody is connected to, with the settings that migrations gave that one.
///
/// The server keeps these elsewhere, and does not copy them.
pub(crate) async fn copy(client: &Client, name: &str, from: &str) -> Result<(), Error> {
    let strategy = Host::get().map_or("", Host::strategy);
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {from}{strategy}")).await?;
    let known = if from == "template0" { Some(false) } else { ready().get(from).copied() };
    let has_settings = match known {
        Some(known) => known,
        None => has_settings(client, from).await?,
    };
    if !has_settings {
        return Ok(());
    }
    // Only the server knows which settings are lists, so that each is taken from a session that has it.
    let settings = format!(
        "DO $$ DECLARE setting record; BEGIN FOR setting IN SELECT s.setrole AS role, split_part(item, '=', 1) AS name, \
         substr(item, strpos(item, '=') + 1) AS value FROM pg_catalog.pg_db_role_setting s \
         JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS item \
         WHERE d.datname = '{from}' LOOP PERFORM pg_catalog.set_config(setting.name, setting.value, true); \
         EXECUTE CASE setting.role WHEN 0 THEN 'ALTER DATABASE {name}' ELSE pg_catalog.format(\
         'ALTER ROLE %I IN DATABASE {name}', pg_catalog.pg_get_userbyid(setting.role)) END \
         || pg_catalog.format(' SET %s FROM CURRENT', setting.name); END LOOP; END $$"
    );
    client.batch_execute(&settings).await
}

async fn has_settings(client: &Client, name: &str) -> Result<bool, Error> {
    let sql = "SELECT FROM pg_catalog.pg_db_role_setting WHERE setdatabase = \
               (SELECT oid FROM pg_catalog.pg_database WHERE datname = $1)";
    Ok(!client.query_typed(sql, &[(&name, Type::NAME)]).await?.is_empty())
}

#[cfg(test)]
mod tests {
    use stairwell::{Chain, ChainSet, Migration, Step};

    use super::*;

    /// Its maker was killed behind a migration that comments on the database.
    #[tokio::test]
    async fn a_template_with_another_comment_is_not_complete() {
        const SQL: &str = "CREATE TABLE a ();";
        let checksum = refinery::Migration::unapplied("V1__a", SQL).unwrap().checksum();
        let migration = Migration::new("core", 1, "a", "V1__a.sql", checksum, Step::Sql(SQL));
        let order: &'static [Migration] = vec![migration].leak();
        let chains = ChainSet::new(vec![Chain::new("core", "", order)].leak(), order);
        let course = Course::new(chains);
        let client = connect(&Host::get().unwrap().maintenance()).await.unwrap();
        let name = name(&course, 1);
        for sql in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
            format!("COMMENT ON DATABASE {name} IS 'the shop'"),
        ] {
            client.batch_execute(&sql).await.unwrap();
        }
        let database = crate::TestDatabase::at(&course, 1, None).await.unwrap();
        database.connect().await.unwrap().batch_execute("TABLE a").await.unwrap();
    }
}
