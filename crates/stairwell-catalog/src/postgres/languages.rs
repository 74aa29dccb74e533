//! What extends the server itself: procedural languages and access methods.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, FIRST_OF_USERS, Reader, no_member},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    object::{Language, Plain},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_language", "l.oid");
    let [handler, inline, validator] = ["lanplcallfoid", "laninline", "lanvalidator"].map(|column| {
        format!(
            "(SELECT ARRAY[n.nspname::text, p.proname::text] FROM pg_proc AS p \
             JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE p.oid = l.{column})"
        )
    });
    let sql = format!(
        "SELECT l.oid, l.lanname::text AS name, l.lanpltrusted, {handler} AS handler, {inline} AS inline, \
         {validator} AS validator FROM pg_language AS l WHERE l.oid >= {FIRST_OF_USERS} AND {own}"
    );
    for row in reader.ask_all("languages", &sql).await? {
        let id = ObjectId::global(Kind::Language, row.get::<String>("name")?);
        let language = Language {
            trusted: row.get("lanpltrusted")?,
            handler: function(&row, "handler")?,
            inline: function(&row, "inline")?,
            validator: function(&row, "validator")?,
        };
        reader.put(Class::Language, row.get("oid")?, id, language);
    }
    let own = no_member("pg_am", "m.oid");
    let sql = format!(
        "SELECT m.oid, m.amname::text AS name, \
         concat('type ', CASE m.amtype WHEN 't' THEN 'table' ELSE 'index' END, ' handler ', m.amhandler) \
         AS definition FROM pg_am AS m WHERE m.oid >= {FIRST_OF_USERS} AND {own}"
    );
    for row in reader.ask_all("access methods", &sql).await? {
        let id = ObjectId::global(Kind::AccessMethod, row.get::<String>("name")?);
        let method = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::AccessMethod, row.get("oid")?, id, method);
    }
    Ok(())
}

fn function(row: &Cells, name: &'static str) -> Result<Option<ObjectId>, ReadError> {
    let parts: Vec<String> = row.list(name)?;
    Ok(match parts.as_slice() {
        [schema, name] => Some(ObjectId::function(&QualifiedName::new(schema, name), "")),
        _ => None,
    })
}
