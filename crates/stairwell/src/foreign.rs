//! The tables in which other tools keep what they have applied.

use tokio_postgres::Client;

use crate::Version;
use crate::error::{Error, Kind};
use crate::explain::database;
use crate::history::quoted;

/// A tool that migrates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Refinery,
    Sqlx,
    Diesel,
}

/// A history of such a tool.
#[derive(Clone, Debug)]
pub(crate) struct Foreign {
    pub(crate) tool: Tool,
    pub(crate) schema: String,
}

impl Tool {
    const ALL: [Tool; 3] = [Tool::Refinery, Tool::Sqlx, Tool::Diesel];

    pub(crate) const fn table(self) -> &'static str {
        match self {
            Tool::Refinery => "refinery_schema_history",
            Tool::Sqlx => "_sqlx_migrations",
            Tool::Diesel => "__diesel_schema_migrations",
        }
    }
}

/// Finds them, by their names.
pub(crate) async fn find(client: &Client) -> Result<Vec<Foreign>, Error> {
    const FIND: &str = "SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relname IN \
         ('refinery_schema_history', '_sqlx_migrations', '__diesel_schema_migrations') ORDER BY 1, 2";
    let lost = |cause| database("look for histories of other tools", cause);
    let mut found = Vec::new();
    for row in client.query_typed(FIND, &[]).await.map_err(lost)? {
        let (schema, name): (String, String) = (row.try_get(0).map_err(lost)?, row.try_get(1).map_err(lost)?);
        let tool = Tool::ALL.into_iter().find(|tool| tool.table() == name);
        found.extend(tool.map(|tool| Foreign { tool, schema }));
    }
    Ok(found)
}

impl Foreign {
    /// Functions that the tool has made for the migrations of its users, as the catalog displays them.
    pub(crate) fn helpers(&self) -> Vec<String> {
        if self.tool != Tool::Diesel {
            return Vec::new();
        }
        let names = ["diesel_manage_updated_at", "diesel_set_updated_at"];
        names.map(|name| format!("function {}.{name}(", self.schema)).into()
    }

    /// What it records, ascending.
    pub(crate) async fn versions(&self, client: &Client) -> Result<Vec<Version>, Error> {
        let lost = |cause| database("read the history of another tool", cause);
        // sqlx has a row for what it began as well.
        let done = if self.tool == Tool::Sqlx { "success" } else { "true" };
        let query = format!("SELECT version::text, {done} FROM {self}");
        let mut versions = Vec::new();
        for row in client.query_typed(&query, &[]).await.map_err(lost)? {
            let (version, done): (String, bool) =
                (row.try_get(0).map_err(lost)?, row.try_get(1).map_err(lost)?);
            if !done {
                return Err(refuse(format!("{self} says that version {version} was begun and not finished")));
            }
            // diesel's are text, perhaps with dashes between year, month and day.
            let digits: String = version.chars().filter(char::is_ascii_digit).collect();
            let Ok(number) = digits.parse() else {
                return Err(refuse(format!("{self} has the version `{version}`, which is not a number")));
            };
            // diesel's migration of its own, which makes two functions that help it.
            if self.tool != Tool::Diesel || number != 0 {
                versions.push(number);
            }
        }
        versions.sort_unstable();
        Ok(versions)
    }
}

/// The name as SQL takes it.
impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", quoted(&self.schema), quoted(self.tool.table()))
    }
}

fn refuse(message: String) -> Error {
    Error::new(Kind::Refused, message)
}
