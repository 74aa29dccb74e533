//! Reads a catalog from a live server, PostgreSQL 14 or newer.
//!
//! One file per group of system catalogs, each with a query or two.
//!
//! What is left out, because it is not anybody's object:
//!
//! - what every database has from the start: `pg_catalog`, `information_schema`, the extension `plpgsql`;
//! - temporary objects, and TOAST tables, whose storage parameters are shown as `toast.…` with their table's;
//! - members of extensions, and an extension's comment, which comes from its control file;
//! - row types, array types and multirange types, and the functions that construct ranges: they come and go
//!   with their table or type;
//! - the rule `_RETURN` behind a view;
//! - triggers by which the server carries out foreign keys and deferrable constraints, and the copies of a
//!   foreign key that point to the single partitions of the referenced table: they come and go with the key;
//! - the constraint behind a constraint trigger, which is the same thing twice;
//! - named NOT NULL constraints, which exist from PostgreSQL 18 on only: they are the column's.
//!
//! Not followed at all: access methods, casts, collations of index keys, conversions, default privileges,
//! foreign servers and their options, languages, large objects, operators with their classes, families and
//! parameters, owners, roles, storage and statistics settings of columns, subscriptions, tablespaces, text
//! search objects, transforms, and of temporal keys that they are (`WITHOUT OVERLAPS`, `PERIOD`).

mod columns;
mod comments;
mod constraints;
mod error;
mod extensions;
mod functions;
mod grants;
mod indexes;
mod operator_classes;
mod plain;
mod policies;
mod reader;
mod relations;
mod rules;
mod schemas;
mod scope;
mod sequences;
mod snapshot;
mod sql_types;
mod triggers;
mod types;

use tokio_postgres::GenericClient;

pub use self::{error::ReadError, scope::Scope};
use self::{reader::Reader, snapshot::Snapshot};
use crate::catalog::Catalog;

/// Reads what is in `scope` from the database that `client` is connected to, and writes nothing.
///
/// No rights are needed beyond that to connect.
///
/// Everything is read from one snapshot: in a transaction of its own (repeatable read, read only), or, if the
/// session is in a transaction already, in that one, whose uncommitted objects are then seen as well.
/// There, what others commit meanwhile may be seen in part, unless the caller chose repeatable read.
/// The settings of the session are afterwards what they were.
/// Nothing else may use the session meanwhile.
///
/// ```no_run
/// # async fn example(client: tokio_postgres::Client) -> Result<(), stairwell_catalog::ReadError> {
/// use stairwell_catalog::{Scope, read};
///
/// let catalog = read(&client, &Scope::database().without_schema("stairwell")).await?;
/// println!("{catalog}");
/// # Ok(())
/// # }
/// ```
///
/// The server locks a table (`ACCESS SHARE`) to print its expressions, so that reading waits for a session that
/// is just altering it, and one that wants to alter it waits for the reading.
/// `lock_timeout` bounds the former.
///
/// A future that is dropped before its end leaves the session in the transaction; close it then.
///
/// # Errors
///
/// If the server refuses a query, for one because another session just dropped an object that is being read,
/// is older than PostgreSQL 14, or says something that this crate has no word for.
pub async fn read<C: GenericClient>(client: &C, scope: &Scope) -> Result<Catalog, ReadError> {
    let snapshot = Snapshot::begin(client).await?;
    let mut reader = Reader::new(client, scope, snapshot.version);
    let result = read_all(&mut reader).await;
    let end = snapshot.end(client).await;
    // What went wrong first says more.
    result?;
    end?;
    Ok(reader.finish())
}

/// The order matters: later groups look up what earlier ones found.
async fn read_all<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    schemas::read(reader).await?;
    sql_types::read(reader).await?;
    relations::read(reader).await?;
    columns::read(reader).await?;
    types::read(reader).await?;
    sequences::read(reader).await?;
    constraints::read(reader).await?;
    indexes::read(reader).await?;
    functions::read(reader).await?;
    triggers::read(reader).await?;
    rules::read(reader).await?;
    policies::read(reader).await?;
    plain::read(reader).await?;
    if reader.scope.has_globals() {
        extensions::read(reader).await?;
        triggers::read_event_triggers(reader).await?;
        plain::read_publications(reader).await?;
    }
    grants::read(reader).await?;
    comments::read(reader).await
}
