//! The catalog that the compiler folds is held against the live one; what it cannot see is not.

use snapbox::str;
use stairwell::{Migration, Step};
use stairwell_testing::live_equals_static;

use crate::support::{chains, migration, migration_of, reversible, text};

/// A Rust step that does what its text says, or something else.
macro_rules! rust_step {
    ($says:literal, $does:literal) => {
        Step::Rust {
            source: concat!(
                "pub async fn up(tx: &Tx) -> Result<(), Error> { tx.batch_execute(\"",
                $says,
                "\").await }"
            ),
            run: |tx| {
                Box::pin(async move {
                    tx.batch_execute($does).await?;
                    Ok(())
                })
            },
        }
    };
}

fn first() -> Migration {
    reversible(1, "first", "CREATE TABLE first (id int, note text);", "DROP TABLE first;")
}

#[tokio::test]
async fn what_the_compiler_does_not_know_is_named() {
    let chains = chains(&[
        first(),
        migration_of(2, "more", rust_step!("CREATE TABLE more (id int)", "CREATE TABLE more (id bigint)")),
        reversible(3, "behind", "CREATE TABLE behind (id int);", "DROP TABLE behind;"),
        migration_of(4, "last", rust_step!("SELECT 1", "DROP TABLE first; CREATE TYPE last AS ENUM ('a')")),
    ]);
    snapbox::assert_data_eq!(
        text(live_equals_static(&chains).await),
        str![[r#"
live_equals_static: once `core/V0002__more` is applied, the compiler expects another catalog than there is
  ~ column public.more.id: type: integer -> bigint
 --> migrations/V0002__more.rs
  = help: `+` only the database has it, `-` only the compiler, `~` is different, the compiler's first; unless a function that a Rust step calls explains it, please report it with the statement
  = the database was kept as it was then: psql '[..]'

live_equals_static: once `core/V0004__last` is applied, the compiler expects another catalog than there is
  - table public.first
  - column public.first.id
  - column public.first.note
  + type public.last
 --> migrations/V0004__last.rs
  = help: `+` only the database has it, `-` only the compiler, `~` is different, the compiler's first; unless a function that a Rust step calls explains it, please report it with the statement
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_down_step_counts_too() {
    let down = rust_step!("SELECT 1", "SELECT 1");
    let up = migration_of(
        2,
        "more",
        rust_step!("CREATE VIEW more AS SELECT id FROM first", "CREATE VIEW more AS SELECT id FROM first"),
    );
    let Step::Rust { run, .. } = rust_step!("SELECT 1", "DROP VIEW more; COMMENT ON TABLE first IS 'left'")
    else {
        unreachable!()
    };
    let Step::Rust { source, .. } = down else { unreachable!() };
    let chains = chains(&[first(), up.reverted_by(Step::Rust { source, run })]);
    snapbox::assert_data_eq!(
        text(live_equals_static(&chains).await),
        str![[r#"
live_equals_static: once `core/V0002__more` is reverted, the compiler expects another catalog than there is
  ~ table public.first: comment: none -> left
  - view public.more
  - column public.more.id
 --> migrations/V0002__more.rs
  = help: `+` only the database has it, `-` only the compiler, `~` is different, the compiler's first; unless a function that a Rust step calls explains it, please report it with the statement
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn what_cannot_be_seen_is_not_compared() {
    let chains = chains(&[
        first(),
        reversible(
            2,
            "concurrently",
            "-- stairwell: no-transaction\nCREATE INDEX CONCURRENTLY first_id ON first (id);\n",
            "-- stairwell: no-transaction\nDROP INDEX CONCURRENTLY first_id;\n",
        ),
        migration_of(
            3,
            "step",
            rust_step!("ALTER TABLE first ADD step int", "ALTER TABLE first ADD step int"),
        ),
        // What may not run.
        reversible(
            4,
            "perhaps",
            "DO $$ BEGIN IF (SELECT count(*) FROM first) > 3 THEN CREATE TABLE perhaps (id int); END IF; END $$;",
            "DROP TABLE IF EXISTS perhaps;",
        ),
        // An expression in another form than the server's.
        reversible(
            5,
            "check",
            "ALTER TABLE first ADD CONSTRAINT small CHECK (id in (1,2,3));",
            "ALTER TABLE first DROP CONSTRAINT small;",
        ),
        reversible(
            6,
            "dynamic",
            "DO $$ BEGIN EXECUTE format('CREATE TABLE %I (id int)', 'dyn' || 'amic'); END $$;",
            "DROP TABLE dynamic;",
        ),
        migration(7, "behind", "CREATE TABLE behind (id int);"),
    ]);
    live_equals_static(&chains).await.unwrap();
}

#[tokio::test]
async fn a_down_step_that_cannot_be_seen_hides_nothing_behind_it() {
    let chains = chains(&[
        reversible(
            1,
            "first",
            "CREATE TABLE first (id int);",
            "DO $$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident('first'); END $$;",
        ),
        migration_of(2, "more", rust_step!("SELECT 1", "CREATE TABLE more (id int)")),
    ]);
    snapbox::assert_data_eq!(
        text(live_equals_static(&chains).await),
        str![[r#"
live_equals_static: once `core/V0002__more` is applied, the compiler expects another catalog than there is
  + table public.more
  + column public.more.id
 --> migrations/V0002__more.rs
  = help: `+` only the database has it, `-` only the compiler, `~` is different, the compiler's first; unless a function that a Rust step calls explains it, please report it with the statement
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}
