//! Enums, domains, composite types, ranges, base types, collations, extensions.

use snapbox::{assert_data_eq, str};

use crate::support::text;

#[tokio::test]
async fn every_kind_of_type() {
    let text = text(
        "CREATE TYPE status AS ENUM ('new', 'it''s old');
         ALTER TYPE status ADD VALUE 'used' BEFORE 'it''s old';
         CREATE DOMAIN port AS integer DEFAULT 80 NOT NULL CHECK (VALUE > 0)
             CONSTRAINT not_too_high CHECK (VALUE < 65536);
         CREATE DOMAIN label AS text COLLATE \"C\";
         CREATE TYPE place AS (site text COLLATE \"C\", slots integer[], status status);
         ALTER TYPE place DROP ATTRIBUTE slots;
         CREATE TYPE nothing AS ();
         CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
         CREATE TYPE other_span AS RANGE (subtype = timestamp, multirange_type_name = many_spans);
         CREATE TYPE shell;
         CREATE TYPE label_in_c;
         CREATE FUNCTION label_in(cstring) RETURNS label_in_c LANGUAGE internal IMMUTABLE STRICT AS 'textin';
         CREATE FUNCTION label_out(label_in_c) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
         CREATE TYPE label_in_c (INPUT = label_in, OUTPUT = label_out, LIKE = text);
         COMMENT ON TYPE status IS 'of a thing';
         COMMENT ON DOMAIN port IS 'of TCP';
         COMMENT ON CONSTRAINT not_too_high ON DOMAIN port IS '16 bits'",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
type public.label
    is: domain
    type: text
    collation: C
function public.label_in(cstring)
    arguments: cstring
    returns: public.label_in_c
    language: internal
    volatility: immutable
    strict: yes
    body: textin
type public.label_in_c
function public.label_out(public.label_in_c)
    arguments: public.label_in_c
    returns: cstring
    language: internal
    volatility: immutable
    strict: yes
    body: textout
type public.nothing
    is: composite
type public.other_span
    is: range
    subtype: timestamp without time zone
    multirange: many_spans
type public.place
    is: composite
    attributes: site text collate C, status public.status
type public.port
    is: domain
    type: integer
    not null: yes
    default: 80
    comment: of TCP
constraint not_too_high on public.port
    is: check
    condition: (VALUE < 65536)
    comment: 16 bits
constraint port_check on public.port
    is: check
    condition: (VALUE > 0)
type public.span
    is: range
    subtype: double precision
    multirange: span_multirange
type public.status
    is: enum
    values: 'new', 'used', 'it''s old'
    comment: of a thing

"#]]
    );
}

#[tokio::test]
async fn extensions_stand_for_their_members() {
    let text = text(
        "CREATE SCHEMA extensions;
         CREATE EXTENSION citext SCHEMA extensions;
         CREATE EXTENSION hstore;
         DROP EXTENSION plpgsql;
         CREATE EXTENSION plpgsql",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
extension citext
    schema: extensions
schema extensions
extension hstore
    schema: public
schema public
    grant: PUBLIC: usage

"#]]
    );
}

#[tokio::test]
async fn what_only_exists() {
    let text = text(
        "CREATE TABLE things (a integer, b integer);
         CREATE STATISTICS a_with_b ON a, b FROM things;
         CREATE COLLATION german (LOCALE = 'C');
         CREATE PUBLICATION everything FOR TABLE things;
         COMMENT ON STATISTICS a_with_b IS 'they go together';
         COMMENT ON COLLATION german IS 'not really';
         COMMENT ON PUBLICATION everything IS 'to the warehouse'",
    )
    .await;
    assert_data_eq!(
        crate::support::only(&text, &["statistics", "collation", "publication"]),
        str![[r#"
publication everything
    tables: public.things
    comment: to the warehouse
statistics public.a_with_b
    on: public.things
    columns: a, b
    comment: they go together
collation public.german
    comment: not really

"#]]
    );
}
