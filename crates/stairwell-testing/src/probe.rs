//! Whether a migration carries data along, where the rows that are there do not tell.

use stairwell::{ChainSet, Migration, Migrator, Rollback, Target};
use tokio_postgres::Client;

use crate::{
    Failure, TestDatabase,
    process::refused,
    rows::Named,
    snapshot::{MadeAgain, column_lost},
};

/// The data of which the migration makes again only what it knows itself, a line each.
///
/// `database` is one in which the migration was gone over, up and down, and to which nobody is connected.
pub(crate) async fn losses(
    database: &TestDatabase,
    chains: &ChainSet,
    migration: &Migration,
    again: MadeAgain,
) -> Result<Vec<String>, Failure> {
    let MadeAgain { empty: mut lines, filled, columns } = again;
    if !columns.is_empty() {
        let client = database.connect().await?;
        for ((name, table), column) in columns {
            if tells_nothing(&client, &table, &column).await? {
                lines.push(column_lost(&name, &column));
            }
        }
    }
    if !filled.is_empty() {
        let put_in = put_in_anew(database, chains, migration, filled).await?;
        lines.extend(put_in.into_iter().map(|name| {
            format!(
                "- all rows but those of the step itself in table {name}, which is dropped and made again"
            )
        }));
    }
    Ok(lines)
}

/// Whether all values of a column are what a new column has: NULL, or its default.
async fn tells_nothing(client: &Client, table: &str, column: &str) -> Result<bool, Failure> {
    let column_name = column.replace('\'', "''");
    let column = stairwell_catalog::quote_identifier(column);
    // Where a column was added with a default, the server keeps it for the rows that were there.
    let sql = format!(
        "SELECT coalesce(bool_and(t.{column}::text IS NOT DISTINCT FROM d.value), true) FROM ONLY {table} t, \
         (SELECT (a.attmissingval::text::text[])[1] AS value FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = '{}'::pg_catalog.regclass AND a.attname = '{column_name}') d",
        table.replace('\'', "''")
    );
    let row = client.query_one(&sql, &[]).await.map_err(|error| refused("read a column", &error))?;
    Ok(row.get(0))
}

/// The tables that have rows again after the migration went up and down without any: it does not carry them along.
///
/// None if that cannot be tried, because the migration needs these rows.
async fn put_in_anew(
    database: &TestDatabase,
    chains: &ChainSet,
    migration: &Migration,
    tables: Vec<Named>,
) -> Result<Vec<String>, Failure> {
    let copy = database.copy().await?;
    let mut client = copy.connect().await?;
    if !is_gone_over(&mut client, chains, migration, &tables).await {
        return Ok(Vec::new());
    }
    let mut again = Vec::new();
    for (name, table) in tables {
        let sql = format!("SELECT EXISTS (SELECT FROM ONLY {table})");
        let row = client.query_one(&sql, &[]).await.map_err(|error| refused("look for rows", &error))?;
        if row.get(0) {
            again.push(name);
        }
    }
    Ok(again)
}

/// Whether the migration goes up and down without the rows of these tables.
async fn is_gone_over(
    client: &mut Client,
    chains: &ChainSet,
    migration: &Migration,
    tables: &[Named],
) -> bool {
    // Neither triggers nor foreign keys may come in between.
    let delete = |(_, table): &Named| format!("DELETE FROM ONLY {table};");
    let deletes: String = tables.iter().map(delete).collect();
    let sql = format!("SET session_replication_role = replica; {deletes} RESET session_replication_role;");
    let migrator = Migrator::new(chains);
    client.batch_execute(&sql).await.is_ok()
        && migrator.up_to(client, &[Target::at(migration.plugin(), migration.version())]).await.is_ok()
        && migrator.down(client, &Rollback::steps(1)).await.is_ok()
}
