//! The README's quick start, followed to the letter.

use std::path::Path;
use std::process::Command;

use snapbox::{assert_data_eq, str};

/// The files that the README shows: a path in a comment, then a fenced block.
fn files(readme: &str) -> Vec<(&str, &str)> {
    readme
        .split("<!-- file: ")
        .skip(1)
        .map(|part| {
            let (path, rest) = part.split_once(" -->\n```").unwrap();
            let (text, _) = rest.split_once("\n```").unwrap();
            (path, text.split_once('\n').unwrap().1)
        })
        .collect()
}

#[tokio::test]
async fn an_empty_crate_becomes_a_migrated_database() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(repository.join("README.md")).unwrap();
    let files = files(&readme);
    let lines: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    assert!(files.len() == 5 && lines < 40, "{lines} lines");

    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut text = text.replace("../stairwell", repository.to_str().unwrap());
        if path.ends_with("src/main.rs") {
            // What is generated must not stand in the way of anybody's lints.
            text.insert_str(
                0,
                "#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications)]\n//! Test.\n",
            );
        }
        std::fs::write(path, text).unwrap();
    }
    // The versions that are known to work, and no network.
    std::fs::copy(repository.join("Cargo.lock"), directory.path().join("Cargo.lock")).unwrap();

    let database = test_support::database().await;
    let mut cargo = Command::new(env!("CARGO"));
    test_support::isolate(&mut cargo);
    let output = cargo
        .args(["run", "--offline", "--quiet", "--", "migrate"])
        .current_dir(directory.path())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("quick-start"))
        .env("DATABASE_URL", database.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        str![[r#"
core  1 applied, now at V0001__items

"#]]
    );
    let client = database.connect().await;
    client.batch_execute("INSERT INTO items (name) VALUES ('a lamp')").await.unwrap();
}
