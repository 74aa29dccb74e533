//! How a suite is configured: what is left out, expected to fail, and skipped. Floors, and more of what is skipped, are
//! in `seeds_p/findings.rs` (P14, P16).

use snapbox::str;
use stairwell::{Chain, ChainSet, Migration};
use stairwell_testing::{Check, Suite, WholeCheck};

use crate::support::{chains, message, migration, reversible, text};

/// Three migrations; the down step of the second leaves a type behind.
fn flawed() -> (ChainSet, [Migration; 3]) {
    let migrations = [
        reversible(1, "printers", "CREATE TABLE printers (id int);", "DROP TABLE printers;"),
        reversible(
            2,
            "status",
            "CREATE TYPE status AS ENUM ('on'); ALTER TABLE printers ADD status status;",
            "ALTER TABLE printers DROP status;",
        ),
        reversible(3, "behind", "CREATE TABLE behind (id int);", "DROP TABLE behind;"),
    ];
    (chains(&migrations), migrations)
}

fn suite(chains: &ChainSet) -> Suite {
    Suite::new(chains, "shopdb")
}

/// What a check finds in each migration: its message, or nothing.
fn found(suite: &Suite, check: Check, count: i64) -> Vec<String> {
    let found = |version| message(suite.check(check, "core", version, &format!("core::v{version}")));
    (1..=count).map(found).collect()
}

const TRACE: &str =
    "leaves_no_trace: `core/V0002__status` leaves something behind: its down step does not lead back";

#[test]
fn nothing_is_left_out_unless_somebody_says_so() {
    let (chains, _) = flawed();
    let suite = suite(&chains);
    assert_eq!(found(&suite, Check::LeavesNoTrace, 3), ["", TRACE, ""]);
    assert_eq!(found(&suite, Check::LiveEqualsStatic, 3), ["", "", ""]);
}

#[test]
fn a_check_is_left_out_everywhere_or_of_a_plugin() {
    let (chains, _) = flawed();
    let everywhere = suite(&chains).without(Check::LeavesNoTrace);
    assert_eq!(found(&everywhere, Check::LeavesNoTrace, 3), ["", "", ""]);
    let again = "stairway: `core/V0002__status` does not apply again after it went down";
    assert_eq!(found(&everywhere, Check::Stairway, 3), ["", again, ""]);
    let plugin = suite(&chains).except_plugin(Check::LeavesNoTrace, chains.chains()[0]);
    assert_eq!(found(&plugin, Check::LeavesNoTrace, 3), ["", "", ""]);
    assert_eq!(found(&plugin, Check::Stairway, 3), ["", again, ""]);
}

#[test]
fn an_exception_that_is_not_needed_is_reported() {
    let (chains, [_, status, behind]) = flawed();
    let suite = suite(&chains).except(Check::LeavesNoTrace, status).except(Check::LeavesNoTrace, behind);
    suite.check(Check::LeavesNoTrace, "core", 1, "core::v1").unwrap();
    suite.check(Check::LeavesNoTrace, "core", 2, "core::v2").unwrap();
    snapbox::assert_data_eq!(
        text(suite.check(Check::LeavesNoTrace, "core", 3, "core::v3")),
        str![[r#"
leaves_no_trace: the exception of `core/V0003__behind` is not needed: the check does not fail
  = help: take it out: it would hide the next failure
  = to see it again: cargo test -p shopdb leaves_no_trace::core::v3

"#]]
    );
}

#[test]
fn what_is_expected_to_fail_keeps_no_database() {
    let migrations = [reversible(1, "expected_to_fail", "CREATE TABLE left_over (id int);", "SELECT 1;")];
    let chains = chains(&migrations);
    let [first] = migrations;
    let expecting = suite(&chains).except(Check::LeavesNoTrace, first).except(Check::Stairway, first);
    expecting.check(Check::LeavesNoTrace, "core", 1, "core::v1").unwrap();
    assert_eq!(kept("core/V0001__expected_to_fail"), 0);
    suite(&chains).check(Check::LeavesNoTrace, "core", 1, "core::v1").unwrap_err();
    // One for each check that fails.
    assert_eq!(kept("core/V0001__expected_to_fail"), 2);
}

/// How many databases this process has kept for that migration.
fn kept(migration: &str) -> i64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = stairwell_testing::TestDatabase::empty().await.unwrap();
        let (process, _) = database.name().rsplit_once('_').unwrap();
        let sql = "SELECT count(*) FROM pg_database WHERE datname LIKE $1 || '%' \
                   AND shobj_description(oid, 'pg_database') LIKE '%' || $2";
        let client = database.connect().await.unwrap();
        client.query_one(sql, &[&process, &migration]).await.unwrap().get(0)
    })
}

#[test]
fn a_check_of_all_chains_is_left_out() {
    let up = "CREATE TABLE broken (id nonsense);";
    let migrations = [
        migration(1, "first", "CREATE TABLE first (id int);"),
        reversible(2, "broken", up, "DROP TABLE nobody;"),
    ];
    let suite = suite(&chains(&migrations)).skip(migrations[1], "");
    suite.whole(WholeCheck::AppliesFromEmpty, "").unwrap();
    suite.whole(WholeCheck::SecondRunDoesNothing, "").unwrap();
    // The others run everything.
    let failure = suite.whole(WholeCheck::OneRunAndStepsAgree, "").unwrap_err().to_string();
    assert!(failure.contains("those too that the suite has to `skip`; `without_whole` leaves"), "{failure}");
    suite.without_whole(WholeCheck::OneRunAndStepsAgree).whole(WholeCheck::OneRunAndStepsAgree, "").unwrap();
}

#[test]
fn the_first_migration_of_all_can_be_skipped() {
    let migrations = [
        migration(1, "first", "CREATE EXTENSION nobody_has_that;"),
        reversible(2, "second", "CREATE TABLE second (id int);", "DROP TABLE second;"),
    ];
    let chains = chains(&migrations);
    let suite = suite(&chains).skip(migrations[0], "");
    assert_eq!(found(&suite, Check::LeavesNoTrace, 2), ["", ""]);
    suite.whole(WholeCheck::AppliesFromEmpty, "").unwrap();
}

#[test]
fn rows_before_and_after_have_to_survive() {
    let migrations = [
        reversible(1, "printers", "CREATE TABLE printers (id int, name text);", "DROP TABLE printers;"),
        reversible(
            2,
            "rename",
            "UPDATE printers SET name = upper(name);",
            "UPDATE printers SET name = lower(name);",
        ),
        reversible(3, "behind", "DELETE FROM printers WHERE id > 1;", "SELECT 1;"),
    ];
    let chains = chains(&migrations);
    assert_eq!(found(&suite(&chains), Check::DataSurvives, 3), ["", "", ""]);
    let sql = "INSERT INTO printers VALUES (1, 'Lobby')";
    let before = suite(&chains).rows_before(migrations[1], sql);
    snapbox::assert_data_eq!(
        text(before.check(Check::DataSurvives, "core", 2, "core::v0002_rename")),
        str![[r#"
data_survives: `core/V0002__rename` loses or changes rows on its way up and down
  ~ rows of table public.printers: 1 -> 1
      - {"id": 1, "name": "Lobby"}
      + {"id": 1, "name": "lobby"}
 --> migrations/V0002__rename.down.sql
  = help: a migration that is meant to destroy data says so in the second argument of `suite!`: `.except(Check::DataSurvives, …)`
  = the database was kept as it was then: psql '[..]'
  = to see it again: cargo test -p shopdb data_survives::core::v0002_rename

"#]]
    );
    let after = suite(&chains).rows_after(migrations[1], "INSERT INTO printers VALUES (2, 'Lobby')");
    let loses = "data_survives: `core/V0003__behind` loses or changes rows on its way up and down";
    assert_eq!(found(&after, Check::DataSurvives, 3), ["", "", loses]);
}

#[test]
fn rows_that_cannot_be_put_in_are_not_blamed_on_a_migration() {
    let (chains, [first, ..]) = flawed();
    let suite = suite(&chains).rows_after(first, "INSERT INTO printers (nonsense) VALUES (1)");
    let result = |version| suite.check(Check::Stairway, "core", version, "core::v");
    snapbox::assert_data_eq!(
        text(result(1)),
        str![[r#"
stairway: cannot put in the rows given by `rows_after` for `core/V0001__printers`: column "nonsense" of relation "printers" does not exist (SQLSTATE 42703)
  INSERT INTO printers (nonsense) VALUES (1)
                        ^
  = to see it again: cargo test -p shopdb stairway::core::v

"#]]
    );
    snapbox::assert_data_eq!(
        text(result(2)),
        str![[r#"
stairway: `core/V0002__status` is not reached: cannot put in the rows given by `rows_after` for `core/V0001__printers`: column "nonsense" of relation "printers" does not exist (SQLSTATE 42703)
  INSERT INTO printers (nonsense) VALUES (1)
                        ^
  = to see it again: cargo test -p shopdb stairway::core::v

"#]]
    );
}

/// A migration of another chain set, called as one of the chain set under test.
fn another() -> Migration {
    migration(2, "another", "SELECT 2;")
}

#[test]
fn a_constant_of_another_chain_set_fails_every_test() {
    let (chains, [first, ..]) = flawed();
    let mistaken = [
        suite(&chains).except(Check::Stairway, another()),
        suite(&chains).rows_before(another(), ""),
        suite(&chains).rows_after(another(), ""),
        suite(&chains).skip(another(), ""),
        suite(&chains).not_below(another()),
        suite(&chains).rows_before(first, ""),
    ];
    let message = |suite: &Suite| {
        let of_all = suite.whole(WholeCheck::AppliesFromEmpty, "").unwrap_err().to_string();
        let of_one = suite.check(Check::DataSurvives, "core", 1, "core::v1").unwrap_err().to_string();
        assert_eq!(of_one, of_all);
        of_one
    };
    let messages: Vec<String> = mistaken.iter().map(message).collect();
    snapbox::assert_data_eq!(
        messages.join("\n"),
        str![[r#"
`except` names `core/V0002__another`, which is not a migration of the chain set under test
  = help: a mistake in the second argument of `suite!`, which every test of it reports
`rows_before` names `core/V0002__another`, which is not a migration of the chain set under test
  = help: a mistake in the second argument of `suite!`, which every test of it reports
`rows_after` names `core/V0002__another`, which is not a migration of the chain set under test
  = help: a mistake in the second argument of `suite!`, which every test of it reports
`skip` names `core/V0002__another`, which is not a migration of the chain set under test
  = help: a mistake in the second argument of `suite!`, which every test of it reports
`not_below` names `core/V0002__another`, which is not a migration of the chain set under test
  = help: a mistake in the second argument of `suite!`, which every test of it reports
`rows_before` names `core/V0001__printers`, the first migration of all: there is no table before it
  = help: a mistake in the second argument of `suite!`, which every test of it reports
"#]]
    );
    let chain = Chain::new("core", "", vec![another()].leak());
    let plugin = suite(&chains).except_plugin(Check::Stairway, chain);
    snapbox::assert_data_eq!(
        plugin.whole(WholeCheck::SecondRunDoesNothing, "").unwrap_err().to_string(),
        str![[r#"
`except_plugin` names `core`, whose chain is not one of the chain set under test
  = help: a mistake in the second argument of `suite!`, which every test of it reports
"#]]
    );
}
