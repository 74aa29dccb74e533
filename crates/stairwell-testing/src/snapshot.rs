//! Everything that a step can leave behind in a database: objects, rows, and how far sequences are.

mod objects;

use std::collections::BTreeMap;

use stairwell::ChainSet;
use stairwell_catalog::{Catalog, QualifiedName, Scope, quote_identifier, read};
use tokio_postgres::{Client, Row};

pub(crate) use self::objects::Unsteady;
use crate::{
    Failure,
    beside::{Details, OfDatabase},
    process::refused,
    rows::{self, Columns, LARGE_OBJECTS, Named, Rows, each, source},
};

/// From so many bytes on, 16 pages, it pays to look first whether a table is as it was.
const LARGE: u32 = 1 << 17;

/// A database at one moment, without what Stairwell itself records.
pub(crate) struct Snapshot {
    catalog: Catalog,
    details: Details,
    /// Of another database, which may be a copy, it would tell nothing.
    of_database: OfDatabase,
    rows: BTreeMap<String, Rows>,
    /// Of large tables: equal if no row was written in between, and none reads otherwise.
    marks: BTreeMap<String, String>,
    storage: BTreeMap<String, Storage>,
    sequences: BTreeMap<String, Sequence>,
}

/// What tells a table and its columns from others that are called the same: they keep it until they are dropped.
struct Storage {
    table: u32,
    /// As SQL takes it.
    quoted: String,
    /// Without those that are computed from others, which have no data of their own.
    columns: BTreeMap<String, i16>,
}

/// Tables and columns that were dropped and made again in between.
#[derive(Default)]
pub(crate) struct MadeAgain {
    /// Without rows: a line each. No row shows that what a deployed application has there is lost.
    pub(crate) empty: Vec<String>,
    /// With the same rows as before, which the step may have carried along, or put in anew.
    pub(crate) filled: Vec<Named>,
    /// Columns of tables that have the same rows as before: the table and the column.
    pub(crate) columns: Vec<(Named, String)>,
}

impl MadeAgain {
    /// Whether there is more to be found out, in the database.
    pub(crate) fn is_to_be_tried(&self) -> bool {
        !self.filled.is_empty() || !self.columns.is_empty()
    }
}

#[derive(Clone, Copy, PartialEq)]
struct Sequence {
    ascending: bool,
    last_value: i64,
    is_called: bool,
}

impl Snapshot {
    /// The objects, without those of Stairwell.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// `earlier` is one of the same database: the rows of a large table that nobody has written to since are not read
    /// again.
    pub(crate) async fn take(
        client: &Client,
        chains: &ChainSet,
        earlier: Option<&Snapshot>,
    ) -> Result<Snapshot, Failure> {
        let read = async || {
            let of_database = OfDatabase::read(client).await;
            let of_database = of_database.map_err(|error| refused("read the database's settings", &error))?;
            Ok(Snapshot { of_database, ..Snapshot::read(client, chains, &Columns::new(), earlier).await? })
        };
        undisturbed(client, read).await
    }

    /// The same without the values of some columns: to compare two databases, which were not filled at the same time.
    pub(crate) async fn take_without(
        client: &Client,
        chains: &ChainSet,
        without: &Columns,
    ) -> Result<Snapshot, Failure> {
        undisturbed(client, async || Snapshot::read(client, chains, without, None).await).await
    }

    async fn read(
        client: &Client,
        chains: &ChainSet,
        without: &Columns,
        earlier: Option<&Snapshot>,
    ) -> Result<Snapshot, Failure> {
        let catalog = self::catalog(client, chains).await?;
        let histories = histories(chains);
        let details = Details::read(client, &histories).await;
        let details = details.map_err(|error| refused("read the details of objects", &error))?;
        let Relations { empty, mut tables, large, storage, sequences } =
            relations(client, &histories).await?;
        let failed = |error| refused("read the rows", &error);
        let marks = marks(client, &large).await.map_err(failed)?;
        let mut rows = BTreeMap::new();
        if let Some(earlier) = earlier {
            let same = marks.iter().filter(|(name, mark)| earlier.marks.get(*name) == Some(mark));
            rows.extend(same.filter_map(|(name, _)| Some((name.clone(), earlier.rows.get(name)?.clone()))));
            tables.retain(|(name, _)| !rows.contains_key(name));
        }
        rows.extend(rows::read(client, tables, without).await.map_err(failed)?);
        rows.extend(empty.into_iter().map(|name| (name, Rows::none())));
        let sequences = values(client, sequences).await;
        let sequences = sequences.map_err(|error| refused("read the sequences", &error))?;
        Ok(Snapshot { catalog, details, of_database: OfDatabase::default(), rows, marks, storage, sequences })
    }

    /// What has become of the rows of tables that both have: a line per table, and some of the rows.
    pub(crate) fn row_differences(&self, after: &Snapshot) -> Vec<String> {
        let both = self.rows.iter().filter_map(|(name, rows)| Some((name, rows, after.rows.get(name)?)));
        both.filter(|(_, before, after)| before != after)
            .map(|(name, before, after)| before.described(name, after))
            .collect()
    }

    /// Tables and columns that were dropped and made again in between, where rows do not tell what was lost.
    pub(crate) fn made_again(&self, after: &Snapshot) -> MadeAgain {
        let mut found = MadeAgain::default();
        for (name, before) in &self.storage {
            let Some(now) = after.storage.get(name) else { continue };
            let (Some(rows), Some(rows_now)) = (self.rows.get(name), after.rows.get(name)) else { continue };
            if rows != rows_now {
                continue;
            }
            let table = || (name.clone(), before.quoted.clone());
            if before.table != now.table {
                match rows.count {
                    0 => found
                        .empty
                        .push(format!("- all rows of table {name}, which is dropped and made again")),
                    _ => found.filled.push(table()),
                }
                continue;
            }
            let is_again = |(column, number): &(&String, &i16)| {
                now.columns.get(*column).is_some_and(|now| now != *number)
            };
            for (column, _) in before.columns.iter().filter(is_again) {
                match rows.count {
                    0 => found.empty.push(column_lost(name, column)),
                    _ => found.columns.push((table(), column.clone())),
                }
            }
        }
        found
    }

    /// The tables that both have, and that have other rows.
    pub(crate) fn tables_with_other_rows<'s>(&'s self, after: &'s Snapshot) -> impl Iterator<Item = &'s str> {
        let both = self.rows.iter().filter_map(|(name, rows)| Some((name, rows, after.rows.get(name)?)));
        both.filter(|(_, before, after)| before != after).map(|(name, ..)| name.as_str())
    }

    /// Tables that both have, with other numbers of rows.
    pub(crate) fn count_differences(&self, after: &Snapshot) -> Vec<String> {
        let both = self.rows.iter().filter_map(|(name, rows)| Some((name, rows, after.rows.get(name)?)));
        both.filter(|(_, before, after)| before.count != after.count)
            .map(|(name, before, after)| before.described(name, after))
            .collect()
    }
}

/// Reads at one moment, and in one way whatever a migration has set in the session.
///
/// To compile a query over hundreds of tables takes the server a second, and to run it a hundredth of that.
async fn undisturbed<T>(
    client: &Client,
    read: impl AsyncFnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
         SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = postgres; \
         SET LOCAL bytea_output = hex; SET LOCAL extra_float_digits = 1; SET LOCAL jit = off";
    client.batch_execute(BEGIN).await.map_err(|error| refused("begin to read", &error))?;
    // In a box, because the compiler gives up on futures within futures at some depth.
    let read = Box::pin(read()).await;
    let end = client.batch_execute("ROLLBACK").await;
    // What went wrong first says more.
    let read = read?;
    end.map_err(|error| refused("read to the end", &error))?;
    Ok(read)
}

/// The objects of a database, without those of Stairwell.
pub(crate) async fn catalog(client: &Client, chains: &ChainSet) -> Result<Catalog, Failure> {
    let scope = Scope::database().without_schema(stairwell::SCHEMA);
    let scope = histories(chains).into_iter().fold(scope, Scope::without_table);
    let failure = |error| Failure::new(format!("cannot read the catalog: {}", crate::host::chain(&error)));
    read(client, &scope).await.map_err(failure)
}

/// The line for a column whose values are lost.
pub(crate) fn column_lost(table: &str, column: &str) -> String {
    format!("- all values of column {table}.{column}, which is dropped and made again")
}

fn histories(chains: &ChainSet) -> Vec<QualifiedName> {
    let histories = chains.chains().iter().map(|chain| chain.history());
    histories.map(|table| QualifiedName::new(table.schema(), table.name())).collect()
}

impl Sequence {
    fn is_behind(&self, before: &Sequence) -> bool {
        let key = |sequence: &Sequence| {
            let value = i128::from(sequence.last_value);
            (if before.ascending { value } else { -value }, sequence.is_called)
        };
        key(self) < key(before)
    }

    fn described(&self) -> String {
        let after = if self.is_called { "after " } else { "" };
        format!("{after}{}", self.last_value)
    }
}

/// What there is to be read.
#[derive(Default)]
struct Relations {
    /// Tables without a single page: they need not be asked, which is most of the work where there are many.
    empty: Vec<String>,
    /// Tables that have rows of their own, or had some.
    tables: Vec<Named>,
    /// Those of them that are large and of which all is known from the rows themselves, with what else makes them
    /// read as they do.
    large: Vec<(Named, String)>,
    /// Of all tables, also of those that have columns and no rows of their own, such as partitioned ones.
    storage: BTreeMap<String, Storage>,
    /// With whether they ascend.
    sequences: Vec<(Named, bool)>,
}

async fn relations(client: &Client, without: &[QualifiedName]) -> Result<Relations, Failure> {
    // 2 is heap; another access method may keep its rows elsewhere than in pages. A column that was added to rows that
    // are there has its default in `attmissingval`. A domain reads as the type below it.
    let sql = format!(
        "SELECT n.nspname::text, c.relname::text, c.relkind = 'S', coalesce(s.seqincrement > 0, true), \
         c.relam = 2 AND pg_catalog.pg_relation_size(c.oid) = 0, c.oid, \
         ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
         AND NOT a.attisdropped ORDER BY a.attnum), \
         ARRAY(SELECT CASE WHEN a.attgenerated = '' THEN a.attnum END FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
         ARRAY(SELECT coalesce(nullif(t.typbasetype, 0), t.oid) FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 \
         AND NOT a.attisdropped ORDER BY a.attnum), \
         CASE WHEN c.relam = 2 AND pg_catalog.pg_relation_size(c.oid) >= {LARGE} THEN concat_ws(' ', c.oid, c.relfilenode, \
         (SELECT string_agg(concat_ws(' ', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attmissingval::text), ', ' \
         ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)) END, c.relkind = 'r' \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid \
         WHERE c.relkind IN ('r', 'S', 'p', 'f') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%' \
         AND n.nspname NOT IN ('information_schema', 'stairwell') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2"
    );
    let rows = client.query_typed(&sql, &[]).await.map_err(|error| refused("list the tables", &error))?;
    let mut relations = Relations::default();
    for row in rows {
        let (schema, name): (String, String) = (row.get(0), row.get(1));
        let quoted = format!("{}.{}", quote_identifier(&schema), quote_identifier(&name));
        let shown = QualifiedName::new(schema, name);
        if without.contains(&shown) {
            continue;
        }
        let shown = shown.to_string();
        if row.get(2) {
            relations.sequences.push(((shown, quoted), row.get(3)));
            continue;
        }
        let (names, numbers): (Vec<String>, Vec<Option<i16>>) = (row.get(6), row.get(7));
        let types: Vec<u32> = row.get(8);
        if let Some(layout) = row.get(9)
            && types.iter().all(rows::is_fixed)
            && numbers.iter().all(Option::is_some)
        {
            relations.large.push(((shown.clone(), quoted.clone()), layout));
        }
        let source = source(&quoted, &names, &types);
        let columns = names.into_iter().zip(numbers);
        let columns = columns.filter_map(|(name, number)| Some((name, number?))).collect();
        relations.storage.insert(shown.clone(), Storage { table: row.get(5), quoted, columns });
        match (row.get(10), row.get(4)) {
            // A partitioned or foreign table.
            (false, _) => {}
            (true, true) => relations.empty.push(shown),
            (true, false) => relations.tables.push((shown, source)),
        }
    }
    relations.tables.push((LARGE_OBJECTS.0.to_owned(), LARGE_OBJECTS.1.to_owned()));
    Ok(relations)
}

/// What SQL reads the rows of each table from, by the table's name as it is shown.
pub(crate) async fn sources(client: &Client) -> Result<BTreeMap<String, String>, Failure> {
    Ok(relations(client, &[]).await?.tables.into_iter().collect())
}

/// A row that is written gets another place or another transaction, also when it is written as it was.
async fn marks(
    client: &Client,
    large: &[(Named, String)],
) -> Result<BTreeMap<String, String>, tokio_postgres::Error> {
    let (names, layouts): (Vec<Named>, Vec<&str>) =
        large.iter().map(|(named, layout)| (named.clone(), layout.as_str())).unzip();
    let written = |(_, table): &Named| {
        format!(
            "concat_ws(' ', count(*), sum(hashtidextended(t.ctid, t.xmin::text::int8))) FROM ONLY {table} t"
        )
    };
    let found = each(client, &names, written).await?;
    let mark = |(row, name): (Row, String)| {
        let (place, written): (i32, String) = (row.get(0), row.get(1));
        Some((name, format!("{} {written}", layouts.get(place as usize)?)))
    };
    Ok(found.into_iter().filter_map(mark).collect())
}

async fn values(
    client: &Client,
    sequences: Vec<(Named, bool)>,
) -> Result<BTreeMap<String, Sequence>, tokio_postgres::Error> {
    let (names, ascending): (Vec<Named>, Vec<bool>) = sequences.into_iter().unzip();
    let value = |(_, sequence): &Named| format!("last_value, is_called FROM {sequence}");
    let found = each(client, &names, value).await?;
    let sequence = |(row, name): (Row, String)| {
        let place: i32 = row.get(0);
        let ascending = ascending.get(place as usize).copied().unwrap_or(true);
        (name, Sequence { ascending, last_value: row.get(1), is_called: row.get(2) })
    };
    Ok(found.into_iter().map(sequence).collect())
}
