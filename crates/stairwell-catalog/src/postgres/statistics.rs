//! Statistics objects.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, column_names},
};
use crate::{
    id::{Kind, ObjectId},
    object::Plain,
};

/// Every kind that there is, but the one of expressions, which comes with them.
const KINDS: [(&str, &str); 3] = [("d", "ndistinct"), ("f", "dependencies"), ("m", "mcv")];

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let columns = column_names("s.stxkeys::int2[]", "s.stxrelid");
    let sql = format!(
        "SELECT s.oid, s.stxrelid, s.stxnamespace, s.stxname::text AS name, {columns} AS columns, \
         s.stxkind::text[] AS kinds, nullif(s.stxstattarget::int4, -1) AS target, \
         pg_get_statisticsobjdef_expressions(s.oid) AS expressions \
         FROM pg_statistic_ext AS s WHERE s.stxnamespace = ANY ($1)"
    );
    for row in reader.ask("statistics", &sql).await? {
        let Some(table) = reader.relation(row.get("stxrelid")?).map(|it| it.name) else { continue };
        // The server keeps the columns in the table's order, however they were listed.
        let mut columns: Vec<String> = row.names("columns")?;
        columns.sort();
        let codes: Vec<String> = row.list("kinds")?;
        let mut kinds: Vec<&str> = KINDS
            .iter()
            .filter(|(code, _)| codes.iter().any(|it| it == code))
            .map(|(_, word)| *word)
            .collect();
        kinds.sort_unstable();
        if kinds.len() == KINDS.len() {
            kinds.clear();
        }
        let statistics = Plain::new()
            .with("on", table.to_string())
            .with_list("columns", columns)
            .with_text("expressions", row.list::<String>("expressions")?.join(", "))
            .with_list("kinds", kinds)
            .with_list("target", row.get::<Option<i32>>("target")?);
        let name = reader.qualified(&row, "stxnamespace")?;
        let id = ObjectId::new(Kind::Statistics, name.schema, name.name);
        reader.put(Class::Statistics, row.get("oid")?, id, statistics);
    }
    Ok(())
}
