//! Collations, of which only the existence is followed: what they sort like is the operating system's.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, no_member},
};
use crate::{
    id::{Kind, ObjectId},
    object::Plain,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_collation", "c.oid");
    let sql = format!(
        "SELECT c.oid, c.collnamespace, c.collname::text AS name FROM pg_collation AS c \
         WHERE c.collnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("collations", &sql).await? {
        let name = reader.qualified(&row, "collnamespace")?;
        let id = ObjectId::new(Kind::Collation, name.schema, name.name);
        reader.put(Class::Collation, row.get("oid")?, id, Plain::new());
    }
    Ok(())
}
