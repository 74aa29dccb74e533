//! The tree of the application with one migration more, whose SQL does what it may not: each fails `cargo build`
//! with a report that is kept as a snapshot in `broken/`.

use crate::broken::fails;
use crate::tree::Tree;

/// A migration of the plugin usb: up step and, unless it is empty, down step.
#[track_caller]
fn breaks(name: &str, up: &str, down: &str) {
    let tree = Tree::copy();
    tree.write("plugins/usb/migrations/V0009__labels.sql", up);
    if !down.is_empty() {
        tree.write("plugins/usb/migrations/V0009__labels.down.sql", down);
    }
    fails(name, &tree, &[]);
}

macro_rules! broken_sql {
    ($($name:ident: $up:expr, $down:expr;)*) => {
        $(
            #[test]
            fn $name() {
                breaks(stringify!($name), $up, $down);
            }
        )*
    };
}

broken_sql! {
    // Ownership.
    a_foreign_table_is_altered:
        "ALTER TABLE assets ADD COLUMN label text;\n",
        "ALTER TABLE assets DROP COLUMN label;\n";
    a_foreign_table_gets_an_index:
        "CREATE INDEX ix_assets_serial ON assets (id);\n",
        "DROP INDEX ix_assets_serial;\n";
    a_foreign_table_is_dropped_with_all_that_hangs_on_it:
        "-- stairwell: irreversible the rows are gone\nDROP TABLE computers CASCADE;\n",
        "";
    a_foreign_type_is_altered:
        "-- stairwell: irreversible an enum value stays\nALTER TYPE asset_status ADD VALUE 'lent';\n",
        "";
    foreign_rows_are_written:
        "UPDATE users SET login = lower(login);\n",
        "SELECT 1;\n";
    a_function_writes_foreign_rows:
        "CREATE OR REPLACE FUNCTION refuse_retired_usb_device() RETURNS trigger LANGUAGE plpgsql AS $$\n\
         BEGIN\n    DELETE FROM assets WHERE id = NEW.device_id;\n    RETURN NEW;\nEND\n$$;\n",
        "SELECT 1;\n";
    an_object_is_not_registered:
        "CREATE TABLE usb_labels (id bigint PRIMARY KEY);\n",
        "DROP TABLE usb_labels;\n";

    // References.
    a_requirement_is_missing:
        "ALTER TABLE usb_devices ADD COLUMN printer_id bigint REFERENCES printers (asset_id);\n",
        "ALTER TABLE usb_devices DROP COLUMN printer_id;\n";
    a_requirement_is_missing_in_a_view:
        "CREATE OR REPLACE VIEW usb_checkouts_overdue AS SELECT asset_id AS device_id FROM printers;\n",
        "SELECT 1;\n";
    a_requirement_is_missing_in_a_function:
        "CREATE OR REPLACE FUNCTION refuse_retired_usb_device() RETURNS trigger LANGUAGE plpgsql AS $$\n\
         BEGIN\n    PERFORM 1 FROM printers WHERE asset_id = NEW.device_id;\n    RETURN NEW;\nEND\n$$;\n",
        "SELECT 1;\n";
    a_table_does_not_exist:
        "ALTER TABLE usb_device ADD COLUMN label text;\n",
        "ALTER TABLE usb_device DROP COLUMN label;\n";
    a_column_does_not_exist:
        "CREATE INDEX ix_usb_devices_serial ON usb_devices (serial);\n",
        "DROP INDEX ix_usb_devices_serial;\n";
    a_column_was_renamed_before:
        "-- stairwell: requires printers 7\n\
         CREATE OR REPLACE VIEW usb_checkouts_overdue AS SELECT queue_name FROM printers;\n",
        "SELECT 1;\n";
    a_table_exists_already:
        "CREATE TABLE usb_wipes (id bigint PRIMARY KEY);\n",
        "SELECT 1;\n";
    a_column_exists_already:
        "ALTER TABLE usb_devices ADD COLUMN capacity_gb integer;\n",
        "SELECT 1;\n";
    a_table_is_still_in_use:
        "-- stairwell: irreversible the rows are gone\nDROP TABLE usb_devices;\n",
        "";

    // Reversibility.
    the_down_step_does_nothing:
        "ALTER TABLE usb_devices ADD COLUMN label text NOT NULL DEFAULT '';\n\
         CREATE INDEX ix_usb_devices_label ON usb_devices (label);\n\
         COMMENT ON TABLE usb_devices IS 'What is lent';\n\
         ALTER TABLE usb_devices ENABLE ROW LEVEL SECURITY;\n\
         GRANT SELECT ON usb_devices TO PUBLIC;\n",
        "SELECT 1;\n";
    the_down_step_forgets_a_default:
        "ALTER TABLE usb_devices ALTER COLUMN is_encrypted DROP DEFAULT;\n",
        "SELECT 1;\n";
    the_down_step_makes_another_type:
        "ALTER TABLE usb_devices ALTER COLUMN capacity_gb TYPE bigint;\n",
        "ALTER TABLE usb_devices ALTER COLUMN capacity_gb TYPE smallint;\n";
    a_column_comes_back_empty:
        "ALTER TABLE usb_devices DROP COLUMN is_encrypted;\n",
        "ALTER TABLE usb_devices ADD COLUMN is_encrypted boolean NOT NULL DEFAULT false;\n";

    // Text and transactions.
    a_semicolon_is_missing:
        "ALTER TABLE usb_devices ADD COLUMN label text\nCREATE INDEX ix_label ON usb_devices (label);\n",
        "ALTER TABLE usb_devices DROP COLUMN label;\n";
    a_keyword_is_misspelt:
        "CREATE TABEL usb_labels (id bigint);\n",
        "DROP TABLE usb_labels;\n";
    a_function_body_is_no_plpgsql:
        "CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS $$\nBEGIN\n    RETRUN 1;\nEND\n$$;\n",
        "DROP FUNCTION f();\n";
    a_command_of_psql:
        "\\set ON_ERROR_STOP on\nALTER TABLE usb_devices ADD COLUMN label text;\n",
        "ALTER TABLE usb_devices DROP COLUMN label;\n";
    rows_for_copy:
        "COPY usb_devices (asset_id, capacity_gb) FROM stdin;\n1\t64\n\\.\n",
        "SELECT 1;\n";
    a_quote_without_end:
        "UPDATE usb_checkouts SET purpose = 'it''s fine;\n",
        "SELECT 1;\n";
    a_placeholder_of_a_template:
        "ALTER TABLE {{ schema }}.usb_devices ADD COLUMN label text;\n",
        "ALTER TABLE usb_devices DROP COLUMN label;\n";
    an_index_concurrently_in_a_transaction:
        "CREATE INDEX CONCURRENTLY ix_usb_devices_capacity_gb ON usb_devices (capacity_gb);\n",
        "DROP INDEX ix_usb_devices_capacity_gb;\n";
    a_transaction_of_its_own:
        "BEGIN;\nALTER TABLE usb_devices ADD COLUMN label text;\nCOMMIT;\n",
        "ALTER TABLE usb_devices DROP COLUMN label;\n";
}

#[test]
fn two_plugins_own_one_table() {
    let tree = Tree::copy();
    tree.replace("plugins/usb/plugin.toml", "\"usb_wipes\"]", "\"usb_wipes\", \"printers\"]");
    fails("two_plugins_own_one_table", &tree, &[]);
}

#[test]
fn an_owned_table_is_never_created() {
    let tree = Tree::copy();
    tree.replace("plugins/usb/plugin.toml", "\"usb_wipes\"]", "\"usb_wipes\", \"usb_wipe\"]");
    fails("an_owned_table_is_never_created", &tree, &[]);
}

#[test]
fn a_share_with_nobody() {
    let tree = Tree::copy();
    tree.replace(
        "plugins/usb/plugin.toml",
        "[owns]",
        "[shares.alter]\nusb_devises = [\"printer\"]\n\n[owns]",
    );
    fails("a_share_with_nobody", &tree, &[]);
}

#[test]
fn a_table_that_another_plugin_needs_is_dropped() {
    let tree = Tree::copy();
    // Nothing says that printers V0009 goes before it.
    tree.write(
        "plugins/network/migrations/V0010__drop_ports.sql",
        "-- stairwell: irreversible the ports are gone\nDROP TABLE network_ports CASCADE;\n",
    );
    tree.write(
        "plugins/printers/migrations/V0009__count_ports.sql",
        "-- stairwell: requires network 3\nUPDATE printers SET is_color = true WHERE EXISTS (SELECT FROM network_ports);\n",
    );
    tree.write("plugins/printers/migrations/V0009__count_ports.down.sql", "SELECT 1;\n");
    fails("a_table_that_another_plugin_needs_is_dropped", &tree, &[]);
}

/// What the owner shares is no finding any more.
#[test]
fn a_shared_table_can_be_altered() {
    let tree = Tree::copy();
    tree.write("plugins/usb/migrations/V0009__labels.sql", "ALTER TABLE assets ADD COLUMN label text;\n");
    tree.write("plugins/usb/migrations/V0009__labels.down.sql", "ALTER TABLE assets DROP COLUMN label;\n");
    tree.replace("stairwell.toml", "[owns]", "[shares.alter]\nassets = [\"usb\"]\n\n[owns]");
    let output = tree.build(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
