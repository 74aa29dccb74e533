//! Checksums of texts that differ in white space only.

use stairwell::Migrator;
use test_support::server;
use tokio_postgres::Client;

use crate::support::{chain, chain_set, checksum, rows, sql};

const TEXT: &str = "CREATE TABLE a (\n    id int\n);\n";

/// A database whose history has the checksum of `text` where `TEXT` is compiled in.
async fn applied(client: &mut Client, text: &str) {
    let steps = [sql("core", 1, "a", TEXT), sql("core", 2, "b", "SELECT 'two ';")];
    Migrator::new(&chain_set(&[chain("core", &steps)])).up(client).await.unwrap();
    let update =
        format!("UPDATE stairwell.core SET checksum = '{}' WHERE version = 1", checksum(1, "a", text));
    client.batch_execute(&update).await.unwrap();
}

#[tokio::test]
async fn equal_texts_get_the_checksum_of_what_is_compiled_in() {
    let steps = [sql("core", 1, "a", TEXT), sql("core", 2, "b", "SELECT 'two ';")];
    let chains = chain_set(&[chain("core", &steps)]);
    let migrator = Migrator::new(&chains);
    for (text, difference) in [
        (TEXT.replace('\n', "\r\n"), "line ends (CRLF)"),
        (format!("\u{feff}{TEXT}"), "a byte order mark"),
        (TEXT.trim_end().to_owned(), "white space at the end of the text"),
        (
            format!("\u{feff}{}", (TEXT.to_owned() + "\n").replace('\n', "\r\n")),
            "line ends (CRLF), a byte order mark, white space at the end of the text",
        ),
    ] {
        let database = server().database().await;
        let mut client = database.connect().await;
        applied(&mut client, &text).await;
        assert!(migrator.up(&mut client).await.unwrap_err().is_history());

        let report = migrator.repair(&mut client).await.unwrap();

        assert_eq!(report.repaired.len(), 1);
        assert_eq!((report.repaired[0].difference.as_str(), report.left.len()), (difference, 0));
        assert_eq!(report.repaired[0].applied.checksum, checksum(1, "a", &text));
        assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
        let journal = "SELECT version, direction, j.checksum = h.checksum FROM stairwell.journal j \
                       JOIN stairwell.core h USING (version) ORDER BY id DESC LIMIT 1";
        assert_eq!(rows(&client, journal).await, ["1 repair t"]);
        assert!(migrator.repair(&mut client).await.unwrap().repaired.is_empty());
    }
}

#[tokio::test]
async fn another_text_or_name_is_left_as_it_is() {
    let chains =
        chain_set(&[chain("core", &[sql("core", 1, "a", TEXT), sql("core", 2, "b", "SELECT 'two ';")])]);
    let migrator = Migrator::new(&chains);
    let database = server().database().await;
    let mut client = database.connect().await;
    applied(&mut client, "CREATE TABLE a (\n    id bigint\n);\n").await;
    client.batch_execute("UPDATE stairwell.core SET name = 'c' WHERE version = 2").await.unwrap();
    let before = rows(&client, "SELECT * FROM stairwell.core ORDER BY version").await;

    let report = migrator.repair(&mut client).await.unwrap();

    assert_eq!((report.repaired.len(), report.left.len()), (0, 2));
    assert_eq!(rows(&client, "SELECT * FROM stairwell.core ORDER BY version").await, before);
    assert!(migrator.up(&mut client).await.unwrap_err().is_history());
}

#[tokio::test]
async fn white_space_in_quotes_is_no_white_space() {
    // The compiled text has a blank at the end of a line; whether that is in a string, nobody has looked.
    let compiled = "SELECT '\n a \n';";
    let chains = chain_set(&[chain("core", &[sql("core", 1, "quoted", compiled)])]);
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&chain_set(&[chain("core", &[sql("core", 1, "quoted", "SELECT '\n a\n';")])]))
        .up(&mut client)
        .await
        .unwrap();
    assert_eq!(Migrator::new(&chains).repair(&mut client).await.unwrap().left.len(), 1);

    // Outside of quotes there is no doubt.
    let chains = chain_set(&[chain("core", &[sql("core", 1, "plain", "SELECT 1 \n;")])]);
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&chain_set(&[chain("core", &[sql("core", 1, "plain", "SELECT 1\n;")])]))
        .up(&mut client)
        .await
        .unwrap();
    let report = Migrator::new(&chains).repair(&mut client).await.unwrap();
    assert_eq!(report.repaired[0].difference, "white space at the ends of lines");
}
