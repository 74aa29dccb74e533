//! Everything that can be wrong with an address, a server or a role: one line, what to do, exit 1.

use std::process::Stdio;
use std::time::Duration;

use snapbox::cmd::OutputAssert;
use snapbox::str;
use stairwell_cli::{Address, Environment, connect};
use test_support::Server;

use crate::support::{SECRET, migrate, transcripts};

#[test]
fn no_address() {
    migrate(&[]).run().code(1).stdout_eq(str![[""]]).stderr_eq(str![[r#"
error: no database address is given
help: pass `--database-url postgres://user@host:5432/database`
help: or set `DATABASE_URL` to such an address
help: or set libpq's variables: `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD` …

"#]]);
}

#[test]
fn addresses_that_cannot_be_read() {
    let at = |url: &str| migrate(&["--database-url", url]).run().code(1);
    at(&format!("mysql://me:{SECRET}@db/shop")).stderr_eq(str![[r#"
error: the address begins with `mysql://`, which is not PostgreSQL's (from `--database-url`)
help: write `postgres://user@host:5432/database` or `host=… user=… dbname=…`

"#]]);
    at(&format!("postgres://me:x@{SECRET}@db/shop")).stderr_eq(str![[r#"
error: the URL has an `@` that does not end the user and password (from `--database-url`)
help: percent-encode special characters in the user, password and database of a URL: `@` is %40, `:` is %3A, `/` is %2F, `?` is %3F, `%` is %25

"#]]);
    at(&format!("postgres://me:1/{SECRET}@db/shop")).stderr_eq(str![[r#"
error: the URL has an `@` that does not end the user and password (from `--database-url`)
help: percent-encode special characters in the user, password and database of a URL: `@` is %40, `:` is %3A, `/` is %2F, `?` is %3F, `%` is %25

"#]]);
    at(&format!("postgres://db/shop?password={SECRET}&slmode=require")).stderr_eq(str![[r#"
error: the address has an unknown parameter after the password (from `--database-url`)
help: a password with spaces is quoted in `key=value` form; percent-encode special characters in the user, password and database of a URL: `@` is %40, `:` is %3A, `/` is %2F, `?` is %3F, `%` is %25

"#]]);
    at(&format!("host=db password=my {SECRET}")).stderr_eq(str![[r#"
error: a part of the address is not of the form `key=value` (from `--database-url`)
help: put values with spaces in `'…'`, with `\'` and `\\` inside

"#]]);
    migrate(&["--database-url", ""]).run().code(2).stderr_eq(str![[r#"
error: `--database-url` is empty
help: give an address, or leave the option out

"#]]);
}

/// Whoever forgets `--database-url` must not find the password in a log; `run` holds the outputs against it.
#[test]
fn an_address_in_the_wrong_place_is_not_repeated() {
    let url = format!("postgres://u:{SECRET}@h/db");
    let pairs = format!("host=h password={SECRET}");
    let assigned = format!("--plugins={url}");
    let wait = format!("--lock-wait={url}");
    let dashed = format!("-{url}");
    for address in [url.as_str(), &pairs] {
        for arguments in [
            &[address][..],
            &["status", address],
            &["up", address],
            &["plan", "core", address],
            &["--plugins", address],
            &["status", "--plugins", address],
            &["--lock-wait", address],
            &["--json", address, "up"],
            &[&assigned],
            &[&wait],
            &[&dashed],
            &["up", &dashed],
        ] {
            migrate(arguments).run().code(2).stdout_eq(str![[""]]);
        }
        migrate(&["status"]).env("STAIRWELL_PLUGINS", address).run().code(2).stdout_eq(str![[""]]);
    }
    migrate(&[&url]).run().code(2).stderr_eq(str![[r#"
error: unrecognized subcommand '…'

Usage: shop migrate [OPTIONS] [COMMAND]

For more information, try '--help'.
A database address goes to `--database-url`, or into the variable `DATABASE_URL`.

"#]]);
    migrate(&["--plugins", &url]).run().code(2).stderr_eq(str![[r#"
error: `--plugins` looks like a database address
help: addresses go to `--database-url`; plugins are names, such as `core,printers`

"#]]);
}

#[test]
fn servers_that_cannot_be_reached() {
    let url = format!("postgres://me:{SECRET}@127.0.0.1:1/shop");
    migrate(&["status"]).on(&url).run().code(1).stdout_eq(str![[""]]).stderr_eq(str![[r#"
error: cannot reach the server at 127.0.0.1:1: connection refused
help: is it running, and is this the right host and port?

"#]]);
    let url = format!("postgres://me:{SECRET}@127.0.0.1:1,[::1]:2/shop");
    migrate(&["status"]).on(&url).run().code(1);
    migrate(&["status"]).on("host=/nonexistent dbname=shop user=me").run().code(1).stderr_eq(str![[r#"
error: cannot reach the server at /nonexistent/.s.PGSQL.5432: there is no such socket
help: is it running, and is this the right host and port?

"#]]);
    migrate(&["status"]).on("postgres://me@no-such-host.invalid/shop").run().code(1).stderr_eq(str![[r#"
error: cannot reach the server at no-such-host.invalid:5432: its name cannot be resolved: [..]
help: is it running, and is this the right host and port?

"#]]);
}

/// There is a primary only, which is the second choice.
#[tokio::test]
async fn prefer_standby_is_understood() {
    let database = test_support::database().await;
    let url = format!("{}?target_session_attrs=prefer-standby", database.url());
    migrate(&["status"]).on(&url).run().code(0);
    migrate(&["status"]).on(database.url()).env("PGTARGETSESSIONATTRS", "prefer-standby").run().code(0);
    let read_only = migrate(&["status"]).on(database.url()).env("PGTARGETSESSIONATTRS", "standby");
    read_only.run().code(1);
}

/// Somebody accepts the connection and never says a word.
#[test]
fn a_server_that_hangs_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://me:{SECRET}@127.0.0.1:{port}/shop?connect_timeout=1");
    migrate(&["status"]).on(&url).run().code(1).stderr_eq(str![[r#"
error: cannot reach the server at 127.0.0.1:[PORT]: no answer within [TIME] (connect_timeout)
help: is it running, and is this the right host and port?

"#]]);
}

#[tokio::test]
async fn passwords() {
    let server = Server::builder().password(SECRET).start();
    let (port, good) = (server.port(), server.url("postgres"));
    migrate(&["status"]).on(&good).run().code(0).stderr_eq(str![[r#"
database `postgres` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`

"#]]);

    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    migrate(&["status"]).on(&url).env("PGPASSWORD", SECRET).run().code(0);
    migrate(&["status"]).on(&url).run().code(1).stderr_eq(str![[r#"
error: the server at 127.0.0.1:[PORT] asks for the password of `postgres`, and none is given
help: set `PGPASSWORD`, write a line into `~/.pgpass`, or put it into the address

"#]]);
    migrate(&["status"]).on(&url).env("PGPASSWORD", "hunter22").run().code(1).stderr_eq(str![[r#"
error: the server at 127.0.0.1:[PORT] refuses the password of `postgres` (it came from `PGPASSWORD`)
help: correct the password, or the user

"#]]);
    let wrong = format!("postgres://postgres:hunter22@127.0.0.1:{port}/postgres");
    migrate(&["status"]).on(&wrong).run().code(1).stderr_eq(str![[r#"
error: the server at 127.0.0.1:[PORT] refuses the password of `postgres` (it came from `DATABASE_URL`)
help: correct the password, or the user

"#]]);
    migrate(&["status", "--database-url", &wrong]).run().code(1).stderr_eq(str![[r#"
error: the server at 127.0.0.1:[PORT] refuses the password of `postgres` (it came from `--database-url`)
help: correct the password, or the user

"#]]);
}

#[tokio::test]
async fn databases_and_roles_that_do_not_exist() {
    let server = test_support::server();
    let port = server.port();
    migrate(&["status"]).on(&server.url("shop")).run().code(1).stderr_eq(str![[r#"
error: the database `shop` does not exist on the server at 127.0.0.1:[PORT]
help: `createdb shop` makes it, or name another in the address

"#]]);
    migrate(&["status"]).on(&server.url("my shop")).run().code(1).stderr_eq(str![[r#"
error: the database `my shop` does not exist on the server at 127.0.0.1:[PORT]
help: `createdb 'my shop'` makes it, or name another in the address

"#]]);
    let url = format!("postgres://nobody_here@127.0.0.1:{port}/postgres");
    migrate(&["status"]).on(&url).run().code(1).stderr_eq(str![[r#"
error: the role `nobody_here` cannot log in to the server at 127.0.0.1:[PORT]: role "nobody_here" does not exist
help: `createuser nobody_here` makes it, or name another user in the address

"#]]);

    let closed = Server::builder().hba("host all someone_else all trust").start();
    migrate(&["status"]).on(&closed.url("postgres")).run().code(1).stderr_eq(str![[r#"
error: the server at 127.0.0.1:[PORT] does not admit this session: no pg_hba.conf entry for host "127.0.0.1", user "postgres", database "postgres", no encryption
help: add a line for it to the server's `pg_hba.conf`, or use another `sslmode`, user or database

"#]]);
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
    migrate(&["status"]).on(&server.url("postgres")).run().code(1).stderr_eq(str![[r#"
error: the server at 127.0.0.1:[PORT] has no connection left: sorry, too many clients already
help: end idle sessions, or raise `max_connections` or the limit of the role or database

"#]]);
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
    migrate(&["status"]).on(&format!("postgres://me@127.0.0.1:{port}/shop")).run().code(1).stderr_eq(str![[
        r#"
error: no session with the server at 127.0.0.1:[PORT]: error communicating with the server: [..]
help: is it a PostgreSQL server? Its log may say more

"#
    ]]);
}

#[tokio::test]
async fn roles_that_may_not_write() {
    let database = test_support::database().await;
    let (name, client) = (database.name(), database.connect().await);
    let reader = format!("reader_of_{name}");
    client.batch_execute(&format!("CREATE ROLE {reader} LOGIN")).await.unwrap();

    let url = database.url().replace("postgres@", &format!("{reader}@"));
    migrate(&["status", "--check"]).on(&url).run().code(3);
    migrate(&[]).on(&url).run().code(1).stdout_eq(str![[""]]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `reader_of_[DATABASE]` (no TLS), from `DATABASE_URL`
error: cannot create the history tables: permission denied for database [DATABASE] (SQLSTATE 42501); as an owner run `GRANT CREATE ON DATABASE [DATABASE] TO reader_of_[DATABASE]`, or migrate as the owner

"#]]);
    let read_only = migrate(&[]).on(database.url()).env("PGOPTIONS", "-c default_transaction_read_only=on");
    read_only.run().code(1).stdout_eq(str![[""]]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: cannot create the history tables: cannot execute CREATE SCHEMA in a read-only transaction (SQLSTATE 25006); the session is read-only: connect to the primary server, as a role without `default_transaction_read_only`

"#]]);

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
    migrate(&["up"]).on(database.url()).run().code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: "stairwell"."printers" is not a history that Stairwell can use: the column `version` (bigint) is missing; rename or move it, or give the chain another history table

"#]]);
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_program_without_tls() {
    migrate(&["status"]).on("postgres://me@127.0.0.1:1/shop?sslmode=require").run().code(1).stderr_eq(str![
        [r#"
error: sslmode=require asks for TLS, and this program is built without it
help: build it with the feature `tls` of stairwell-cli

"#]
    ]);
}

/// Another migrator keeps the lock, because its step waits for a table.
#[tokio::test]
async fn the_lock_is_not_waited_for_forever() {
    let database = test_support::database().await;
    let (blocker, observer) = (database.connect().await, database.connect().await);
    migrate(&["up", "core"]).on(database.url()).run().code(0);
    blocker.batch_execute("BEGIN; LOCK TABLE sites").await.unwrap();
    let mut first = migrate(&["up", "printers"]).on(database.url()).command();
    let first = first.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting =
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let pid: i32 = loop {
        match observer.query_opt(waiting, &[]).await.unwrap() {
            Some(row) => break row.get(0),
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };

    let second = migrate(&["up", "--lock-wait", "600ms"]).on(database.url()).run();
    second.code(4).stdout_eq(str![[""]]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
waiting for the lock: held by process [PID] (`stairwell/shop` from 127.0.0.1, connected since [WHEN]), in printers/V0001__baseline since [WHEN] ([TIME])
error: gave up waiting for the lock after 600ms, which is held by process [PID] (`stairwell/shop` from 127.0.0.1, connected since [WHEN]), in printers/V0001__baseline since [WHEN]; let that run finish or end its session, then run again
help: `--lock-wait 10m` waits for longer

"#]]);

    // And what the first one says when its session is ended from outside.
    observer.execute("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
    OutputAssert::new(first.wait_with_output().unwrap()).with_assert(transcripts()).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/3] printers/V0001__baseline
error: `printers/V0001__baseline`[..] failed: terminating connection due to administrator command (SQLSTATE 57P01)
...
  = the connection was lost while it ran, and the server rolls it back
  = help: run again

"#]]);
}

/// Of an application that connects by itself: why an idle session is gone.
#[tokio::test]
async fn a_session_that_the_server_ends() {
    let database = test_support::database().await;
    let address = Address::parse(database.url(), &Environment::empty()).unwrap();
    let connected = connect(&address).await.unwrap();
    assert!(connected.description().ends_with("as `postgres` (no TLS)"), "{}", connected.description());
    assert_eq!(connect(&address).await.unwrap().close().await, None);

    let mine = "SELECT pid FROM pg_stat_activity WHERE application_name = 'stairwell' AND datname = current_database()";
    let observer = database.connect().await;
    let pid: i32 = observer.query_one(mine, &[]).await.unwrap().get(0);
    observer.execute("SELECT pg_terminate_backend($1)", &[&pid]).await.unwrap();
    while !connected.client.is_closed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let farewell = connected.close().await;
    assert_eq!(farewell.as_deref(), Some("terminating connection due to administrator command"));
}
