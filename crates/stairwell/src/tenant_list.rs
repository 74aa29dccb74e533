//! Which tenants there are, as a database says.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::explain::{database, with_sources};
use crate::{Error, SCHEMA, Tenant};

impl Tenant {
    /// The schemas of this database that one of `patterns` means, each once, by name.
    ///
    /// A pattern is the name of a schema; if there is none of that name, it is one of SQL's `LIKE`: `tenant\_%`. Never
    /// meant are the schemas of the system and the schema `stairwell`.
    ///
    /// # Errors
    ///
    /// If a pattern means no schema, or is none ([`Error::is_usage`]).
    pub async fn schemas<S: AsRef<str>>(client: &Client, patterns: &[S]) -> Result<Vec<Tenant>, Error> {
        const LIKE: &str = "SELECT n.nspname::text FROM pg_catalog.pg_namespace n \
             WHERE n.nspname::text !~ '^pg_' AND n.nspname NOT IN ('information_schema', $2) \
             AND (n.nspname::text = $1 OR (n.nspname::text LIKE $1 AND NOT EXISTS \
                  (SELECT FROM pg_catalog.pg_namespace e WHERE e.nspname::text = $1)))";
        let mut names = std::collections::BTreeSet::new();
        for pattern in patterns.iter().map(AsRef::as_ref) {
            let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                [(&pattern, Type::TEXT), (&SCHEMA, Type::NAME)];
            let found = client.query_typed(LIKE, &parameters).await.map_err(|cause| match cause.code() {
                // Of the class of data exceptions, such as a pattern that ends in a backslash.
                Some(code) if code.code().starts_with("22") => {
                    Error::usage(format!("`{pattern}` is not a pattern of LIKE: {}", with_sources(&cause)))
                }
                _ => database("look for the schemas of the tenants", cause),
            })?;
            if found.is_empty() {
                return Err(Error::usage(format!(
                    "no schema is called or like `{pattern}`; those of the system and `{SCHEMA}` are never meant; nothing \
                     was run"
                )));
            }
            for row in found {
                names.insert(
                    row.try_get(0).map_err(|cause| database("look for the schemas of the tenants", cause))?,
                );
            }
        }
        Ok(names.into_iter().map(Tenant::Schema).collect())
    }

    /// The databases that `query` names in its first column, each once, in its order. It may only read.
    ///
    /// # Errors
    ///
    /// If the server refuses the query, or it gives no rows or one without a name ([`Error::is_usage`]).
    pub async fn databases(client: &mut Client, query: &str) -> Result<Vec<Tenant>, Error> {
        let lost = |cause| database("look for the databases of the tenants", cause);
        let transaction = client.build_transaction().read_only(true).start().await.map_err(lost)?;
        let messages = transaction.simple_query(query).await.map_err(lost)?;
        transaction.rollback().await.map_err(lost)?;
        let mut names = Vec::new();
        for message in &messages {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let number = names.len() + 1;
            let name = row.try_get(0).ok().flatten().filter(|name| !name.is_empty());
            let Some(name) = name else {
                let message =
                    format!("row {number} of the query for databases has no name in its first column");
                return Err(Error::usage(message));
            };
            names.push(Tenant::Database(name.to_owned()));
        }
        if names.is_empty() {
            return Err(Error::usage("the query for databases gives no rows; nothing was run"));
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|tenant| seen.insert(tenant.clone()));
        Ok(names)
    }
}
