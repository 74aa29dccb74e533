//! The act of reading: what it sees, what it leaves behind, whom it is open to.

use snapbox::{assert_data_eq, str};
use stairwell_catalog::{Kind, ObjectId, Scope, diff, read};
use tokio_postgres::Client;

use crate::support::database;

/// Something of everything.
pub(crate) const MIXED: &str = "
    CREATE EXTENSION hstore;
    CREATE SCHEMA depot;
    CREATE TYPE depot.status AS ENUM ('new', 'old');
    CREATE DOMAIN depot.port AS integer CHECK (VALUE > 0);
    CREATE TABLE depot.sites (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE);
    CREATE TABLE printers (
        id serial PRIMARY KEY,
        site_id bigint NOT NULL REFERENCES depot.sites ON DELETE CASCADE,
        status depot.status NOT NULL DEFAULT 'new',
        port depot.port,
        tags hstore,
        price numeric(10, 2) CHECK (price >= 0),
        taxed numeric GENERATED ALWAYS AS (price * 2) STORED
    );
    CREATE INDEX printers_site ON printers (site_id) WHERE status = 'new'::depot.status;
    CREATE VIEW overview AS SELECT count(*) AS number FROM printers;
    CREATE MATERIALIZED VIEW frozen AS SELECT code FROM depot.sites;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touched BEFORE UPDATE ON printers FOR EACH ROW WHEN (OLD.port <> NEW.port)
        EXECUTE FUNCTION touch();
    CREATE RULE keep AS ON DELETE TO depot.sites DO INSTEAD NOTHING;
    ALTER TABLE printers ENABLE ROW LEVEL SECURITY;
    CREATE POLICY visible ON printers FOR SELECT USING (site_id > 0);
    CREATE TABLE events (id integer, at date) PARTITION BY RANGE (at);
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    GRANT SELECT ON overview TO PUBLIC;
    COMMENT ON COLUMN printers.price IS 'in euros';
";

#[tokio::test]
async fn a_mixed_schema() {
    let (_database, client) = database(MIXED).await;
    let catalog = read(&client, &Scope::database()).await.unwrap();
    assert_data_eq!(
        catalog.to_string(),
        str![[r#"
schema depot
extension hstore
    schema: public
schema public
    grant: PUBLIC: usage
type depot.port
    is: domain
    type: integer
constraint port_check on depot.port
    is: check
    condition: (VALUE > 0)
table depot.sites
column depot.sites.code
    position: 2
    type: text
column depot.sites.id
    position: 1
    type: bigint
    not null: yes
    identity: always
constraint sites_code_key on depot.sites
    is: unique
    columns: code
constraint sites_pkey on depot.sites
    is: primary key
    columns: id
rule keep on depot.sites
    on: delete
    instead: yes
    definition: CREATE RULE keep AS ON DELETE TO depot.sites DO INSTEAD NOTHING;
index depot.sites_code_key
    on: depot.sites
    method: btree
    unique: yes
    keys: code
    constraint: yes
sequence depot.sites_id_seq
    type: bigint
    start: 1
    increment: 1
    range: 1..9223372036854775807
    owned by: depot.sites.id
    identity: yes
index depot.sites_pkey
    on: depot.sites
    method: btree
    unique: yes
    keys: id
    constraint: yes
type depot.status
    is: enum
    values: 'new', 'old'
table public.events
    partitioned by: range (at)
column public.events.at
    position: 2
    type: date
column public.events.id
    position: 1
    type: integer
table public.events_2024
    partition of: public.events
    bound: FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
column public.events_2024.at
    position: 2
    type: date
column public.events_2024.id
    position: 1
    type: integer
materialized view public.frozen
    query: SELECT [..]code FROM depot.sites;
column public.frozen.code
    position: 1
    type: text
view public.overview
    query: SELECT count(*) AS number FROM public.printers;
    grant: PUBLIC: select
column public.overview.number
    position: 1
    type: bigint
table public.printers
    row security: yes
column public.printers.id
    position: 1
    type: integer
    not null: yes
    default: nextval('public.printers_id_seq'::regclass)
column public.printers.port
    position: 4
    type: depot.port
column public.printers.price
    position: 6
    type: numeric(10,2)
    comment: in euros
column public.printers.site_id
    position: 2
    type: bigint
    not null: yes
column public.printers.status
    position: 3
    type: depot.status
    not null: yes
    default: 'new'::depot.status
column public.printers.tags
    position: 5
    type: public.hstore
column public.printers.taxed
    position: 7
    type: numeric
    generated: stored
    default: (price * (2)::numeric)
constraint printers_pkey on public.printers
    is: primary key
    columns: id
constraint printers_price_check on public.printers
    is: check
    condition: (price >= (0)::numeric)
constraint printers_site_id_fkey on public.printers
    is: foreign key
    columns: site_id
    references: depot.sites (id)
    on delete: cascade
trigger touched on public.printers
    when: before update for each row
    condition: ((old.port)::integer <> (new.port)::integer)
    calls: public.touch
policy visible on public.printers
    for: select
    to: public
    using: (site_id > 0)
sequence public.printers_id_seq
    type: integer
    start: 1
    increment: 1
    range: 1..2147483647
    owned by: public.printers.id
index public.printers_pkey
    on: public.printers
    method: btree
    unique: yes
    keys: id
    constraint: yes
index public.printers_site
    on: public.printers
    method: btree
    keys: site_id
    predicate: (status = 'new'::depot.status)
function public.touch()
    returns: trigger
    language: plpgsql
    body: BEGIN RETURN NEW; END

"#]]
    );
}

#[tokio::test]
async fn two_readings_and_two_databases_are_equal() {
    let (_database, client) = database(MIXED).await;
    let first = read(&client, &Scope::database()).await.unwrap();
    let second = read(&client, &Scope::database()).await.unwrap();
    assert!(first == second);
    // Same objects, other object ids, and another session with other settings.
    let (_database, client) = database(&format!(
        "CREATE TABLE before (id integer); DROP TABLE before; {MIXED};
         SET search_path = depot, public; SET quote_all_identifiers = on; SET datestyle = 'German';
         SET timezone = 'Asia/Tokyo'; SET extra_float_digits = 0; SET bytea_output = 'escape'"
    ))
    .await;
    let third = read(&client, &Scope::database()).await.unwrap();
    assert!(first == third, "{:#?}", diff(&first, &third));
}

async fn one(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn reading_writes_nothing_and_gives_the_session_back() {
    // A server of its own: on the shared one, other tests use up transaction numbers.
    let server = test_support::Server::start();
    let database = server.database().await;
    let client = database.connect().await;
    client.batch_execute(&format!("{MIXED}; SET search_path = depot, public")).await.unwrap();
    // Only a transaction that writes gets a number.
    let state = "SELECT concat_ws(' ', pg_snapshot_xmax(pg_current_snapshot()), current_setting('search_path'), \
                 current_setting('quote_all_identifiers'), current_setting('jit'))";
    let before = one(&client, state).await;
    read(&client, &Scope::database()).await.unwrap();
    assert_eq!(one(&client, state).await, before);
    // It fails within a transaction.
    client.batch_execute("VACUUM depot.sites").await.unwrap();
    // A write would have been noticed.
    client.batch_execute("COMMENT ON SCHEMA depot IS 'written'").await.unwrap();
    assert_ne!(one(&client, state).await, before);
}

#[tokio::test]
async fn a_session_that_can_only_read_is_enough() {
    let (_database, client) = database(&format!("{MIXED}; SET default_transaction_read_only = on")).await;
    let catalog = read(&client, &Scope::database()).await.unwrap();
    assert!(catalog.contains(&ObjectId::new(Kind::Table, "public", "printers")));
}

#[tokio::test]
async fn reading_within_a_transaction_sees_it_and_leaves_it_open() {
    let (_database, client) = database("").await;
    let id = ObjectId::new(Kind::Table, "public", "fresh");
    client
        .batch_execute("BEGIN; SET LOCAL search_path = pg_temp; CREATE TABLE public.fresh (id integer)")
        .await
        .unwrap();
    let catalog = read(&client, &Scope::database()).await.unwrap();
    assert!(catalog.contains(&id));
    assert_data_eq!(one(&client, "SELECT current_setting('search_path')").await, str!["pg_temp"]);
    // Twice: the savepoint of the first time is gone.
    assert!(read(&client, &Scope::database()).await.unwrap() == catalog);
    client.batch_execute("ROLLBACK").await.unwrap();
    assert!(!read(&client, &Scope::database()).await.unwrap().contains(&id));
}

#[tokio::test]
async fn a_transaction_of_the_client_works_too() {
    let (_database, mut client) = database("").await;
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute("CREATE TABLE fresh (id integer)").await.unwrap();
    let catalog = read(&transaction, &Scope::database()).await.unwrap();
    assert!(catalog.contains(&ObjectId::new(Kind::Table, "public", "fresh")));
    transaction.commit().await.unwrap();
    assert!(read(&client, &Scope::database()).await.unwrap() == catalog);
}

#[tokio::test]
async fn a_failed_transaction_is_an_error() {
    let (_database, client) = database("").await;
    client.batch_execute("BEGIN; SELECT 1 / 0").await.unwrap_err();
    let error = read(&client, &Scope::database()).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![
            "cannot read the catalog from the server: current transaction is aborted, commands ignored until end of transaction block (SQLSTATE 25P02)"
        ]
    );
}

#[tokio::test]
async fn a_role_without_any_rights_can_read() {
    let (database, client) = database(&format!(
        "{MIXED}
         REVOKE ALL ON SCHEMA public FROM PUBLIC;
         DO $$ BEGIN
             PERFORM pg_advisory_xact_lock(1);
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nobody_special') THEN
                 CREATE ROLE nobody_special;
             END IF;
         END $$"
    ))
    .await;
    let all = read(&client, &Scope::database()).await.unwrap();
    let other = database.connect().await;
    other.batch_execute("SET SESSION AUTHORIZATION nobody_special").await.unwrap();
    let scope = Scope::database().with_owner(one(&client, "SELECT current_user::text").await);
    assert!(read(&other, &scope).await.unwrap() == all);
}

#[tokio::test]
async fn reading_waits_for_locks_as_long_as_the_session_wants_to() {
    let (database, client) = database(MIXED).await;
    let before = read(&client, &Scope::database()).await.unwrap();
    let other = database.connect().await;
    other.batch_execute("BEGIN; COMMENT ON TABLE printers IS 'unseen'; LOCK printers").await.unwrap();
    client.batch_execute("SET lock_timeout = '50ms'").await.unwrap();
    let error = read(&client, &Scope::database()).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![
            "cannot read tables and views from the server: canceling statement due to lock timeout (SQLSTATE 55P03)"
        ]
    );
    // The session is not left in the failed transaction.
    other.batch_execute("ROLLBACK").await.unwrap();
    assert!(read(&client, &Scope::database()).await.unwrap() == before);
}

#[tokio::test]
async fn temporary_objects_do_not_get_in_the_way() {
    let (_database, client) = database(
        "CREATE TABLE things (id integer);
         CREATE TEMPORARY TABLE pg_class (oid oid);
         CREATE TEMPORARY TABLE things (other integer)",
    )
    .await;
    let objects: String =
        read(&client, &Scope::database()).await.unwrap().iter().map(|(id, _)| format!("{id}\n")).collect();
    assert_data_eq!(
        objects,
        str![[r#"
schema public
table public.things
column public.things.id

"#]]
    );
}
