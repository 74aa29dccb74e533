//! Default privileges: what `ALTER DEFAULT PRIVILEGES` has set.

use std::collections::BTreeMap;

use tokio_postgres::GenericClient;

use super::{ReadError, reader::Reader};
use crate::{
    id::ObjectId,
    object::{Entry, Grants, Plain},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // The outer joins give a row even if nobody but the owner has any rights, which says that they were taken.
    let sql = "SELECT d.defaclobjtype::text, d.defaclnamespace, n.nspname::text AS schema, \
               pg_get_userbyid(d.defaclrole)::text AS creator, item.privilege, item.grantable, \
               CASE item.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(item.grantee)::text END AS role \
               FROM pg_default_acl AS d LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace \
               LEFT JOIN LATERAL (SELECT grantee, lower(privilege_type) AS privilege, \
               is_grantable AS grantable FROM aclexplode(d.defaclacl) WHERE grantee <> d.defaclrole \
               AND privilege_type <> 'MAINTAIN') \
               AS item ON true";
    let mut granted: BTreeMap<ObjectId, Grants> = BTreeMap::new();
    for row in reader.ask_all("default privileges", sql).await? {
        let schema: Option<String> = row.get("schema")?;
        let is_read = match &schema {
            Some(_) => reader.schemas.contains_key(&row.get("defaclnamespace")?),
            None => reader.scope.has_globals(),
        };
        if !is_read {
            continue;
        }
        let objects = row.code("defaclobjtype", |code| match code {
            "r" => Some("tables"),
            "S" => Some("sequences"),
            "f" => Some("functions"),
            "T" => Some("types"),
            "n" => Some("schemas"),
            "L" => Some("large objects"),
            _ => None,
        })?;
        let creator: String = row.get("creator")?;
        let id = ObjectId::default_privileges(reader.other_role(&creator), objects, schema.as_deref());
        let grants = granted.entry(id).or_default();
        let (role, privilege): (Option<String>, Option<String>) = (row.get("role")?, row.get("privilege")?);
        let (Some(role), Some(privilege)) = (role, privilege) else { continue };
        *grants.entry(role).or_default().entry(privilege).or_default() |= row.get::<bool>("grantable")?;
    }
    for (id, grants) in granted {
        reader.entries.insert(id, Entry { grants, ..Entry::new(Plain::new()) });
    }
    Ok(())
}
