//! The catalog that a database should have, known by making it.
//!
//! The chains are applied in a *shadow*, an empty database on the same server, and its catalog is compared with the
//! live one. A model of the catalog could be compiled in instead, but it would be a second opinion: it does not see
//! what a Rust step or a DO block does, and an expression in it is not in the form in which this server prints it.
//! Here both sides come from one server through one reader, so any difference is one of the databases.

use std::hash::{BuildHasher, RandomState};

use stairwell_catalog::{Catalog, Difference, QualifiedName, Scope, diff, read};
use tokio_postgres::Client;

use crate::error::{Error, Kind};
use crate::explain::database;
use crate::foreign::{self, Foreign};
use crate::history::{self, Histories};
use crate::verify::verify;
use crate::{Chain, ChainStatus, Migrator, SCHEMA, Target};

const PREFIX: &str = "stairwell_shadow_";

/// An empty database on the same server, in which the chains are applied for comparison.
///
/// Whoever creates it also connects to it, and removes it.
#[derive(Clone, Debug)]
pub struct Shadow {
    name: String,
}

impl Shadow {
    /// Creates it, with the encoding and the locale of the database of `client`. Takes the privilege CREATEDB.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn create(client: &Client) -> Result<Self, Error> {
        let lost = |cause| database("create the shadow database", cause);
        // Not of template1: that cannot be copied while somebody is connected to it.
        const LIKE: &str = "SELECT pg_catalog.format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', \
             pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype) \
             FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";
        let like: String =
            client.query_typed_one(LIKE, &[]).await.and_then(|row| row.try_get(0)).map_err(lost)?;
        let name = format!("{PREFIX}{:016x}", RandomState::new().hash_one(std::process::id()));
        client
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 {like}"))
            .await
            .map_err(lost)?;
        Ok(Shadow { name })
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Removes it, also from under sessions that are still there; `client` is one of another database.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn remove(&self, client: &Client) -> Result<(), Error> {
        // Reading a catalog that was broken off may have left a transaction.
        let _ = client.batch_execute("ROLLBACK").await;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        client.batch_execute(&drop).await.map_err(|cause| database("remove the shadow database", cause))
    }
}

impl Migrator<'_> {
    /// What in the database is not as the migrations that its histories record have made it.
    ///
    /// They are applied in `shadow`, a session of a [`Shadow`] that nothing was done in yet; Rust steps too, with
    /// whatever they do elsewhere. From the live database nothing but its catalog is read.
    /// `+` is what the database has and should not have, `-` what it lacks, `~` what is different; the schema
    /// `stairwell`, the schemas in `ignored` and the tables in which migration tools keep their histories are
    /// left out. All chains count, enabled or not.
    ///
    /// # Errors
    ///
    /// If `shadow` is another database, a history disagrees with what is compiled in ([`Error::is_history`]), the
    /// migrations cannot be applied in the shadow, or a catalog cannot be read.
    pub async fn drift(
        &self,
        client: &mut Client,
        shadow: &mut Client,
        ignored: &[String],
    ) -> Result<Vec<Difference>, Error> {
        self.require_no_tenant("comparing with a shadow")?;
        require_shadow(shadow).await?;
        let chains: Vec<&'static Chain> = self.chains.chains().iter().collect();
        let histories = history::read(client, &chains).await?;
        let compare = |chain: &&'static Chain| {
            let rows = histories.rows.get(chain.plugin()).cloned().unwrap_or_default();
            (*chain, ChainStatus::compare(chain, true, rows))
        };
        let statuses: Vec<_> = chains.iter().map(compare).collect();
        verify(statuses.iter().map(|(chain, status)| (*chain, status)))?;
        let last = |(chain, status): &(&'static Chain, ChainStatus)| {
            Some(Target::at(chain.plugin(), status.applied.last()?.version))
        };
        let targets: Vec<Target> = statuses.iter().filter_map(last).collect();
        self.make(shadow, &targets).await?;
        let compared = self.compared(client, ignored).await?;
        let scope = &compared.scope;
        // What the migrating role owns is nothing special, whoever reads.
        let owned = match migrating_role(client).await? {
            Some(role) => scope.clone().with_owner(role),
            None => scope.clone(),
        };
        Ok(compared.diff(&catalog(shadow, scope).await?, &catalog(client, &owned).await?))
    }

    /// Applies the chains of `targets`, up to their versions, in the shadow; nothing without targets.
    pub(crate) async fn make(&self, shadow: &mut Client, targets: &[Target]) -> Result<(), Error> {
        if targets.is_empty() {
            return Ok(());
        }
        let mut migrator = Migrator::new(self.chains);
        migrator.options.limits = self.options.limits.clone();
        // It is reached through the same pooler.
        (migrator.lock, migrator.lease_time) = (self.lock, self.lease_time);
        let made = migrator.up_to(shadow, targets).await;
        made.map(drop).map_err(|failure| {
            // What was applied there stays nowhere.
            let failure = failure.with_applied(Vec::new());
            failure.with_note("this was in the shadow database; the database itself was not touched")
        })
    }

    /// What is compared: all but what records migrations.
    pub(crate) async fn compared(&self, client: &Client, ignored: &[String]) -> Result<Compared, Error> {
        let histories = self.chains.chains().iter().map(|chain| chain.history());
        let histories = histories.map(|table| QualifiedName::new(table.schema(), table.name()));
        let foreign = foreign::find(client).await?;
        let tables = foreign.iter().map(|table| QualifiedName::new(&*table.schema, table.tool.table()));
        let scope = Scope::database().without_schema(SCHEMA);
        let scope = ignored.iter().fold(scope, |scope, schema| scope.without_schema(schema));
        let scope = histories.chain(tables).fold(scope, Scope::without_table);
        Ok(Compared { scope, helpers: foreign.iter().flat_map(Foreign::helpers).collect() })
    }
}

/// The part of a database that is compared.
pub(crate) struct Compared {
    pub(crate) scope: Scope,
    /// Functions that another tool has made for itself, as they are displayed.
    helpers: Vec<String>,
}

impl Compared {
    /// What makes the live catalog different from the expected one.
    pub(crate) fn diff(&self, expected: &Catalog, live: &Catalog) -> Vec<Difference> {
        let mut differences = diff(expected, live);
        differences.retain(|difference| {
            let object = difference.object.to_string();
            !self.helpers.iter().any(|helper| object.starts_with(helper))
        });
        differences
    }
}

pub(crate) async fn catalog(client: &Client, scope: &Scope) -> Result<Catalog, Error> {
    read(client, scope).await.map_err(|cause| {
        Error::new(Kind::Database, format!("cannot read the catalog: {cause}")).with_cause(cause)
    })
}

/// Refuses to apply anything to a database that is not there for it.
pub(crate) async fn require_shadow(client: &Client) -> Result<(), Error> {
    const NAME: &str = "SELECT pg_catalog.current_database()::text, pg_catalog.to_regnamespace($1) IS NULL";
    let schema = [(&SCHEMA as &(dyn tokio_postgres::types::ToSql + Sync), tokio_postgres::types::Type::TEXT)];
    let lost = |cause| database("ask the shadow database for its name", cause);
    let row = client.query_typed_one(NAME, &schema).await.map_err(lost)?;
    let (name, unused): (String, bool) = (row.try_get(0).map_err(lost)?, row.try_get(1).map_err(lost)?);
    if name.starts_with(PREFIX) && unused {
        return Ok(());
    }
    Err(Error::usage(format!("`{name}` is not a shadow database that nothing was done in yet")))
}

async fn migrating_role(client: &Client) -> Result<Option<String>, Error> {
    const OWNER: &str = "SELECT pg_catalog.pg_get_userbyid(nspowner)::text FROM pg_catalog.pg_namespace \
                         WHERE nspname = 'stairwell'";
    let lost = |cause| database("ask who owns the histories", cause);
    let row = client.query_typed_opt(OWNER, &[]).await.map_err(lost)?;
    row.map(|row| row.try_get(0)).transpose().map_err(lost)
}

impl Histories {
    /// The plugins of which something is recorded.
    pub(crate) fn begun(&self) -> Vec<&'static str> {
        let mut begun: Vec<_> =
            self.rows.iter().filter(|(_, rows)| !rows.is_empty()).map(|(plugin, _)| *plugin).collect();
        begun.sort_unstable();
        begun
    }
}
