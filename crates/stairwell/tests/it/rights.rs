//! Roles that may not do everything: one line that names what to grant, and nothing half-written.

use stairwell::{Error, Migrator};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::support::{core, locks, objects, sql};

/// A session as a role that was just created, with its name.
async fn as_new_role(database: &TestDatabase) -> (Client, String) {
    let client = database.connect().await;
    let role = format!("reader_{}", database.name());
    client.batch_execute(&format!("CREATE ROLE {role}; SET SESSION AUTHORIZATION {role}")).await.unwrap();
    (client, role)
}

fn chains() -> stairwell::ChainSet {
    core(&[
        sql("core", 1, "sites", "CREATE TABLE sites ();"),
        sql("core", 2, "users", "CREATE TABLE users ();"),
    ])
}

async fn refused_up(database: &TestDatabase, client: &mut Client) -> Error {
    let owner = database.connect().await;
    let before = objects(&owner).await;
    let error = Migrator::new(&chains()).up(client).await.unwrap_err();
    assert_eq!(objects(&owner).await, before);
    assert_eq!(locks(&owner).await, 0);
    error
}

#[tokio::test]
async fn a_role_that_may_not_create_schemas() {
    let database = server().database().await;
    let (mut client, role) = as_new_role(&database).await;
    let name = database.name();
    assert_eq!(
        refused_up(&database, &mut client).await.to_string(),
        format!(
            "cannot create the history tables: permission denied for database {name} (SQLSTATE 42501); \
             as an owner run `GRANT CREATE ON DATABASE {name} TO {role}`, or migrate as the owner"
        )
    );
}

#[tokio::test]
async fn a_role_that_may_not_create_history_tables() {
    let database = server().database().await;
    database.connect().await.batch_execute("CREATE SCHEMA stairwell").await.unwrap();
    let (mut client, role) = as_new_role(&database).await;
    assert_eq!(
        refused_up(&database, &mut client).await.to_string(),
        format!(
            "cannot create the history tables: permission denied for schema stairwell (SQLSTATE 42501); \
             as an owner run `GRANT USAGE, CREATE ON SCHEMA \"stairwell\" TO {role}`, or migrate as the owner"
        )
    );
}

#[tokio::test]
async fn a_role_that_may_not_read_the_history() {
    let database = server().database().await;
    Migrator::new(&chains()).up(&mut database.connect().await).await.unwrap();
    let (mut client, role) = as_new_role(&database).await;

    let error = Migrator::new(&chains()).status(&mut client).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        format!(
            "cannot read the history: permission denied for schema stairwell (SQLSTATE 42501); as an owner run \
             `GRANT USAGE ON SCHEMA \"stairwell\" TO {role}; \
             GRANT SELECT ON ALL TABLES IN SCHEMA \"stairwell\" TO {role}`, or migrate as the owner"
        )
    );
    database.connect().await.batch_execute(&format!(
        "GRANT USAGE ON SCHEMA stairwell TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA stairwell TO {role}"
    )).await.unwrap();
    assert!(Migrator::new(&chains()).status(&mut client).await.unwrap().is_up_to_date(), "the advice works");
    assert!(Migrator::new(&chains()).up(&mut client).await.unwrap().is_up_to_date());
}

/// Since PostgreSQL 15 nobody may create tables in `public` unless told.
#[tokio::test]
async fn a_step_that_the_role_may_not_do() {
    let database = server().database().await;
    let (mut client, role) = as_new_role(&database).await;
    let name = database.name();
    let owner = database.connect().await;
    owner
        .batch_execute(&format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON DATABASE {name} TO {role}"
        ))
        .await
        .unwrap();

    let error = Migrator::new(&chains()).up(&mut client).await.unwrap_err();

    let text = error.to_string();
    assert!(
        text.starts_with(
            "`core/V0001__sites` failed: permission denied for schema public (SQLSTATE 42501)\n"
        ),
        "{text}"
    );
    let help = "help: grant the role that ran the statement what it needs, or migrate as the owner";
    assert!(text.ends_with(help), "{text}");
    assert_eq!(locks(&owner).await, 0);
}

#[tokio::test]
async fn a_read_only_session() {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute("SET default_transaction_read_only = on").await.unwrap();
    assert_eq!(
        refused_up(&database, &mut client).await.to_string(),
        "cannot create the history tables: cannot execute CREATE SCHEMA in a read-only transaction (SQLSTATE 25006); \
         the session is read-only: connect to the primary server, as a role without `default_transaction_read_only`"
    );
}

/// Long steps must not run in vain: a database with an old history, and a role that may only read it.
#[tokio::test]
async fn a_role_that_may_not_record_is_refused_before_anything_runs() {
    let database = server().database().await;
    let owner = &mut database.connect().await;
    let one = sql("core", 1, "sites", "CREATE TABLE sites ();");
    Migrator::new(&core(&[one])).up(owner).await.unwrap();
    let (mut client, role) = as_new_role(&database).await;
    owner
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA stairwell TO {role}; GRANT SELECT ON stairwell.core TO {role}; \
             GRANT CREATE ON SCHEMA public TO {role}"
        ))
        .await
        .unwrap();

    let error = refused_up(&database, &mut client).await;

    assert!(error.migration().is_none());
    assert_eq!(
        error.to_string(),
        format!(
            "cannot record in \"stairwell\".\"core\", \"stairwell\".\"journal\", \"stairwell\".\"state\": \
             the role {role} may not write there; nothing was run; as an owner run \
             `GRANT INSERT ON \"stairwell\".\"core\", \"stairwell\".\"journal\" TO {role}; \
             GRANT SELECT, INSERT, UPDATE ON \"stairwell\".\"state\" TO {role}`, or migrate as the owner"
        )
    );
    assert_eq!(Migrator::new(&chains()).plan(&mut client, &[]).await.unwrap().len(), 1, "reading may be all");
    assert!(Migrator::new(&core(&[one])).up(&mut client).await.unwrap().is_up_to_date());
    let advice = error.to_string().split('`').nth(1).unwrap().to_owned();
    owner.batch_execute(&advice).await.unwrap();
    assert_eq!(Migrator::new(&chains()).up(&mut client).await.unwrap().applied(), 1, "the advice works");
}

/// The rows are there, but this role is not shown them: every step would run a second time.
#[tokio::test]
async fn a_history_whose_rows_are_hidden_from_the_role_is_not_an_empty_one() {
    let database = server().database().await;
    let owner = &mut database.connect().await;
    Migrator::new(&chains()).up(owner).await.unwrap();
    let (mut client, role) = as_new_role(&database).await;
    owner
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA stairwell TO {role}; GRANT ALL ON stairwell.core TO {role}; \
             ALTER TABLE stairwell.core ENABLE ROW LEVEL SECURITY"
        ))
        .await
        .unwrap();

    let error = refused_up(&database, &mut client).await;

    assert!(error.is_history());
    assert_eq!(
        error.to_string(),
        "\"stairwell\".\"core\" is not a history that Stairwell can use: row-level security may hide rows of it \
         from this role, and steps would run twice; migrate as its owner, or disable row-level security on it"
    );
    assert_eq!(
        Migrator::new(&chains()).status(&mut client).await.unwrap_err().to_string(),
        error.to_string()
    );
    assert!(Migrator::new(&chains()).up(owner).await.unwrap().is_up_to_date(), "the owner sees all rows");
}
