//! To whom objects belong.

use snapbox::{assert_data_eq, str};
use stairwell_catalog::{Scope, read};

use crate::support::{database, text};

/// The objects and their owners.
fn owners(text: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with(' ') || line.starts_with("    owner:"))
        .collect()
}

#[tokio::test]
async fn what_belongs_to_another_role() {
    let text = text(
        "CREATE SCHEMA depot;
         ALTER SCHEMA depot OWNER TO pg_monitor;
         CREATE TABLE things (id serial PRIMARY KEY);
         ALTER TABLE things OWNER TO pg_monitor;
         CREATE TABLE ours (id integer);
         CREATE VIEW overview AS SELECT 1 AS one;
         ALTER VIEW overview OWNER TO pg_monitor;
         CREATE TYPE mood AS ENUM ();
         ALTER TYPE mood OWNER TO pg_monitor;
         CREATE TYPE pair AS (a integer);
         ALTER TYPE pair OWNER TO pg_monitor;
         CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         ALTER FUNCTION one() OWNER TO pg_monitor;
         CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
         ALTER OPERATOR === (integer, integer) OWNER TO pg_monitor;
         CREATE TEXT SEARCH CONFIGURATION own (COPY = simple);
         ALTER TEXT SEARCH CONFIGURATION own OWNER TO pg_monitor;
         CREATE LANGUAGE sample HANDLER plpgsql_call_handler;
         ALTER LANGUAGE sample OWNER TO pg_monitor;
         CREATE PUBLICATION ours",
    )
    .await;
    assert_data_eq!(
        owners(&text),
        str![[r#"
schema depot
    owner: pg_monitor
publication ours
schema public
language sample
    owner: pg_monitor
operator public.===(integer, integer)
    owner: pg_monitor
type public.mood
    owner: pg_monitor
function public.one()
    owner: pg_monitor
table public.ours
column public.ours.id
view public.overview
    owner: pg_monitor
column public.overview.one
text search configuration public.own
    owner: pg_monitor
type public.pair
    owner: pg_monitor
table public.things
    owner: pg_monitor
column public.things.id
constraint things_pkey on public.things
sequence public.things_id_seq
    owner: pg_monitor
index public.things_pkey

"#]]
    );
}

#[tokio::test]
async fn who_reads_does_not_matter_if_the_owner_is_told() {
    let (database, client) = database(
        "CREATE TABLE things (id integer);
         ALTER TABLE things OWNER TO pg_monitor;
         CREATE TABLE ours (id integer)",
    )
    .await;
    let reader = database.connect().await;
    reader.batch_execute("SET ROLE pg_monitor").await.unwrap();
    let own = read(&reader, &Scope::database()).await.unwrap().to_string();
    let own: Vec<&str> =
        own.lines().filter(|line| line.starts_with("table") || line.contains("owner")).collect();
    assert!(
        own[0] == "table public.ours" && own[1].starts_with("    owner: ") && own[2] == "table public.things"
    );
    let told = Scope::database().with_owner("pg_monitor");
    assert!(read(&client, &told).await.unwrap() == read(&reader, &Scope::database()).await.unwrap());
}
