//! No password is printed, logged or recorded: every command, every way to give one, successes and failures.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::process::Command;

use test_support::{Server, TestDatabase};

use crate::support::shop;

/// The password of the server, with all that has to be escaped somewhere.
const PASSWORD: &str = r"kAlEido5@:/?#'\ %41&scopE7";
const WRONG: &str = r"wR0ngH@:/?#'\ %41&3adeD";

/// What stands at the ends of both, which no way of writing them changes.
const TRACES: [&str; 4] = ["kAlEido5", "scopE7", "wR0ngH", "3adeD"];

/// A way to say where the database is and what the password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Url,
    Parameter,
    Pairs,
    Option,
    Variable,
    Passfile,
    MigrateUrl,
}

const WAYS: [Way; 7] =
    [Way::Url, Way::Parameter, Way::Pairs, Way::Option, Way::Variable, Way::Passfile, Way::MigrateUrl];

/// The commands, in an order in which each finds what it needs: the build of the application, the arguments, the status.
const COMMANDS: [(&str, &[&str], i32); 42] = [
    ("removable", &["migrate", "status", "--check"], 3),
    ("removable", &["migrate", "plan", "--sql"], 0),
    ("removable", &["migrate", "history"], 0),
    ("removable", &["serve", "--on-start", "verify"], 3),
    ("removable", &["serve", "--on-start", "wait", "--start-wait", "10ms"], 3),
    ("removable", &["migrate", "adopt", "--yes"], 0),
    ("removable", &["migrate", "up", "core", "--json"], 0),
    ("broken", &["migrate", "up", "--keep-going"], 1),
    ("broken", &["migrate", "up", "--single-transaction"], 1),
    ("removable", &["migrate", "up"], 0),
    ("removable", &["serve"], 0),
    ("removable", &["migrate", "status"], 0),
    ("removable", &["migrate", "status", "--json"], 0),
    ("removable", &["migrate", "verify"], 0),
    ("removable", &["migrate", "verify", "--json"], 0),
    ("edited", &["migrate", "verify"], 1),
    ("edited", &["migrate", "up"], 1),
    ("edited", &["serve"], 1),
    ("removable", &["migrate", "adopt", "--yes"], 1),
    ("removable", &["migrate", "down", "printers@1"], 2),
    ("removable", &["migrate", "down", "core@0", "--yes"], 1),
    ("removable", &["migrate", "down", "--steps", "1", "--yes", "--json"], 0),
    ("removable", &["migrate", "redo", "printers@1", "--yes"], 0),
    ("removable", &["migrate", "to", "printers@1", "--yes"], 0),
    ("removable", &["migrate", "unmark", "printers@1", "--yes"], 0),
    ("removable", &["migrate", "mark", "printers@1", "--yes"], 0),
    ("removable", &["migrate", "mark", "printers@1", "--yes"], 1),
    ("removable", &["migrate", "mark", "printers@7", "--yes"], 2),
    ("removable", &["migrate", "repair"], 0),
    ("removable", &["migrate", "sql"], 0),
    ("removable", &["migrate", "sql", "--pending", "--json"], 0),
    ("removable", &["migrate", "graph"], 0),
    ("removable", &["migrate", "uninstall", "printer", "--yes"], 2),
    ("removable", &["migrate", "uninstall", "core", "--yes"], 1),
    ("removable", &["migrate", "uninstall", "printers", "--yes"], 0),
    ("removable", &["migrate", "up", "--lock", "lease"], 0),
    ("half", &["migrate", "up"], 1),
    ("talkative", &["migrate", "up"], 1),
    ("removable", &["migrate", "history", "--last", "5"], 0),
    ("removable", &["migrate", "history", "--json"], 0),
    ("removable", &["migrate", "up", "--lock-wait", "x"], 2),
    ("removable", &["migrate", "upp"], 2),
];

impl Way {
    /// The application, with everything that it needs in order to find `database` at `port`.
    fn command(
        self,
        port: u16,
        database: &str,
        password: &str,
        arguments: &[&str],
    ) -> (Command, Option<tempfile::NamedTempFile>) {
        let mut command = shop().command();
        command.args(arguments).env("SHOP_LOG", "trace");
        let encoded: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let encoded =
            encoded.replace("%6B%41%6C%45%69%64%6F%35", "kAlEido5").replace("%73%63%6F%70%45%37", "scopE7");
        let encoded = encoded.replace("%77%52%30%6E%67%48", "wR0ngH").replace("%33%61%64%65%44", "3adeD");
        let url = format!("postgres://postgres:{encoded}@127.0.0.1:{port}/{database}");
        let bare = format!("postgres://postgres@127.0.0.1:{port}/{database}");
        let mut file = None;
        match self {
            Way::Url => command.env("DATABASE_URL", url),
            Way::Parameter => command.env("DATABASE_URL", format!("{bare}?password={encoded}")),
            Way::Pairs => {
                let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
                let pairs =
                    format!("host=127.0.0.1 port={port} user=postgres dbname={database} password='{quoted}'");
                command.env("DATABASE_URL", pairs)
            }
            Way::Option => command.args(["--database-url", &url]),
            Way::Variable => command.env("DATABASE_URL", bare).env("PGPASSWORD", password),
            Way::Passfile => {
                let escaped = password.replace('\\', r"\\").replace(':', r"\:");
                let passfile = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(passfile.path(), format!("127.0.0.1:{port}:*:postgres:{escaped}\n")).unwrap();
                command.env("DATABASE_URL", bare).env("PGPASSFILE", passfile.path());
                file = Some(passfile);
                &mut command
            }
            // `serve` needs both.
            Way::MigrateUrl => command.env("DATABASE_URL", &url).env("MIGRATE_DATABASE_URL", url),
        };
        (command, file)
    }
}

/// Everything that it printed, and its status.
fn run((mut command, _file): (Command, Option<tempfile::NamedTempFile>)) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

/// Without what nobody wants to read in the failure of a test.
fn quiet(text: &str) -> String {
    let is_noise = |line: &&str| line.starts_with("TRACE ") || line.starts_with("DEBUG ");
    text.lines().filter(|line| !is_noise(line)).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    for trace in TRACES {
        assert!(!text.contains(trace), "{what} shows `{trace}` of a password: {text}");
    }
}

/// All rows of all tables of Stairwell's own.
async fn recorded(database: &TestDatabase) -> String {
    let client = database.connect().await;
    let tables = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'stairwell'";
    let mut text = String::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = client.query(&format!("SELECT t::text FROM stairwell.{table} AS t"), &[]).await.unwrap();
        for row in rows {
            text += &format!("{table} {}\n", row.get::<_, String>(0));
        }
    }
    text
}

#[tokio::test]
async fn no_command_shows_or_keeps_a_password() {
    let server = Server::builder().password(PASSWORD).start();
    for way in WAYS {
        let database = server.database().await;
        // Once there is a session, it is the same for all ways; and a login is slow, as it should be.
        let count = if way == Way::Url { COMMANDS.len() } else { 15 };
        for (variant, arguments, status) in COMMANDS.into_iter().take(count) {
            let (mut command, file) = way.command(server.port(), database.name(), PASSWORD, arguments);
            command.env("SHOP", variant);
            let (code, text) = run((command, file));
            let what = format!("{way:?} {variant} {arguments:?}");
            assert_eq!(code, Some(status), "{what}: {}", quiet(&text));
            assert_clean(&what, &text);
        }
        let recorded = recorded(&database).await;
        assert!(recorded.contains("journal ") && recorded.contains("state "), "{recorded}");
        assert_clean("the schema stairwell", &recorded);
    }
}

#[tokio::test]
async fn no_failure_to_connect_shows_a_password() {
    let server = Server::builder().password(PASSWORD).start();
    let commands: [&[&str]; 5] = [
        &["migrate"],
        &["migrate", "verify"],
        &["migrate", "adopt", "--yes"],
        &["serve"],
        &["serve", "--on-start", "wait", "--start-wait", "10ms"],
    ];
    for way in WAYS {
        for arguments in commands {
            for (port, database, password) in [
                (server.port(), "postgres", WRONG),
                (server.port(), "nowhere", PASSWORD),
                (1, "postgres", PASSWORD),
            ] {
                let (code, text) = run(way.command(port, database, password, arguments));
                assert_eq!(code, Some(1), "{way:?} {arguments:?}: {text}");
                assert!(text.contains("error: "), "{text}");
                assert_clean(&format!("{way:?} {arguments:?}"), &text);
            }
        }
    }
}

/// The log is on, so that the tests above test something.
#[tokio::test]
async fn the_log_tells_of_the_requests() {
    let database = test_support::database().await;
    let up = shop()
        .on(database.url())
        .env("SHOP_LOG", "trace")
        .command()
        .args(["migrate", "up"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&up.stderr);
    assert!(text.contains("DEBUG tokio_postgres") && text.contains("INFO stairwell"), "{text}");
}
