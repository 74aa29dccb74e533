//! Databases that are made once and copied for every test.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use crate::{
    Failure,
    course::Course,
    host::{Host, connect},
    process::{comment, not_created, persist, refused, template_lock, template_name},
};

/// Those that this process has seen complete.
static READY: Mutex<Option<HashSet<String>>> = Mutex::new(None);

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

fn is_known(name: &str) -> bool {
    let ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    ready.as_ref().is_some_and(|ready| ready.contains(name))
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
    let sql = "SELECT shobj_description(oid, 'pg_database') IS NOT NULL FROM pg_database WHERE datname = $1";
    let found =
        client.query_opt(sql, &[&name]).await.map_err(|error| refused("look for a template", &error))?;
    if !found.as_ref().is_some_and(|row| row.get(0)) {
        if found.is_some() {
            // Its maker was killed.
            run(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        let from = if before == 0 { "template0".to_owned() } else { self::name(course, before) };
        run(&format!("CREATE DATABASE {name} TEMPLATE {from}{}", host.strategy())).await?;
        let mut session = connect(&host.config(&name)).await?;
        let brought = course.bring(&mut session, before, count).await;
        drop(session);
        if brought.is_err() {
            run(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
            return brought;
        }
        // Nobody may be connected to what is copied.
        run(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await?;
    }
    // It counts as used from now on, for a day.
    run(&format!("COMMENT ON DATABASE {name} IS '{}'", comment("a template of stairwell-testing"))).await?;
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    ready.get_or_insert_default().insert(name);
    Ok(())
}
