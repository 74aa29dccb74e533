//! Every migration of the application, under every check, with rows in its tables.

#![allow(clippy::panic, clippy::unwrap_used, reason = "this is a test")]

mod application;

use shopdb::schema::CHAINS;
use snapbox::str;
use stairwell_testing::{Suite, order_snapshot};

stairwell_testing::suite!(CHAINS, |suite| with_rows(suite));

fn with_rows(mut suite: Suite) -> Suite {
    for (migration, sql) in application::ROWS {
        suite = suite.rows_after(*migration, sql);
    }
    for (check, migration) in application::EXCEPTED {
        suite = suite.except(*check, *migration);
    }
    suite
}

/// A change of the order is seen in a review, in whichever file its cause is.
#[test]
fn the_order_is_the_one_that_was_reviewed() {
    snapbox::assert_data_eq!(
        order_snapshot(&CHAINS),
        str![[r#"
core/V0001__sites
core/V0002__locations
core/V0003__departments_and_users
core/V0004__asset_types
core/V0005__assets
core/V0006__audit_log
core/V0007__asset_updated_at
core/V0008__vendors
core/V0009__split_location_label
core/V0010__asset_number_sequence
core/V0011__app_settings
core/V0012__asset_relations
core/V0013__asset_inventory
core/V0014__asset_overview
core/V0015__rename_user_name_to_login
computers/V0001__baseline
computers/V0002__audit_computers
computers/V0003__computer_interfaces
computers/V0004__read_interfaces_from_notes
computers/V0005__software
computers/V0006__add_support_end
computers/V0007__unique_hostname
computers/V0008__computers_out_of_support
equipment/V0001__baseline
equipment/V0002__add_load_capacity
equipment/V0003__read_load_capacity
equipment/V0004__maintenance
equipment/V0005__add_next_due_date
equipment/V0006__backfill_last_done
equipment/V0007__equipment_controllers
equipment/V0008__calibrations
network/V0001__baseline
network/V0002__ip_addresses
equipment/V0009__equipment_addresses
network/V0003__network_ports
network/V0004__widen_device_roles
network/V0005__link_ports_to_interfaces
network/V0006__add_subnet_gateway
network/V0007__keep_gateway_in_subnet
network/V0008__validate_gateway_in_subnet
network/V0009__connected_computers
notifications/V20250304101500__baseline
notifications/V20250318074500__subscriptions
notifications/V20250407132000__deliveries
notifications/V20250526090000__add_acknowledgement
notifications/V20250630151000__affected_equipment
notifications/V20250714064500__index_open_notifications
notifications/V20250911083000__hash_unsubscribe_tokens
printers/V0001__baseline
printers/V0002__add_toner_level
printers/V0003__backfill_toner
printers/V0004__require_toner_level
printers/V0005__page_counts
printers/V0006__audit_printers
printers/V0007__rename_queue_name_to_share_name
printers/V0008__printers_running_low
usb/V0001__baseline
usb/V0002__one_open_checkout
usb/V0003__usb_wipes
usb/V0004__add_checkout_purpose
usb/V0005__backfill_checkout_purpose
usb/V0006__require_checkout_purpose
usb/V0007__refuse_retired_devices
usb/V0008__usb_checkouts_overdue

"#]]
    );
}

/// What the data migrations make of the rows of years.
#[tokio::test]
async fn an_old_database_is_brought_along() {
    let database = application::trial(&CHAINS).reached(0, CHAINS.order().len()).await.unwrap();
    let answers = application::answers(&database.connect().await.unwrap()).await.unwrap();
    snapbox::assert_data_eq!(
        answers,
        str![[r#"
asset types: 10 computer, 20 equipment, 30 network_device, 40 printer, 50 usb_device, 900 other
settings: core.company_name "Shop floor", core.inventory_interval_days 365
locations: A-4.537 = A 4 537, Dock 3 = Dock 3, B-04.001 = B-04.001, C--1.007 = C -1 007
assets: 7 2020-01-01 00:00:00
logins: jdoe, old
audit log: assets UPDATE 7
interfaces: 1 WLAN 00:1a:2b:3c:4d:5f network_note, 2 eth0 00:1a:2b:3c:4d:60 entered
loads: K2 2500.000 t, K3 f, K4 f
maintenance: Oil 2024-02-01 2024-03-02, Rope
network devices: sw-01 router
tokens: 2bb80d537b1d
toner: black 10, cyan 0, yellow 60, magenta 7
checkouts: 1 not recorded, 2 not recorded, 3 CNC
overview: 1 Computer HAM Dock 3, 2 Computer HAM B-04.001, 3 Shop-floor equipment LEJ C--1.007, 4 Network device HAM A-4.537, 5 Printer HAM Dock 3, 6 USB device HAM B-04.001, 7 USB device LEJ C--1.007
running low: lobby black 10 10.0.0.9, lobby cyan 0 10.0.0.9, lobby magenta 7 10.0.0.9
overdue: 2 press-07, 3

"#]]
    );
}
