//! The question before something is destroyed, on a real terminal: a pseudo-terminal of `script`, from util-linux.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::Write;
use std::process::{Output, Stdio};

use crate::support::migrate;

/// Runs `migrate` on a terminal, where somebody types this.
fn on_terminal(url: &str, arguments: &[&str], typed: &str) -> (Option<i32>, String) {
    let app = migrate(arguments).on(url).env("SHOP", "removable").command();
    let words = std::iter::once(app.get_program()).chain(app.get_args());
    // Neither the path nor the arguments have anything that a shell would take for its own, but this.
    let line: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let mut script = std::process::Command::new("script");
    script.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]);
    for (name, value) in app.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.env("TERM", "dumb").env("NO_COLOR", "1");
    let mut child =
        script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    (status.code(), String::from_utf8_lossy(&stdout).replace("\r\n", "\n"))
}

#[tokio::test]
async fn the_question_is_asked_and_the_answer_counts() {
    let database = test_support::database().await;
    let (url, client) = (database.url(), database.connect().await);
    migrate(&["up"]).on(url).env("SHOP", "removable").run().code(0);
    let applied = async || -> i64 {
        client.query_one("SELECT count(*) FROM stairwell.printers", &[]).await.unwrap().get(0)
    };
    const QUESTION: &str = "? Down steps can destroy data. Revert 1? [y/N]";

    // A closed terminal is no answer, and no answer is no.
    for typed in ["n\n", "\n", "yess\n", "", "Yes please\n"] {
        let (code, text) = on_terminal(url, &["down", "printers@1"], typed);
        assert_eq!(code, Some(1), "{typed:?}: {text}");
        assert!(text.contains(QUESTION), "{typed:?}: {text}");
        assert!(text.contains("error: not confirmed; nothing was run\n"), "{typed:?}: {text}");
        assert_eq!(applied().await, 2, "{typed:?}");
    }
    for typed in ["y\n", "Y\n", "yes\n"] {
        let (code, text) = on_terminal(url, &["down", "printers@1"], typed);
        assert_eq!(code, Some(0), "{typed:?}: {text}");
        assert!(text.contains(QUESTION) && text.contains("1 reverted"), "{typed:?}: {text}");
        assert_eq!(applied().await, 1, "{typed:?}");
        migrate(&["up"]).on(url).env("SHOP", "removable").run().code(0);
    }
    let (code, text) = on_terminal(url, &["down", "printers@1", "--yes"], "");
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains('?'), "who has answered is not asked: {text}");
}

#[tokio::test]
async fn every_command_that_destroys_asks() {
    let database = test_support::database().await;
    let url = database.url();
    migrate(&["up"]).on(url).env("SHOP", "removable").run().code(0);
    for (arguments, question) in [
        (&["redo", "printers@1"][..], "Revert 1? [y/N]"),
        (&["to", "printers@1"], "Revert 1? [y/N]"),
        (&["uninstall", "printers"], "Uninstall `printers`? [y/N]"),
        (&["unmark", "printers@2"], "Remove printers@2 from the history, without reverting it? [y/N]"),
    ] {
        let (code, text) = on_terminal(url, arguments, "n\n");
        assert_eq!(code, Some(1), "{arguments:?}: {text}");
        assert!(text.contains(question), "{arguments:?}: {text}");
        assert!(text.contains("not confirmed; nothing was run"), "{arguments:?}: {text}");
    }
    let (code, text) = on_terminal(url, &["uninstall", "printers"], "y\n");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("printers uninstalled, 2 reverted"), "{text}");
}
