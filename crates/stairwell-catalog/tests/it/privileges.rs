//! Policies and grants.

use snapbox::{assert_data_eq, str};

use crate::support::{only, text};

/// Roles are the server's, which all tests of this process share.
const ROLES: &str = "DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(1);
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') THEN
            CREATE ROLE reader; CREATE ROLE writer;
        END IF;
    END $$;";

#[tokio::test]
async fn policies() {
    let text = text(&format!(
        "{ROLES}
         CREATE TABLE things (id integer, owner text);
         ALTER TABLE things ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY own ON things USING (owner = 'me') WITH CHECK (id > 0);
         CREATE POLICY less ON things AS RESTRICTIVE FOR SELECT TO reader, writer USING (id < 100);
         CREATE POLICY insert_only ON things FOR INSERT TO writer WITH CHECK (true);
         COMMENT ON POLICY own ON things IS 'mine'"
    ))
    .await;
    assert_data_eq!(
        only(&text, &["table", "policy"]),
        str![[r#"
table public.things
    row security: yes
    force row security: yes
policy insert_only on public.things
    for: insert
    to: writer
    with check: true
policy less on public.things
    for: select
    restrictive: yes
    to: reader, writer
    using: (id < 100)
policy own on public.things
    for: all
    to: public
    using: (owner = 'me'::text)
    with check: (id > 0)
    comment: mine

"#]]
    );
}

#[tokio::test]
async fn grants() {
    let text = text(&format!(
        "{ROLES}
         CREATE SCHEMA depot;
         GRANT USAGE ON SCHEMA depot TO reader;
         CREATE TABLE things (id integer, secret text);
         GRANT SELECT, INSERT ON things TO writer;
         GRANT SELECT ON things TO reader WITH GRANT OPTION;
         GRANT SELECT (secret), UPDATE (secret) ON things TO PUBLIC;
         CREATE SEQUENCE tickets;
         GRANT USAGE ON SEQUENCE tickets TO PUBLIC;
         CREATE VIEW names AS SELECT 1 AS one;
         GRANT SELECT ON names TO reader;
         CREATE TABLE owner_only (id integer);
         REVOKE ALL ON owner_only FROM PUBLIC"
    ))
    .await;
    assert_data_eq!(
        text,
        str![[r#"
schema depot
    grant: reader: usage
schema public
    grant: PUBLIC: usage
view public.names
    query: SELECT 1 AS one;
    grant: reader: select
column public.names.one
    position: 1
    type: integer
table public.owner_only
column public.owner_only.id
    position: 1
    type: integer
table public.things
    grant: reader: select*; writer: insert, select
column public.things.id
    position: 1
    type: integer
column public.things.secret
    position: 2
    type: text
    grant: PUBLIC: select, update
sequence public.tickets
    type: bigint
    start: 1
    increment: 1
    range: 1..9223372036854775807
    grant: PUBLIC: usage

"#]]
    );
}

#[tokio::test]
async fn what_everybody_may_do_is_a_fact_only_if_it_was_revoked() {
    let text = text(&format!(
        "{ROLES}
         CREATE FUNCTION usual() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION closed() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         REVOKE ALL ON FUNCTION closed() FROM PUBLIC;
         CREATE FUNCTION for_reader() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         REVOKE ALL ON FUNCTION for_reader() FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION for_reader() TO reader;
         CREATE FUNCTION for_all_and_reader() RETURNS integer LANGUAGE sql AS 'SELECT 1';
         GRANT EXECUTE ON FUNCTION for_all_and_reader() TO reader;
         CREATE TYPE usual_type AS ENUM ();
         CREATE TYPE closed_type AS ENUM ();
         REVOKE USAGE ON TYPE closed_type FROM PUBLIC;
         CREATE DOMAIN closed_domain AS text;
         REVOKE USAGE ON DOMAIN closed_domain FROM PUBLIC;
         GRANT USAGE ON DOMAIN closed_domain TO reader"
    ))
    .await;
    let grants: String = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with(' ') || line.contains("revoked") || line.contains("grant"))
        .collect();
    assert_data_eq!(
        grants,
        str![[r#"
function public.closed()
    revoked: PUBLIC: execute
type public.closed_domain
    revoked: PUBLIC: usage
    grant: reader: usage
type public.closed_type
    revoked: PUBLIC: usage
function public.for_all_and_reader()
    grant: reader: execute
function public.for_reader()
    revoked: PUBLIC: execute
    grant: reader: execute
function public.usual()
type public.usual_type

"#]]
    );
}

#[tokio::test]
async fn the_rights_to_public_are_told_alike_by_all_versions() {
    let of = async |sql| only(&crate::support::catalog(sql).await.to_string(), &["schema public"]);
    let texts = [
        of("").await,
        of("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await,
        of("REVOKE ALL ON SCHEMA public FROM PUBLIC").await,
        of("COMMENT ON SCHEMA public IS 'ours'").await,
        of("DROP SCHEMA public; CREATE SCHEMA public").await,
        of("DROP SCHEMA public").await,
    ];
    assert_data_eq!(
        texts.join("--\n"),
        str![[r#"
schema public
    grant: PUBLIC: usage
--
schema public
    grant: PUBLIC: usage
--
schema public
--
schema public
    comment: ours
    grant: PUBLIC: usage
--
schema public
--

"#]]
    );
}
