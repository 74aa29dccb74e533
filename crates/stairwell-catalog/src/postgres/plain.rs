//! Objects of which only the existence is followed.

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
    let sql = "SELECT oid, stxrelid, stxnamespace, stxname::text AS name FROM pg_statistic_ext \
               WHERE stxnamespace = ANY ($1)";
    for row in reader.ask("statistics", sql).await? {
        if reader.relation(row.get("stxrelid")?).is_some() {
            let name = reader.qualified(&row, "stxnamespace")?;
            let id = ObjectId::new(Kind::Statistics, name.schema, name.name);
            reader.put(Class::Statistics, row.get("oid")?, id, Plain {});
        }
    }
    let own = no_member("pg_collation", "c.oid");
    let sql = format!(
        "SELECT c.oid, c.collnamespace, c.collname::text AS name FROM pg_collation AS c \
         WHERE c.collnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("collations", &sql).await? {
        let name = reader.qualified(&row, "collnamespace")?;
        let id = ObjectId::new(Kind::Collation, name.schema, name.name);
        reader.put(Class::Collation, row.get("oid")?, id, Plain {});
    }
    Ok(())
}

pub(super) async fn read_publications<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    for row in reader.ask_all("publications", "SELECT oid, pubname::text AS name FROM pg_publication").await?
    {
        let id = ObjectId::global(Kind::Publication, row.get::<String>("name")?);
        reader.put(Class::Publication, row.get("oid")?, id, Plain {});
    }
    Ok(())
}
