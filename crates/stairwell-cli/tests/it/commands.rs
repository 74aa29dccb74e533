//! Transcripts of the commands.

use snapbox::str;

use crate::support::migrate;

#[tokio::test]
async fn from_an_empty_database_to_nothing_to_do() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["plan"]).on(url).run().code(0).stderr_eq(str![]).stdout_eq(str![]);
    migrate(&["status"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["status", "--check"]).on(url).run().code(3);
    migrate(&[]).on(url).run().code(0).stderr_eq(str![]).stdout_eq(str![]);
    migrate(&["up"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["status", "--check"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["plan"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["plan", "--sql"]).on(url).run().code(0).stdout_eq(str![]);
}

#[tokio::test]
async fn targets_and_what_they_require() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["plan", "printers@1"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["up", "printers@1"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["plan", "--sql", "printers"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["up", "usb", "printers"]).on(url).run().code(0).stdout_eq(str![]);
}

#[tokio::test]
async fn enabled_plugins_limit_every_command() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["--plugins", "usb", "plan"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["up"]).env("STAIRWELL_PLUGINS", "printers").on(url).run().code(0).stdout_eq(str![]);
    // The option also stands after the subcommand, and counts before the variable.
    let status = migrate(&["status", "--check", "--plugins", "printers"]).env("STAIRWELL_PLUGINS", "usb");
    status.on(url).run().code(0).stdout_eq(str![]);
    migrate(&["up", "usb"]).env("STAIRWELL_PLUGINS", "printers").on(url).run().code(2).stderr_eq(str![]);
}

#[tokio::test]
async fn json_is_one_object_with_a_version() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["plan", "--json", "--sql", "printers"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["--json", "up", "printers@2"]).on(url).run().code(0).stdout_eq(str![]);
    migrate(&["status", "--json", "--check"]).on(url).run().code(3).stdout_eq(str![]);
}

#[tokio::test]
async fn a_status_tells_what_does_not_agree() {
    let database = test_support::database().await;
    let url = database.url();
    migrate(&[]).on(url).run().code(0);

    migrate(&["status", "--check"])
        .env("SHOP", "edited")
        .on(url)
        .run()
        .code(1)
        .stdout_eq(str![])
        .stderr_eq(str![]);
    migrate(&["status", "--check"]).env("SHOP", "older").on(url).run().code(1).stdout_eq(str![]);
    migrate(&["status"]).env("SHOP", "without-usb").on(url).run().code(0).stdout_eq(str![]);
    migrate(&["status", "--json"]).env("SHOP", "edited").on(url).run().code(0).stdout_eq(str![]);
    migrate(&["up"]).env("SHOP", "edited").on(url).run().code(1).stderr_eq(str![]);
}

#[tokio::test]
async fn a_failing_statement_is_shown() {
    let database = test_support::database().await;

    let up = migrate(&["up"]).env("SHOP", "broken").on(database.url()).run();
    up.code(1).stdout_eq(str![[""]]).stderr_eq(str![]);
}

#[tokio::test]
async fn usage_errors_need_no_server() {
    let nowhere = "postgres://me@192.0.2.1/shop";
    migrate(&["up", "pritners"]).on(nowhere).run().code(2).stderr_eq(str![]);
    migrate(&["--plugins", "core,usv"]).on(nowhere).run().code(2).stderr_eq(str![]);
    migrate(&["up"]).env("STAIRWELL_PLUGINS", "billing").on(nowhere).run().code(2).stderr_eq(str![]);
    migrate(&["plan", "printers@x"]).on(nowhere).run().code(2).stderr_eq(str![]);
    migrate(&["up", "--lock-wait", "5"]).on(nowhere).run().code(2).stderr_eq(str![]);
    migrate(&["sideways"]).on(nowhere).run().code(2);
}
