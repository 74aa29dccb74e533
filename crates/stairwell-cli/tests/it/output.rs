//! Where the output goes, and what it looks like there.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use snapbox::str;

use crate::support::{SECRET, migrate};

#[tokio::test]
async fn colours_are_for_terminals() {
    let database = test_support::database().await;
    let url = database.url();

    let is_coloured = |assert: snapbox::cmd::OutputAssert| {
        let output = assert.get_output();
        [&output.stdout, &output.stderr].map(|text| text.contains(&0x1b))
    };
    assert_eq!(is_coloured(migrate(&["status"]).on(url).run()), [false, false]);
    assert_eq!(is_coloured(migrate(&["status"]).on(url).env("CLICOLOR_FORCE", "1").run()), [true, false]);
    let both = migrate(&["status"]).on(url).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert_eq!(is_coloured(both.run()), [false, false]);
    assert_eq!(is_coloured(migrate(&[]).on(url).env("CLICOLOR_FORCE", "1").run()), [true, true]);
}

/// `app migrate status | true`
#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let database = test_support::database().await;
    let mut command = migrate(&["plan", "--sql"]).on(database.url()).command();
    let mut app = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(app.stdout.take());
    let status = app.wait().unwrap();
    let stderr: Vec<String> =
        BufReader::new(app.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(status.success(), "{stderr:?}");
    assert!(!stderr.iter().any(|line| line.contains("panic")), "{stderr:?}");
}

#[test]
fn help_lists_variables_and_exit_statuses_without_their_values() {
    let url = format!("postgres://me:{SECRET}@db/shop");
    migrate(&["--help"]).on(&url).run().code(0).stdout_eq(str![]);
    migrate(&["up", "--help"]).on(&url).run().code(0).stdout_eq(str![]);
}
