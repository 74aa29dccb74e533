//! `stairwell.lock`: what a build says of it, when it is written, and what git makes of two branches.

use std::process::Command;

use snapbox::{assert_data_eq, str};

use crate::broken::fails;
use crate::tree::Tree;

const WRITE: (&str, &str) = ("STAIRWELL_LOCK", "write");
const REWRITE: (&str, &str) = ("STAIRWELL_LOCK", "rewrite");
const LOCKED: (&str, &str) = ("STAIRWELL_LOCKED", "1");

const PRINTERS: &str = "plugins/printers/migrations";

macro_rules! broken {
    ($($name:ident $variables:expr, |$tree:ident| $how:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let $tree = Tree::locked();
                $how;
                fails(stringify!($name), &$tree, &$variables);
            }
        )*
    };
}

/// The same migration under another stem.
fn rename(tree: &Tree, from: &str, to: &str) {
    for extension in ["sql", "down.sql"] {
        tree.rename(&format!("{from}.{extension}"), &format!("{to}.{extension}"));
    }
}

broken! {
    locked_and_edited [], |tree| {
        tree.replace(&format!("{PRINTERS}/V0005__page_counts.sql"), "CREATE TABLE", "CREATE UNLOGGED TABLE")
    };
    locked_and_its_down_step_edited [], |tree| {
        tree.replace(&format!("{PRINTERS}/V0005__page_counts.down.sql"), "DROP TABLE", "DROP TABLE IF EXISTS")
    };
    locked_and_edited_in_rust [], |tree| {
        let path = "plugins/equipment/migrations/V0003__read_load_capacity.rs";
        tree.write(path, &format!("{}\n// An afterthought.\n", tree.read(path)))
    };
    locked_and_renamed [], |tree| {
        rename(&tree, &format!("{PRINTERS}/V0005__page_counts"), &format!("{PRINTERS}/V0005__page_counters"))
    };
    locked_and_renumbered [], |tree| {
        rename(&tree, &format!("{PRINTERS}/V0008__printers_running_low"), &format!("{PRINTERS}/V0009__printers_running_low"));
        tree.write_migration(&format!("{PRINTERS}/V0008__trays"), "SELECT 1;\n")
    };
    locked_and_deleted [], |tree| {
        tree.remove(&format!("{PRINTERS}/V0004__require_toner_level.sql"));
        tree.remove(&format!("{PRINTERS}/V0004__require_toner_level.down.sql"))
    };
    locked_and_its_chain_deleted [], |tree| tree.remove("plugins/usb");
    inserted_below_what_is_locked [], |tree| {
        tree.write_migration("plugins/notifications/migrations/V20250801120000__channels", "SELECT 1;\n")
    };
    locked_builds_take_nothing_new [LOCKED], |tree| {
        tree.write_migration(&format!("{PRINTERS}/V0009__trays"), "SELECT 1;\n");
        tree.write_migration("migrations/V0016__floors", "SELECT 1;\n")
    };
    locked_builds_need_a_lock [LOCKED], |tree| tree.remove("stairwell.lock");
    a_lock_that_is_malformed [], |tree| {
        tree.replace("stairwell.lock", "V0002__locations  up ", "V0002__locations up: ")
    };
    a_lock_with_a_lost_line [], |tree| {
        let lock = tree.read("stairwell.lock");
        let line = lock.lines().find(|line| line.starts_with("V0007__asset_updated_at")).unwrap();
        tree.write("stairwell.lock", &lock.replace(&format!("{line}\n"), ""))
    };
    a_lock_that_is_a_folder [], |tree| {
        tree.remove("stairwell.lock");
        tree.write("stairwell.lock/core", "")
    };
    nothing_is_locked_while_something_locked_is_changed [WRITE], |tree| {
        let lock = tree.read("stairwell.lock");
        tree.replace("migrations/V0001__sites.down.sql", "DROP TABLE", "DROP TABLE IF EXISTS");
        tree.write_migration("migrations/V0016__floors", "SELECT 1;\n");
        assert!(!tree.build_with(&[WRITE], &[]).status.success());
        assert_eq!(tree.read("stairwell.lock"), lock)
    };
}

#[track_caller]
fn stderr(tree: &Tree, variables: &[(&str, &str)], succeeds: bool) -> String {
    let output = tree.build_with(variables, &["-v"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), succeeds, "{stderr}");
    stderr
}

/// What the build script warns of, in a build that goes through.
#[track_caller]
fn warnings(tree: &Tree, variables: &[(&str, &str)]) -> String {
    let prefix = format!("warning: {}@0.1.0: ", tree.package());
    let stderr = stderr(tree, variables, true);
    stderr.lines().filter_map(|line| line.strip_prefix(&prefix)).map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn is_fresh(tree: &Tree, variables: &[(&str, &str)]) -> bool {
    stderr(tree, variables, true).contains(&format!("Fresh {} v0.1.0", tree.package()))
}

#[test]
fn the_application_is_locked() {
    let tree = Tree::locked();
    assert_eq!(warnings(&tree, &[LOCKED]), "");
}

#[test]
fn only_a_build_that_is_told_to_writes_it() {
    let tree = Tree::copy();
    assert_eq!(warnings(&tree, &[]), "", "nothing is reported as long as there is no lock file");
    assert!(!tree.path("stairwell.lock").exists());

    warnings(&tree, &[WRITE]);
    let lock = tree.read("stairwell.lock");
    assert_eq!(
        lock,
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/stairwell.lock")).unwrap()
    );
    warnings(&tree, &[WRITE]);
    assert!(is_fresh(&tree, &[WRITE]), "what the script writes does not make it run for ever");
    assert_eq!(warnings(&tree, &[LOCKED]), "");
    assert!(is_fresh(&tree, &[LOCKED]));

    tree.write_migration(&format!("{PRINTERS}/V0009__trays"), "SELECT 1;\n");
    assert_data_eq!(
        warnings(&tree, &[]),
        str![[r#"
[unlocked-migration] 1 migration is not locked yet: `printers/V0009__trays` --> stairwell.lock

"#]]
    );
    assert_eq!(tree.read("stairwell.lock"), lock);
    assert!(is_fresh(&tree, &[]));

    warnings(&tree, &[WRITE]);
    assert_eq!(warnings(&tree, &[]), "");
    let left: Vec<String> = std::fs::read_dir(tree.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn line_ends_of_a_checkout_change_nothing() {
    let tree = Tree::locked();
    let windows = tree.read("stairwell.lock").replace('\n', "\r\n");
    tree.write("stairwell.lock", &windows);
    assert_eq!(warnings(&tree, &[LOCKED]), "");
    warnings(&tree, &[WRITE]);
    assert_eq!(tree.read("stairwell.lock"), windows);
}

#[test]
fn a_lock_file_that_changes_is_noticed() {
    let tree = Tree::locked();
    warnings(&tree, &[]);
    assert!(is_fresh(&tree, &[]));
    tree.replace("stairwell.lock", "format 1", "format 9");
    assert!(stderr(&tree, &[], false).contains("[bad-lock] the format of the lock file is unknown"));
}

#[test]
fn everything_can_be_locked_anew_on_purpose() {
    let tree = Tree::locked();
    tree.replace("migrations/V0001__sites.down.sql", "DROP TABLE", "DROP TABLE IF EXISTS");
    rename(&tree, &format!("{PRINTERS}/V0005__page_counts"), &format!("{PRINTERS}/V0005__page_counters"));
    assert_data_eq!(
        warnings(&tree, &[REWRITE]),
        str![[r#"
[edited-migration] the down step of `V0001__sites` of `core` was edited after it was locked: 5532d6ecc3b57fa8 became 89625bfe83a5e465 --> migrations/V0001__sites.down.sql:1:1
[renamed-migration] `V0005__page_counts` of `printers` was renamed to `V0005__page_counters` after it was locked --> plugins/printers/migrations/V0005__page_counters.sql:1:1

"#]]
    );
    assert_eq!(warnings(&tree, &[LOCKED]), "");
}

#[test]
fn values_that_mean_nothing_are_errors() {
    let tree = Tree::locked();
    for (variables, message) in [
        (vec![("STAIRWELL_LOCK", "yes")], "the environment variable `STAIRWELL_LOCK` is `yes`"),
        (vec![("STAIRWELL_LOCKED", "true")], "the environment variable `STAIRWELL_LOCKED` is `true`"),
        (
            vec![WRITE, LOCKED],
            "the environment variable `STAIRWELL_LOCKED` is `1`, but `STAIRWELL_LOCK` asks to write",
        ),
    ] {
        let stderr = stderr(&tree, &variables, false);
        assert!(stderr.contains(message), "{stderr}");
    }
    assert_eq!(warnings(&tree, &[("STAIRWELL_LOCK", ""), ("STAIRWELL_LOCKED", "0")]), "");
}

/// Runs git in the tree, and says whether it succeeded, with what it printed.
fn git(tree: &Tree, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(tree.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[track_caller]
fn commit(tree: &Tree, message: &str) {
    assert!(git(tree, &["add", "--all"]).0);
    assert!(git(tree, &["commit", "--quiet", "--message", message]).0);
}

/// A repository with a branch for each migration, which is locked there; the last branch is checked out.
#[track_caller]
fn branches(migrations: [&str; 2]) -> Tree {
    let tree = Tree::locked();
    tree.write(".gitignore", "/target\nCargo.lock\n");
    assert!(git(&tree, &["init", "--quiet", "--initial-branch=main"]).0);
    commit(&tree, "Release");
    for (branch, migration) in ["one", "two"].into_iter().zip(migrations) {
        assert!(git(&tree, &["checkout", "--quiet", "-b", branch, "main"]).0);
        tree.write_migration(migration, &format!("SELECT '{branch}';\n"));
        warnings(&tree, &[WRITE]);
        commit(&tree, branch);
    }
    tree
}

#[test]
fn two_branches_that_add_to_one_chain_conflict() {
    let channels = "plugins/notifications/migrations/V20260101120000__channels";
    let digests = "plugins/notifications/migrations/V20260102120000__digests";
    let tree = branches([channels, digests]);
    let (merged, printed) = git(&tree, &["merge", "one"]);
    assert!(!merged, "{printed}");
    assert!(printed.contains("Merge conflict in stairwell.lock"), "{printed}");
    assert!(!printed.contains("Merge conflict in plugins"), "nothing else tells git: {printed}");
    fails("two_branches_added_to_one_chain", &tree, &[]);

    // The way out that the report shows.
    assert!(git(&tree, &["checkout", "one", "--", "stairwell.lock"]).0);
    assert!(warnings(&tree, &[]).contains("[unlocked-migration] 1 migration is not locked yet"));
    warnings(&tree, &[WRITE]);
    assert_eq!(warnings(&tree, &[LOCKED]), "");
}

#[test]
fn two_branches_that_took_one_version_conflict() {
    let tree = branches([&format!("{PRINTERS}/V0009__trays"), &format!("{PRINTERS}/V0009__duplex")]);
    let (merged, printed) = git(&tree, &["merge", "one"]);
    assert!(!merged && printed.contains("Merge conflict in stairwell.lock"), "{printed}");
}

/// The chains stand next to each other in the file.
#[test]
fn branches_that_add_to_different_chains_merge() {
    let tree = branches([&format!("{PRINTERS}/V0009__trays"), "plugins/usb/migrations/V0009__ports"]);
    let (merged, printed) = git(&tree, &["merge", "--no-edit", "one"]);
    assert!(merged, "{printed}");
    assert_eq!(warnings(&tree, &[LOCKED]), "", "both are locked");
    let lock = tree.read("stairwell.lock");
    warnings(&tree, &[WRITE]);
    assert_eq!(tree.read("stairwell.lock"), lock, "git made what the compiler writes");
}
