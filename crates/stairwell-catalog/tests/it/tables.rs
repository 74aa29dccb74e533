//! Tables, views, materialised views.

use snapbox::{assert_data_eq, str};

use crate::support::text;

#[tokio::test]
async fn an_empty_database_has_the_schema_public() {
    let catalog = crate::support::catalog("").await;
    assert_data_eq!(
        catalog.to_string(),
        str![[r#"
schema public
    grant: PUBLIC: usage

"#]]
    );
}

#[tokio::test]
async fn schemas_and_tables() {
    let text = text(
        "CREATE SCHEMA depot;
         CREATE SCHEMA \"Mixed case\";
         CREATE TABLE depot.\"Order\" (id integer, \"Größe\" text);
         CREATE UNLOGGED TABLE scratch () WITH (fillfactor = 70, toast.autovacuum_enabled = off);
         CREATE TABLE with_toast (t text) WITH (toast.autovacuum_enabled = off, autovacuum_enabled);
         CREATE TYPE point3 AS (x float8, y float8, z float8);
         CREATE TABLE typed OF point3;
         CREATE TABLE parent (id integer);
         CREATE TABLE other_parent (id integer);
         CREATE TABLE child (name text) INHERITS (other_parent, parent);
         CREATE TABLE full_identity (id integer);
         ALTER TABLE full_identity REPLICA IDENTITY FULL;
         CREATE TABLE index_identity (id integer NOT NULL UNIQUE);
         ALTER TABLE index_identity REPLICA IDENTITY USING INDEX index_identity_id_key;
         CREATE TABLE no_identity ();
         ALTER TABLE no_identity REPLICA IDENTITY NOTHING;
         CREATE TEMPORARY TABLE gone (id integer)",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
schema "Mixed case"
schema depot
schema public
    grant: PUBLIC: usage
table depot."Order"
column depot."Order"."Größe"
    position: 2
    type: text
column depot."Order".id
    position: 1
    type: integer
table public.child
    inherits: public.other_parent, public.parent
column public.child.id
    position: 1
    type: integer
column public.child.name
    position: 2
    type: text
table public.full_identity
    replica identity: full
column public.full_identity.id
    position: 1
    type: integer
table public.index_identity
    replica identity: index index_identity_id_key
column public.index_identity.id
    position: 1
    type: integer
    not null: yes
constraint index_identity_id_key on public.index_identity
    is: unique
    columns: id
index public.index_identity_id_key
    on: public.index_identity
    method: btree
    unique: yes
    keys: id
    constraint: yes
table public.no_identity
    replica identity: nothing
table public.other_parent
column public.other_parent.id
    position: 1
    type: integer
table public.parent
column public.parent.id
    position: 1
    type: integer
type public.point3
    is: composite
    attributes: x double precision, y double precision, z double precision
table public.scratch
    unlogged: yes
    options: fillfactor=70
table public.typed
    of type: public.point3
column public.typed.x
    position: 1
    type: double precision
column public.typed.y
    position: 2
    type: double precision
column public.typed.z
    position: 3
    type: double precision
table public.with_toast
    options: autovacuum_enabled=true, toast.autovacuum_enabled=off
column public.with_toast.t
    position: 1
    type: text

"#]]
    );
}

#[tokio::test]
async fn a_foreign_table() {
    let text = text(
        "CREATE FOREIGN DATA WRAPPER nothing;
         CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
         CREATE FOREIGN TABLE remote (id integer NOT NULL DEFAULT 1) SERVER elsewhere",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
server elsewhere
    wrapper: nothing
foreign data wrapper nothing
schema public
    grant: PUBLIC: usage
table public.remote
    server: elsewhere
column public.remote.id
    position: 1
    type: integer
    not null: yes
    default: 1

"#]]
    );
}

#[tokio::test]
async fn views_and_materialized_views() {
    let text = text(
        "CREATE SCHEMA depot;
         CREATE TABLE depot.parts (id integer NOT NULL, name varchar(40) NOT NULL);
         CREATE VIEW depot.names WITH (security_barrier) AS
             SELECT 1 AS one, 'x'::text AS label, name FROM depot.parts WITH CASCADED CHECK OPTION;
         CREATE MATERIALIZED VIEW counted AS SELECT 1 AS one WITH NO DATA;
         CREATE MATERIALIZED VIEW filled WITH (fillfactor = 50) AS SELECT 2 AS two;
         CREATE UNIQUE INDEX filled_two ON filled (two);
         COMMENT ON VIEW depot.names IS 'all names';
         COMMENT ON COLUMN depot.names.one IS 'always 1'",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
schema depot
schema public
    grant: PUBLIC: usage
view depot.names
    query: SELECT 1 AS one, 'x'::text AS label, [..]name FROM depot.parts;
    options: check_option=cascaded, security_barrier=true
    comment: all names
column depot.names.label
    position: 2
    type: text
column depot.names.name
    position: 3
    type: character varying(40)
column depot.names.one
    position: 1
    type: integer
    comment: always 1
table depot.parts
column depot.parts.id
    position: 1
    type: integer
    not null: yes
column depot.parts.name
    position: 2
    type: character varying(40)
    not null: yes
materialized view public.counted
    query: SELECT 1 AS one;
    not populated: yes
column public.counted.one
    position: 1
    type: integer
materialized view public.filled
    query: SELECT 2 AS two;
    options: fillfactor=50
column public.filled.two
    position: 1
    type: integer
index public.filled_two
    on: public.filled
    method: btree
    unique: yes
    keys: two

"#]]
    );
}
