//! A database that nothing has happened to, to compare another one with that was made at another time.
//!
//! Some values are different in every database: of rows that migrations put in, numbers from sequences, which depend on
//! the order, and the time and random values; of objects, a view that was made with such a value in it. The numbers are
//! known from the catalog, with what refers to them. The rest is found by making the reference a second time, which is
//! done only if something differs.

use std::collections::{BTreeMap, BTreeSet};

use stairwell::{ChainSet, Migrator, Rollback};
use stairwell_catalog::QualifiedName;
use tokio_postgres::Client;

use crate::{
    Failure, TestDatabase,
    course::Course,
    process::refused,
    rows::Columns,
    snapshot::{self, Snapshot, Unsteady},
};

/// How a reference is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// So many migrations up.
    Up(usize),
    /// So many up, then down until so many are left.
    Down(usize, usize),
}

/// A database to compare with.
pub(crate) struct Reference {
    course: Course,
    way: Way,
    database: TestDatabase,
    snapshot: Snapshot,
    without: Columns,
    /// Made in the same way at another time, once it was needed.
    again: Option<TestDatabase>,
    /// The tables of which `without` has the columns that are different in every database.
    compared: BTreeSet<String>,
    /// What of the objects is different in every database, once some were different.
    unsteady: Option<Unsteady>,
}

impl Reference {
    /// A fresh install of all migrations.
    pub(crate) async fn fresh(chains: &ChainSet) -> Result<Reference, Failure> {
        let course = Course::new(*chains);
        let way = Way::Up(course.order().len());
        Reference::made(course, way).await
    }

    pub(crate) async fn made(course: Course, way: Way) -> Result<Reference, Failure> {
        let database = make(&course, way, true).await?;
        let client = database.connect().await?;
        let without = numbered(&client).await?;
        let snapshot = Snapshot::take_without(&client, &course.chains, &without).await?;
        Ok(Reference {
            course,
            way,
            database,
            snapshot,
            without,
            again: None,
            compared: BTreeSet::new(),
            unsteady: None,
        })
    }

    /// What is different in another database, one line each.
    pub(crate) async fn differences(&mut self, client: &Client) -> Result<Vec<String>, Failure> {
        let chains = self.course.chains;
        let mut other = Snapshot::take_without(client, &chains, &self.without).await?;
        let mut objects = self.snapshot.object_differences(&other);
        if !objects.is_empty() {
            let unsteady = match self.unsteady.take() {
                Some(unsteady) => unsteady,
                None => self.compare_objects_with_itself().await?,
            };
            objects = self.snapshot.object_differences_but(&other, self.unsteady.insert(unsteady));
        }
        // Databases from one template have some such values in common, so a table may differ only the next time.
        let differing = self.snapshot.tables_with_other_rows(&other);
        let tables: Vec<String> =
            differing.filter(|table| !self.compared.contains(*table)).map(str::to_owned).collect();
        if !tables.is_empty() {
            self.compare_with_itself(tables).await?;
            other = Snapshot::take_without(client, &chains, &self.without).await?;
        }
        let rows = self.snapshot.row_differences(&other);
        Ok(objects.into_iter().chain(rows).collect())
    }

    /// Finds what of the objects is different in every database.
    async fn compare_objects_with_itself(&mut self) -> Result<Unsteady, Failure> {
        let client = self.again().await?.connect().await?;
        let again = Snapshot::take_without(&client, &self.course.chains, &self.without).await?;
        Ok(self.snapshot.unsteady(&again))
    }

    /// The same made at another time.
    async fn again(&mut self) -> Result<&TestDatabase, Failure> {
        let again = match self.again.take() {
            Some(again) => again,
            None => make(&self.course, self.way, false).await?,
        };
        Ok(self.again.insert(again))
    }

    /// Finds the columns of these tables that are different in every database.
    async fn compare_with_itself(&mut self, tables: Vec<String>) -> Result<(), Failure> {
        let other = self.again().await?.connect().await?;
        let client = self.database.connect().await?;
        let sources = snapshot::sources(&client).await?;
        for table in tables {
            // Both were made in one way, so that what reads the rows of one reads those of the other.
            let Some(source) = sources.get(&table) else { continue };
            let (mut first, second) = (hashes(&client, source).await?, hashes(&other, source).await?);
            first.retain(|column, hash| second.get(column) != Some(hash));
            self.without.entry(table.clone()).or_default().extend(first.into_keys());
            self.compared.insert(table);
        }
        self.snapshot = Snapshot::take_without(&client, &self.course.chains, &self.without).await?;
        Ok(())
    }
}

/// With a template, what is made has the times of the template.
async fn make(course: &Course, way: Way, template: bool) -> Result<TestDatabase, Failure> {
    let (count, left) = match way {
        Way::Up(count) => (count, count),
        Way::Down(count, left) => (count, left),
    };
    let database = if template {
        let stride = (count < course.order().len()).then(|| course.stride());
        TestDatabase::at(course, count, stride).await?
    } else {
        let database = TestDatabase::empty().await?;
        course.bring(&mut database.connect().await?, 0, count).await?;
        database
    };
    if left < count {
        let migrator = Migrator::new(&course.chains);
        let down = migrator.down(&mut database.connect().await?, &Rollback::steps(count - left)).await;
        down.map_err(|error| Failure::new(error.to_string()))?;
    }
    Ok(database)
}

/// Columns that are filled from a sequence, and those that refer to them.
async fn numbered(client: &Client) -> Result<Columns, Failure> {
    const SQL: &str = "WITH RECURSIVE numbered (relation, number) AS (\
         SELECT a.attrelid, a.attnum FROM pg_catalog.pg_attribute a \
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attnum > 0 AND NOT a.attisdropped \
         AND (a.attidentity <> '' OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%') \
         UNION SELECT c.conrelid, pair.own FROM numbered n \
         JOIN pg_catalog.pg_constraint c ON c.contype = 'f' AND c.confrelid = n.relation \
         CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (own, other) WHERE pair.other = n.number) \
         SELECT s.nspname::text, r.relname::text, a.attname::text FROM numbered n \
         JOIN pg_catalog.pg_class r ON r.oid = n.relation JOIN pg_catalog.pg_namespace s ON s.oid = r.relnamespace \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = n.relation AND a.attnum = n.number \
         WHERE s.nspname NOT IN ('pg_catalog', 'information_schema')";
    let rows = client.query(SQL, &[]).await.map_err(|error| refused("find numbered columns", &error))?;
    let mut columns = Columns::new();
    for row in rows {
        let (schema, table): (String, String) = (row.get(0), row.get(1));
        columns.entry(QualifiedName::new(schema, table).to_string()).or_default().insert(row.get(2));
    }
    Ok(columns)
}

/// A hash over the values of each column of a table.
async fn hashes(client: &Client, source: &str) -> Result<BTreeMap<String, String>, Failure> {
    let sql = format!(
        "SELECT value.key, sum(hashtextextended(value.value::text, 0))::text FROM {source} t \
         CROSS JOIN LATERAL jsonb_each(to_jsonb(t)) AS value GROUP BY value.key"
    );
    let rows = client.query(&sql, &[]).await.map_err(|error| refused("compare rows", &error))?;
    Ok(rows.into_iter().map(|row| (row.get(0), row.get(1))).collect())
}
