//! Prints the catalog of a database, sorted, so that two of them can be compared with `diff`.
//!
//! `cargo run -p stairwell-catalog --features postgres --example dump -- postgresql://localhost/shop`

use std::io::Write;

use stairwell_catalog::{Scope, read};
use tokio_postgres::NoTls;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: dump <url> [<schema to leave out>]…")?;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    // An error of the connection reaches the client's next request as well.
    tokio::spawn(connection);
    let scope = std::env::args().skip(2).fold(Scope::database(), Scope::without_schema);
    let start = std::time::Instant::now();
    let catalog = read(&client, &scope).await?;
    writeln!(std::io::stderr(), "{} objects in {:?}", catalog.len(), start.elapsed())?;
    std::io::stdout().write_all(catalog.to_string().as_bytes())?;
    Ok(())
}
