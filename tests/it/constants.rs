//! What the build script made of the chains.

use shopdb::schema::{CHAINS, printers};
use stairwell::{Down, Nullability, Step};

#[test]
fn the_plan_is_core_first_then_by_requirement_then_by_name() {
    let order: Vec<String> = CHAINS.order().iter().map(ToString::to_string).collect();
    // `equipment` needs an address table of `network`, and waits for it in the middle of its chain.
    snapbox::assert_data_eq!(order.join("\n"), snapbox::file!["constants/order.txt"]);
}

#[test]
fn a_migration_is_a_typed_constant() {
    let migration = printers::V0002_ADD_TONER_LEVEL;
    assert_eq!(migration.to_string(), "printers/V0002__add_toner_level");
    assert_eq!(migration.path(), "plugins/printers/migrations/V0002__add_toner_level.sql");
    assert_eq!(CHAINS.chain("printers").unwrap().migration(2), Some(&migration));
}

#[test]
fn a_table_is_a_typed_constant() {
    use printers::tables;
    // Renamed by V0007.
    assert_eq!(tables::printers::SHARE_NAME.sql_type(), Some("text"));
    assert_eq!(tables::printers::SHARE_NAME.nullability(), Nullability::NotNull);
    assert_eq!(tables::printers::TABLE.column("queue_name"), None);
    assert!(tables::ALL.contains(&tables::printers::TABLE));
}

#[test]
fn every_checksum_is_refinerys() {
    for migration in CHAINS.order() {
        let file = format!("V{}__{}", migration.version(), migration.name());
        let refinery = refinery::Migration::unapplied(&file, migration.up().text()).unwrap();
        assert_eq!(migration.checksum(), refinery.checksum(), "{migration}");
    }
}

#[test]
fn the_offsets_of_statements_point_to_statements() {
    for migration in CHAINS.order() {
        let text = migration.up().text();
        for &offset in migration.statements() {
            // This application writes its keywords in capitals.
            assert!(text[offset..].starts_with(|c: char| c.is_ascii_uppercase()), "{migration} at {offset}");
        }
        let is_rust = matches!(migration.up(), Step::Rust { .. });
        assert_eq!(migration.statements().is_empty(), is_rust, "{migration}");
    }
}

#[test]
fn the_chains_are_what_the_application_promises() {
    let plugins: Vec<&str> = CHAINS.chains().iter().map(|chain| chain.plugin()).collect();
    assert_eq!(plugins, ["core", "computers", "equipment", "network", "notifications", "printers", "usb"]);
    assert!(CHAINS.order().len() >= 40);
    assert!(CHAINS.order().iter().any(|migration| matches!(migration.up(), Step::Rust { .. })));
    let irreversible: Vec<String> = CHAINS
        .order()
        .iter()
        .filter(|migration| matches!(migration.down(), Down::Irreversible(_)))
        .map(ToString::to_string)
        .collect();
    assert_eq!(irreversible, ["notifications/V20250911083000__hash_unsubscribe_tokens"]);
}
