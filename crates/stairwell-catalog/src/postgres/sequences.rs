//! Sequences.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    object::Sequence,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let sql = "SELECT s.seqrelid, s.seqtypid, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, \
               s.seqcycle, c.relpersistence = 'u' AS unlogged, coalesce(d.deptype = 'i', false) AS identity, \
               n.nspname::text AS owner_schema, t.relname::text AS owner_table, \
               a.attname::text AS owner_column \
               FROM pg_sequence AS s JOIN pg_class AS c ON c.oid = s.seqrelid \
               LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid \
               AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 \
               AND d.deptype IN ('a', 'i') \
               LEFT JOIN pg_class AS t ON t.oid = d.refobjid \
               LEFT JOIN pg_namespace AS n ON n.oid = t.relnamespace \
               LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
               WHERE c.relnamespace = ANY ($1)";
    for row in reader.ask("sequences", sql).await? {
        let oid: u32 = row.get("seqrelid")?;
        let owner_schema: Option<String> = row.get("owner_schema")?;
        let owner: Option<QualifiedName> = match owner_schema {
            Some(schema) => Some(QualifiedName::new(schema, row.get::<String>("owner_table")?)),
            None => None,
        };
        if owner.as_ref().is_some_and(|table| !reader.scope.has_relation(table)) {
            reader.relations.remove(&oid);
            continue;
        }
        let Some(relation) = reader.relation(oid) else { continue };
        let id = ObjectId::new(Kind::Sequence, relation.name.schema, relation.name.name);
        let owned_by = match owner {
            Some(table) => Some((table, row.get("owner_column")?)),
            None => None,
        };
        let sequence = Sequence {
            ty: reader.types.bare(row.get("seqtypid")?),
            start: row.get("seqstart")?,
            increment: row.get("seqincrement")?,
            min: row.get("seqmin")?,
            max: row.get("seqmax")?,
            cache: row.get("seqcache")?,
            cycle: row.get("seqcycle")?,
            owned_by,
            identity: row.get("identity")?,
            unlogged: row.get("unlogged")?,
        };
        reader.put(Class::Relation, oid, id, sequence);
    }
    Ok(())
}
