//! What the compiler says about types against what the driver does with a real server.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::SystemTime;

use stairwell::ColumnType;
use tokio_postgres::types::FromSqlOwned;
use tokio_postgres::{Client, Row};

/// An expression of each type of the compiler's table.
const VALUES: &[(&str, &str)] = &[
    ("boolean", "true"),
    ("smallint", "1"),
    ("integer", "1"),
    ("bigint", "1"),
    ("oid", "1"),
    ("real", "1.5"),
    ("double precision", "1.5"),
    ("\"char\"", "'a'"),
    ("text", "'a'"),
    ("character varying", "'a'"),
    ("character", "'a'"),
    ("name", "'a'"),
    ("bytea", r"'\x00ff'"),
    ("timestamp with time zone", "now()"),
    ("timestamp without time zone", "'2026-01-01 00:00:00.5'"),
    ("inet", "'10.0.0.1'"),
    ("citext", "'a'"),
    ("ltree", "'a.b'"),
    ("lquery", "'a.*'"),
    ("ltxtquery", "'a & b'"),
    ("hstore", "'a=>1,b=>NULL'"),
];

async fn select(client: &Client, expression: &str) -> Row {
    client.query_one(&format!("SELECT {expression}"), &[]).await.unwrap()
}

/// Reads a value of `sql` into `T`: itself, NULL, an array of it, and a domain over it.
async fn reads<T: FromSqlOwned + ColumnType>(client: &Client, sql: &str, value: &str) {
    let read = select(client, &format!("CAST({value} AS {sql})")).await;
    assert!(read.try_get::<_, T>(0).is_ok(), "{sql}");
    let null = select(client, &format!("CAST(NULL AS {sql})")).await;
    assert!(null.try_get::<_, Option<T>>(0).unwrap().is_none(), "{sql}");
    let array = select(client, &format!("ARRAY[CAST({value} AS {sql}), NULL]")).await;
    assert_eq!(array.try_get::<_, Vec<Option<T>>>(0).unwrap().len(), 2, "{sql}");
    client.batch_execute(&format!("CREATE DOMAIN d AS {sql}")).await.unwrap();
    let of_domain = select(client, &format!("CAST({value} AS d)")).await;
    assert!(of_domain.try_get::<_, T>(0).is_ok(), "domain over {sql}");
    client.batch_execute("DROP DOMAIN d").await.unwrap();
    assert!(T::ACCEPTS.contains(&sql), "{sql} is not among {:?}", T::ACCEPTS);
}

#[tokio::test]
async fn every_type_is_read_as_the_compiler_says() {
    let database = test_support::database().await;
    let client = database.connect().await;
    client
        .batch_execute("CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION hstore")
        .await
        .unwrap();
    let named: Vec<&str> = stairwell_build::RUST_TYPES.iter().map(|(sql, _)| *sql).collect();
    assert_eq!(named, VALUES.iter().map(|(sql, _)| *sql).collect::<Vec<_>>());
    for (&(sql, rust), (_, value)) in stairwell_build::RUST_TYPES.iter().zip(VALUES) {
        match rust {
            "bool" => reads::<bool>(&client, sql, value).await,
            "i8" => reads::<i8>(&client, sql, value).await,
            "i16" => reads::<i16>(&client, sql, value).await,
            "i32" => reads::<i32>(&client, sql, value).await,
            "i64" => reads::<i64>(&client, sql, value).await,
            "u32" => reads::<u32>(&client, sql, value).await,
            "f32" => reads::<f32>(&client, sql, value).await,
            "f64" => reads::<f64>(&client, sql, value).await,
            "String" => {
                reads::<String>(&client, sql, value).await;
                reads::<Box<str>>(&client, sql, value).await;
            }
            "Vec<u8>" => reads::<Vec<u8>>(&client, sql, value).await,
            "std::time::SystemTime" => reads::<SystemTime>(&client, sql, value).await,
            "std::net::IpAddr" => reads::<IpAddr>(&client, sql, value).await,
            "std::collections::HashMap<String, Option<String>>" => {
                reads::<HashMap<String, Option<String>>>(&client, sql, value).await;
            }
            _ => panic!("no test reads {sql} into {rust}"),
        }
        // The name is the server's own.
        let name = select(&client, &format!("format_type(pg_typeof(CAST({value} AS {sql})), NULL)")).await;
        assert_eq!(name.get::<_, String>(0), sql);
    }
}

#[test]
fn the_runtime_accepts_no_type_that_the_compiler_does_not_name() {
    let accepted = [
        bool::ACCEPTS,
        i8::ACCEPTS,
        i16::ACCEPTS,
        i32::ACCEPTS,
        i64::ACCEPTS,
        u32::ACCEPTS,
        f32::ACCEPTS,
        f64::ACCEPTS,
        String::ACCEPTS,
        Vec::<u8>::ACCEPTS,
        SystemTime::ACCEPTS,
        IpAddr::ACCEPTS,
        HashMap::<String, Option<String>>::ACCEPTS,
    ];
    let accepted: BTreeSet<&str> = accepted.concat().into_iter().collect();
    assert_eq!(accepted, stairwell_build::RUST_TYPES.iter().map(|(sql, _)| *sql).collect());
}
