//! Row security policies.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, part},
};
use crate::{
    id::Kind,
    object::{Expression, Policy},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let sql = "SELECT p.oid, p.polrelid, p.polname::text AS name, p.polcmd::text, p.polpermissive, \
               ARRAY(SELECT CASE role WHEN 0 THEN 'public' ELSE pg_get_userbyid(role)::text END \
               FROM unnest(p.polroles) AS role) AS roles, \
               pg_get_expr(p.polqual, p.polrelid) AS using_text, \
               pg_get_expr(p.polwithcheck, p.polrelid) AS check_text \
               FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid WHERE c.relnamespace = ANY ($1)";
    for row in reader.ask("policies", sql).await? {
        let Some(relation) = reader.relation(row.get("polrelid")?) else { continue };
        let id = part(relation, Kind::Policy, row.get("name")?);
        let command = row.code("polcmd", |code| match code {
            "*" => Some("all"),
            "r" => Some("select"),
            "a" => Some("insert"),
            "w" => Some("update"),
            "d" => Some("delete"),
            _ => None,
        })?;
        let policy = Policy {
            command: command.to_owned(),
            permissive: row.get("polpermissive")?,
            roles: row.names("roles")?,
            using: row.get::<Option<String>>("using_text")?.map(Expression),
            check: row.get::<Option<String>>("check_text")?.map(Expression),
        };
        reader.put(Class::Policy, row.get("oid")?, id, policy);
    }
    Ok(())
}
