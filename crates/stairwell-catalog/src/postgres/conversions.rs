//! What turns values into others: casts, conversions between encodings, transforms.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, FIRST_OF_USERS, Reader, no_member},
};
use crate::{
    id::{Kind, ObjectId},
    object::Plain,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_conversion", "c.oid");
    let sql = format!(
        "SELECT c.oid, c.connamespace, c.conname::text AS name, \
         concat_ws(' ', CASE WHEN c.condefault THEN 'default' END, 'for', pg_encoding_to_char(c.conforencoding), \
         'to', pg_encoding_to_char(c.contoencoding), 'from', c.conproc::text) AS definition \
         FROM pg_conversion AS c WHERE c.connamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("conversions", &sql).await? {
        let name = reader.qualified(&row, "connamespace")?;
        let id = ObjectId::new(Kind::Conversion, name.schema, name.name);
        let conversion = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::Conversion, row.get("oid")?, id, conversion);
    }
    Ok(())
}

pub(super) async fn read_globals<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_cast", "c.oid");
    // The cast of a range to its multirange is an internal part of the type.
    let sql = format!(
        "SELECT c.oid, c.castsource, c.casttarget, \
         concat_ws(' ', CASE c.castmethod WHEN 'i' THEN 'with inout' WHEN 'b' THEN 'without function' \
         ELSE 'with function ' || c.castfunc::regprocedure END, \
         CASE c.castcontext WHEN 'a' THEN 'as assignment' WHEN 'i' THEN 'as implicit' END) AS definition \
         FROM pg_cast AS c WHERE c.oid >= {FIRST_OF_USERS} AND {own} \
         AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_cast'::regclass \
         AND d.objid = c.oid AND d.deptype = 'i')"
    );
    for row in reader.ask_all("casts", &sql).await? {
        let (from, to) = (row.get("castsource")?, row.get("casttarget")?);
        let id = ObjectId::cast(reader.types.bare(from), reader.types.bare(to));
        let cast = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::Cast, row.get("oid")?, id, cast);
    }
    let own = no_member("pg_transform", "t.oid");
    let sql = format!(
        "SELECT t.oid, t.trftype, l.lanname::text AS language, \
         concat_ws(', ', 'from sql with function ' || nullif(t.trffromsql::oid, 0)::regprocedure, \
         'to sql with function ' || nullif(t.trftosql::oid, 0)::regprocedure) AS definition \
         FROM pg_transform AS t JOIN pg_language AS l ON l.oid = t.trflang WHERE {own}"
    );
    for row in reader.ask_all("transforms", &sql).await? {
        let id = ObjectId::transform(reader.types.bare(row.get("trftype")?), row.get::<String>("language")?);
        let transform = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(Class::Transform, row.get("oid")?, id, transform);
    }
    Ok(())
}
