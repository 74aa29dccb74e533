//! The embedded PostgreSQL across processes: each scene runs this test binary again as its second process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use shopdb::embedded::{Embedded, EmbeddedError};
use tokio_postgres::{Client, NoTls};

/// Names the data directory to the second process.
const DATA_DIR: &str = "EMBEDDED_TEST_DATA_DIR";

async fn start(data_dir: &Path) -> Result<Embedded, EmbeddedError> {
    let data_dir = data_dir.to_owned();
    tokio::task::spawn_blocking(move || Embedded::start(&data_dir)).await.unwrap()
}

async fn connect(embedded: &Embedded) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&embedded.url(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn versions(client: &Client) -> Vec<i32> {
    let rows = client.query("SELECT version FROM notes ORDER BY version", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Not a test of its own: the second process. It commits rows, leaves a transaction open and waits to be killed.
#[tokio::test]
#[ignore = "run by the other tests"]
async fn child() {
    let Some(data_dir) = std::env::var_os(DATA_DIR) else { return };
    let embedded = start(Path::new(&data_dir)).await.unwrap();
    let client = connect(&embedded).await.unwrap();
    client.batch_execute("CREATE TABLE notes (version int PRIMARY KEY)").await.unwrap();
    for version in 1..=100 {
        client.execute("INSERT INTO notes VALUES ($1)", &[&version]).await.unwrap();
    }
    client.batch_execute("BEGIN; INSERT INTO notes VALUES (1000)").await.unwrap();
    println!("\nready");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Starts the second process and waits until it has committed.
fn spawn_child(data_dir: &Path) -> Child {
    let scope = module_path!().split_once("::").map_or(String::new(), |(_, rest)| format!("{rest}::"));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--nocapture", "--exact", &format!("{scope}child")])
        .env(DATA_DIR, data_dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.map_while(Result::ok).any(|line| line == "ready");
    if !ready {
        child.kill().unwrap();
        panic!("the second process did not get ready");
    }
    child
}

#[tokio::test]
async fn tables_are_found_again_after_a_shutdown() {
    let scratch = tempfile::tempdir().unwrap();
    let data_dir = scratch.path().join("a/b c");
    for round in 1..=3 {
        let embedded = start(&data_dir).await.unwrap();
        assert_eq!(embedded.data_dir(), data_dir);
        let client = connect(&embedded).await.unwrap();
        client.batch_execute("CREATE TABLE IF NOT EXISTS notes (version int)").await.unwrap();
        client.execute("INSERT INTO notes VALUES ($1)", &[&round]).await.unwrap();
        assert_eq!(versions(&client).await, (1..=round).collect::<Vec<_>>());
        // The client is still connected: the shutdown must not wait for it.
        tokio::task::spawn_blocking(|| embedded.shutdown()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_killed_one_loses_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let mut child = spawn_child(scratch.path());

    let error = start(scratch.path()).await.unwrap_err();
    let expected = format!(
        "the embedded database in {} is in use by process {}; stop it or name another directory",
        scratch.path().display(),
        child.id()
    );
    assert_eq!(error.to_string(), expected);

    child.kill().unwrap();
    child.wait().unwrap();
    let embedded = start(scratch.path()).await.unwrap();
    let client = connect(&embedded).await.unwrap();
    assert_eq!(versions(&client).await, (1..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_second_connection_is_refused_and_one_that_breaks_off_makes_room() {
    let scratch = tempfile::tempdir().unwrap();
    let embedded = start(scratch.path()).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&embedded.url(), NoTls).await.unwrap();
    let connection = tokio::spawn(connection);

    let error = connect(&embedded).await.unwrap_err();
    let error = error.as_db_error().unwrap();
    assert_eq!(error.code().code(), "53300");
    assert_eq!(error.message(), "the embedded PostgreSQL serves one connection at a time");

    // The client goes away in the middle of a result.
    let rows = "SELECT repeat('x', 1000) FROM generate_series(1, 100000)";
    let query = tokio::spawn(async move { client.query_raw(rows, Vec::<i32>::new()).await.is_ok() });
    tokio::time::sleep(Duration::from_millis(200)).await;
    connection.abort();
    query.abort();
    for _ in 0..3 {
        let client = connect(&embedded).await.unwrap();
        assert_eq!(client.query_one("SELECT 7", &[]).await.unwrap().get::<_, i32>(0), 7);
    }
    let begin = Instant::now();
    drop(embedded);
    assert!(begin.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn unusable_directories_are_refused_in_one_line() {
    let scratch = tempfile::tempdir().unwrap();

    let foreign = scratch.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("letter.txt"), "dear").unwrap();
    let error = start(&foreign).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Foreign { .. }), "{error}");
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1);

    let error = start(&foreign.join("letter.txt")).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot create "), "{error}");

    let older = scratch.path().join("older");
    fs::create_dir_all(older.join("tmp/pglite/base")).unwrap();
    fs::write(older.join("embedded.lock"), "").unwrap();
    fs::write(older.join("tmp/pglite/base/PG_VERSION"), "16\n").unwrap();
    let error = start(&older).await.unwrap_err();
    let expected = format!(
        "the embedded database in {} belongs to PostgreSQL 16, this executable has 17",
        older.display()
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_path_that_is_too_long_for_a_socket_works_as_well() {
    let scratch = tempfile::tempdir().unwrap();
    let embedded = start(&scratch.path().join("x".repeat(120))).await.unwrap();
    let client = connect(&embedded).await.unwrap();
    assert_eq!(client.query_one("SELECT 7", &[]).await.unwrap().get::<_, i32>(0), 7);
}
