//! Everything that can be wrong with an address, a server or a role: one line, what to do, exit 1.

use snapbox::str;
use test_support::Server;

use crate::support::{SECRET, migrate};

#[test]
fn no_address() {
    migrate(&[]).run().code(1).stdout_eq(str![[""]]).stderr_eq(str![]);
}

#[test]
fn addresses_that_cannot_be_read() {
    let at = |url: &str| migrate(&["--database-url", url]).run().code(1);
    at(&format!("mysql://me:{SECRET}@db/shop")).stderr_eq(str![]);
    at(&format!("postgres://me:x@{SECRET}@db/shop")).stderr_eq(str![]);
    at(&format!("postgres://me:1/{SECRET}@db/shop")).stderr_eq(str![]);
    at(&format!("postgres://db/shop?password={SECRET}&slmode=require")).stderr_eq(str![]);
    at(&format!("host=db password=my {SECRET}")).stderr_eq(str![]);
    migrate(&["--database-url", ""]).run().code(2).stderr_eq(str![]);
}

#[test]
fn servers_that_cannot_be_reached() {
    let url = format!("postgres://me:{SECRET}@127.0.0.1:1/shop");
    migrate(&["status"]).on(&url).run().code(1).stdout_eq(str![[""]]).stderr_eq(str![]);
    let url = format!("postgres://me:{SECRET}@127.0.0.1:1,[::1]:2/shop");
    migrate(&["status"]).on(&url).run().code(1);
    migrate(&["status"]).on("host=/nonexistent dbname=shop user=me").run().code(1).stderr_eq(str![]);
    migrate(&["status"]).on("postgres://me@no-such-host.invalid/shop").run().code(1).stderr_eq(str![]);
}

/// Somebody accepts the connection and never says a word.
#[test]
fn a_server_that_hangs_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://me:{SECRET}@127.0.0.1:{port}/shop?connect_timeout=1");
    migrate(&["status"]).on(&url).run().code(1).stderr_eq(str![]);
}

#[tokio::test]
async fn passwords() {
    let server = Server::builder().password(SECRET).start();
    let (port, good) = (server.port(), server.url("postgres"));
    migrate(&["status"]).on(&good).run().code(0).stderr_eq(str![]);

    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    migrate(&["status"]).on(&url).env("PGPASSWORD", SECRET).run().code(0);
    migrate(&["status"]).on(&url).run().code(1).stderr_eq(str![]);
    migrate(&["status"]).on(&url).env("PGPASSWORD", "hunter22").run().code(1).stderr_eq(str![]);
    let wrong = format!("postgres://postgres:hunter22@127.0.0.1:{port}/postgres");
    migrate(&["status"]).on(&wrong).run().code(1).stderr_eq(str![]);
    migrate(&["status", "--database-url", &wrong]).run().code(1).stderr_eq(str![]);
}

#[tokio::test]
async fn databases_and_roles_that_do_not_exist() {
    let server = test_support::server();
    let port = server.port();
    migrate(&["status"]).on(&server.url("shop")).run().code(1).stderr_eq(str![]);
    let url = format!("postgres://nobody_here@127.0.0.1:{port}/postgres");
    migrate(&["status"]).on(&url).run().code(1).stderr_eq(str![]);

    let closed = Server::builder().hba("host all someone_else all trust").start();
    migrate(&["status"]).on(&closed.url("postgres")).run().code(1).stderr_eq(str![]);
}

#[tokio::test]
async fn too_many_connections() {
    let server =
        Server::builder().setting("max_connections", "4").setting("superuser_reserved_connections", "0");
    let server = server.start();
    let mut sessions = Vec::new();
    while let Ok((client, connection)) = server.config("postgres").connect(tokio_postgres::NoTls).await {
        tokio::spawn(connection);
        sessions.push(client);
    }
    migrate(&["status"]).on(&server.url("postgres")).run().code(1).stderr_eq(str![]);
}

#[tokio::test]
async fn not_a_postgresql_server() {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    migrate(&["status"]).on(&format!("postgres://me@127.0.0.1:{port}/shop")).run().code(1).stderr_eq(str![]);
}

#[tokio::test]
async fn roles_that_may_not_write() {
    let database = test_support::database().await;
    let (name, client) = (database.name(), database.connect().await);
    let reader = format!("reader_of_{name}");
    client.batch_execute(&format!("CREATE ROLE {reader} LOGIN")).await.unwrap();

    let url = database.url().replace("postgres@", &format!("{reader}@"));
    migrate(&["status", "--check"]).on(&url).run().code(3);
    migrate(&[]).on(&url).run().code(1).stdout_eq(str![[""]]).stderr_eq(str![]);
    let read_only = migrate(&[]).on(database.url()).env("PGOPTIONS", "-c default_transaction_read_only=on");
    read_only.run().code(1).stdout_eq(str![[""]]).stderr_eq(str![]);

    let left =
        client.query_one("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'stairwell')", &[]);
    assert_eq!(left.await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_history_of_another_shape() {
    let database = test_support::database().await;
    let client = database.connect().await;
    client.batch_execute("CREATE SCHEMA stairwell; CREATE TABLE stairwell.printers (id int)").await.unwrap();

    for command in [&["status"][..], &["plan"], &["up"]] {
        migrate(command).on(database.url()).run().code(1).stdout_eq(str![[""]]);
    }
    migrate(&["up"]).on(database.url()).run().code(1).stderr_eq(str![]);
}

/// Another migrator, stopped in the middle of its run, keeps the lock.
#[tokio::test]
async fn the_lock_is_not_waited_for_forever() {
    let database = test_support::database().await;
    let client = database.connect().await;
    client.batch_execute("CREATE TABLE sites (id int); BEGIN; LOCK TABLE sites").await.unwrap();

    // Its first step wants to create `sites`, and waits for whoever has locked that name.
    let mut first = migrate(&["up"]).on(database.url()).command();
    let mut first =
        first.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let _ = first.try_wait();

    migrate(&["up", "--lock-wait", "200ms"])
        .on(database.url())
        .run()
        .code(4)
        .stdout_eq(str![[""]])
        .stderr_eq(str![]);
    first.kill().unwrap();
    first.wait().unwrap();
}
