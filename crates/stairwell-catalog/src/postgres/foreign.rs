//! Foreign data wrappers, servers and user mappings.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, no_member},
};
use crate::{
    id::{Kind, ObjectId},
    object::{Entry, Plain},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_foreign_data_wrapper", "w.oid");
    let [handler, validator] = ["fdwhandler", "fdwvalidator"].map(|column| {
        format!(
            "(SELECT concat(n.nspname, '.', p.proname) FROM pg_proc AS p \
             JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = w.{column})"
        )
    });
    let sql = format!(
        "SELECT w.oid, w.fdwname::text AS name, {handler} AS handler, {validator} AS validator, w.fdwoptions \
         FROM pg_foreign_data_wrapper AS w WHERE {own}"
    );
    for row in reader.ask_all("foreign data wrappers", &sql).await? {
        let id = ObjectId::global(Kind::ForeignDataWrapper, row.get::<String>("name")?);
        let wrapper = Plain::new()
            .with_list("handler", row.get::<Option<String>>("handler")?)
            .with_list("validator", row.get::<Option<String>>("validator")?)
            .with_options(&row.options("fdwoptions")?);
        reader.put(Class::ForeignDataWrapper, row.get("oid")?, id, wrapper);
    }
    let own = no_member("pg_foreign_server", "s.oid");
    let sql = format!(
        "SELECT s.oid, s.srvname::text AS name, w.fdwname::text AS wrapper, s.srvtype, s.srvversion, \
         s.srvoptions FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw \
         WHERE {own}"
    );
    for row in reader.ask_all("servers", &sql).await? {
        let id = ObjectId::global(Kind::Server, row.get::<String>("name")?);
        let server = Plain::new()
            .with("wrapper", row.get::<String>("wrapper")?)
            .with_list("type", row.get::<Option<String>>("srvtype")?)
            .with_list("version", row.get::<Option<String>>("srvversion")?)
            .with_options(&row.options("srvoptions")?);
        reader.put(Class::Server, row.get("oid")?, id, server);
    }
    user_mappings(reader).await
}

async fn user_mappings<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_user_mapping", "m.umid");
    // The table itself is for superusers. Whether the view tells the options is not told by it, so that its
    // own condition is asked for once more.
    let sql = format!(
        "SELECT m.srvname::text AS server, m.umoptions, \
         CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE m.usename::text END AS role, \
         m.umoptions IS NOT NULL OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \
         OR CASE WHEN m.umuser = 0 THEN pg_has_role(s.srvowner, 'USAGE') ELSE m.usename = current_user \
         AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')) END AS told \
         FROM pg_user_mappings AS m JOIN pg_foreign_server AS s ON s.oid = m.srvid WHERE {own}"
    );
    for row in reader.ask_all("user mappings", &sql).await? {
        let role: String = row.get("role")?;
        let id = ObjectId::user_mapping(reader.other_role(&role), row.get::<String>("server")?);
        let mapping = if row.get("told")? {
            Plain::new().with_list("options", row.options("umoptions")?.into_keys())
        } else {
            Plain::new().with_opaque("options")
        };
        // Nothing can be said about a mapping, and nobody granted anything on it.
        reader.entries.insert(id, Entry::new(mapping));
    }
    Ok(())
}
