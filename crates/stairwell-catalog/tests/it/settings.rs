//! Settings of columns and indexes that say nothing about what is in them.

use snapbox::{assert_data_eq, str};

use crate::support::{only, text};

#[tokio::test]
async fn of_columns() {
    let text = text(
        "CREATE TABLE things (usual text, stored text, packed text, counted integer, distinct_values integer);
         ALTER TABLE things ALTER stored SET STORAGE EXTERNAL, ALTER packed SET COMPRESSION pglz,
             ALTER counted SET STATISTICS 500, ALTER distinct_values SET (n_distinct = -0.5);
         CREATE MATERIALIZED VIEW copied AS SELECT stored FROM things;
         ALTER MATERIALIZED VIEW copied ALTER stored SET STORAGE MAIN, ALTER stored SET STATISTICS 0",
    )
    .await;
    assert_data_eq!(
        only(&text, &["column"]),
        str![[r#"
column public.copied.stored
    position: 1
    type: text
    storage: main
    statistics: 0
column public.things.counted
    position: 4
    type: integer
    statistics: 500
column public.things.distinct_values
    position: 5
    type: integer
    options: n_distinct=-0.5
column public.things.packed
    position: 3
    type: text
    compression: pglz
column public.things.stored
    position: 2
    type: text
    storage: external
column public.things.usual
    position: 1
    type: text

"#]]
    );
}

#[tokio::test]
async fn of_foreign_tables() {
    let text = text(
        "CREATE FOREIGN DATA WRAPPER nothing;
         CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
         CREATE FOREIGN TABLE remote (id integer OPTIONS (column_name 'number')) SERVER elsewhere
             OPTIONS (table_name 'there', schema_name 'far')",
    )
    .await;
    assert_data_eq!(
        only(&text, &["remote"]),
        str![[r#"
table public.remote
    server: elsewhere
    foreign options: schema_name=far, table_name=there
column public.remote.id
    position: 1
    type: integer
    foreign options: column_name=number

"#]]
    );
}

#[tokio::test]
async fn of_indexes() {
    let text = text(
        "CREATE TABLE things (
             id integer, name text, code text COLLATE \"C\", words tsvector, place point
         );
         CREATE INDEX by_name ON things (name COLLATE \"POSIX\", code, code COLLATE \"POSIX\");
         CREATE INDEX by_words ON things USING gist (words tsvector_ops (siglen = 32), place);
         CREATE INDEX by_half ON things (lower(name), id, (id / 2));
         ALTER INDEX by_half ALTER COLUMN 3 SET STATISTICS 500;
         ALTER TABLE things CLUSTER ON by_half",
    )
    .await;
    assert_data_eq!(
        only(&text, &["index"]),
        str![[r#"
index public.by_half
    on: public.things
    method: btree
    keys: (…), id, (…)
    expressions: lower(name), ((id / 2))
    statistics: 3: 500
    clustered: yes
index public.by_name
    on: public.things
    method: btree
    keys: name collate POSIX, code, code collate POSIX
index public.by_words
    on: public.things
    method: gist
    keys: words (siglen=32), place

"#]]
    );
}
