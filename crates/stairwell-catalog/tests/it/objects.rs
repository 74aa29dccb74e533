//! Objects that no column, type or expression hangs on.

use snapbox::{assert_data_eq, str};

use crate::support::{catalog, only, text};

/// Roles are the server's, which all tests of this process share.
const ROLES: &str = "DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(1);
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN
            CREATE ROLE reader; CREATE ROLE writer;
        END IF;
    END $$;";

#[tokio::test]
async fn operators() {
    let text = text(
        "CREATE OPERATOR === (
             LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq, COMMUTATOR = ===, NEGATOR = !==,
             RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
         );
         CREATE OPERATOR ## (RIGHTARG = integer, FUNCTION = int4abs);
         COMMENT ON OPERATOR ## (NONE, integer) IS 'size';
         CREATE OPERATOR CLASS reverse FOR TYPE integer USING btree AS
             OPERATOR 1 >, OPERATOR 3 =, OPERATOR 5 <, FUNCTION 1 btint4cmp(integer, integer);
         CREATE OPERATOR FAMILY mixed USING btree;
         ALTER OPERATOR FAMILY mixed USING btree ADD OPERATOR 1 < (integer, bigint),
             FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint);
         COMMENT ON OPERATOR FAMILY mixed USING btree IS 'not much'",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
operator public.##(NONE, integer)
    definition: function = int4abs(integer)
    comment: size
operator public.===(integer, integer)
    definition: function = int4eq(integer,integer), commutator = public.===(integer,integer), negator = public.!==(integer,integer), restrict = eqsel, join = eqjoinsel, hashes, merges
operator family public.mixed using btree
    definition: function 1 (integer, bigint) btint48cmp(integer,bigint), operator 1 <(integer,bigint)
    comment: not much
operator class public.reverse using btree
    definition: for type integer, family public.reverse, function 1 (integer, integer) btint4cmp(integer,integer), operator 1 >(integer,integer), operator 3 =(integer,integer), operator 5 <(integer,integer)
operator family public.reverse using btree

"#]]
    );
}

#[tokio::test]
async fn conversions_and_casts() {
    let text = text(
        "CREATE TYPE pair AS (a integer, b integer);
         CREATE TYPE span AS RANGE (SUBTYPE = integer);
         CREATE CAST (text AS pair) WITH INOUT AS ASSIGNMENT;
         CREATE FUNCTION sum_up(pair) RETURNS integer LANGUAGE sql AS 'SELECT $1.a + $1.b';
         CREATE CAST (pair AS integer) WITH FUNCTION sum_up(pair) AS IMPLICIT;
         COMMENT ON CAST (pair AS integer) IS 'adds up';
         CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
         CREATE FUNCTION support(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'varchar_support';
         CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION support(internal))",
    )
    .await;
    assert_data_eq!(
        only(&text, &["cast", "conversion", "transform"]),
        str![[r#"
transform for integer language sql
    definition: from sql with function public.support(internal)
cast (public.pair as integer)
    definition: with function public.sum_up(public.pair) as implicit
    comment: adds up
cast (text as public.pair)
    definition: with inout as assignment
conversion public.latin
    definition: for LATIN1 to UTF8 from iso8859_1_to_utf8

"#]]
    );
}

#[tokio::test]
async fn languages_and_access_methods() {
    let text = text(&format!(
        "{ROLES}
         CREATE TRUSTED LANGUAGE sample HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler
             VALIDATOR plpgsql_validator;
         CREATE LANGUAGE closed HANDLER plpgsql_call_handler;
         REVOKE USAGE ON LANGUAGE sample FROM PUBLIC;
         GRANT USAGE ON LANGUAGE sample TO reader;
         CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler"
    ))
    .await;
    assert_data_eq!(
        only(&text, &["language", "access method"]),
        str![[r#"
language closed
    handler: pg_catalog.plpgsql_call_handler
access method heap2
    definition: type table handler heap_tableam_handler
language sample
    trusted: yes
    handler: pg_catalog.plpgsql_call_handler
    inline: pg_catalog.plpgsql_inline_handler
    validator: pg_catalog.plpgsql_validator
    revoked: PUBLIC: usage
    grant: reader: usage

"#]]
    );
}

#[tokio::test]
async fn foreign_servers() {
    let text = text(&format!(
        "{ROLES}
         CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (debug 'true');
         CREATE FOREIGN DATA WRAPPER checked VALIDATOR postgresql_fdw_validator;
         CREATE FOREIGN DATA WRAPPER plain;
         GRANT USAGE ON FOREIGN DATA WRAPPER plain TO reader;
         CREATE SERVER \"far away\" TYPE 'big' VERSION '2' FOREIGN DATA WRAPPER plain OPTIONS (host 'there');
         GRANT USAGE ON FOREIGN SERVER \"far away\" TO writer;
         COMMENT ON SERVER \"far away\" IS 'slow';
         CREATE USER MAPPING FOR CURRENT_USER SERVER \"far away\" OPTIONS (password 'secret');
         CREATE USER MAPPING FOR reader SERVER \"far away\";
         CREATE USER MAPPING FOR PUBLIC SERVER \"far away\""
    ))
    .await;
    assert_data_eq!(
        only(&text, &["server", "wrapper"]),
        str![[r#"
foreign data wrapper checked
    validator: pg_catalog.postgresql_fdw_validator
server "far away"
    wrapper: plain
    type: big
    version: 2
    options: host=there
    comment: slow
    grant: writer: usage
user mapping for current_user server "far away"
    options: password
user mapping for PUBLIC server "far away"
user mapping for reader server "far away"
foreign data wrapper plain
    grant: reader: usage
foreign data wrapper wrapper
    options: debug=true

"#]]
    );
}

#[tokio::test]
async fn text_search() {
    let text = text(
        "CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple, STOPWORDS = english);
         CREATE TEXT SEARCH CONFIGURATION search (PARSER = default);
         ALTER TEXT SEARCH CONFIGURATION search ADD MAPPING FOR asciiword, word WITH words, simple;
         COMMENT ON TEXT SEARCH CONFIGURATION search IS 'for names';
         CREATE TEXT SEARCH PARSER parser (
             START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
         );
         CREATE TEXT SEARCH TEMPLATE template (LEXIZE = dsimple_lexize)",
    )
    .await;
    assert_data_eq!(
        only(&text, &["text search"]),
        str![[r#"
text search parser public.parser
    definition: start = prsd_start, token = prsd_nexttoken, end = prsd_end, lextype = prsd_lextype
text search configuration public.search
    parser: default
    mappings: asciiword: public.words simple, word: public.words simple
    comment: for names
text search template public.template
    definition: lexize = dsimple_lexize
text search dictionary public.words
    template: simple
    options: stopwords = 'english'

"#]]
    );
}

#[tokio::test]
async fn publications_and_statistics() {
    let text = text(
        "CREATE TABLE things (a integer PRIMARY KEY, b integer, c integer);
         CREATE PUBLICATION one_table FOR TABLE things WITH (publish = 'insert, delete');
         CREATE PUBLICATION everything FOR ALL TABLES WITH (publish_via_partition_root);
         CREATE STATISTICS pair ON b, a FROM things;
         CREATE STATISTICS counted (ndistinct, mcv) ON c, (a + b) FROM things;
         ALTER STATISTICS counted SET STATISTICS 500;
         CREATE STATISTICS total ON (a * b) FROM things",
    )
    .await;
    assert_data_eq!(
        only(&text, &["publication", "statistics"]),
        str![[r#"
publication everything
    all tables: yes
    via root: yes
publication one_table
    tables: public.things
    publish: insert, delete
statistics public.counted
    on: public.things
    columns: c
    expressions: (a + b)
    kinds: mcv, ndistinct
    target: 500
statistics public.pair
    on: public.things
    columns: a, b
statistics public.total
    on: public.things
    expressions: (a * b)

"#]]
    );
}

#[tokio::test]
async fn default_privileges() {
    let catalog = catalog(&format!(
        "{ROLES}
         CREATE SCHEMA depot;
         ALTER DEFAULT PRIVILEGES IN SCHEMA depot GRANT SELECT, INSERT ON TABLES TO reader;
         ALTER DEFAULT PRIVILEGES IN SCHEMA depot GRANT USAGE ON SEQUENCES TO PUBLIC;
         ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
         ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO reader WITH GRANT OPTION;
         ALTER DEFAULT PRIVILEGES FOR ROLE writer GRANT USAGE ON SCHEMAS TO reader;
         ALTER DEFAULT PRIVILEGES IN SCHEMA depot GRANT EXECUTE ON FUNCTIONS TO reader;
         ALTER DEFAULT PRIVILEGES IN SCHEMA depot REVOKE EXECUTE ON FUNCTIONS FROM reader"
    ))
    .await;
    assert_data_eq!(
        only(&catalog.to_string(), &["default privileges"]),
        str![[r#"
default privileges on functions
default privileges on schemas for role writer
    grant: reader: usage
default privileges on types
    grant: PUBLIC: usage; reader: usage*
default privileges on sequences in schema depot
    grant: PUBLIC: usage
default privileges on tables in schema depot
    grant: reader: insert, select

"#]]
    );
}
