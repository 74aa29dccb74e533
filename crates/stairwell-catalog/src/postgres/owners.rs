//! To whom objects belong, where that is another role than the one that reads.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, FIRST_OF_USERS, Reader},
};

/// The catalogs of what has an owner, with the column that tells it. An index belongs to whom its table belongs.
const OWNERS: [(&str, &str); 18] = [
    ("pg_namespace", "nspowner"),
    ("pg_extension", "extowner"),
    ("pg_class", "relowner"),
    ("pg_type", "typowner"),
    ("pg_proc", "proowner"),
    ("pg_event_trigger", "evtowner"),
    ("pg_statistic_ext", "stxowner"),
    ("pg_collation", "collowner"),
    ("pg_publication", "pubowner"),
    ("pg_operator", "oprowner"),
    ("pg_opclass", "opcowner"),
    ("pg_opfamily", "opfowner"),
    ("pg_conversion", "conowner"),
    ("pg_language", "lanowner"),
    ("pg_foreign_data_wrapper", "fdwowner"),
    ("pg_foreign_server", "srvowner"),
    ("pg_ts_config", "cfgowner"),
    ("pg_ts_dict", "dictowner"),
];

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let queries = OWNERS.map(|(catalog, owner)| {
        let condition = match catalog {
            "pg_class" => format!("oid >= {FIRST_OF_USERS} AND relkind NOT IN ('i', 'I', 't')"),
            // The schema `public` comes with an owner: the role that made the server, from PostgreSQL 15 on the
            // role that stands for the database's owner.
            "pg_namespace" => {
                format!("(oid >= {FIRST_OF_USERS} OR nspowner NOT IN (10, 'pg_database_owner'::regrole))")
            }
            _ => format!("oid >= {FIRST_OF_USERS}"),
        };
        format!(
            "SELECT '{catalog}' AS class, oid, pg_get_userbyid({owner})::text AS owner FROM {catalog} \
             WHERE {condition} AND pg_get_userbyid({owner}) <> $1"
        )
    });
    for row in reader.ask_for_role("owners", &queries.join(" UNION ALL ")).await? {
        let Some(class) = Class::from_catalog(row.get("class")?) else { continue };
        let id = reader.ids.get(&(class, row.get("oid")?, 0));
        if let Some(entry) = id.and_then(|id| reader.entries.get_mut(id)) {
            entry.owner = Some(row.get("owner")?);
        }
    }
    Ok(())
}
