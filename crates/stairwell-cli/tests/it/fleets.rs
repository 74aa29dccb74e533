//! Many tenants, many databases, processes that die and processes that meet. `STAIRWELL_TEST_SCALE=25` makes it a
//! thousand schemas and fifty databases.

#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use test_support::scale;
use tokio_postgres::Client;

use crate::support::migrate;
use crate::tenants::{number, tenants};

fn schemas() -> usize {
    (40 * scale()).min(1000)
}

fn databases() -> usize {
    (5 * scale()).min(50)
}

const EACH: &str = r"--each-schema=tenant\_%";

/// The end of what a command printed, for whoever reads the figures.
#[expect(clippy::print_stdout, reason = "figures for whoever runs it with `--nocapture`")]
fn told(what: &str, begun: Instant, output: &std::process::Output) {
    println!("{what}: {:?}, {}", begun.elapsed(), output.status);
    print!("{}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8_lossy(&output.stderr);
    for line in text.lines().filter(|line| line.starts_with("error") || line.starts_with("help")) {
        println!("{line}");
    }
}

/// How many migrations the journals of all tenants say were applied, and how many different ones.
async fn applied(client: &Client) -> (i64, i64) {
    client
        .batch_execute(
            "CREATE OR REPLACE FUNCTION pg_temp.entries() RETURNS TABLE (tenant text, migration text) LANGUAGE plpgsql AS $$ \
             DECLARE name text; BEGIN FOR name IN SELECT schemaname FROM pg_tables WHERE tablename = 'stairwell_journal' LOOP \
             RETURN QUERY EXECUTE format('SELECT %L, plugin || version FROM %I.stairwell_journal WHERE direction = ''up''', \
             name, name); END LOOP; END $$",
        )
        .await
        .unwrap();
    let all = number(client, "SELECT count(*) FROM pg_temp.entries()").await;
    (all, number(client, "SELECT count(*) FROM (SELECT DISTINCT * FROM pg_temp.entries()) AS e").await)
}

#[tokio::test]
async fn a_thousand_schemas_three_of_which_fail() {
    let count = schemas();
    let broken = [count / 4, count / 2, count - 1];
    let (database, client) = tenants(count, &broken).await;
    let up = || migrate(&["up", EACH]).on(database.url());

    let begun = Instant::now();
    let failing = up().run().code(1);
    told(&format!("{count} schemas"), begun, failing.get_output());
    let names = broken.map(|number| format!("tenant_{number:03}"));
    let stdout = String::from_utf8_lossy(&failing.get_output().stdout).into_owned();
    assert_eq!(
        stdout,
        format!("{count} tenants: {} applied, 3 failed\nfailed: {}\n", count - 3, names.join(", "))
    );
    let stderr = String::from_utf8_lossy(&failing.get_output().stderr).into_owned();
    for name in &names {
        assert!(stderr.contains(&format!("error: tenant {name}: `printers/V0001__baseline` (plugins/")));
    }
    let rest = format!("--each-schema {} --each-schema {} --each-schema {}", names[0], names[1], names[2]);
    assert!(stderr.contains(&format!("migrate up {rest}`")), "{stderr}");

    for name in &names {
        client.batch_execute(&format!("DROP TABLE {name}.printers")).await.unwrap();
    }
    let begun = Instant::now();
    let rerun = up().run().success();
    told("rerun", begun, rerun.get_output());
    let stdout = String::from_utf8_lossy(&rerun.get_output().stdout).into_owned();
    assert_eq!(stdout, format!("{count} tenants: 3 applied, {} nothing to do\n", count - 3));
    let begun = Instant::now();
    let nothing = up().run().success();
    told("nothing to do", begun, nothing.get_output());

    let migrations = i64::try_from(count * 5).unwrap();
    assert_eq!(applied(&client).await, (migrations, migrations));
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename IN ('sites', 'printers', 'usb_ports')";
    assert_eq!(number(&client, tables).await, i64::try_from(count * 3).unwrap());
}

#[tokio::test]
async fn fifty_databases_three_of_which_fail() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let (count, base) = (databases(), database.name());
    let mut others = Vec::new();
    for number in 0..count {
        client
            .batch_execute(&format!(
                "CREATE DATABASE {base}_{number:03} STRATEGY file_copy TEMPLATE template0"
            ))
            .await
            .unwrap();
        others.push(format!("{base}_{number:03}"));
    }
    let broken = [&others[1], &others[count / 2], &others[count - 1]];
    for (index, name) in broken.iter().enumerate() {
        let allows = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {}", index != 0);
        client.batch_execute(&allows).await.unwrap();
        if index != 0 {
            client
                .batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"))
                .await
                .unwrap();
        }
    }
    let query = format!("SELECT datname FROM pg_database WHERE datname LIKE '{base}\\_%' ORDER BY 1");
    let up = || migrate(&["up", "--each-database", &query]).on(database.url());

    let begun = Instant::now();
    let failing = up().run().code(1);
    told(&format!("{count} databases"), begun, failing.get_output());
    let stdout = String::from_utf8_lossy(&failing.get_output().stdout).into_owned();
    let names = broken.map(String::as_str).join(", ");
    assert_eq!(stdout, format!("{count} tenants: {} applied, 3 failed\nfailed: {names}\n", count - 3));
    for name in broken {
        let mend = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        client.batch_execute(&mend).await.unwrap();
        client
            .batch_execute(&format!("ALTER DATABASE {name} RESET default_transaction_read_only"))
            .await
            .unwrap();
    }
    let begun = Instant::now();
    let rerun = up().run().success();
    told("rerun", begun, rerun.get_output());
    let stdout = String::from_utf8_lossy(&rerun.get_output().stdout).into_owned();
    assert_eq!(stdout, format!("{count} tenants: 3 applied, {} nothing to do\n", count - 3));
    for name in &others {
        client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    }
}

fn start(url: &str) -> Child {
    let mut command = migrate(&["up", EACH]).on(url).command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until `query` gives a number as large as this.
async fn reached(client: &Client, query: &str, least: i64) {
    let begun = Instant::now();
    while number(client, query).await < least {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never comes to {least}: {query}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_fleet_that_was_killed_is_completed_by_the_next() {
    let count = schemas();
    let (database, client) = tenants(count, &[]).await;
    let mut killed = start(database.url());
    let done = "SELECT count(*) FROM pg_tables WHERE tablename = 'usb_ports'";
    reached(&client, done, i64::try_from(count / 3).unwrap()).await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (before, _) = applied(&client).await;
    let migrations = i64::try_from(count * 5).unwrap();
    assert!(before > 0 && before < migrations, "{before} of {migrations}");
    migrate(&["up", EACH]).on(database.url()).run().success();
    assert_eq!(applied(&client).await, (migrations, migrations));
    migrate(&["verify", EACH]).on(database.url()).run().success();
}

#[tokio::test]
async fn fleets_that_meet_migrate_each_tenant_once() {
    let count = schemas();
    let (database, client) = tenants(count, &[]).await;
    let begun = Instant::now();
    for mut fleet in [start(database.url()), start(database.url())] {
        assert!(fleet.wait().unwrap().success());
    }
    println!("two at once, {count} schemas: {:?}", begun.elapsed());
    let migrations = i64::try_from(count * 5).unwrap();
    assert_eq!(applied(&client).await, (migrations, migrations));
}

#[cfg(unix)]
#[tokio::test]
async fn a_fleet_that_is_asked_to_end_has_the_server_stop() {
    let (database, client) = tenants(3, &[]).await;
    let mut command = migrate(&["up", EACH, "--jobs", "2"]).on(database.url()).env("SHOP", "slow").command();
    let fleet = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let sleeping =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    reached(&client, sleeping, 1).await;
    let pid = fleet.id().to_string();
    std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let output = fleet.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        stdout,
        "3 tenants: 1 failed, 2 not tried\nfailed: tenant_001\nnot tried: tenant_002, tenant_003\n"
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted by SIGTERM"));
    assert_eq!(number(&client, sleeping).await, 0);
}
