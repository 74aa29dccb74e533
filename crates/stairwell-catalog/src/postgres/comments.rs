//! Comments.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, FIRST_OF_USERS, Reader},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // The schema `public` comes with a comment, which is not worth telling. What has a lower number than the
    // first object of a user is the server's.
    let sql = format!(
        "SELECT c.relname::text AS class, d.objoid, d.objsubid, d.description \
               FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.classoid \
               WHERE d.objoid >= {FIRST_OF_USERS} \
         OR d.classoid = 'pg_namespace'::regclass AND d.description <> 'standard public schema'"
    );
    for row in reader.ask_all("comments", &sql).await? {
        let Some(class) = Class::from_catalog(row.get("class")?) else { continue };
        // The comment of an extension comes from its control file.
        if class == Class::Extension {
            continue;
        }
        let key = (class, row.get("objoid")?, row.get("objsubid")?);
        if let Some(entry) = reader.ids.get(&key).and_then(|id| reader.entries.get_mut(id)) {
            entry.comment = Some(row.get("description")?);
        }
    }
    Ok(())
}
