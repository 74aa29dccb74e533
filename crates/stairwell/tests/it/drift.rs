//! Structs that do not fit their tables, compiled by a real Cargo: where the error stands, and what it says.
//!
//! The cases are the files in `tests/drift`. A snapshot has the text and the place of every error and not
//! rustc's drawing of it, which changes from release to release.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use snapbox::{Data, assert_data_eq};

/// The errors of every case. All are compiled at once, because each would wait for the same lock.
fn errors() -> &'static BTreeMap<String, String> {
    static ERRORS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    ERRORS.get_or_init(compile)
}

fn compile() -> BTreeMap<String, String> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().unwrap();
    let bin = directory.path().join("src/bin");
    std::fs::create_dir_all(&bin).unwrap();
    let mut errors = BTreeMap::new();
    for entry in std::fs::read_dir(crate_folder.join("tests/drift")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "tables" {
            std::fs::copy(&path, directory.path().join("src/tables.rs")).unwrap();
        } else if path.extension().unwrap() == "rs" {
            std::fs::copy(&path, bin.join(path.file_name().unwrap())).unwrap();
            errors.insert(name, String::new());
        }
    }
    std::fs::write(
        directory.path().join("Cargo.toml"),
        format!(
            "[package]\nname = \"drift\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nstairwell = {{ path = {crate_folder:?} }}\n"
        ),
    )
    .unwrap();
    // The versions that are known to work, and no network.
    std::fs::copy(crate_folder.join("../../Cargo.lock"), directory.path().join("Cargo.lock")).unwrap();

    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["check", "--offline", "--bins", "--keep-going", "--message-format=json"]);
    cargo.current_dir(directory.path());
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("drift"));
    for inherited in ["RUSTFLAGS", "RUSTC_WRAPPER"] {
        cargo.env_remove(inherited);
    }
    let output = cargo.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let messages = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut count = 0;
    for message in messages.filter(|message| message["reason"] == "compiler-message") {
        let text = message["target"]["name"].as_str().and_then(|name| errors.get_mut(name));
        let Some(text) = text else { continue };
        let (message, spans) = (&message["message"], message["message"]["spans"].as_array().unwrap());
        // The last one counts the others.
        if message["level"] != "error" || spans.is_empty() {
            continue;
        }
        count += 1;
        writeln!(text, "error: {}", message["message"].as_str().unwrap()).unwrap();
        for mut span in spans.iter().filter(|span| span["is_primary"] == true) {
            // A panic is in the standard library first, and then where it was written.
            while !span["file_name"].as_str().unwrap().starts_with("src/") {
                span = &span["expansion"]["span"];
            }
            let line = &span["text"][0];
            let column = |name: &str| usize::try_from(line[name].as_u64().unwrap()).unwrap() - 1;
            let marked = &line["text"].as_str().unwrap()[column("highlight_start")..column("highlight_end")];
            writeln!(text, "  at {}:{}: {marked}", span["line_start"], span["column_start"]).unwrap();
        }
    }
    assert!(count > 0, "{}", String::from_utf8_lossy(&output.stderr));
    errors
}

macro_rules! drift {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drift/", stringify!($name), ".txt");
                let snapshot = Data::read_from(Path::new(snapshot), None);
                assert_data_eq!(errors()[stringify!($name)].as_str(), snapshot);
            }
        )*

        /// No file is left over.
        #[test]
        fn every_case_is_a_test() {
            let mut tests = [$(stringify!($name)),*, "sound"];
            tests.sort_unstable();
            assert_eq!(errors().keys().collect::<Vec<_>>(), tests);
        }
    };
}

drift! {
    cast_to_another_type
    column_of_a_view_in_a_plain_field
    column_types_that_cannot_be_derived
    column_without_a_field
    enum_as_string
    enum_instead_of_a_struct
    enum_of_another_name
    field_without_a_column
    foreign_type_of_another_column
    lifetime
    no_table
    not_null_where_it_says_nothing
    nullable_column_in_a_plain_field
    one_column_in_two_fields
    option_around_what_is_never_null
    tuple_struct
    type_parameter
    unknown_attributes
    unknown_rust_type
    unknown_table
    wrong_type
    wrong_type_in_a_view
}

#[test]
fn what_fits_compiles() {
    assert_eq!(errors()["sound"], "");
}
