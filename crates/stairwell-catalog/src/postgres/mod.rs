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
//! Not followed at all, because it is the cluster's: roles with their settings and memberships, settings of
//! databases, tablespaces, subscriptions. Because it is data: rows, values of sequences, large objects.
//! Because nothing is known about it but that it is there: what a collation sorts like, the properties of base
//! types. Because it may be a password: the values of a user mapping's options. Because a setting of the
//! session may have chosen it: which access method a table has.

mod answers;
mod collations;
mod columns;
mod comments;
mod constraints;
mod conversions;
mod default_privileges;
mod error;
mod extensions;
mod foreign;
mod functions;
mod grants;
mod indexes;
mod languages;
mod operator_classes;
mod operators;
mod owners;
mod policies;
mod publications;
mod reader;
mod relations;
mod rules;
mod schemas;
mod scope;
mod sequences;
mod snapshot;
mod sql_types;
mod statistics;
mod text_search;
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
    let role = scope.owner().unwrap_or(&snapshot.role).to_owned();
    let mut reader = Reader::new(client, scope, snapshot.version, role);
    // In a box, for who awaits this somewhere deep: the compiler gives up on futures within futures at some depth.
    let result = Box::pin(read_all(&mut reader)).await;
    let end = snapshot.end(client).await;
    // What went wrong first says more.
    result?;
    end?;
    Ok(reader.finish())
}

async fn read_all<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // What is asked is limited to these.
    schemas::read(reader).await?;
    let mut rehearsal = reader.rehearsal();
    read_groups(&mut rehearsal).await?;
    reader.ask_ahead(rehearsal).await?;
    read_groups(reader).await
}

/// The order matters: later groups look up what earlier ones found.
async fn read_groups<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
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
    statistics::read(reader).await?;
    collations::read(reader).await?;
    operators::read(reader).await?;
    conversions::read(reader).await?;
    text_search::read(reader).await?;
    default_privileges::read(reader).await?;
    if reader.scope.has_globals() {
        extensions::read(reader).await?;
        triggers::read_event_triggers(reader).await?;
        publications::read(reader).await?;
        conversions::read_globals(reader).await?;
        languages::read(reader).await?;
        foreign::read(reader).await?;
    }
    owners::read(reader).await?;
    grants::read(reader).await?;
    comments::read(reader).await
}
