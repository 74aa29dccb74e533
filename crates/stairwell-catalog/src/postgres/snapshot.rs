//! The transaction in which a catalog is read.

use tokio_postgres::GenericClient;

use super::ReadError;

const WHAT: &str = "the catalog";

/// Settings that change what the server prints.
///
/// With nothing but the server's own schema in `search_path`, it qualifies every other name; temporary
/// objects would come first if they were not put last. Just-in-time compilation takes longer than all the
/// queries together.
const SETTINGS: &str = "SELECT pg_catalog.set_config(name, value, true) FROM (VALUES \
     ('search_path', 'pg_catalog, pg_temp'), ('quote_all_identifiers', 'off'), ('timezone', 'UTC'), ('datestyle', 'ISO, YMD'), \
     ('intervalstyle', 'postgres'), ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('jit', 'off')) \
     AS setting (name, value)";

/// An own transaction, or a savepoint in the caller's.
pub(super) struct Snapshot {
    own: bool,
    /// `server_version_num`: 150013.
    pub(super) version: u32,
    /// The role that reads.
    pub(super) role: String,
}

impl Snapshot {
    pub(super) async fn begin<C: GenericClient>(client: &C) -> Result<Self, ReadError> {
        // A setting that is local to a transaction is gone with the next request unless the caller has begun
        // one. To ask with BEGIN or SAVEPOINT would put a complaint into the server's log.
        let probe = "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4, \
                     pg_catalog.set_config('stairwell.transaction', 'open', true)";
        let error = |cause| ReadError::server(WHAT, cause);
        let row = client.query_typed_one(probe, &[]).await.map_err(error)?;
        let version: i32 = row.try_get(0).map_err(error)?;
        let version = u32::try_from(version).unwrap_or_default();
        if version < 140_000 {
            return Err(ReadError::version(version));
        }
        let probe = "SELECT pg_catalog.current_setting('stairwell.transaction', true), \
                     current_user::pg_catalog.text";
        let row = client.query_typed_one(probe, &[]).await.map_err(error)?;
        let probe: Option<&str> = row.try_get(0).map_err(error)?;
        let own = probe != Some("open");
        let role = row.try_get(1).map_err(error)?;
        let begin = if own {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        } else {
            "SELECT pg_catalog.set_config('stairwell.transaction', '', true); SAVEPOINT stairwell_catalog"
        };
        client.batch_execute(begin).await.map_err(error)?;
        let snapshot = Self { own, version, role };
        match client.batch_execute(SETTINGS).await {
            Ok(()) => Ok(snapshot),
            Err(cause) => {
                snapshot.end(client).await?;
                Err(error(cause))
            }
        }
    }

    /// Gives the session back as it was, whether the reading failed or not.
    pub(super) async fn end<C: GenericClient>(self, client: &C) -> Result<(), ReadError> {
        let end = if self.own {
            "ROLLBACK"
        } else {
            "ROLLBACK TO SAVEPOINT stairwell_catalog; RELEASE SAVEPOINT stairwell_catalog"
        };
        client.batch_execute(end).await.map_err(|cause| ReadError::server(WHAT, cause))
    }
}
