//! What a scope leaves out.

use snapbox::{assert_data_eq, str};
use stairwell_catalog::{QualifiedName, Scope, read};

use crate::support::database;

const SQL: &str = "
    CREATE EXTENSION hstore;
    CREATE PUBLICATION everything FOR ALL TABLES;
    CREATE SCHEMA stairwell;
    CREATE TABLE stairwell.journal (id serial PRIMARY KEY);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TABLE refinery_schema_history (version serial PRIMARY KEY, other bigint GENERATED ALWAYS AS IDENTITY);
    CREATE TRIGGER noted AFTER INSERT ON refinery_schema_history FOR EACH ROW EXECUTE FUNCTION note();
    CREATE STATISTICS of_history ON version, other FROM refinery_schema_history;
    CREATE TABLE things (id integer PRIMARY KEY, journal integer REFERENCES stairwell.journal);
    COMMENT ON TABLE refinery_schema_history IS 'kept';
    GRANT SELECT ON refinery_schema_history TO PUBLIC;
";

async fn objects(scope: Scope) -> String {
    let (_database, client) = database(SQL).await;
    read(&client, &scope).await.unwrap().iter().map(|(id, _)| format!("{id}\n")).collect()
}

#[tokio::test]
async fn schemas_and_tables_are_left_out_with_all_their_parts() {
    let scope = Scope::database()
        .without_schema("stairwell")
        .without_table(QualifiedName::new("public", "refinery_schema_history"));
    assert_data_eq!(
        objects(scope).await,
        str![[r#"
publication everything
extension hstore
schema public
function public.note()
table public.things
column public.things.id
column public.things.journal
constraint things_journal_fkey on public.things
constraint things_pkey on public.things
index public.things_pkey

"#]]
    );
}

#[tokio::test]
async fn one_schema_alone() {
    assert_data_eq!(
        objects(Scope::schema("stairwell")).await,
        str![[r#"
schema stairwell
table stairwell.journal
column stairwell.journal.id
constraint journal_pkey on stairwell.journal
sequence stairwell.journal_id_seq
index stairwell.journal_pkey

"#]]
    );
}
