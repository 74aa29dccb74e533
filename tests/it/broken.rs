//! The tree of the application, broken in one way per test: each fails `cargo build` with a report
//! that is kept as a snapshot in `broken/`.
//!
//! `SNAPSHOTS=overwrite cargo test` writes the snapshots anew.

use std::path::Path;

use crate::tree::Tree;

/// Breaks a copy, and builds it.
#[track_caller]
fn breaks(name: &str, how: impl FnOnce(&Tree)) {
    let tree = Tree::copy();
    how(&tree);
    fails(name, &tree, &[]);
}

/// Builds a tree that is broken, and compares what Cargo shows of the build script's stderr.
#[track_caller]
pub(crate) fn fails(name: &str, tree: &Tree, variables: &[(&str, &str)]) {
    let output = tree.build_with(variables, &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "the build went through:\n{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    let (announced, report) =
        stderr.split_once("--- stderr\n").expect("the build script failed with a report");
    let report: String =
        report.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    // Each finding is one line of Cargo's own as well, for tools that show no more.
    let findings = report.matches("\nerror[").count();
    assert_eq!(
        announced.matches(&format!("error: {}@0.1.0: [", tree.package())).count(),
        findings,
        "{stderr}"
    );
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/broken").join(format!("{name}.txt"));
    snapbox::assert_data_eq!(report, snapbox::Data::read_from(&snapshot, None).raw());
}

macro_rules! broken {
    ($($(#[$attribute:meta])* $name:ident: |$tree:ident| $how:expr;)*) => {
        $(
            #[test]
            $(#[$attribute])*
            fn $name() {
                breaks(stringify!($name), |$tree| { $how; });
            }
        )*
    };
}

#[test]
fn the_copy_builds_as_long_as_it_is_sound() {
    let output = Tree::copy().build(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const UP: &str = "SELECT 1;\n";
const PRINTERS: &str = "plugins/printers/migrations";

broken! {
    // Versions.
    two_branches_took_one_version_e1_e5: |tree| {
        tree.write_migration("plugins/printers/migrations/V0009__add_trays", "SELECT 1;\n");
        tree.write_migration("plugins/printers/migrations/V0009__add_duplex", "SELECT 2;\n")
    };
    two_timestamps_of_one_second_e11: |tree| {
        tree.write_migration("plugins/notifications/migrations/V20250911083000__add_channels", UP)
    };
    one_version_with_another_padding: |tree| tree.write_migration("migrations/V1__places", UP);
    one_version_in_sql_and_in_rust: |tree| {
        tree.write(&format!("{PRINTERS}/V0003__backfill_toner.rs"), "async fn up(tx: &T) -> R {}\nasync fn down(tx: &T) -> R {}\n")
    };
    a_migration_was_deleted: |tree| {
        tree.remove(&format!("{PRINTERS}/V0004__require_toner_level.sql"));
        tree.remove(&format!("{PRINTERS}/V0004__require_toner_level.down.sql"))
    };
    a_timestamp_in_a_counter_chain: |tree| tree.write_migration("migrations/V20260101120000__floors", UP);
    a_counter_in_a_timestamp_chain: |tree| {
        tree.write_migration("plugins/notifications/migrations/V0001__channels", UP)
    };
    version_zero: |tree| tree.write_migration("migrations/V0000__before_all", UP);
    a_version_of_19_digits: |tree| tree.write_migration("migrations/V1234567890123456789__far_away", UP);

    // File names.
    a_hyphen_in_the_name_e2: |tree| tree.write_migration("migrations/V0016__add-floors", UP);
    a_fraction_as_version_e3: |tree| tree.write_migration("migrations/V1.5__floors", UP);
    a_capital_in_the_name: |tree| tree.write_migration("migrations/V0016__addFloors", UP);
    a_small_v: |tree| tree.write("migrations/v0016__floors.sql", UP);
    an_unversioned_prefix: |tree| tree.write("migrations/U0016__floors.sql", UP);
    a_repeatable_prefix: |tree| tree.write("migrations/R__overview.sql", UP);
    a_single_underscore: |tree| tree.write("migrations/V0016_floors.sql", UP);
    a_capital_extension: |tree| tree.rename("migrations/V0015__rename_user_name_to_login.sql", "migrations/V0015__rename_user_name_to_login.SQL");
    an_up_extension: |tree| tree.write("migrations/V0016__floors.up.sql", UP);
    a_backup_file: |tree| tree.write("migrations/V0001__sites.sql.bak", UP);
    a_migration_named_as_sqlx_does: |tree| tree.write("migrations/0016_floors.sql", UP);

    // Entries that are no migration.
    a_swap_file_of_an_editor: |tree| tree.write("migrations/.V0001__sites.sql.swp", "");
    a_nested_folder: |tree| tree.write("migrations/2026/V0016__floors.sql", UP);
    a_file_among_the_plugins: |tree| tree.write("plugins/notes.txt", "");
    a_migration_beside_its_folder: |tree| tree.write("plugins/usb/V0009__ports.sql", UP);
    migrations_is_a_file: |tree| { tree.remove("migrations"); tree.write("migrations", "") };
    nothing_at_all: |tree| { tree.remove("migrations"); tree.remove("plugins"); tree.remove("stairwell.toml") };
    #[cfg(unix)]
    a_link_that_leaves_the_tree: |tree| {
        std::os::unix::fs::symlink("/etc/hostname", tree.path("migrations/V0016__floors.sql")).unwrap()
    };

    // Contents.
    a_migration_in_latin1: |tree| tree.write_bytes("migrations/V0015__rename_user_name_to_login.sql", b"-- Gr\xFC\xDFe\nSELECT 1;\n");
    a_migration_in_utf16: |tree| tree.write_bytes("migrations/V0015__rename_user_name_to_login.sql", b"\xFF\xFES\0E\0L\0");
    an_empty_migration: |tree| tree.write("migrations/V0015__rename_user_name_to_login.sql", "");
    a_down_step_of_comments: |tree| tree.write("migrations/V0015__rename_user_name_to_login.down.sql", "-- later\n");
    a_rust_step_that_does_not_parse: |tree| {
        tree.write("plugins/equipment/migrations/V0003__read_load_capacity.rs", "async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {\n    let = 1;\n}\n")
    };
    a_rust_step_without_down: |tree| {
        tree.write("plugins/equipment/migrations/V0003__read_load_capacity.rs", "async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {}\n")
    };

    // Down steps.
    a_missing_down_step: |tree| tree.remove("migrations/V0015__rename_user_name_to_login.down.sql");
    a_down_step_of_another_name: |tree| {
        tree.rename("migrations/V0015__rename_user_name_to_login.down.sql", "migrations/V0015__rename_login.down.sql")
    };
    irreversible_without_a_reason: |tree| {
        tree.remove("migrations/V0015__rename_user_name_to_login.down.sql");
        tree.write("migrations/V0015__rename_user_name_to_login.sql", "-- stairwell: irreversible\nSELECT 1;\n")
    };
    irreversible_with_a_down_step: |tree| {
        tree.write("migrations/V0015__rename_user_name_to_login.sql", "-- stairwell: irreversible the names are gone\nSELECT 1;\n")
    };

    // Plugins and manifests.
    a_plugin_with_a_hyphen: |tree| tree.rename("plugins/usb", "plugins/usb-devices");
    a_plugin_called_core: |tree| tree.rename("plugins/usb", "plugins/core");
    two_plugins_that_are_one_module: |tree| {
        tree.write("plugins/us_b/plugin.toml", "[plugin]\nname = \"us_b\"\n\n[owns]\ntables = [\"a\"]\n");
        tree.write_migration("plugins/us_b/migrations/V0001__baseline", UP);
        tree.write("plugins/us__b/plugin.toml", "[plugin]\nname = \"us__b\"\n\n[owns]\ntables = [\"b\"]\n");
        tree.write_migration("plugins/us__b/migrations/V0001__baseline", UP)
    };
    a_manifest_without_a_plugin_toml: |tree| tree.remove("plugins/usb/plugin.toml");
    a_manifest_with_an_unknown_key: |tree| tree.replace("plugins/usb/plugin.toml", "[requires]", "[require]");
    a_manifest_that_is_not_toml: |tree| tree.replace("plugins/usb/plugin.toml", "name = \"usb\"", "name = usb");
    a_manifest_of_another_plugin: |tree| tree.replace("plugins/usb/plugin.toml", "name = \"usb\"", "name = \"ubs\"");
    a_manifest_without_owns: |tree| {
        tree.write("plugins/usb/plugin.toml", "[plugin]\nname = \"usb\"\n\n[requires]\ncore = 5\ncomputers = 1\n")
    };
    a_history_table_of_another_chain: |tree| {
        tree.replace("plugins/usb/plugin.toml", "name = \"usb\"\n", "name = \"usb\"\nhistory = \"stairwell.printers\"\n")
    };
    a_plugin_without_migrations: |tree| tree.remove("plugins/usb/migrations");
    settings_for_an_unknown_rule: |tree| {
        let settings = std::fs::read_to_string(tree.path("stairwell.toml")).unwrap();
        tree.write("stairwell.toml", &settings.replace("[rules]\n", "[rules]\nversion-gapp = \"allow\"\n"))
    };

    // Directives.
    an_unknown_directive: |tree| tree.write_migration("migrations/V0016__floors", "-- stairwell: require computers 3\nSELECT 1;\n");
    a_directive_without_its_colon_e7: |tree| tree.write_migration("migrations/V0016__floors", "-- Why.\n-- stairwell no-transaction\nSELECT 1;\n");
    a_directive_behind_the_first_statement: |tree| {
        tree.write_migration("migrations/V0016__floors", "SELECT 1;\n-- stairwell: no-transaction\nSELECT 2;\n")
    };

    // Requirements.
    a_requirement_on_an_unknown_plugin: |tree| tree.replace("plugins/usb/plugin.toml", "computers = 1", "computer = 1");
    a_requirement_on_an_unknown_version: |tree| tree.replace("plugins/usb/plugin.toml", "computers = 1", "computers = 80");
    a_requirement_on_itself: |tree| tree.replace("plugins/usb/plugin.toml", "computers = 1", "computers = 1\nusb = 1");
    a_cycle_over_three_plugins: |tree| {
        tree.replace("plugins/computers/plugin.toml", "[requires]", "[requires]\nprinters = 1");
        tree.replace("plugins/network/plugin.toml", "[requires]", "[requires]\ncomputers = 1")
    };
    two_migrations_that_wait_for_each_other: |tree| {
        tree.write_migration("plugins/usb/migrations/V0009__ports", "-- stairwell: requires printers 9\nSELECT 1;\n");
        tree.write_migration(&format!("{PRINTERS}/V0009__trays"), "-- stairwell: requires usb 9\nSELECT 1;\n")
    };

    // All findings come at once, sorted.
    many_things_at_once: |tree| {
        tree.replace("plugins/usb/plugin.toml", "computers = 1", "computer = 1");
        tree.write("plugins/printers/migrations/V0009__add-trays.sql", UP);
        tree.remove("plugins/network/migrations/V0002__ip_addresses.down.sql");
        tree.write("migrations/V0016__floors.sql", "")
    };
}
