//! Extensions.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader},
};
use crate::{
    id::{Kind, ObjectId},
    object::{Extension, Known},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // PL/pgSQL is there from the start, even if somebody dropped it and created it again.
    let sql = "SELECT e.oid, e.extname::text AS name, n.nspname::text AS schema \
               FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace \
               WHERE e.extname <> 'plpgsql'";
    for row in reader.ask_all("extensions", sql).await? {
        let id = ObjectId::global(Kind::Extension, row.get::<String>("name")?);
        let extension = Extension { schema: Known::Known(row.get("schema")?) };
        reader.put(Class::Extension, row.get("oid")?, id, extension);
    }
    Ok(())
}
