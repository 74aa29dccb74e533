//! `app migrate uninstall` with the plugins of the application.

use shopdb::schema::CHAINS;

use crate::app;

fn migrate(url: &str, arguments: &[&str], plugins: Option<&str>) -> String {
    let mut app = app();
    app.arg("migrate").args(arguments).env("DATABASE_URL", url);
    if let Some(plugins) = plugins {
        app.env("STAIRWELL_PLUGINS", plugins);
    }
    let output = app.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The plugin that hashes what it has stored says that it is irreversible; all others leave no trace.
#[tokio::test]
async fn a_plugin_that_was_uninstalled_has_never_been_there() {
    for plugin in ["computers", "equipment", "network", "printers", "usb"] {
        let database = test_support::database().await;
        let chain = CHAINS.chain(plugin).unwrap();
        let edges = chain.requires().iter().chain(chain.migrations().iter().flat_map(|m| m.requires()));
        let required: Vec<&str> = edges.map(|edge| edge.plugin()).collect();
        migrate(database.url(), &["up"], Some(&format!("core,{}", required.join(","))));
        let before = database.dump_with(&["--exclude-schema=stairwell"]).await;
        migrate(database.url(), &["up"], Some(plugin));
        assert_ne!(database.dump_with(&["--exclude-schema=stairwell"]).await, before, "{plugin}");
        migrate(database.url(), &["uninstall", plugin, "--yes"], None);
        let after = database.dump_with(&["--exclude-schema=stairwell"]).await;
        assert_eq!(after, before, "{plugin}");
        let client = database.connect().await;
        let traces = "SELECT (SELECT count(*) FROM stairwell.state WHERE plugin = $1), \
                      (SELECT count(*) FROM pg_tables WHERE schemaname = 'stairwell' AND tablename = $1)";
        let row = client.query_one(traces, &[&plugin]).await.unwrap();
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 0), "{plugin}");
        migrate(database.url(), &["up"], None);
    }
}

#[tokio::test]
async fn what_is_irreversible_stays_and_nothing_was_run() {
    let database = test_support::database().await;
    migrate(database.url(), &["up"], None);
    let before = database.dump().await;
    for arguments in
        [&["uninstall", "notifications", "--yes"][..], &["uninstall", "core", "--cascade", "--yes"]]
    {
        let output =
            app().arg("migrate").args(arguments).env("DATABASE_URL", database.url()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("`notifications/V20250911083000__hash_unsubscribe_tokens`: "), "{stderr}");
    }
    assert_eq!(database.dump().await, before);
}
