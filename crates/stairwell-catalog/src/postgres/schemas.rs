//! Schemas.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, no_member},
};
use crate::{
    id::{Kind, ObjectId},
    object::Schema,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_namespace", "n.oid");
    let sql = format!("SELECT n.oid, n.nspname::text AS name, {own} AS own FROM pg_namespace AS n");
    for row in reader.ask_all("schemas", &sql).await? {
        let (oid, name): (u32, String) = (row.get("oid")?, row.get("name")?);
        if !reader.scope.has_schema(&name) {
            continue;
        }
        reader.schemas.insert(oid, name.clone());
        // A user's objects may live in a schema of an extension, so that such a one is read, but is no object.
        if row.get("own")? {
            reader.put(Class::Schema, oid, ObjectId::global(Kind::Schema, name), Schema {});
        }
    }
    Ok(())
}
