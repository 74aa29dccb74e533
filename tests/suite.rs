//! Every migration of the application, under every check, with rows in its tables.

#![allow(clippy::panic, clippy::unwrap_used, reason = "this is a test")]

mod application;

use shopdb::schema::CHAINS;
use snapbox::str;
use stairwell_testing::Suite;

stairwell_testing::suite!(CHAINS, |suite| with_rows(suite));

fn with_rows(mut suite: Suite) -> Suite {
    let migration = |plugin, version| *CHAINS.chain(plugin).unwrap().migration(version).unwrap();
    for &(plugin, version, sql) in application::ROWS {
        suite = suite.rows_after(migration(plugin, version), sql);
    }
    for &(check, plugin, version) in application::EXCEPTED {
        suite = suite.except(check, migration(plugin, version));
    }
    suite
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
