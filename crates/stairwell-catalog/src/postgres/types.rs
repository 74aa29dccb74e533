//! Enums, domains, composite types, ranges, base types.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, Reader, collation, no_member},
};
use crate::{
    id::{Kind, ObjectId},
    object::{Composite, Domain, Enum, Expression, Object, Plain, Range},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_type", "t.oid");
    let collation = collation("t.typcollation", "b.typcollation");
    // A table's row type is of type `c` too; its relation is the table. That an array belongs to an element
    // type is told by what it does, because no index leads back from it.
    let sql = format!(
        "SELECT t.oid, t.typnamespace, t.typname::text AS name, t.typtype::text, t.typrelid, t.typbasetype, \
         t.typnotnull, {collation} AS collation, r.rngsubtype, m.typname::text AS multirange, \
         CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base_text, \
         coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS default, \
         ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = t.oid \
         ORDER BY e.enumsortorder) AS labels \
         FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid \
         LEFT JOIN pg_type AS b ON b.oid = t.typbasetype \
         LEFT JOIN pg_range AS r ON r.rngtypid = t.oid LEFT JOIN pg_type AS m ON m.oid = r.rngmultitypid \
         WHERE t.typnamespace = ANY ($1) AND {own} AND (t.typtype IN ('e', 'd', 'r') \
         OR t.typtype = 'c' AND c.relkind = 'c' \
         OR t.typtype = 'b' AND t.typsubscript <> 'array_subscript_handler'::regproc)"
    );
    for row in reader.ask("types", &sql).await? {
        let Some(object) = object(reader, &row)? else { continue };
        let name = reader.qualified(&row, "typnamespace")?;
        let id = ObjectId::new(Kind::Type, name.schema, name.name);
        reader.put(Class::Type, row.get("oid")?, id, object);
    }
    Ok(())
}

/// `None` if it is out of scope.
fn object<C: GenericClient>(reader: &mut Reader<'_, C>, row: &Cells) -> Result<Option<Object>, ReadError> {
    Ok(Some(match row.get("typtype")? {
        "e" => Enum { values: row.list("labels")? }.into(),
        "d" => Domain {
            base: reader.types.with_text(row.get("typbasetype")?, row.get("base_text")?),
            not_null: row.get("typnotnull")?,
            default: row.get::<Option<String>>("default")?.map(Expression),
            collation: row.get("collation")?,
        }
        .into(),
        "c" => {
            let relation: u32 = row.get("typrelid")?;
            if reader.relation(relation).is_none() {
                return Ok(None);
            }
            Composite { attributes: reader.attributes.remove(&relation).unwrap_or_default() }.into()
        }
        "r" => Range {
            subtype: reader.types.bare(row.get("rngsubtype")?),
            multirange: row.get::<Option<String>>("multirange")?.unwrap_or_default(),
        }
        .into(),
        _ => Plain::new().into(),
    }))
}
