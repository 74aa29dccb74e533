//! `migrate history`.

use snapbox::str;

use crate::support::migrate;

#[tokio::test]
async fn the_journal_is_shown_the_newest_last() {
    let database = test_support::database().await;
    let shop = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "removable").run();
    shop(&["history"]).code(0).stdout_eq(str![[r#"
there is no journal yet

"#]]);
    shop(&["history", "--json"]).code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "history",
  "journal": false,
  "entries": []
}

"#]]);
    let client = database.connect().await;
    let schemas = "SELECT 1 FROM pg_namespace WHERE nspname = 'stairwell'";
    assert!(client.query(schemas, &[]).await.unwrap().is_empty(), "reading creates nothing");

    shop(&["up"]).code(0);
    shop(&["down", "printers@1", "--yes"]).code(0);
    shop(&["uninstall", "usb", "--yes"]).code(0);
    // What a run is called, and how its columns are aligned, differs from run to run.
    let output = shop(&["history"]).code(0);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words[1..3].join(" ")
        })
        .collect();
    assert_eq!(
        lines,
        [
            "migration direction",
            "core/V0001__sites up",
            "printers/V0001__baseline up",
            "printers/V0002__toner up",
            "usb/V0001__baseline up",
            "printers/V0002__toner down",
            "usb/V0001__baseline down",
            "usb uninstall",
        ]
    );
    shop(&["history", "--last", "2", "--plugin", "usb"]).code(0).stdout_eq(str![[r#"
when [..]migration [..]direction [..]took [..]role [..]application [..]run
[WHEN] [..]usb/V0001__baseline [..]down [..] postgres [..]shop[..]
[WHEN] [..]usb [..]uninstall [..] postgres [..]shop[..]

"#]]);
    shop(&["history", "--last", "2", "--plugin", "usb", "--json"]).code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "history",
  "journal": true,
  "entries": [
    {
      "run": "[RUN]",
      "plugin": "usb",
      "version": 1,
      "name": "baseline",
      "direction": "down",
      "started_at": "[WHEN]",
      "duration_ms": [MS],
      "role": "postgres",
      "application": "shop",
      "application_version": null,
      "revertible": false,
      "note": null
    },
    {
      "run": "[RUN]",
      "plugin": "usb",
      "version": 0,
      "name": "",
      "direction": "uninstall",
      "started_at": "[WHEN]",
      "duration_ms": [MS],
      "role": "postgres",
      "application": "shop",
      "application_version": null,
      "revertible": false,
      "note": null
    }
  ]
}

"#]]);
    migrate(&["history", "--plugin", "usb"]).on(database.url()).env("SHOP", "without-usb").run().code(0);
    shop(&["history", "--plugin", "printer"]).code(2).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: there is no plugin `printer`; did you mean `printers`? compiled in: core, printers, usb

"#]]);
    shop(&["history", "--plugin", "printers@1"]).code(2).stderr_eq(str![[r#"
error: `--plugin` names a plugin, and no version: `printers`

"#]]);
    shop(&["history", "--last", "0"]).code(2);
}

#[tokio::test]
async fn a_role_that_may_not_read_it_is_told_so() {
    let database = test_support::database().await;
    migrate(&["up"]).on(database.url()).run().code(0);
    let (name, client) = (database.name(), database.connect().await);
    client.batch_execute(&format!("CREATE ROLE guest_of_{name} LOGIN")).await.unwrap();
    let url = database.url().replace("postgres@", &format!("guest_of_{name}@"));
    migrate(&["history"]).on(&url).run().code(1).stdout_eq(str![]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `guest_of_[DATABASE]` (no TLS), from `DATABASE_URL`
error: cannot read the journal: the role guest_of_[DATABASE] may not; as an owner run `GRANT USAGE ON SCHEMA "stairwell" TO guest_of_[DATABASE]; GRANT SELECT ON "stairwell"."journal" TO guest_of_[DATABASE]`, or read it as the owner

"#]]);
}
