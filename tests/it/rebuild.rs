//! When Cargo runs the build script again, and that it always writes the same.

use crate::tree::Tree;

/// Whether Cargo found something to do, as it says with `-v`.
#[track_caller]
fn is_rebuilt(tree: &Tree) -> bool {
    let output = tree.build(&["-v"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let fresh = stderr.contains(&format!("Fresh {} v0.1.0", tree.package()));
    let compiled = stderr.contains(&format!("Compiling {} v0.1.0", tree.package()));
    assert_ne!(fresh, compiled, "{stderr}");
    compiled
}

#[test]
fn any_change_in_a_chain_rebuilds_and_none_does_not() {
    let tree = Tree::copy();
    assert!(is_rebuilt(&tree), "the first build");
    assert!(!is_rebuilt(&tree), "an untouched tree");
    tree.write_migration("plugins/usb/migrations/V0009__ports", "SELECT 1;\n");
    assert!(is_rebuilt(&tree), "a file was added");
    tree.write("plugins/usb/migrations/V0009__ports.down.sql", "SELECT 2;\n");
    assert!(is_rebuilt(&tree), "a file was edited");
    tree.rename("plugins/usb/migrations/V0009__ports.sql", "plugins/usb/migrations/V0009__sockets.sql");
    tree.rename(
        "plugins/usb/migrations/V0009__ports.down.sql",
        "plugins/usb/migrations/V0009__sockets.down.sql",
    );
    assert!(is_rebuilt(&tree), "a file was renamed");
    tree.remove("plugins/usb/migrations/V0009__sockets.sql");
    tree.remove("plugins/usb/migrations/V0009__sockets.down.sql");
    assert!(is_rebuilt(&tree), "a file was deleted");
    tree.replace("plugins/usb/plugin.toml", "[plugin]", "# A comment.\n[plugin]");
    assert!(is_rebuilt(&tree), "a manifest was edited");
    tree.write("plugins/sites/plugin.toml", "[plugin]\nname = \"sites\"\n\n[owns]\ntables = [\"floors\"]\n");
    tree.write("plugins/sites/migrations/V0001__baseline.sql", "CREATE TABLE floors (id bigint);\n");
    tree.write("plugins/sites/migrations/V0001__baseline.down.sql", "DROP TABLE floors;\n");
    assert!(is_rebuilt(&tree), "a plugin was added");
    tree.replace("stairwell.toml", "[owns]", "# A comment.\n[owns]");
    assert!(is_rebuilt(&tree), "the settings were edited");
    assert!(!is_rebuilt(&tree), "an untouched tree, again");
}

#[test]
fn a_tree_that_failed_is_built_again_when_it_is_mended() {
    let tree = Tree::copy();
    tree.write("migrations/V0016__add-floors.sql", "SELECT 1;\n");
    assert!(!tree.build(&[]).status.success());
    assert!(!tree.build(&[]).status.success(), "a failure is not remembered as done");
    tree.remove("migrations/V0016__add-floors.sql");
    assert!(is_rebuilt(&tree));
}

#[test]
fn the_same_tree_gives_the_same_bytes_anywhere() {
    let (one, two) = (Tree::copy(), Tree::copy());
    let generated = one.generated();
    assert_eq!(generated, two.generated());
    for directory in [one.path(""), std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))] {
        assert!(!generated.contains(directory.to_str().unwrap()), "no absolute path");
    }
    assert!(!generated.contains("include_str!") && !generated.contains(".unwrap()"));
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let (unix, windows) = (Tree::copy(), Tree::copy());
    for folder in ["migrations", "plugins/printers/migrations", "plugins/equipment/migrations"] {
        for entry in std::fs::read_dir(windows.path(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, format!("\u{FEFF}{}", text.replace('\n', "\r\n"))).unwrap();
        }
    }
    assert_eq!(unix.generated(), windows.generated());
}

#[test]
fn a_report_in_the_generated_file_goes_away_when_the_tree_is_mended() {
    let tree = Tree::copy();
    tree.write(
        "build.rs",
        "fn main() -> Result<(), stairwell_build::Report> {\n    \
         let shown = stairwell_build::Diagnostics::CompileError;\n    \
         stairwell_build::Compiler::new().diagnostics(shown).compile()\n}\n",
    );
    assert!(!tree.generated().contains("compile_error!"));
    tree.rename("migrations", "elsewhere");
    let generated = tree.generated();
    assert!(generated.starts_with("::core::compile_error!("), "{generated}");
    assert!(generated.contains("requires version 5 of `core`, which does not exist"), "{generated}");
    tree.rename("elsewhere", "migrations");
    assert!(!tree.generated().contains("compile_error!"), "a root that came back is noticed");
}
