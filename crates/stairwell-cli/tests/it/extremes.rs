//! Texts and numbers of a size that nobody expects.

use crate::support::{migrate, shop};

#[tokio::test]
async fn names_that_no_line_has_room_for() {
    let database = test_support::database().await;
    let (url, client) = (database.url(), database.connect().await);
    migrate(&["up"]).on(url).env("SHOP", "removable").run().code(0);
    let change = "ALTER TABLE stairwell.printers ALTER name TYPE text; \
        ALTER TABLE stairwell.journal DISABLE TRIGGER ALL; \
        INSERT INTO stairwell.printers SELECT 7, repeat('ä', 100000), applied_on, '7' FROM stairwell.printers WHERE version = 2; \
        UPDATE stairwell.journal SET name = repeat('ß', 100000), application = repeat('x', 70000), duration = '290000 years'";
    client.batch_execute(change).await.unwrap();
    for (arguments, status) in [
        (&["status"][..], 0),
        (&["status", "--json"], 0),
        (&["history"], 0),
        (&["history", "--json"], 0),
        (&["verify", "--no-drift"], 1),
        (&["up"], 1),
        (&["down", "printers@2", "--yes"], 1),
        (&["uninstall", "printers", "--yes"], 1),
        (&["unmark", "printers@7", "--yes"], 0),
    ] {
        let run = migrate(arguments).on(url).env("SHOP", "removable").run().code(status);
        let stderr = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(!stderr.contains("panicked"), "{arguments:?}: {}", &stderr[..stderr.len().min(2000)]);
    }
}

#[tokio::test]
async fn numbers_of_an_address() {
    let database = test_support::database().await;
    let most = "9223372036854775807";
    let options = format!(
        "connect_timeout={most}&keepalives_idle={most}&keepalives_interval={most}&tcp_user_timeout={most}"
    );
    let at = |url: &str| {
        let run = shop().on(url).command().args(["migrate", "status"]).output().unwrap();
        let text = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(!text.contains("panicked"), "{text}");
        run.status.code()
    };
    assert_eq!(at(&format!("{}?connect_timeout={most}", database.url())), Some(0));
    // Whether the operating system takes the others is its own business.
    assert!(matches!(at(&format!("{}?{options}", database.url())), Some(0 | 1)));
    for port in ["0", "65536", "99999999999999999999", "-1", "5432,5433", ","] {
        assert_eq!(
            at(&format!("host=127.0.0.1 port={port} user=me dbname=x connect_timeout=1")),
            Some(1),
            "{port}"
        );
    }
}
