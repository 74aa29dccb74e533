//! Who may do what, the owners' own rights left out.

use std::collections::BTreeMap;

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader},
};
use crate::{
    id::{Kind, ObjectId},
    object::{Grants, Object},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // Without an access list an object has the rights of its kind, which `Entry::new` gives it.
    // With one, the outer join gives a row even if nobody but the owner is in it.
    // MAINTAIN is among what `ALL` grants from PostgreSQL 17 on only, which is no difference that anybody made.
    let lists = [
        ("pg_class", "c.oid", "0", "c.relacl", "c.relowner", "pg_class AS c", "c.relnamespace"),
        (
            "pg_class",
            "c.oid",
            "a.attnum::int4",
            "a.attacl",
            "c.relowner",
            "pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped",
            "c.relnamespace",
        ),
        ("pg_namespace", "n.oid", "0", "n.nspacl", "n.nspowner", "pg_namespace AS n", "n.oid"),
        ("pg_proc", "p.oid", "0", "p.proacl", "p.proowner", "pg_proc AS p", "p.pronamespace"),
        ("pg_type", "t.oid", "0", "t.typacl", "t.typowner", "pg_type AS t", "t.typnamespace"),
    ];
    // These live in no schema.
    let globals = [
        ("pg_language", "lanacl", "lanowner"),
        ("pg_foreign_data_wrapper", "fdwacl", "fdwowner"),
        ("pg_foreign_server", "srvacl", "srvowner"),
    ];
    let globals = globals.map(|(class, list, owner)| explode(class, "oid", "0", list, owner, class, "true"));
    let lists = lists.map(|(class, oid, part, list, owner, from, schema)| {
        explode(class, oid, part, list, owner, from, &format!("{schema} = ANY ($1)"))
    });
    let lists = [&lists[..], &globals].concat();
    let mut granted: BTreeMap<ObjectId, Grants> = BTreeMap::new();
    for row in reader.ask("privileges", &lists.join(" UNION ALL ")).await? {
        let Some(class) = Class::from_catalog(row.get("class")?) else { continue };
        let Some(id) = reader.ids.get(&(class, row.get("oid")?, row.get("part")?)) else { continue };
        let grants = granted.entry(*id).or_default();
        let (role, privilege): (Option<String>, Option<String>) = (row.get("role")?, row.get("privilege")?);
        let (Some(role), Some(privilege)) = (role, privilege) else { continue };
        // Several roles may have granted the same.
        *grants.entry(role).or_default().entry(privilege).or_default() |= row.get::<bool>("grantable")?;
    }
    if !reader.since(15)
        && let Some(grants) = granted.get_mut(&ObjectId::global(Kind::Schema, "public"))
    {
        forget_create(grants);
    }
    for (id, grants) in granted {
        if let Some(entry) = reader.entries.get_mut(&id)
            // Of a base type not even its default rights are followed.
            && !(id.kind == Kind::Type && matches!(entry.object, Object::Plain(_)))
        {
            entry.grants = grants;
        }
    }
    Ok(())
}

/// SQL for what is in access lists: a row per privilege.
fn explode(
    class: &str,
    oid: &str,
    part: &str,
    list: &str,
    owner: &str,
    from: &str,
    condition: &str,
) -> String {
    format!(
        "SELECT '{class}' AS class, {oid} AS oid, {part} AS part, item.privilege, item.grantable, \
         CASE item.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(item.grantee)::text END AS role \
         FROM {from} LEFT JOIN LATERAL (SELECT grantee, lower(privilege_type) AS privilege, \
         is_grantable AS grantable FROM aclexplode({list}) WHERE grantee <> {owner} \
         AND privilege_type <> 'MAINTAIN') AS item ON true \
         WHERE {list} IS NOT NULL AND {condition}"
    )
}

/// Up to PostgreSQL 14 everybody may create objects in `public` from the start, which is the server's age
/// and nobody's grant.
fn forget_create(grants: &mut Grants) {
    if let Some(public) = grants.get_mut("PUBLIC") {
        public.remove("create");
        if public.is_empty() {
            grants.remove("PUBLIC");
        }
    }
}
