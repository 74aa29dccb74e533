//! Every test is a process of its own: what they tell each other, and what they do not.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use stairwell::ChainSet;
use stairwell_testing::{Check, Suite};

use crate::support::{chains, reversible};

/// The first migration is sound, the second leaves a table behind. Both say in a file when they are applied.
fn noisy(log: &str) -> ChainSet {
    let say = |word: &str| format!("COPY (SELECT '{word}') TO PROGRAM 'cat >>{log}';");
    let sound =
        reversible(1, "sound", &format!("CREATE TABLE sound (id int);{}", say("sound")), "DROP TABLE sound;");
    let flawed = format!("CREATE TABLE IF NOT EXISTS flawed (id int);{}", say("flawed"));
    chains(&[sound, reversible(2, "flawed", &flawed, "SELECT 1;")])
}

/// Not a test: a process that makes one check of one migration.
#[test]
#[ignore = "started by the other tests"]
fn process_with_one_check() {
    let (Ok(log), Ok(version)) =
        (std::env::var("STAIRWELL_TEST_LOG"), std::env::var("STAIRWELL_TEST_VERSION"))
    else {
        return;
    };
    let check = match std::env::var("STAIRWELL_TEST_CHECK").unwrap().as_str() {
        "stairway" => Check::Stairway,
        "leaves_no_trace" => Check::LeavesNoTrace,
        other => panic!("{other}"),
    };
    let suite = Suite::new(&noisy(&log), "shopdb");
    suite.check(check, "core", version.parse().unwrap(), "core::v").unwrap();
}

/// Whether the check passes.
fn passes(log: &Path, run: &str, check: Check, version: u32) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "nextest::process_with_one_check", "--ignored"]);
    command.env_remove("STAIRWELL_TEST_DATABASE_URL").env("NEXTEST", "1").env("NEXTEST_RUN_ID", run);
    command.env("STAIRWELL_TEST_LOG", log).env("STAIRWELL_TEST_VERSION", version.to_string());
    command.env("STAIRWELL_TEST_CHECK", check.name()).output().unwrap().status.success()
}

#[test]
fn a_sound_migration_is_walked_once_in_a_run_and_a_flawed_one_by_every_test() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("applied");
    fs::write(&log, "").unwrap();
    // The server may run as somebody else.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&log, fs::Permissions::from_mode(0o666)).unwrap();
    let applied = |word: &str| {
        let times = fs::read_to_string(&log).unwrap().lines().filter(|line| *line == word).count();
        fs::write(&log, "").unwrap();
        times
    };
    // The path of the log is in the migrations, so that no other test could have left a note.
    let run = |number: u8| format!("1b671a64-40d5-491e-99b0-da01ff1f338{number}");
    assert!(passes(&log, &run(1), Check::Stairway, 1));
    assert_eq!(applied("sound"), 2, "up, down, up");
    assert!(passes(&log, &run(1), Check::Stairway, 1) && passes(&log, &run(1), Check::LeavesNoTrace, 1));
    assert_eq!(applied("sound"), 0, "another process of the run has walked past it");
    assert!(passes(&log, &run(2), Check::LeavesNoTrace, 1));
    assert_eq!(applied("sound"), 2, "another run believes nobody");

    for check in [Check::LeavesNoTrace, Check::Stairway] {
        assert_eq!(passes(&log, &run(1), check, 2), check == Check::Stairway);
        assert_eq!(applied("flawed"), 2, "{}", check.name());
    }
}
