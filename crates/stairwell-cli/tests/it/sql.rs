//! `migrate sql`.

use std::process::Command;

use snapbox::str;

use crate::support::migrate;

#[tokio::test]
async fn a_script_from_the_command_line_does_what_up_does() {
    let database = test_support::database().await;
    // Without any address.
    let script = migrate(&["sql"]).env("SHOP", "older").run().code(0).stderr_eq(str![""]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &script.get_output().stdout).unwrap();
    let mut psql = Command::new("psql");
    test_support::isolate(&mut psql).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file.path());
    let output = psql.arg(database.url()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");

    migrate(&["status", "--check"]).env("SHOP", "older").on(database.url()).run().code(0);
    migrate(&["sql", "--pending"]).env("SHOP", "older").on(database.url()).run().code(0).stdout_eq(str![[
        r#"
-- nothing to do

"#
    ]]);
}

#[test]
fn what_cannot_be_scripted_is_a_usage_error() {
    migrate(&["sql"]).run().code(2).stdout_eq(str![""]).stderr_eq(str![[r#"
error: Rust steps cannot be put into a script: `printers/V0003__fill_toner`; end the script before it, or ask for placeholders and put SQL that does the same in their places

"#]]);
    migrate(&["sql", "--to", "printers@7"]).run().code(2).stderr_eq(str![[r#"
error: `printers` has no version 7; near it: 2, 3

"#]]);
    let json = migrate(&["sql", "--from", "core@1", "--to", "core,usb", "--json"]).run().code(0);
    let stdout = String::from_utf8_lossy(&json.get_output().stdout).into_owned();
    assert!(stdout.contains(r#""command": "sql""#) && stdout.contains("CREATE TABLE usb_ports"));
    assert!(!stdout.contains("CREATE TABLE sites"));
    migrate(&["sql", "--placeholders"]).run().code(0);
}
