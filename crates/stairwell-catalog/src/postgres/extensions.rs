//! Extensions.

use tokio_postgres::GenericClient;

use super::{ReadError, reader::Reader};
use crate::{
    id::{Kind, ObjectId},
    object::{Entry, Extension, Known},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // PL/pgSQL is there from the start, even if somebody dropped it and created it again.
    let sql = "SELECT e.extname::text AS name, n.nspname::text AS schema \
               FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace \
               WHERE e.extname <> 'plpgsql'";
    for row in reader.ask_all("extensions", sql).await? {
        let id = ObjectId::global(Kind::Extension, row.get::<String>("name")?);
        let extension = Extension { schema: Known::Known(row.get("schema")?) };
        reader.entries.insert(id, Entry::new(extension));
    }
    Ok(())
}
