//! The attribute of Stairwell's testing kit. Use it through the crate `stairwell-testing`, which has the rest.
//!
//! The macro sees only names: that a parameter is a database, and that a test returns what a test can return, is
//! left to traits of `stairwell-testing`, so that rustc reports it at the type, aliases and all.

mod expand;

use proc_macro::TokenStream;

/// Makes a test of an async function that wants a database.
///
/// ```ignore
/// use stairwell_testing::TestDatabase;
/// use tokio_postgres::Client;
///
/// #[stairwell_testing::test(shopdb::schema::CHAINS)]
/// async fn a_printer_has_a_name(client: Client) -> Result<(), tokio_postgres::Error> {
///     client.batch_execute("INSERT INTO printers (name) VALUES ('lobby')").await
/// }
///
/// #[stairwell_testing::test]
/// async fn nothing_is_there(database: TestDatabase) {
///     assert!(database.connect().await.is_ok());
/// }
/// ```
///
/// With a chain set, the database is a copy of a template in which all migrations are applied; without, it is empty.
/// The parameters are `TestDatabase` and `tokio_postgres::Client`, in any order; two clients are two sessions of one
/// database, and without parameters there is no database. The function returns nothing, or a `Result<(), E>` with
/// any `E: Debug`. Other attributes (`#[ignore]`, `#[should_panic]`, `#[cfg(…)]`) stay.
///
/// The test runs on a tokio runtime of its own, on one thread. If it fails, by a panic or an error, the database is
/// kept and named; otherwise it is dropped. Under `#[should_panic]` it is dropped with a panic and kept without, and
/// a test that could not get its database fails: that is not the panic that it is about.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(arguments.into(), item.into()).into()
}
