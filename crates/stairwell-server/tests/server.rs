//! Servers and databases, as the other crates' tests use them.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use stairwell_server::{Certificates, Server, database, server};
use tokio_postgres::{NoTls, error::SqlState};

async fn number(client: &tokio_postgres::Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.expect("the query is right").get(0)
}

#[tokio::test]
async fn shared_server_has_the_announced_version_and_settings() {
    let client = database().await.connect().await;
    let version: String = client.query_one("SHOW server_version_num", &[]).await.unwrap().get(0);
    assert_eq!(version.parse::<u32>().unwrap() / 10_000, server().version());
    for (name, expected) in [("fsync", "off"), ("server_encoding", "UTF8"), ("TimeZone", "UTC")] {
        let value: String = client.query_one(&format!("SHOW {name}"), &[]).await.unwrap().get(0);
        assert_eq!(value, expected, "{name}");
    }
}

#[tokio::test]
async fn two_databases_are_separate() {
    let (one, two) = (database().await, database().await);
    assert_ne!(one.name(), two.name());
    let (client, other) = (one.connect().await, two.connect().await);
    client.batch_execute("CREATE TABLE printers (id int)").await.unwrap();
    let sql = "SELECT count(*) FROM pg_class WHERE relname = 'printers'";
    assert_eq!((number(&client, sql).await, number(&other, sql).await), (1, 0));
}

#[tokio::test]
async fn url_leads_to_the_database() {
    let database = database().await;
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let name: String = client.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    assert_eq!(name, database.name());
}

#[tokio::test]
async fn dropped_databases_go_once_they_are_unused() {
    let server = Server::start();
    let names = "SELECT count(*) FROM pg_database WHERE datname LIKE 'test%'";
    let client = server.database().await.connect().await;
    drop(server.database().await);
    let _third = server.database().await;
    // The first has a session, the second none.
    assert_eq!(number(&client, names).await, 2);
}

#[tokio::test]
async fn equal_databases_have_equal_dumps() {
    let (one, two) = (database().await, database().await);
    for database in [&one, &two] {
        database.connect().await.batch_execute("CREATE TABLE printers (id int)").await.unwrap();
    }
    let Some(dump) = one.dump().await else { return };
    assert!(dump.contains("CREATE TABLE public.printers"), "{dump}");
    assert_eq!(Some(dump), two.dump().await);
    let without = one.dump_with(&["--exclude-table=printers"]).await.unwrap();
    assert!(!without.contains("printers"), "{without}");
}

/// The first start may have to make the template; with it, a start is a copy.
#[test]
fn start_from_the_template_is_quick() {
    drop(Server::start());
    let quickest = (0..5)
        .map(|_| {
            let begin = Instant::now();
            let server = Server::start();
            let time = begin.elapsed();
            drop(server);
            time
        })
        .min()
        .unwrap();
    println!("quickest start: {quickest:?}");
    assert!(quickest.as_secs_f64() < 2.0, "{quickest:?}");
}

#[tokio::test]
async fn password_server_refuses_a_wrong_password() {
    let server = Server::builder().password("p@ss/w:rd %41").start();
    let database = server.database().await;
    assert!(database.url().contains(":p%40ss%2Fw%3Ard%20%2541@"), "{}", database.url());
    assert!(tokio_postgres::connect(database.url(), NoTls).await.is_ok());

    let mut wrong: tokio_postgres::Config = database.url().parse().unwrap();
    wrong.password("guess");
    let error = wrong.connect(NoTls).await.err().unwrap();
    assert_eq!(error.code(), Some(&SqlState::INVALID_PASSWORD));
    if let Some(dump) = database.dump().await {
        assert!(dump.contains("PostgreSQL database dump"));
    }
}

#[tokio::test]
async fn tls_server_speaks_tls_and_can_insist_on_it() {
    let certificates = Certificates::make();
    let server = Server::builder()
        .tls(&certificates.certificate(), &certificates.key())
        .hba("hostssl all all all trust")
        .start();
    // The start of PostgreSQL's protocol for TLS: eight bytes to ask, `S` means yes.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
    let mut answer = [0];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"S");

    let error = tokio_postgres::connect(&server.url("postgres"), NoTls).await.err().unwrap();
    assert_eq!(error.code(), Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION));
    server.database().await.connect().await;
}

#[tokio::test]
async fn settings_reach_the_server() {
    let server = Server::builder().setting("max_connections", "7").start();
    let client = server.database().await.connect().await;
    let value: String = client.query_one("SHOW max_connections", &[]).await.unwrap().get(0);
    assert_eq!(value, "7");
}

#[test]
fn failure_to_start_shows_the_log() {
    let failure = Server::builder().setting("max_connections", "many").try_start().err().unwrap();
    assert!(failure.starts_with("PostgreSQL ended before it was ready"), "{failure}");
    assert!(failure.contains("invalid value for parameter \"max_connections\""), "{failure}");
}

#[tokio::test]
async fn crashed_server_comes_back_with_its_data() {
    let server = Server::start();
    let database = server.database().await;
    let client = database.connect().await;
    client.batch_execute("CREATE TABLE printers (id int)").await.unwrap();
    server.crash();
    assert!(client.simple_query("SELECT 1").await.is_err());
    server.restart();
    let client = database.connect().await;
    assert_eq!(number(&client, "SELECT count(*) FROM printers").await, 0);
    assert!(server.log().contains("automatic recovery in progress"), "{}", server.log());
}

#[test]
fn restart_waits_for_a_taken_port() {
    let server = Server::start();
    server.crash();
    let other = TcpListener::bind(("127.0.0.1", server.port())).unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(other);
    });
    server.restart();
    assert!(server.log().contains("could not bind IPv4 address"), "{}", server.log());
    TcpStream::connect(("127.0.0.1", server.port())).unwrap();
}
