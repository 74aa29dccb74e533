//! Plugins in other orders than the plan's.

use snapbox::str;
use stairwell::{ChainSet, Requirement};
use stairwell_testing::any_order;

use crate::support::{chains, migration, of, text};

const CORE: [Requirement; 1] = [Requirement::new("core", 1)];
const COMPUTERS: [Requirement; 1] = [Requirement::new("computers", 1)];

/// Both make the table of labels, if it is not there.
fn shared_table(usb: &str) -> ChainSet {
    chains(&[
        migration(1, "sites", "CREATE TABLE sites (id bigint PRIMARY KEY);"),
        of("printers", migration(1, "printers", "CREATE TABLE printers (id bigint);")),
        of("printers", migration(2, "labels", "CREATE TABLE IF NOT EXISTS labels (id bigint, text text);")),
        of("usb", migration(1, "devices", "CREATE TABLE usb_devices (id bigint);")),
        of("usb", migration(2, "labels", usb)),
        migration(2, "more_sites", "ALTER TABLE sites ADD name text;"),
    ])
}

#[tokio::test]
async fn two_that_make_one_thing_differently() {
    let chains = shared_table("CREATE TABLE IF NOT EXISTS labels (id bigint, text varchar(20));");
    snapbox::assert_data_eq!(
        text(any_order(&chains).await),
        str![[r#"
any_order: `usb/V0002__labels` before `printers/V0002__labels` makes another database than after it
  ~ column public.labels.text: type: text -> character varying(20)
 --> plugins/usb/migrations/V0002__labels.sql
  = in this order: core@1, usb@1, printers@1, usb@2, printers@2, core@2
  = help: neither requires the other, so a database may have seen them in this order: let one require the other, or make both the same
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    any_order(&shared_table("CREATE TABLE IF NOT EXISTS labels (id bigint, text text);")).await.unwrap();
}

#[tokio::test]
async fn one_that_needs_what_it_does_not_require() {
    let order = |requires: &'static [Requirement]| {
        chains(&[
            of("computers", migration(1, "computers", "CREATE TABLE computers (id bigint PRIMARY KEY);")),
            of("printers", migration(1, "printers", "CREATE TABLE printers (id bigint);")),
            of(
                "printers",
                migration(
                    2,
                    "hosts",
                    "DO $$ BEGIN EXECUTE 'ALTER TABLE printers ADD host bigint REFERENCES computers'; END $$;",
                ),
            )
            .requiring(requires),
        ])
    };
    snapbox::assert_data_eq!(
        text(any_order(&order(&[])).await),
        str![[r#"
any_order: `printers/V0002__hosts` does not apply before `computers/V0001__computers`, only after it
 --> plugins/printers/migrations/V0002__hosts.sql
  = `printers/V0002__hosts` (plugins/printers/migrations/V0002__hosts.sql) failed: relation "computers" does not exist (SQLSTATE 42P01)
      = context: SQL statement "ALTER TABLE printers ADD host bigint REFERENCES computers"
        PL/pgSQL function inline_code_block line 1 at EXECUTE
      = it was rolled back: nothing of it remains
      = 1 migration was applied before it and stays applied
  = in this order: printers@2, computers@1
  = help: neither requires the other, so a database may have seen them in this order: let one require the other, or make both the same
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    any_order(&order(&COMPUTERS)).await.unwrap();
}

#[tokio::test]
async fn rows_that_depend_on_what_was_there() {
    let chains = chains(&[
        migration(
            1,
            "kinds",
            "CREATE TABLE kinds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, \
             position bigint, added timestamptz NOT NULL DEFAULT clock_timestamp(), key uuid DEFAULT gen_random_uuid());",
        ),
        of("printers", migration(1, "kind", "INSERT INTO kinds (name) VALUES ('printer');")).requiring(&CORE),
        of(
            "usb",
            migration(1, "kind", "INSERT INTO kinds (name, position) SELECT 'usb', count(*) FROM kinds;"),
        )
        .requiring(&CORE),
    ]);
    snapbox::assert_data_eq!(
        text(any_order(&chains).await),
        str![[r#"
any_order: `usb/V0001__kind` before `printers/V0001__kind` makes another database than after it
  ~ rows of table public.kinds: 2 -> 2
      - {"name": "usb", "position": 1}
      + {"name": "usb", "position": 0}
 --> plugins/usb/migrations/V0001__kind.sql
  = in this order: core@1, usb@1, printers@1
  = help: neither requires the other, so a database may have seen them in this order: let one require the other, or make both the same
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

/// Numbers from a sequence and what refers to them, the time, and random values are different in every database.
#[tokio::test]
async fn values_that_are_never_the_same_do_not_count() {
    let add = |name| {
        format!(
            "INSERT INTO kinds (name) VALUES ('{name}'); INSERT INTO uses SELECT id, name FROM kinds WHERE name = '{name}';"
        )
    };
    let chains = chains(&[
        migration(
            1,
            "kinds",
            "CREATE TABLE kinds (id bigserial PRIMARY KEY, name text NOT NULL, \
             added timestamptz NOT NULL DEFAULT clock_timestamp(), key uuid DEFAULT gen_random_uuid()); \
             CREATE TABLE uses (kind bigint PRIMARY KEY REFERENCES kinds, name text);",
        ),
        of("printers", migration(1, "kind", &add("printer"))).requiring(&CORE),
        of("usb", migration(1, "kind", &add("usb"))).requiring(&CORE),
    ]);
    any_order(&chains).await.unwrap();
}
