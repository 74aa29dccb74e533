//! What the catalog leaves out, of objects that it has and of the database itself.
//!
//! The compiler cannot know these facts from the SQL, or a session's setting chooses them, so no catalog has them. Of
//! one database at two moments they can be compared all the same, and a down step can leave them behind.

use std::collections::{BTreeMap, BTreeSet};

use stairwell_catalog::QualifiedName;
use tokio_postgres::Client;

/// What something is about, as it is shown, and which fact.
type Fact = (String, String);

/// Facts about objects, each of which compares only where both sides have the object.
#[derive(Debug, Default)]
pub(crate) struct Details(BTreeMap<Fact, String>);

/// What the server keeps of a database outside of it, so that a copy of the database has none of it.
#[derive(Debug, Default)]
pub(crate) struct OfDatabase(BTreeMap<Fact, String>);

impl Details {
    /// In a session with nothing but the server's own schema in `search_path`: names are printed by it.
    pub(crate) async fn read(
        client: &Client,
        without: &[QualifiedName],
    ) -> Result<Details, tokio_postgres::Error> {
        let mut all = BTreeMap::new();
        for row in client.query_typed(&details(), &[]).await? {
            let (kind, schema, name): (String, Option<String>, String) = (row.get(0), row.get(1), row.get(2));
            let object = match schema {
                Some(schema) => {
                    let name = QualifiedName::new(schema, name);
                    if without.contains(&name) {
                        continue;
                    }
                    // What stands behind the name is the types of a function or the table of a constraint.
                    format!("{kind} {name}{}", row.get::<_, String>(3))
                }
                None => format!("{kind} {name}"),
            };
            all.insert((object, row.get(4)), row.get::<_, Option<String>>(5).unwrap_or_else(none));
        }
        Ok(Details(all))
    }

    /// One line each. Where only one side has the object, the catalog tells it.
    pub(crate) fn differences<'d>(&'d self, after: &'d Details) -> impl Iterator<Item = String> {
        let both = self.0.iter().filter_map(|(fact, value)| Some((fact, value, after.0.get(fact)?)));
        both.filter(|(_, before, after)| before != after)
            .map(|(fact, before, after)| line(fact, before, after))
    }
}

impl OfDatabase {
    pub(crate) async fn read(client: &Client) -> Result<OfDatabase, tokio_postgres::Error> {
        let mut all: BTreeMap<Fact, String> = BTreeMap::new();
        for row in client.query_typed(DATABASE, &[]).await? {
            all.insert((row.get(0), row.get(1)), row.get(2));
        }
        Ok(OfDatabase(all))
    }

    /// One line each.
    pub(crate) fn differences(&self, after: &OfDatabase) -> Vec<String> {
        let facts: BTreeSet<&Fact> = self.0.keys().chain(after.0.keys()).collect();
        let value = |side: &OfDatabase, fact: &Fact| side.0.get(fact).cloned().unwrap_or_else(none);
        let pairs = facts.into_iter().map(|fact| (fact, value(self, fact), value(after, fact)));
        pairs
            .filter(|(_, before, after)| before != after)
            .map(|(fact, before, after)| line(fact, &before, &after))
            .collect()
    }
}

fn none() -> String {
    "none".to_owned()
}

fn line((object, fact): &Fact, before: &str, after: &str) -> String {
    format!("~ {object}: {fact}: {before} -> {after}")
}

/// Kind, schema, name, what stands behind the name, fact, value.
fn details() -> String {
    let parts = [
        (FUNCTIONS, "pg_proc", "p.oid"),
        (AGGREGATES, "pg_proc", "p.oid"),
        (RANGES, "pg_type", "t.oid"),
        (COLLATIONS, "pg_collation", "c.oid"),
        (RELATIONS, "pg_class", "c.oid"),
    ];
    let own = parts.map(|(sql, catalog, oid)| {
        format!(
            "{sql} AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'stairwell') AND NOT EXISTS \
             (SELECT FROM pg_depend d WHERE d.classid = '{catalog}'::regclass AND d.objid = {oid} AND d.deptype = 'e')"
        )
    });
    [&own[..], &[EXTENSIONS.to_owned(), EXCLUSIONS.to_owned(), NOT_NULLS.to_owned()]]
        .concat()
        .join(" UNION ALL ")
}

const FUNCTIONS: &str = "SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind, \
     n.nspname::text AS schema, p.proname::text AS name, format('(%s)', oidvectortypes(p.proargtypes)) AS behind, \
     it.fact, it.value FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace CROSS JOIN LATERAL (VALUES \
     ('cost', p.procost::text), ('rows', p.prorows::text), ('support', nullif(p.prosupport::oid, 0)::regproc::text), \
     ('defaults', pg_get_expr(p.proargdefaults, 0))) AS it (fact, value) WHERE p.prokind IN ('f', 'w', 'p')";

/// Numbers of objects are left out, because those that are made again have others.
const AGGREGATES: &str = "SELECT 'function', n.nspname::text, p.proname::text, \
     format('(%s)', oidvectortypes(p.proargtypes)), it.fact, it.value \
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_aggregate a ON a.aggfnoid = p.oid \
     CROSS JOIN LATERAL (VALUES ('state', concat_ws(', ', a.aggtransfn::text, a.aggtranstype::regtype::text, \
     a.aggtransspace::text)), ('initial state', a.agginitval), \
     ('final', concat_ws(', ', a.aggfinalfn::text, a.aggfinalextra::text, a.aggfinalmodify::text)), \
     ('parallel', concat_ws(', ', a.aggcombinefn::text, a.aggserialfn::text, a.aggdeserialfn::text)), \
     ('moving', concat_ws(', ', a.aggmtransfn::text, a.aggminvtransfn::text, a.aggmfinalfn::text, \
     a.aggmtranstype::regtype::text, a.aggminitval)), ('sort operator', nullif(a.aggsortop, 0)::regoperator::text)) \
     AS it (fact, value) WHERE p.prokind = 'a'";

const RANGES: &str = "SELECT 'type', n.nspname::text, t.typname::text, '', it.fact, it.value \
     FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace \
     CROSS JOIN LATERAL (VALUES ('subtype diff', nullif(r.rngsubdiff::oid, 0)::regproc::text), \
     ('canonical', nullif(r.rngcanonical::oid, 0)::regproc::text), \
     ('collation', nullif(r.rngcollation, 0)::regcollation::text), \
     ('operator class', (SELECT o.opcname::text FROM pg_opclass o WHERE o.oid = r.rngsubopc))) \
     AS it (fact, value) WHERE true";

/// The columns have other names in other versions of the server.
const COLLATIONS: &str = "SELECT 'collation', n.nspname::text, c.collname::text, '', 'definition', \
     (SELECT string_agg(format('%s=%s', substr(key, 5), value), ', ' ORDER BY key) \
     FROM jsonb_each_text(to_jsonb(c) - '{oid,collname,collnamespace,collowner,collencoding,collversion}'::text[]) \
     WHERE value IS NOT NULL AND value <> '-1') \
     FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE true";

const RELATIONS: &str = "SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'I' \
     THEN 'index' ELSE 'table' END, n.nspname::text, c.relname::text, '', it.fact, it.value \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL (VALUES \
     ('access method', CASE WHEN c.relkind IN ('r', 'm', 'p') \
     THEN (SELECT m.amname::text FROM pg_am m WHERE m.oid = c.relam) END), \
     ('tablespace', (SELECT s.spcname::text FROM pg_tablespace s WHERE s.oid = c.reltablespace))) \
     AS it (fact, value) WHERE c.relkind IN ('r', 'm', 'p', 'i', 'I') AND c.relpersistence <> 't'";

const EXTENSIONS: &str = "SELECT 'extension', NULL, e.extname::text, '', 'version', e.extversion FROM pg_extension e \
     WHERE e.extname <> 'plpgsql'";

const EXCLUSIONS: &str = "SELECT format('constraint %I on', k.conname), n.nspname::text, c.relname::text, '', 'operators', \
     (SELECT string_agg(operator::regoperator::text, ', ' ORDER BY place) \
     FROM unnest(k.conexclop) WITH ORDINALITY AS it (operator, place)) \
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE k.contype = 'x'";

/// PostgreSQL 18 has these constraints; what they are called is left out, because nobody calls them anything.
const NOT_NULLS: &str = "SELECT 'column', n.nspname::text, c.relname::text, format('.%I', a.attname), it.fact, \
     CASE WHEN it.is_set THEN 'yes' END \
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] CROSS JOIN LATERAL (VALUES \
     ('not null, not valid', NOT k.convalidated), ('not null, no inherit', k.connoinherit)) AS it (fact, is_set) \
     WHERE k.contype = 'n'";

/// The connection of a subscription is not shown: only a superuser may see it, and it may have a password in it.
const DATABASE: &str = "SELECT 'database', 'comment', shobj_description(d.oid, 'pg_database') FROM pg_database d \
     WHERE d.datname = current_database() AND shobj_description(d.oid, 'pg_database') IS NOT NULL \
     UNION ALL SELECT 'database', format('grant to %s', \
     CASE item.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(item.grantee)::text END), \
     string_agg(lower(item.privilege_type) || CASE WHEN item.is_grantable THEN '*' ELSE '' END, ', ' \
     ORDER BY item.privilege_type) FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS item \
     WHERE d.datname = current_database() AND item.grantee <> d.datdba GROUP BY item.grantee \
     UNION ALL SELECT CASE s.setrole WHEN 0 THEN 'database' \
     ELSE format('role %s in the database', pg_get_userbyid(s.setrole)) END, \
     format('setting %s', split_part(item, '=', 1)), substr(item, strpos(item, '=') + 1) \
     FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS item \
     WHERE d.datname = current_database() \
     UNION ALL SELECT format('subscription %s', s.subname), it.fact, it.value \
     FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid CROSS JOIN LATERAL (VALUES \
     ('enabled', s.subenabled::text), ('slot', s.subslotname::text), ('publications', s.subpublications::text)) AS it (fact, value) \
     WHERE d.datname = current_database() AND it.value IS NOT NULL";
