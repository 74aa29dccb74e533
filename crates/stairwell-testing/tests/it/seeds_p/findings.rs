//! P11 to P24: what the checks find, what they are told to leave out, and what they compare.

use snapbox::str;
use stairwell::{
    Chain, ChainSet, Column, HistoryTable, Migrator, Nullability, Step, Table, TableKind, Target,
};
use stairwell_testing::{
    Check, MigrationCase, Suite, TestDatabase, WholeCheck, applies_from_empty, every_migration,
    leaves_no_trace, models_match, order_snapshot, order_snapshot_of, second_run_does_nothing, stairway,
    tables_match,
};

use super::{CHECKS, test};
use crate::{
    plugins::{line, table},
    support::{chains, message, migration, migration_of, reversible, text},
};

#[tokio::test]
async fn p11_a_down_step_that_does_nothing_is_named() {
    let chains = chains(&[reversible(1, "sites", "CREATE TABLE sites (id int);", "SELECT 1;")]);
    snapbox::assert_data_eq!(
        text(every_migration(&chains).await),
        str![[r#"
stairway: `core/V0001__sites` does not apply again after it went down
 --> migrations/V0001__sites.down.sql
  = `core/V0001__sites` (migrations/V0001__sites.sql) failed: relation "sites" already exists (SQLSTATE 42P07)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

leaves_no_trace: `core/V0001__sites` leaves something behind: its down step does not lead back
  + table public.sites
  + column public.sites.id
 --> migrations/V0001__sites.down.sql
  = help: `+` is there and was not before, `-` was there and is not, `~` is different
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn p12_a_down_step_that_fails_is_shown_with_the_words_of_the_server() {
    let raise = "DO $$ BEGIN RAISE EXCEPTION 'cannot go back' USING HINT = 'call Ulm'; END $$;";
    let chains = chains(&[reversible(1, "sites", "CREATE TABLE sites (id int);", raise)]);
    for failure in [stairway(&chains).await, leaves_no_trace(&chains).await] {
        let text = text(failure);
        assert!(text.contains("`core/V0001__sites` does not go down\n"), "{text}");
        assert!(text.contains("cannot go back") && text.contains("call Ulm"), "{text}");
        assert!(text.contains(" --> migrations/V0001__sites.down.sql"), "{text}");
    }
}

/// Only the migration itself is left out, with its reason in the file: those behind it and before it go down.
#[test]
fn p13_a_migration_without_a_way_back_passes_and_hides_no_other() {
    let flawed = |version, name| {
        reversible(version, name, &format!("CREATE TYPE t{version} AS ENUM ('a');"), "SELECT 1;")
    };
    let migrations = [
        flawed(1, "before"),
        migration(2, "no_way", "CREATE TABLE a (id int);"),
        migration(3, "one_way", "CREATE TABLE b (id int);").irreversible("what it would take is gone"),
        flawed(4, "behind"),
    ];
    let chains = chains(&migrations);
    let suite = Suite::new(&chains, "shopdb");
    let found = [1, 2, 3, 4].map(|version| message(test(&suite, Check::LeavesNoTrace, version)));
    let trace = |name| {
        format!("leaves_no_trace: `core/{name}` leaves something behind: its down step does not lead back")
    };
    assert_eq!(found, [trace("V0001__before"), String::new(), String::new(), trace("V0004__behind")]);
    for check in CHECKS {
        test(&suite, check, 2).unwrap();
        test(&suite, check, 3).unwrap();
    }
}

/// One floor for all checks, and it counts among what is below it.
#[test]
fn p14_a_floor_counts_itself_and_what_is_below_it() {
    let failing = |version, name| {
        let up = format!("CREATE TABLE t{version} (id int);");
        reversible(version, name, &up, "DROP TABLE nobody;")
    };
    let migrations = [failing(1, "a"), failing(2, "b"), failing(3, "c"), failing(4, "d")];
    let chains = chains(&migrations);
    for check in [Check::Stairway, Check::LeavesNoTrace, Check::DataSurvives] {
        let suite = Suite::new(&chains, "shopdb").not_below(migrations[0]).not_below(migrations[1]);
        let found = [1, 2, 3, 4].map(|version| message(test(&suite, check, version)));
        let down = |name| format!("{}: `core/{name}` does not go down", check.name());
        assert_eq!(found, [String::new(), String::new(), down("V0003__c"), down("V0004__d")]);
    }
    // One that is not there is refused, and does not pass everything.
    let unknown = Suite::new(&chains, "shopdb").not_below(failing(9, "nobody"));
    let refused =
        "`not_below` names `core/V0009__nobody`, which is not a migration of the chain set under test";
    for check in CHECKS {
        assert_eq!(message(test(&unknown, check, 1)), refused);
    }
}

#[tokio::test]
async fn p15_what_is_renamed_where_it_should_be_dropped_is_named() {
    let migrations = |down| {
        chains(&[
            reversible(1, "sites", "CREATE TABLE sites (id int);", "DROP TABLE sites;"),
            reversible(2, "assets", "CREATE TABLE assets (id int);", down),
            reversible(3, "behind", "CREATE TABLE behind (id int);", "DROP TABLE behind;"),
        ])
    };
    leaves_no_trace(&migrations("DROP TABLE assets;")).await.unwrap();
    snapbox::assert_data_eq!(
        text(leaves_no_trace(&migrations("ALTER TABLE assets RENAME TO old_assets;")).await),
        str![[r#"
leaves_no_trace: `core/V0002__assets` leaves something behind: its down step does not lead back
  + table public.old_assets
  + column public.old_assets.id
 --> migrations/V0002__assets.down.sql
  = help: `+` is there and was not before, `-` was there and is not, `~` is different
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[test]
fn p16_a_migration_that_cannot_run_is_skipped() {
    let raise = "DO $$ BEGIN RAISE EXCEPTION 'not here'; END $$;";
    let migrations = [
        reversible(1, "first", "CREATE TABLE first (id int);", "DROP TABLE first;"),
        reversible(2, "broken", raise, raise),
        reversible(3, "behind", "ALTER TABLE broken ADD behind int;", "ALTER TABLE broken DROP behind;"),
    ];
    let chains = chains(&migrations);
    let bare = Suite::new(&chains, "shopdb").skip(migrations[1], "");
    let found = [1, 2, 3].map(|version| message(test(&bare, Check::Stairway, version)));
    assert_eq!(found, ["", "", "stairway: `core/V0003__behind` does not apply"]);
    let stood_in = Suite::new(&chains, "shopdb").skip(migrations[1], "CREATE TABLE broken (id int)");
    for check in CHECKS {
        for version in 1..=3 {
            test(&stood_in, check, version).unwrap();
        }
    }
    stood_in.whole(WholeCheck::AppliesFromEmpty, "").unwrap();
    stood_in.whole(WholeCheck::SecondRunDoesNothing, "").unwrap();
}

/// Code that the application gives: a step in Rust, what a case looks at, the rows of a suite.
#[tokio::test]
async fn p17_what_the_applications_own_code_says_is_shown() {
    fn up<'a>(_: &'a stairwell::Transaction<'_>) -> stairwell::StepFuture<'a> {
        Box::pin(async { Err("the scanner is out of paper".into()) })
    }
    let source = "pub async fn up(tx: &Tx) -> Result<(), Error> { Err(\"…\".into()) }";
    let step = migration_of(1, "scan", Step::Rust { source, run: up });
    let failure = every_migration(&chains(&[step])).await.unwrap_err().to_string();
    assert!(failure.contains("the scanner is out of paper"), "{failure}");
    assert!(failure.contains("migrations/V0001__scan.rs"), "{failure}");

    let sound = chains(&[reversible(1, "sites", "CREATE TABLE sites (id int);", "DROP TABLE sites;")]);
    let case = MigrationCase::of(&sound, sound.order()[0]);
    let failure = case.after_up(async |_| Err("no site is like this".into())).run().await.unwrap_err();
    assert_eq!(message(Err(failure)), "migration_case: `core/V0001__sites`, after up: no site is like this");
}

/// What keeps the history is not taken for a trace, wherever it is.
#[tokio::test]
async fn p18_a_history_in_another_schema() {
    let migrations: &'static [_] = vec![
        reversible(1, "sites", "CREATE TABLE sites (id int);", "DROP TABLE sites;"),
        reversible(2, "name", "ALTER TABLE sites ADD name text;", "ALTER TABLE sites DROP name;"),
    ]
    .leak();
    for (schema, name) in [("public", "refinery_schema_history"), ("Audit", "what was applied")] {
        let chain = Chain::new("core", "", migrations).recorded_in(HistoryTable::new(schema, name));
        let chains = ChainSet::new(vec![chain].leak(), migrations);
        every_migration(&chains).await.unwrap();
        applies_from_empty(&chains).await.unwrap();
        second_run_does_nothing(&chains).await.unwrap();
        let wanted = "CREATE TABLE sites (id int, name text);";
        models_match(&chains, chain, "schema.sql", wanted).await.unwrap();
        let database = TestDatabase::migrated(&chains).await.unwrap();
        let client = database.connect().await.unwrap();
        let applied = format!("SELECT count(*) FROM \"{schema}\".\"{name}\"");
        assert_eq!(client.query_one(&applied, &[]).await.unwrap().get::<_, i64>(0), 2);
    }
}

/// A flaw that the stairway and `leaves_no_trace` see.
fn flawed() -> ChainSet {
    chains(&[reversible(1, "type", "CREATE TYPE mood AS ENUM ('fine');", "SELECT 1;")])
}

/// A name that is not there does not compile, or it is refused if the constant is another chain set's. In which order
/// they are said, and how often, makes no difference, nor to the order of what is found.
#[tokio::test]
async fn p22_settings_name_constants_in_any_order_and_any_number() {
    let chains = flawed();
    let found = |suite: &Suite| CHECKS.map(|check| message(test(suite, check, 1)).is_empty());
    let suite = || Suite::new(&chains, "shopdb");
    let (core, kind) = (chains.chains()[0], chains.order()[0]);
    // By name: stairway, leaves no trace, data survives, live equals static.
    let trace_only = [true, false, true, true];
    std::thread::scope(|scope| {
        // The checks bring their own runtime.
        scope.spawn(|| {
            assert_eq!(found(&suite()), [false, false, true, true]);
            assert_eq!(found(&suite().without(Check::Stairway).without(Check::Stairway)), trace_only);
            assert_eq!(found(&suite().except_plugin(Check::Stairway, core)), trace_only);
            // What is said of a migration counts before what is said of all, whichever comes first.
            let both = [
                suite().without(Check::DataSurvives).except(Check::DataSurvives, kind),
                suite().except(Check::DataSurvives, kind).without(Check::DataSurvives),
            ];
            both.iter().for_each(|suite| assert_eq!(found(suite), [false, false, false, true]));
            let stranger =
                suite().without(Check::Stairway).except(Check::Stairway, migration(9, "stranger", ""));
            assert_eq!(found(&stranger), [false; 4]);
        });
    });
    let failure = every_migration(&chains).await.unwrap_err();
    let order: Vec<_> =
        std::iter::once(&failure).chain(failure.others()).map(|one| one.check().unwrap()).collect();
    assert_eq!(order, ["stairway", "leaves_no_trace"]);
}

/// Without a database, except for what a run says to a target that is not there.
#[tokio::test]
async fn p23_the_order_its_parts_and_what_is_not_in_it() {
    let order = [
        table("core", 1, &[]),
        table("usb", 1, &[("core", 1)]),
        table("core", 2, &[("usb", 1)]),
        table("core", 3, &[]),
    ];
    let chains = chains(&order);
    assert_eq!(line(chains.order()), "core@1 usb@1 core@2 core@3");
    assert_eq!(order_snapshot(&chains).lines().last(), Some("core/V0003__step"));
    // Before each: everything, or what it needs.
    let before = |migration| MigrationCase::of(&chains, migration);
    let windows = order.map(|one| line(&before(one).plan().unwrap()));
    assert_eq!(windows, ["", "core@1", "core@1 usb@1", "core@1 usb@1 core@2"]);
    assert_eq!(line(&before(order[1]).alone().plan().unwrap()), "core@1");
    // Up to and with one that is above it.
    assert_eq!(line(&before(order[1]).alone().down_from(order[1]).plan().unwrap()), "core@1 usb@1");
    // Of one chain.
    let core = chains.chain("core").unwrap();
    assert_eq!(line(core.migrations()), "core@1 core@2 core@3");
    assert_eq!(core.migration(2), Some(&order[2]));
    // What is not there.
    assert_eq!(core.migration(9), None);
    assert!(chains.chain("nobody").is_none());
    assert_eq!(order_snapshot_of(&chains, "nobody"), None);
    let database = TestDatabase::empty().await.unwrap();
    let mut client = database.connect().await.unwrap();
    let mut refused = String::new();
    for target in [Target::new("nobody"), Target::at("usb", 9)] {
        let error = Migrator::new(&chains).up_to(&mut client, &[target]).await.unwrap_err();
        refused.push_str(&format!("{error}\n"));
    }
    snapbox::assert_data_eq!(
        refused,
        str![[r#"
there is no plugin `nobody`; compiled in: core, usb
`usb` has no version 9; near it: 1

"#]]
    );
}

/// A table that is declared and not migrated, migrated and not declared, or whose constant has no table behind it. A
/// plugin without a wanted state has no such test.
#[tokio::test]
async fn p24_a_table_that_only_one_side_knows_is_named() {
    let chains = chains(&[reversible(1, "foo", "CREATE TABLE foo (id int);", "DROP TABLE foo;")]);
    let compared = async |wanted| models_match(&chains, chains.chains()[0], "schema.sql", wanted).await;
    compared("CREATE TABLE foo (id int);").await.unwrap();
    let failure = compared("CREATE TABLE foo (id int); CREATE TABLE bar (id int);").await.unwrap_err();
    assert_eq!(failure.details(), ["- table public.bar", "- column public.bar.id"]);
    let failure = compared("").await.unwrap_err();
    assert_eq!(failure.details(), ["+ table public.foo", "+ column public.foo.id"]);

    const COLUMNS: &[Column] = &[Column::new("id", "integer", Nullability::Nullable)];
    let constant = |name| Table::new("public", name, TableKind::Table, COLUMNS);
    tables_match(&chains, &[constant("foo")]).await.unwrap();
    let failure = tables_match(&chains, &[constant("foo"), constant("bar")]).await.unwrap_err();
    assert_eq!(failure.details(), ["- table public.bar"]);
}
