//! What only newer versions of PostgreSQL have.

use snapbox::{assert_data_eq, str};

use crate::support::{major, only, text};

#[tokio::test]
async fn since_15() {
    if major() < 15 {
        return;
    }
    let text = text(
        "CREATE TABLE sites (a integer, b integer, PRIMARY KEY (a, b));
         CREATE TABLE things (
             id integer, number integer UNIQUE NULLS NOT DISTINCT, a integer, b integer,
             FOREIGN KEY (a, b) REFERENCES sites ON DELETE SET NULL (b)
         );
         CREATE UNIQUE INDEX one_id ON things (id) NULLS NOT DISTINCT;
         CREATE VIEW invoker WITH (security_invoker = true) AS SELECT 1 AS one;
         CREATE UNLOGGED SEQUENCE tickets;
         CREATE PUBLICATION one_schema FOR TABLES IN SCHEMA public;
         CREATE PUBLICATION some_rows FOR TABLE things (number, id) WHERE (id > 0)",
    )
    .await;
    let wanted =
        ["constraint things", "index public.one", "index public.things", "view", "sequence", "publication"];
    let wanted = [&wanted[..], &["on public.things"]].concat();
    assert_data_eq!(
        only(&text, &wanted),
        str![[r#"
publication one_schema
    schemas: public
publication some_rows
    tables: public.things (id, number)
    rows: public.things where (id > 0)
view public.invoker
    query: SELECT 1 AS one;
    options: security_invoker=true
index public.one_id
    on: public.things
    method: btree
    unique: yes
    nulls not distinct: yes
    keys: id
constraint things_a_b_fkey on public.things
    is: foreign key
    columns: a, b
    references: public.sites (a, b)
    on delete: set null
    sets: b
constraint things_number_key on public.things
    is: unique
    columns: number
    nulls not distinct: yes
index public.things_number_key
    on: public.things
    method: btree
    unique: yes
    nulls not distinct: yes
    keys: number
    constraint: yes
sequence public.tickets
    type: bigint
    start: 1
    increment: 1
    range: 1..9223372036854775807
    unlogged: yes

"#]]
    );
}

#[tokio::test]
async fn not_null_is_the_columns_in_all_versions() {
    let text = text(
        "CREATE TABLE things (id integer CONSTRAINT named NOT NULL, other integer NOT NULL);
         CREATE DOMAIN label AS text CONSTRAINT named NOT NULL",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
type public.label
    is: domain
    type: text
    not null: yes
table public.things
column public.things.id
    position: 1
    type: integer
    not null: yes
column public.things.other
    position: 2
    type: integer
    not null: yes

"#]]
    );
}

#[tokio::test]
async fn since_18() {
    if major() < 18 {
        return;
    }
    let text = text(
        "CREATE TABLE sites (id integer PRIMARY KEY);
         CREATE TABLE things (
             id integer, double integer GENERATED ALWAYS AS (id * 2) VIRTUAL,
             CONSTRAINT wished CHECK (id > 0) NOT ENFORCED,
             site integer CONSTRAINT wished_too REFERENCES sites NOT ENFORCED
         );
         ALTER TABLE things ADD CONSTRAINT later NOT NULL site NOT VALID;
         CREATE TABLE rooms (
             floors int4range, during tstzrange, PRIMARY KEY (floors, during WITHOUT OVERLAPS)
         );
         CREATE TABLE talks (
             floors int4range, during tstzrange, CONSTRAINT once UNIQUE (floors, during WITHOUT OVERLAPS),
             CONSTRAINT inside FOREIGN KEY (floors, PERIOD during) REFERENCES rooms (floors, PERIOD during)
         );
         CREATE PUBLICATION with_generated FOR TABLE things WITH (publish_generated_columns = stored)",
    )
    .await;
    assert_data_eq!(
        only(&text, &["public.things", "on public.rooms", "on public.talks", "publication"]),
        str![[r#"
publication with_generated
    tables: public.things
    generated columns: yes
constraint rooms_pkey on public.rooms
    is: primary key
    columns: floors, during
    period: yes
constraint inside on public.talks
    is: foreign key
    columns: floors, during
    references: public.rooms (floors, during)
    period: yes
constraint once on public.talks
    is: unique
    columns: floors, during
    period: yes
table public.things
column public.things.double
    position: 2
    type: integer
    generated: virtual
    default: (id * 2)
column public.things.id
    position: 1
    type: integer
column public.things.site
    position: 3
    type: integer
    not null: yes
constraint wished on public.things
    is: check
    condition: (id > 0)
    not valid: yes
    not enforced: yes
constraint wished_too on public.things
    is: foreign key
    columns: site
    references: public.sites (id)
    not valid: yes
    not enforced: yes

"#]]
    );
}
