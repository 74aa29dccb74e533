//! Databases that are kept to be looked at.

use std::fmt;

use tokio_postgres::Client;

use crate::{
    Failure,
    host::{Host, connect},
    process::{PREFIX, comment, refused},
};

/// Keeps a database, which outlives its process by that.
pub(crate) async fn keep(name: &str, label: &str) -> Result<Kept, Failure> {
    let host = Host::get()?;
    let client = connect(&host.maintenance()).await?;
    let sql = format!("COMMENT ON DATABASE {name} IS '{}'", comment(label));
    client.batch_execute(&sql).await.map_err(|error| refused("keep a database", &error))?;
    host.keep();
    make_room(&client, host.limits().kept.most).await;
    Ok(Kept { url: host.url(name), name: name.to_owned() })
}

/// Drops the oldest of those that are kept, as long as there are too many.
///
/// A comment that begins with the second at which they were kept tells them from those in use, which may have one from
/// a migration. One with sessions is being looked at. What cannot be dropped now, be it because somebody else just
/// does, is left to the next process.
async fn make_room(client: &Client, most: usize) {
    let sql = format!(
        "SELECT d.datname::text FROM (SELECT d.oid, d.datname, row_number() OVER (ORDER BY split_part(c.text, ' ', 1) \
         DESC, d.oid DESC) AS place FROM pg_catalog.pg_database d, LATERAL (SELECT \
         pg_catalog.shobj_description(d.oid, 'pg_database')) AS c (text) \
         WHERE d.datname LIKE '{PREFIX}%' AND c.text ~ '^[0-9]{{10}} ') AS d WHERE d.place > {most} AND NOT EXISTS \
         (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)"
    );
    let Ok(rows) = client.query(&sql, &[]).await else { return };
    for row in rows {
        let name: String = row.get(0);
        let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await;
    }
}

/// A database that was kept to be looked at.
#[derive(Clone, Debug)]
pub struct Kept {
    name: String,
    url: String,
}

impl Kept {
    /// The database's name on its server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The command to look at it, without the password if there is one.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "psql '{}'", without_password(&self.url))
    }
}

fn without_password(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, rest) = rest.rsplit_once('@')?;
        let (user, _) = user.split_once(':')?;
        Some(format!("{scheme}://{user}@{rest}"))
    };
    let words = || {
        let shown = url.split(' ').filter(|word| !word.starts_with("password"));
        shown.collect::<Vec<_>>().join(" ")
    };
    if url.contains("://") { hidden().unwrap_or_else(|| url.to_owned()) } else { words() }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::Config;

    use super::{make_room, without_password};
    use crate::host::connect;

    #[test]
    fn no_password_is_shown() {
        assert_eq!(without_password("postgresql://me:p@ss@h/db"), "postgresql://me@h/db");
        assert_eq!(without_password("postgresql://me@h/db"), "postgresql://me@h/db");
        assert_eq!(without_password("host=h password=x dbname=d"), "host=h dbname=d");
    }

    /// A mutation test once filled the memory of the machine with them.
    #[tokio::test]
    async fn the_oldest_go_when_there_are_too_many() {
        let server = test_support::Server::builder().start();
        let database = server.database().await;
        let config: Config = database.url().parse().unwrap();
        let client = connect(&config).await.unwrap();
        // Neither one in use nor one that is called otherwise counts, nor does the order of the names.
        let of = |name: &str, comment: &str| {
            format!("CREATE DATABASE {name}; COMMENT ON DATABASE {name} IS '{comment}';")
        };
        for (name, comment) in [
            ("stairwell_test_in_use", "the shop''s database"),
            ("somebody_elses", "1700000000 theirs"),
            ("stairwell_test_d", "1700000000 stairway core:1"),
            ("stairwell_test_c", "1700000001 looked at"),
            ("stairwell_test_b", "1700000002 of the same second"),
            ("stairwell_test_a", "1700000002 of the same second"),
            ("stairwell_test_e", "1700000003 the newest"),
        ] {
            for statement in of(name, comment).split_inclusive(';') {
                client.batch_execute(statement).await.unwrap();
            }
        }
        let mut looked_at = config.clone();
        let looked_at = connect(looked_at.dbname("stairwell_test_c")).await.unwrap();
        make_room(&client, 2).await;
        let sql =
            "SELECT datname::text FROM pg_database WHERE datname ~ '^(stairwell_test_.|some)' ORDER BY 1";
        let left: Vec<String> = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        assert_eq!(
            left,
            [
                "somebody_elses",
                "stairwell_test_a",
                "stairwell_test_c",
                "stairwell_test_e",
                "stairwell_test_in_use"
            ]
        );
        looked_at.batch_execute("SELECT 1").await.unwrap();
    }
}
