//! How the tests run the application.

use std::path::PathBuf;
use std::process::Command;

use regex::Regex;
use snapbox::cmd::OutputAssert;
use snapbox::{Assert, Redactions};

/// The application, in an environment that has nothing in it but what the test sets.
pub(crate) struct App(Command);

/// The application under `examples/`, about to run `migrate` with these arguments.
pub(crate) fn migrate(arguments: &[&str]) -> App {
    let mut app = shop();
    app.0.arg("migrate").args(arguments);
    app
}

/// The same application, about to be told what to do.
pub(crate) fn shop() -> App {
    let mut command = Command::new(path());
    test_support::isolate(&mut command);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "STAIRWELL_PLUGINS", "SHOP", "SHOP_LOG"] {
        command.env_remove(variable);
    }
    // No `~/.pgpass` and no `~/.postgresql` of whoever runs the tests.
    command.env("HOME", "/nonexistent");
    App(command)
}

impl App {
    pub(crate) fn env(mut self, name: &str, value: &str) -> App {
        self.0.env(name, value);
        self
    }

    /// On the database at this address.
    pub(crate) fn on(self, url: &str) -> App {
        self.env("DATABASE_URL", url)
    }

    /// The application, started.
    pub(crate) fn command(self) -> Command {
        self.0
    }

    /// Runs it, and holds everything that it printed against the secrets of the tests.
    pub(crate) fn run(self) -> OutputAssert {
        let assert = snapbox::cmd::Command::from_std(self.0).with_assert(transcripts()).assert();
        let output = assert.get_output();
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains(SECRET), "a password was printed");
        }
        assert
    }
}

/// The password of every server here that asks for one, and of every URL that should not work.
pub(crate) const SECRET: &str = "hunter2";

/// Replaces what differs from run to run.
pub(crate) fn transcripts() -> Assert {
    let mut redactions = Redactions::new();
    for (placeholder, pattern) in [
        ("[PORT]", r"(?:127\.0\.0\.1|localhost):(?<redacted>\d{2,5})"),
        ("[DATABASE]", r"(?<redacted>test_\d+)"),
        ("[TIME]", r"(?<redacted>\b[\d.]+ m?s)\b"),
        ("[MS]", r#""duration_ms": (?<redacted>\d+)"#),
        ("[WHEN]", r"(?<redacted>\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|\+00))"),
        ("[RUN]", r"(?<redacted>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"),
        ("[PID]", r"process (?<redacted>\d+)"),
    ] {
        let pattern = Regex::new(pattern).expect("the patterns above are regular expressions");
        redactions.insert(placeholder, pattern).expect("the placeholders above have their brackets");
    }
    // The paths of migrations have `/` everywhere, and JSON has its own `\`.
    Assert::new().action_env("SNAPSHOTS").normalize_paths(false).redact_with(redactions)
}

fn path() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    let profile = test.ancestors().nth(2).expect("tests are in `deps` of a profile's folder");
    let path = profile.join("examples").join(format!("shop{}", std::env::consts::EXE_SUFFIX));
    // Unlike for binaries, Cargo only builds it if all targets are tested.
    assert!(path.is_file(), "build the example first: `cargo build -p stairwell-cli --example shop`");
    path
}
