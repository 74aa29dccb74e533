//! Everything that a step can leave behind in a database: objects, rows, and how far sequences are.

use std::collections::{BTreeMap, BTreeSet};

use stairwell::ChainSet;
use stairwell_catalog::{Catalog, QualifiedName, Scope, diff, quote_identifier, read};
use tokio_postgres::{Client, Row};

use crate::{
    Failure,
    beside::{Details, OfDatabase},
    process::refused,
};

/// So many rows of a table are compared one by one, and shown; of a larger one, number and hash.
const ROWS: usize = 1000;

/// So many rows are shown of each side.
const SHOWN: usize = 3;

/// A database at one moment, without what Stairwell itself records.
pub(crate) struct Snapshot {
    catalog: Catalog,
    details: Details,
    /// Of another database, which may be a copy, it would tell nothing.
    of_database: OfDatabase,
    rows: BTreeMap<String, Rows>,
    storage: BTreeMap<String, Storage>,
    sequences: BTreeMap<String, Sequence>,
}

impl MadeAgain {
    /// Whether there is more to be found out, in the database.
    pub(crate) fn is_to_be_tried(&self) -> bool {
        !self.filled.is_empty() || !self.columns.is_empty()
    }
}

/// The rows of a table, as JSON: named values, so that the order of the columns makes no difference.
#[derive(PartialEq)]
struct Rows {
    count: i64,
    hash: String,
    first: Vec<String>,
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

    pub(crate) async fn take(client: &Client, chains: &ChainSet) -> Result<Snapshot, Failure> {
        let read = async || {
            let of_database = OfDatabase::read(client).await;
            let of_database = of_database.map_err(|error| refused("read the database's settings", &error))?;
            Ok(Snapshot { of_database, ..Snapshot::read(client, chains, &Columns::new()).await? })
        };
        undisturbed(client, read).await
    }

    /// The same without the values of some columns: to compare two databases, which were not filled at the same time.
    pub(crate) async fn take_without(
        client: &Client,
        chains: &ChainSet,
        without: &Columns,
    ) -> Result<Snapshot, Failure> {
        undisturbed(client, async || Snapshot::read(client, chains, without).await).await
    }

    async fn read(client: &Client, chains: &ChainSet, without: &Columns) -> Result<Snapshot, Failure> {
        let catalog = self::catalog(client, chains).await?;
        let histories = histories(chains);
        let details = Details::read(client, &histories).await;
        let details = details.map_err(|error| refused("read the details of objects", &error))?;
        let Relations { empty, tables, storage, sequences } = relations(client, &histories).await?;
        let mut rows =
            rows(client, tables, without).await.map_err(|error| refused("read the rows", &error))?;
        rows.extend(empty.into_iter().map(|name| (name, Rows::none())));
        let sequences = values(client, sequences).await;
        let sequences = sequences.map_err(|error| refused("read the sequences", &error))?;
        Ok(Snapshot { catalog, details, of_database: OfDatabase::default(), rows, storage, sequences })
    }

    /// Which objects differ, one line each; and which sequences have gone back.
    ///
    /// A sequence that is further on is none: numbers are skipped anyway. One that has gone back gives numbers
    /// again that were given before.
    pub(crate) fn object_differences(&self, after: &Snapshot) -> Vec<String> {
        let objects =
            diff(&self.catalog, &after.catalog).into_iter().map(|difference| difference.to_string());
        let gone_back = self.sequences.iter().filter_map(|(name, before)| {
            let after = after.sequences.get(name)?;
            after.is_behind(before).then(|| {
                format!("~ sequence {name}: the next value: {} -> {}", before.described(), after.described())
            })
        });
        let details = self.details.differences(&after.details);
        objects
            .chain(details)
            .chain(self.of_database.differences(&after.of_database))
            .chain(gone_back)
            .collect()
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
         SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL jit = off";
    client.batch_execute(BEGIN).await.map_err(|error| refused("begin to read", &error))?;
    let read = read().await;
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

impl Rows {
    /// What the query gives for a table whose rows were deleted.
    fn none() -> Rows {
        Rows { count: 0, hash: "0".to_owned(), first: Vec::new() }
    }

    fn described(&self, name: &str, after: &Rows) -> String {
        let mut text = format!("~ rows of table {name}: {} -> {}", self.count, after.count);
        let (old, new): (BTreeSet<_>, BTreeSet<_>) =
            (self.first.iter().collect(), after.first.iter().collect());
        for (sign, rows) in [('-', old.difference(&new)), ('+', new.difference(&old))] {
            let rows: Vec<_> = rows.collect();
            for row in rows.iter().take(SHOWN) {
                text.push_str(&format!("\n    {sign} {row}"));
            }
            if rows.len() > SHOWN {
                text.push_str(&format!("\n    {sign} … and {} more", rows.len() - SHOWN));
            }
        }
        text
    }
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

/// Columns by the name of their table, as it is shown.
pub(crate) type Columns = BTreeMap<String, BTreeSet<String>>;

/// A name as it is shown, and what SQL reads the relation from.
pub(crate) type Named = (String, String);

/// What there is to be read.
#[derive(Default)]
struct Relations {
    /// Tables without a single page: they need not be asked, which is most of the work where there are many.
    empty: Vec<String>,
    /// Tables that have rows of their own, or had some.
    tables: Vec<Named>,
    /// Of both.
    storage: BTreeMap<String, Storage>,
    /// With whether they ascend.
    sequences: Vec<(Named, bool)>,
}

async fn relations(client: &Client, without: &[QualifiedName]) -> Result<Relations, Failure> {
    // 2 is heap; another access method may keep its rows elsewhere than in pages.
    const SQL: &str = "SELECT n.nspname::text, c.relname::text, c.relkind = 'S', coalesce(s.seqincrement > 0, true), \
         c.relam = 2 AND pg_catalog.pg_relation_size(c.oid) = 0, c.oid, \
         ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
         AND NOT a.attisdropped ORDER BY a.attnum), \
         ARRAY(SELECT CASE WHEN a.attgenerated = '' THEN a.attnum END FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
         ARRAY(SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
         AND NOT a.attisdropped ORDER BY a.attnum) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid \
         WHERE c.relkind IN ('r', 'S') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%' \
         AND n.nspname NOT IN ('information_schema', 'stairwell') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2";
    let rows = client.query_typed(SQL, &[]).await.map_err(|error| refused("list the tables", &error))?;
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
        let source = source(&quoted, &names, &row.get::<_, Vec<u32>>(8));
        let columns = names.into_iter().zip(numbers);
        let columns = columns.filter_map(|(name, number)| Some((name, number?))).collect();
        relations.storage.insert(shown.clone(), Storage { table: row.get(5), quoted, columns });
        match row.get(4) {
            true => relations.empty.push(shown),
            false => relations.tables.push((shown, source)),
        }
    }
    relations.tables.push((LARGE_OBJECTS.0.to_owned(), LARGE_OBJECTS.1.to_owned()));
    Ok(relations)
}

/// Large objects, as if they were rows of a table: only a superuser reads the one that they are in.
const LARGE_OBJECTS: (&str, &str) = (
    "pg_largeobject",
    "(SELECT m.oid AS loid, encode(sha256(lo_get(m.oid)), 'hex') AS data FROM pg_catalog.pg_largeobject_metadata m \
     WHERE pg_catalog.pg_has_role(m.lomowner, 'USAGE'))",
);

/// Types that are the same as JSON: boolean, numbers, text, `jsonb`, `bytea`, dates and times, `uuid`.
///
/// Others are not, or not always: `json` tells texts apart that mean the same, and may have a character in it that
/// `jsonb` refuses; arrays begin with any number; what a type of an extension becomes is that extension's business.
const PLAIN: [u32; 20] =
    [16, 17, 18, 19, 20, 21, 23, 25, 26, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1700, 2950];
const JSONB: u32 = 3802;

/// What SQL reads the table's own rows from, in values that JSON has a place for.
fn source(table: &str, columns: &[String], types: &[u32]) -> String {
    let is_plain = |oid: &u32| PLAIN.contains(oid) || *oid == JSONB;
    if types.iter().all(is_plain) {
        return format!("ONLY {table}");
    }
    let values = columns.iter().zip(types).map(|(column, oid)| {
        let column = quote_identifier(column);
        if is_plain(oid) { column.to_string() } else { format!("{column}::text AS {column}") }
    });
    format!("(SELECT {} FROM ONLY {table})", values.collect::<Vec<_>>().join(", "))
}

/// What SQL reads the rows of each table from, by the table's name as it is shown.
pub(crate) async fn sources(client: &Client) -> Result<BTreeMap<String, String>, Failure> {
    Ok(relations(client, &[]).await?.tables.into_iter().collect())
}

async fn rows(
    client: &Client,
    tables: Vec<Named>,
    without: &Columns,
) -> Result<BTreeMap<String, Rows>, tokio_postgres::Error> {
    let row = |name: &str| {
        let columns = without.get(name).into_iter().flatten();
        let columns: Vec<String> =
            columns.map(|column| format!("'{}'", column.replace('\'', "''"))).collect();
        format!("(to_jsonb(t) - ARRAY[{}]::text[])::text", columns.join(", "))
    };
    let summary = |(name, table): &Named| {
        let row = row(name);
        format!("count(*), coalesce(sum(hashtextextended({row}, 0)), 0)::text FROM {table} t")
    };
    let mut all = BTreeMap::new();
    for (row, name) in each(client, &tables, summary).await? {
        all.insert(name, Rows { count: row.get(1), hash: row.get(2), first: Vec::new() });
    }
    let filled: Vec<Named> =
        tables.into_iter().filter(|(name, _)| all.get(name).is_some_and(|rows| rows.count > 0)).collect();
    let some = |(name, table): &Named| format!("{} FROM (SELECT * FROM {table} s LIMIT {ROWS}) t", row(name));
    for (row, name) in each(client, &filled, some).await? {
        // Which of the rows of a large table come first is chance.
        if let Some(rows) = all.get_mut(&name).filter(|rows| rows.count <= ROWS as i64) {
            rows.first.push(row.get(1));
        }
    }
    all.values_mut().for_each(|rows| rows.first.sort_unstable());
    Ok(all)
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

/// Asks all relations in one request: a round trip for each would be most of the time.
async fn each(
    client: &Client,
    relations: &[Named],
    select: impl Fn(&Named) -> String,
) -> Result<Vec<(Row, String)>, tokio_postgres::Error> {
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    let selects = relations.iter().enumerate();
    let selects = selects.map(|(place, named)| format!("(SELECT {place}::int4, {})", select(named)));
    let sql = selects.collect::<Vec<_>>().join(" UNION ALL ");
    let rows = client.query_typed(&sql, &[]).await?;
    let name = |row: Row| {
        let place: i32 = row.get(0);
        Some((row, relations.get(place as usize)?.0.clone()))
    };
    Ok(rows.into_iter().filter_map(name).collect())
}
