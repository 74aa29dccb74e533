//! Functions, procedures, aggregates.

use snapbox::{assert_data_eq, str};

use crate::support::text;

#[tokio::test]
async fn arguments_and_results() {
    let text = text(
        "CREATE SCHEMA depot;
         CREATE TYPE depot.status AS ENUM ('new');
         CREATE FUNCTION plain() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION overloaded(a varchar(10)) RETURNS void LANGUAGE sql AS '';
         CREATE FUNCTION overloaded(char, bit) RETURNS void LANGUAGE sql AS '';
         CREATE FUNCTION overloaded(depot.status[], depot.status DEFAULT 'new') RETURNS depot.status[]
             LANGUAGE sql AS 'SELECT $1';
         CREATE FUNCTION outs(a integer, OUT b integer, INOUT c text DEFAULT 'x', OUT d text)
             LANGUAGE sql AS 'SELECT 1, $2, $2';
         CREATE FUNCTION one_out(OUT b integer) LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION rows(a integer DEFAULT 1) RETURNS TABLE (b integer, c text) LANGUAGE sql AS 'SELECT 1, ''x''';
         CREATE FUNCTION set_of() RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION many(a text, VARIADIC b integer[] DEFAULT '{}') RETURNS integer LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION any_array(anyarray, OUT anyelement) LANGUAGE sql AS 'SELECT $1[1]';
         CREATE PROCEDURE proc(a integer) LANGUAGE sql AS '';
         CREATE PROCEDURE proc_out(a integer, INOUT b integer) LANGUAGE sql AS 'SELECT 1';
         COMMENT ON FUNCTION plain() IS 'gives 1'",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
schema depot
schema public
    grant: PUBLIC: usage
type depot.status
    is: enum
    values: 'new'
function public.any_array(anyarray)
    arguments: anyarray, out anyelement
    returns: anyelement
    language: sql
    body: SELECT $1[1]
function public.many(text, integer[])
    arguments: a text, variadic b integer[] default
    returns: integer
    language: sql
    body: SELECT 1
function public.one_out()
    arguments: out b integer
    returns: integer
    language: sql
    body: SELECT 1
function public.outs(integer, text)
    arguments: a integer, out b integer, inout c text default, out d text
    returns: record
    language: sql
    body: SELECT 1, $2, $2
function public.overloaded(character varying)
    arguments: a character varying
    returns: void
    language: sql
    body: 
function public.overloaded(character, bit)
    arguments: character, bit
    returns: void
    language: sql
    body: 
function public.overloaded(depot.status[], depot.status)
    arguments: depot.status[], depot.status default
    returns: depot.status[]
    language: sql
    body: SELECT $1
function public.plain()
    returns: integer
    language: sql
    body: SELECT 1
    comment: gives 1
function public.proc(integer)
    is: procedure
    arguments: a integer
    language: sql
    body: 
function public.proc_out(integer, integer)
    is: procedure
    arguments: a integer, inout b integer
    returns: record
    language: sql
    body: SELECT 1
function public.rows(integer)
    arguments: a integer default, table b integer, table c text
    returns: record
    returns set: yes
    language: sql
    body: SELECT 1, 'x'
function public.set_of()
    returns: integer
    returns set: yes
    language: sql
    body: SELECT 1

"#]]
    );
}

#[tokio::test]
async fn attributes_and_bodies() {
    let text = text(
        "CREATE FUNCTION careful(a integer) RETURNS integer LANGUAGE plpgsql
             IMMUTABLE STRICT SECURITY DEFINER LEAKPROOF PARALLEL SAFE
             SET search_path = public, pg_temp SET work_mem = '1MB'
             AS $$ BEGIN
                 RETURN a + 1; -- more
             END $$;
         CREATE FUNCTION stable_one() RETURNS integer LANGUAGE sql STABLE PARALLEL RESTRICTED RETURN 1 + 1;
         CREATE FUNCTION numbered() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
         CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
         CREATE AGGREGATE share(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
             FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)",
    )
    .await;
    assert_data_eq!(
        text,
        str![[r#"
function public.careful(integer)
    arguments: a integer
    returns: integer
    language: plpgsql
    volatility: immutable
    strict: yes
    security definer: yes
    leakproof: yes
    parallel: safe
    settings: search_path=public, pg_temp, work_mem=1MB
    body: BEGIN RETURN a + 1; -- more END
function public.numbered()
    is: window
    returns: bigint
    language: internal
    body: window_row_number
function public.share(double precision, anyelement)
    is: aggregate
    arguments: double precision, anyelement
    returns: anyelement
    language: internal
    volatility: immutable
function public.stable_one()
    returns: integer
    language: sql
    volatility: stable
    parallel: restricted
    body: RETURN (1 + 1)
function public.total(integer)
    is: aggregate
    arguments: integer
    returns: integer
    language: internal
    volatility: immutable

"#]]
    );
}
