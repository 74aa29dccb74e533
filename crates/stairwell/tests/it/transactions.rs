//! How steps are put into transactions: limits, retries, all in one, and going on after a failure.

use std::sync::Mutex;
use std::time::Duration;

use snapbox::{assert_data_eq, str};
use stairwell::{ChainSet, Event, Migrator, Requirement, StepFuture, Timeouts, Transaction};
use test_support::server;

use crate::support::{chain, chain_set, core, history, leak, locks, rows, rust, sql, statements, tables};

const LOOK: &str = "CREATE TABLE limits AS SELECT current_setting('lock_timeout') AS lock, \
                    current_setting('statement_timeout') AS statement;";
const LIMITS: &str = "SELECT lock, statement FROM limits";

#[tokio::test]
async fn limits_are_those_of_the_migration_else_the_run_else_the_session() {
    let chains = core(&[sql("core", 1, "look", LOOK)]);
    let general = Timeouts::new().lock(Duration::from_secs(2)).statement(Duration::from_secs(60));
    let run = |prepare: &'static str, migrator: Migrator<'static>| async move {
        let database = server().database().await;
        let mut client = database.connect().await;
        client.batch_execute(prepare).await.unwrap();
        migrator.up(&mut client).await.unwrap();
        let after = rows(&client, "SHOW lock_timeout").await;
        (rows(&client, LIMITS).await.remove(0), after[0].clone())
    };
    let chains: &'static ChainSet = Box::leak(Box::new(chains));
    let migrator = || Migrator::new(chains);
    let answer = |limits: &str, after: &str| (limits.to_owned(), after.to_owned());
    assert_eq!(run("", migrator()).await, answer("5s 0", "0"));
    assert_eq!(run("SET lock_timeout = '9s'", migrator()).await, answer("9s 0", "9s"));
    assert_eq!(run("", migrator().timeouts(general)).await, answer("2s 1min", "0"));
    let single = Timeouts::new().lock(Duration::ZERO);
    assert_eq!(
        run("SET lock_timeout = '9s'", migrator().timeouts(general).timeouts_of("core", 1, single)).await,
        answer("0 1min", "9s")
    );
}

#[tokio::test]
async fn outside_a_transaction_only_limits_that_were_asked_for_hold() {
    for (timeouts, expected) in
        [(Timeouts::new(), "0 0"), (Timeouts::new().lock(Duration::from_secs(3)), "3s 0")]
    {
        let database = server().database().await;
        let mut client = database.connect().await;
        let chains = core(&[statements("core", 1, "look", LOOK)]);
        Migrator::new(&chains).timeouts(timeouts).up(&mut client).await.unwrap();
        assert_eq!(rows(&client, LIMITS).await, [expected]);
        assert_eq!(rows(&client, "SHOW lock_timeout").await, ["0"]);
    }
}

#[tokio::test]
async fn a_step_that_waited_too_long_for_a_lock_is_tried_again() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let other = database.connect().await;
    other.batch_execute("CREATE TABLE a ()").await.unwrap();
    other.batch_execute("BEGIN; LOCK TABLE a").await.unwrap();
    let chains = core(&[sql("core", 1, "wait", "ALTER TABLE a ADD id int;")]);
    let (send, receive) = std::sync::mpsc::channel();
    let events = move |event: &Event<'_>| {
        if let Event::Retrying { reason, failures, pause, .. } = event {
            assert!(*pause >= Duration::from_millis(250));
            send.send(format!("{failures} {reason}")).unwrap();
        }
    };
    let short = Timeouts::new().lock(Duration::from_millis(50));
    let run =
        tokio::spawn(
            async move { Migrator::new(&chains).timeouts(short).on_event(events).up(&mut client).await },
        );
    let reason = tokio::task::spawn_blocking(move || receive.recv().unwrap()).await.unwrap();
    other.batch_execute("ROLLBACK").await.unwrap();

    assert_eq!(run.await.unwrap().unwrap().applied(), 1);
    assert_eq!(reason, "1 canceling statement due to lock timeout (SQLSTATE 55P03)");
    assert_eq!(rows(&other, "SELECT count(*) FROM stairwell.journal").await, ["1"]);
}

#[tokio::test]
async fn a_deadlock_is_tried_again_and_other_errors_are_not() {
    let raise = |code: &str| {
        let text = format!(
            "SELECT nextval('tries'); DO $$ BEGIN IF currval('tries') < 3 THEN RAISE 'x' USING ERRCODE = '{code}'; \
             END IF; END $$;"
        );
        core(&[sql("core", 1, "raise", text.leak())])
    };
    for (code, retries, tries, succeeds) in
        [("40P01", 5, "3", true), ("40001", 2, "3", true), ("55P03", 1, "2", false), ("22012", 5, "1", false)]
    {
        let database = server().database().await;
        let mut client = database.connect().await;
        client.batch_execute("CREATE SEQUENCE tries").await.unwrap();
        let outcome = Migrator::new(&raise(code)).retries(retries).up(&mut client).await;
        assert_eq!(outcome.is_ok(), succeeds, "{code}");
        assert_eq!(rows(&client, "SELECT last_value FROM tries").await, [tries], "{code}");
        assert_eq!(locks(&client).await, 0);
    }
}

#[tokio::test]
async fn what_may_have_left_something_behind_is_not_tried_again() {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute("CREATE SEQUENCE tries").await.unwrap();
    let raise = "SELECT nextval('tries');\n\nDO $$ BEGIN RAISE 'x' USING ERRCODE = '40P01'; END $$;";
    let chains = core(&[statements("core", 1, "raise", raise)]);
    Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert_eq!(rows(&client, "SELECT last_value FROM tries").await, ["1"]);
    // Else the other step would be refused, because this one is half applied.
    client.batch_execute("DELETE FROM stairwell.statements").await.unwrap();
    fn fails<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
        Box::pin(async {
            Ok(tx
                .batch_execute(
                    "SELECT nextval('tries'); DO $$ BEGIN RAISE 'x' USING ERRCODE = '40P01'; END $$",
                )
                .await?)
        })
    }
    Migrator::new(&core(&[rust("core", 1, "raise", fails)])).up(&mut client).await.unwrap_err();
    assert_eq!(rows(&client, "SELECT last_value FROM tries").await, ["2"]);
}

fn fill<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async { Ok(tx.batch_execute("INSERT INTO sites VALUES (7)").await?) })
}

#[tokio::test]
async fn a_single_transaction_is_all_or_nothing() {
    let sites = sql("core", 1, "sites", "CREATE TABLE sites (id int);");
    let fill = rust("core", 2, "fill", fill);
    let usb = |text| chain("usb", &[sql("usb", 1, "baseline", text)]);

    let database = server().database().await;
    let mut client = database.connect().await;
    let bad = chain_set(&[chain("core", &[sites, fill]), usb("CREATE TABLE usb (id nt);")]);
    let error = Migrator::new(&bad).single_transaction(true).up(&mut client).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`usb/V0001__baseline` failed: type "nt" does not exist (SQLSTATE 42704)
 --> plugins/usb/migrations/V0001__baseline.sql:1:22
  |
1 | CREATE TABLE usb (id nt);
  |                      ^
  = it was rolled back: nothing of it remains
  = all migrations of the run are one transaction: nothing of it remains
"#]]
    );
    assert!(error.applied().is_empty());
    assert!(tables(&client).await.is_empty());
    assert!(rows(&client, "SELECT version FROM stairwell.journal").await.is_empty());
    assert_eq!(locks(&client).await, 0);

    let good = chain_set(&[chain("core", &[sites, fill]), usb("CREATE TABLE usb (id int);")]);
    let report = Migrator::new(&good).single_transaction(true).up(&mut client).await.unwrap();
    assert_eq!(report.applied(), 3);
    assert_eq!(rows(&client, "SELECT id FROM sites").await, ["7"]);
    let transactions = "SELECT count(DISTINCT xmin::text), count(*) FROM stairwell.journal";
    assert_eq!(rows(&client, transactions).await, ["1 3"]);
    assert!(Migrator::new(&good).is_up_to_date(&mut client).await.unwrap());
}

#[tokio::test]
async fn a_single_transaction_is_tried_again_whole() {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute("CREATE SEQUENCE tries").await.unwrap();
    let raise = "DO $$ BEGIN IF nextval('tries') < 2 THEN RAISE 'x' USING ERRCODE = '40001'; END IF; END $$;";
    let chains = core(&[sql("core", 1, "a", "CREATE TABLE a ();"), sql("core", 2, "raise", raise)]);
    let report = Migrator::new(&chains).single_transaction(true).up(&mut client).await.unwrap();
    assert_eq!(report.applied(), 2);
    assert_eq!(history(&client, "core").await, ["1 a", "2 raise"]);
}

#[tokio::test]
async fn what_runs_outside_a_transaction_is_no_part_of_a_single_one() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains =
        core(&[sql("core", 1, "a", "CREATE TABLE a ();"), statements("core", 2, "vacuum", "VACUUM;")]);
    let error = Migrator::new(&chains).single_transaction(true).up(&mut client).await.unwrap_err();
    assert!(error.is_usage());
    assert_data_eq!(
        error.to_string(),
        str![
            "`core/V0002__vacuum` runs outside a transaction and cannot be part of a single one; nothing was run; apply what comes before it with targets, then it, then the rest"
        ]
    );
    assert!(tables(&client).await.is_empty());
}

/// core, computers on core 1, printers on computers 2, usb on nothing.
fn dependent(computers: &'static str, usb: &'static str) -> ChainSet {
    let core = chain("core", &[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let computers =
        [sql("computers", 1, "a", "CREATE TABLE computers ();"), sql("computers", 2, "b", computers)];
    let computers = chain("computers", &computers).requiring(leak(vec![Requirement::new("core", 1)]));
    let needs = leak(vec![Requirement::new("computers", 2)]);
    let printers = [
        sql("printers", 1, "a", "CREATE TABLE printers ();"),
        sql("printers", 2, "b", "SELECT 1;").requiring(needs),
    ];
    let printers = chain("printers", &printers);
    let usb = chain("usb", &[sql("usb", 1, "a", usb), sql("usb", 2, "b", "SELECT 1;")]);
    chain_set(&[core, computers, printers, usb])
}

#[tokio::test]
async fn going_on_leaves_out_what_depends_on_the_failure_and_nothing_else() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = dependent("SELECT 1 / 0;", "CREATE TABLE usb ();");
    let events = Mutex::new(Vec::new());
    let record = |event: &Event<'_>| {
        if let Event::Skipped { migration, because_of } = event {
            events.lock().unwrap().push(format!("{migration} because of {because_of}"));
        }
    };

    let error = Migrator::new(&chains).keep_going(true).on_event(record).up(&mut client).await.unwrap_err();

    assert_eq!(events.into_inner().unwrap(), ["printers/V0002__b because of computers/V0002__b"]);
    assert_eq!(error.applied().len(), 5);
    assert_eq!(tables(&client).await, ["public.computers", "public.printers", "public.sites", "public.usb"]);
    assert_eq!(history(&client, "usb").await, ["1 a", "2 b"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`computers/V0002__b` failed: division by zero (SQLSTATE 22012)
 --> plugins/computers/migrations/V0002__b.sql:1:1
  |
1 | SELECT 1 / 0;
  | ^
  = it was rolled back: nothing of it remains
  = skipped: `printers/V0002__b`, because of `computers/V0002__b`
  = applied by this run, and stays applied: 5 in all
"#]]
    );
    let fixed = dependent("SELECT 1;", "CREATE TABLE usb ();");
    assert_eq!(Migrator::new(&fixed).up(&mut client).await.unwrap().applied(), 2);
}

#[tokio::test]
async fn going_on_tells_of_every_failure() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = dependent("SELECT 1 / 0;", "SELECT nothing;");
    let error = Migrator::new(&chains).keep_going(true).up(&mut client).await.unwrap_err();
    assert_eq!(error.migration().unwrap().plugin(), "computers");
    assert_eq!(error.others().len(), 1);
    let text = error.to_string();
    assert!(text.contains("\n\n`usb/V0001__a` failed: column \"nothing\" does not exist"), "{text}");
    assert!(text.contains("\n  = skipped: `usb/V0002__b`, because of `usb/V0001__a`"), "{text}");
    let lost = dependent("SELECT pg_terminate_backend(pg_backend_pid());", "SELECT 1;");
    let error = Migrator::new(&lost).keep_going(true).up(&mut client).await.unwrap_err();
    assert!(error.others().is_empty(), "without a connection there is no going on");
}

#[tokio::test]
async fn going_on_in_a_single_transaction_makes_no_sense() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "a", "CREATE TABLE a ();")]);
    let migrator = Migrator::new(&chains).keep_going(true).single_transaction(true);
    assert!(migrator.up(&mut client).await.unwrap_err().is_usage());
    assert!(tables(&client).await.is_empty());
}
