//! Down: in reverse across chains, nothing stranded, and by the journal where the binary does not know.

use std::sync::Mutex;

use snapbox::{assert_data_eq, str};
use stairwell::{
    ChainSet, Error, Event, Migration, Migrator, Requirement, Rollback, Step, StepFuture, Target, Transaction,
};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::support::{
    chain, chain_set, core, history, leak, locks, objects, rows, rust, sql, statements, tables,
};

/// A migration that makes a table, and the step that drops it.
fn table(plugin: &'static str, version: i64, name: &'static str) -> Migration {
    let up: &str = format!("CREATE TABLE {name} (id int);").leak();
    sql(plugin, version, name, up).reverted_by(Step::Sql(format!("DROP TABLE {name};").leak()))
}

/// core 1 and 2; computers 1 and 2 on core 1; printers 1, and 2 on computers 2. Applied in this order.
fn chains() -> ChainSet {
    let computers = [table("computers", 1, "computers"), table("computers", 2, "disks")];
    let needs = leak(vec![Requirement::new("computers", 2)]);
    let printers = [table("printers", 1, "printers"), table("printers", 2, "toner").requiring(needs)];
    chain_set(&[
        chain("core", &[table("core", 1, "sites"), table("core", 2, "users")]),
        chain("computers", &computers).requiring(leak(vec![Requirement::new("core", 1)])),
        chain("printers", &printers),
    ])
}

fn to(target: &str) -> Rollback {
    Rollback::to([target.parse::<Target>().unwrap()])
}

async fn applied(chains: &ChainSet) -> (TestDatabase, Client) {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(chains).up(&mut client).await.unwrap();
    (database, client)
}

/// What a rollback does, as names.
async fn down(chains: &ChainSet, client: &mut Client, rollback: &Rollback) -> Result<Vec<String>, Error> {
    let migrator = Migrator::new(chains);
    let planned = migrator.plan_down(client, rollback).await;
    let report = migrator.down(client, rollback).await;
    if let (Ok(planned), Ok(report)) = (&planned, &report) {
        assert!(report.reverted.iter().map(|reverted| &reverted.revert).eq(planned), "as planned");
    }
    Ok(report?.reverted.iter().map(|reverted| reverted.revert.to_string()).collect())
}

#[tokio::test]
async fn a_chain_goes_down_to_a_version_and_up_again() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;

    let reverted = down(&chains, &mut client, &to("printers@0")).await.unwrap();

    assert_eq!(reverted, ["printers/V0002__toner", "printers/V0001__printers"]);
    assert_eq!(tables(&client).await, ["public.computers", "public.disks", "public.sites", "public.users"]);
    assert!(history(&client, "printers").await.is_empty());
    assert_eq!(locks(&client).await, 0);
    assert_eq!(
        rows(
            &client,
            "SELECT plugin, version, direction, revert FROM stairwell.journal ORDER BY id DESC LIMIT 2"
        )
        .await,
        ["printers 1 down null", "printers 2 down null"]
    );
    let migrator = Migrator::new(&chains);
    assert!(!migrator.is_up_to_date(&mut client).await.unwrap());
    assert!(down(&chains, &mut client, &to("printers@0")).await.unwrap().is_empty(), "nothing is left");
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 2);
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());
}

#[tokio::test]
async fn the_state_is_as_true_after_a_rollback_as_before() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;
    down(&chains, &mut client, &to("printers@1")).await.unwrap();
    assert_eq!(rows(&client, "SELECT plugin FROM stairwell.state WHERE NOT sealed").await, [""; 0]);
    let older = chain_set(
        &chains.chains()[..2]
            .iter()
            .copied()
            .chain([chain("printers", &[table("printers", 1, "printers")])])
            .collect::<Vec<_>>(),
    );
    assert!(Migrator::new(&older).is_up_to_date(&mut client).await.unwrap());
}

#[tokio::test]
async fn what_is_required_is_not_pulled_away() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;
    let before = objects(&client).await;

    let error = down(&chains, &mut client, &to("core@0")).await.unwrap_err();

    assert!(error.is_refused());
    assert_data_eq!(
        error.to_string(),
        str![[r#"
other migrations require what was to be reverted; nothing was run
  = `computers/V0001__computers` requires `core/V0001__sites`
  = `computers/V0002__disks` requires `core/V0001__sites`
  = help: revert these first, or with the rest: `--cascade`, `Rollback::cascade`
"#]]
    );
    assert_eq!(objects(&client).await, before);
    assert_eq!(down(&chains, &mut client, &to("core@1")).await.unwrap(), ["core/V0002__users"]);
}

#[tokio::test]
async fn a_cascade_takes_along_what_requires_it_and_what_requires_that() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;

    let reverted = down(&chains, &mut client, &to("core@0").cascade(true)).await.unwrap();

    assert_eq!(
        reverted,
        [
            "printers/V0002__toner",
            "computers/V0002__disks",
            "computers/V0001__computers",
            "core/V0002__users",
            "core/V0001__sites",
        ]
    );
    assert_eq!(tables(&client).await, ["public.printers"]);
}

#[tokio::test]
async fn steps_count_from_the_end_of_the_order() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;
    let reverted = down(&chains, &mut client, &Rollback::steps(3)).await.unwrap();
    assert_eq!(reverted, ["printers/V0002__toner", "printers/V0001__printers", "computers/V0002__disks"]);
    let rest = down(&chains, &mut client, &Rollback::steps(100)).await.unwrap();
    assert_eq!(rest.len(), 3);
    assert!(tables(&client).await.is_empty());
}

/// E9 of the field notes: sqlx skips a migration without a down step, in silence, and undoes the rest.
#[tokio::test]
async fn what_cannot_be_reverted_stops_the_rollback_before_anything_runs() {
    let chains = core(&[
        table("core", 1, "sites"),
        sql("core", 2, "drop", "SELECT 1;").irreversible("the column cannot be rebuilt"),
        sql("core", 3, "bare", "SELECT 1;"),
        table("core", 4, "users"),
    ]);
    let (_database, mut client) = applied(&chains).await;

    let error = down(&chains, &mut client, &to("core@0")).await.unwrap_err();

    assert!(error.is_refused());
    assert_data_eq!(
        error.to_string(),
        str![[r#"
what was asked for cannot be reverted; nothing was run
  = `core/V0003__bare`: it has no down step
  = `core/V0002__drop`: the column cannot be rebuilt
"#]]
    );
    assert_eq!(history(&client, "core").await.len(), 4);
    assert_eq!(down(&chains, &mut client, &to("core@3")).await.unwrap(), ["core/V0004__users"]);
}

/// Yesterday's binary, on a database that today's has migrated.
#[tokio::test]
async fn an_older_binary_reverts_what_it_does_not_contain_from_the_journal() {
    let older = chains();
    let needs = leak(vec![Requirement::new("printers", 3)]);
    let computers =
        [older.chains()[1].migrations(), &[table("computers", 3, "cards").requiring(needs)]].concat();
    let index = statements("printers", 4, "index", "CREATE INDEX CONCURRENTLY trays_id ON trays (id);");
    let drop = "DROP INDEX CONCURRENTLY trays_id;";
    let index = index.reverted_by(Step::Statements { sql: drop, bounds: leak(vec![(0, drop.len())]) });
    let printers = [older.chains()[2].migrations(), &[table("printers", 3, "trays"), index]].concat();
    let printers = chain("printers", &printers);
    let computers = chain("computers", &computers).requiring(older.chains()[1].requires());
    let mut order = older.order().to_vec();
    order.extend([printers.migrations()[2], printers.migrations()[3], computers.migrations()[2]]);
    let newer = ChainSet::new(leak(vec![older.chains()[0], computers, printers]), leak(order));
    let (_database, mut client) = applied(&newer).await;
    assert!(Migrator::new(&older).up(&mut client).await.unwrap_err().is_history());

    // It knows from the journal that computers 3 requires printers 3.
    let error = down(&older, &mut client, &to("printers@2")).await.unwrap_err();
    assert!(error.to_string().contains("`computers/V3__cards` requires `printers/V3__trays`"), "{error}");

    let told = Mutex::new(Vec::new());
    let record = |event: &Event<'_>| {
        if let Event::Reverting { name, from_journal, .. } = event {
            told.lock().unwrap().push(format!("{name} {from_journal}"));
        }
    };
    let rollback = to("printers@1").cascade(true);
    let report = Migrator::new(&older).on_event(record).down(&mut client, &rollback).await.unwrap();

    assert_eq!(report.reverted.len(), 4);
    assert_eq!(
        told.into_inner().unwrap(),
        [
            "printers/V4__index true",
            "computers/V3__cards true",
            "printers/V3__trays true",
            "printers/V0002__toner false",
        ]
    );
    assert_eq!(Migrator::new(&older).up(&mut client).await.unwrap().applied(), 1);
    assert!(Migrator::new(&older).is_up_to_date(&mut client).await.unwrap());
    assert_eq!(Migrator::new(&newer).up(&mut client).await.unwrap().applied(), 3);
}

fn nothing<'a>(_: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async { Ok(()) })
}

#[tokio::test]
async fn what_neither_the_binary_nor_the_journal_can_revert_is_named() {
    let one = table("core", 1, "sites");
    let code = rust("core", 2, "code", nothing).reverted_by(Step::Rust { source: "", run: nothing });
    let newer = core(&[one, code, table("core", 3, "users")]);
    let (_database, mut client) = applied(&newer).await;
    client.batch_execute("ALTER TABLE stairwell.journal DISABLE TRIGGER ALL; DELETE FROM stairwell.journal WHERE version = 3").await.unwrap();

    let error = down(&core(&[one]), &mut client, &to("core@0")).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
what was asked for cannot be reverted; nothing was run
  = `core/V3__users`: this binary does not contain it, and the journal does not have what was applied
  = `core/V2__code`: this binary does not contain it, and the journal says: a Rust step, in migrations/V0002__code.rs: only a binary that contains it reverts it
"#]]
    );
    // The binary that contains them needs no journal.
    assert_eq!(down(&newer, &mut client, &to("core@0")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_migration_that_was_edited_is_reverted_as_it_was_applied() {
    let (_database, mut client) = applied(&core(&[table("core", 1, "sites")])).await;
    let edited =
        sql("core", 1, "sites", "CREATE TABLE places (id int);").reverted_by(Step::Sql("DROP TABLE places;"));
    assert_eq!(down(&core(&[edited]), &mut client, &to("core@0")).await.unwrap(), ["core/V1__sites"]);
    assert!(tables(&client).await.is_empty());
}

#[tokio::test]
async fn a_down_step_that_fails_is_shown_in_its_file_and_leaves_nothing() {
    let bad = sql("core", 1, "sites", "CREATE TABLE sites (id int);")
        .reverted_by(Step::Sql("DROP TABLE sites;\nDROP TABLE nowhere;"));
    let chains = core(&[bad, table("core", 2, "users")]);
    let (_database, mut client) = applied(&chains).await;

    let error = down(&chains, &mut client, &to("core@0")).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
reverting `core/V0001__sites` (migrations/V0001__sites.down.sql) failed: table "nowhere" does not exist (SQLSTATE 42P01)
  = it was rolled back: nothing of it remains
  = reverted before it, and stays so: 1 of 2
"#]]
    );
    assert_eq!(tables(&client).await, ["public.sites"]);
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(locks(&client).await, 0);
}

#[tokio::test]
async fn a_single_transaction_goes_down_whole_or_not_at_all() {
    let bad = table("core", 1, "sites").reverted_by(Step::Sql("SELECT 1 / 0;"));
    let chains = core(&[bad, table("core", 2, "users")]);
    let (_database, mut client) = applied(&chains).await;
    let migrator = Migrator::new(&chains).single_transaction(true);
    migrator.down(&mut client, &to("core@0")).await.unwrap_err();
    assert_eq!(tables(&client).await, ["public.sites", "public.users"]);
    assert_eq!(history(&client, "core").await.len(), 2);
}

#[tokio::test]
async fn what_was_agreed_to_is_what_happens() {
    let chains = chains();
    let (database, mut client) = applied(&chains).await;
    let migrator = Migrator::new(&chains);
    let agreed = migrator.plan_down(&mut client, &Rollback::steps(1)).await.unwrap();
    migrator.down(&mut database.connect().await, &Rollback::steps(1)).await.unwrap();
    let error = migrator.down(&mut client, &Rollback::steps(1).agreed(agreed)).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
the database has changed since this was agreed to; nothing was run
  = it would revert `printers/V0001__printers`
"#]]
    );
}

#[tokio::test]
async fn requests_that_make_no_sense() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;
    for (targets, message) in [
        (vec![], "nothing says what to revert; name a plugin and a version: `printers@1`"),
        (
            vec!["printer@1"],
            "there is no plugin `printer`; did you mean `printers`? compiled in: core, computers, printers",
        ),
        (vec!["printers"], "`printers` does not say how far down; write `printers@0` for its whole chain"),
        (
            vec!["printers@7"],
            "`printers` has no version 7, neither here nor in the database; `printers@0` is its whole chain",
        ),
        (
            vec!["printers@1", "printers@0"],
            "`printers@1` and `printers@0` contradict each other; name the plugin once",
        ),
    ] {
        let rollback = Rollback::to(targets.iter().map(|target| target.parse().unwrap()));
        let error = down(&chains, &mut client, &rollback).await.unwrap_err();
        assert!(error.is_usage());
        assert_eq!(error.to_string(), message);
    }
    assert_eq!(tables(&client).await.len(), 6);
}

#[tokio::test]
async fn redo_reverts_and_applies_again() {
    let chains = chains();
    let (_database, mut client) = applied(&chains).await;
    client.batch_execute("INSERT INTO disks VALUES (1); INSERT INTO computers VALUES (1)").await.unwrap();

    let migrator = Migrator::new(&chains);
    let (down, up) = migrator.redo(&mut client, &to("computers@1").cascade(true)).await.unwrap();

    assert_eq!((down.reverted.len(), up.applied()), (2, 2));
    assert_eq!(
        rows(&client, "SELECT (SELECT count(*) FROM disks), (SELECT count(*) FROM computers)").await,
        ["0 1"]
    );
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());

    let older = chain_set(&[chains.chains()[0], chain("computers", &[table("computers", 1, "computers")])]);
    let error = Migrator::new(&older).redo(&mut client, &to("computers@1").cascade(true)).await.unwrap_err();
    assert!(error.is_refused());
    assert!(error.to_string().starts_with("`printers/V2__toner` cannot be applied again"), "{error}");
}

#[tokio::test]
async fn to_goes_up_or_down() {
    let chains = chains();
    let database = server().database().await;
    let mut client = database.connect().await;
    let migrator = Migrator::new(&chains);
    let (down, up) = migrator.to(&mut client, &to("computers@1")).await.unwrap();
    assert_eq!((down.reverted.len(), up.applied()), (0, 2), "core 1 is required");
    migrator.up(&mut client).await.unwrap();
    let (down, up) = migrator.to(&mut client, &to("printers@1")).await.unwrap();
    assert_eq!((down.reverted.len(), up.applied()), (1, 0));
    let (down, _) = migrator.to(&mut client, &to("printers@0")).await.unwrap();
    assert_eq!(down.reverted.len(), 1);
    assert!(migrator.to(&mut client, &to("printers@9")).await.unwrap_err().is_usage());
}
