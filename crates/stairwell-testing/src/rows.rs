//! The rows of tables, read in a few requests for all of them.

use std::collections::{BTreeMap, BTreeSet};

use stairwell_catalog::quote_identifier;
use tokio_postgres::{Client, Error, Row};

/// So many rows of a table are compared one by one, and shown; of a larger one, number and hash.
const ROWS: usize = 1000;

/// So many rows are shown of each side.
const SHOWN: usize = 3;

/// The rows of a table, as JSON: named values, so that the order of the columns makes no difference.
#[derive(Clone, PartialEq)]
pub(crate) struct Rows {
    pub(crate) count: i64,
    hash: String,
    first: Vec<String>,
}

impl Rows {
    /// What the query gives for a table whose rows were deleted.
    pub(crate) fn none() -> Rows {
        Rows { count: 0, hash: "0".to_owned(), first: Vec::new() }
    }

    pub(crate) fn described(&self, name: &str, after: &Rows) -> String {
        let mut text = format!("~ rows of table {name}: {} -> {}", self.count, after.count);
        let (old, new): (BTreeSet<_>, BTreeSet<_>) =
            (self.first.iter().collect(), after.first.iter().collect());
        if self.count == after.count && old == new {
            text.push_str(", of which some are others");
        }
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

/// Columns by the name of their table, as it is shown.
pub(crate) type Columns = BTreeMap<String, BTreeSet<String>>;

/// A name as it is shown, and what SQL reads the relation from.
pub(crate) type Named = (String, String);

/// Large objects, as if they were rows of a table: only a superuser reads the one that they are in.
pub(crate) const LARGE_OBJECTS: (&str, &str) = (
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

/// Types that print the name of what has their number: `regproc` and the like, `aclitem`, and arrays of them.
const NUMBERS: [u32; 24] = [
    24, 1008, 1033, 1034, 2202, 2203, 2204, 2205, 2206, 2207, 2208, 2209, 2210, 2211, 3734, 3735, 3769, 3770,
    4089, 4090, 4096, 4097, 4191, 4192,
];

/// Whether a value of this type reads the same as long as nobody writes it: the server's own do, but those.
pub(crate) fn is_fixed(oid: &u32) -> bool {
    *oid < FIRST_OF_USERS && !NUMBERS.contains(oid)
}

/// The lowest number that a type of a user can have.
const FIRST_OF_USERS: u32 = 16_384;

/// What SQL reads the table's own rows from, in values that JSON has a place for.
pub(crate) fn source(table: &str, columns: &[String], types: &[u32]) -> String {
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

pub(crate) async fn read(
    client: &Client,
    tables: Vec<Named>,
    without: &Columns,
) -> Result<BTreeMap<String, Rows>, Error> {
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

/// Asks all relations in one request: a round trip for each would be most of the time.
pub(crate) async fn each(
    client: &Client,
    relations: &[Named],
    select: impl Fn(&Named) -> String,
) -> Result<Vec<(Row, String)>, Error> {
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
