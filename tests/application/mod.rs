//! What the application's database had in it while it grew: for the suite, and for the mutants of the migrations.

use shopdb::schema::{computers, core, equipment, network, notifications, printers, usb};
use stairwell::{ChainSet, Migration};
use stairwell_testing::Check;
use tokio_postgres::Client;

/// Rows as they were put in once this migration was there. Those of `core` 5 have seen every later one.
pub(crate) const ROWS: &[(Migration, &str)] = &[
    (core::V0001_SITES, "INSERT INTO sites (code, name) VALUES ('HAM', 'Hamburg'), ('LEJ', 'Leipzig')"),
    (
        core::V0002_LOCATIONS,
        "INSERT INTO locations (site_id, kind, label) VALUES (1, 'office', 'A-4.537'), (1, 'storage', 'Dock 3'), \
         (1, 'office', 'B-04.001'), (2, 'office', 'C--1.007')",
    ),
    (
        core::V0003_DEPARTMENTS_AND_USERS,
        "INSERT INTO departments (cost_center, name) VALUES ('4711', 'Assembly'); \
         INSERT INTO users (user_name, full_name, email, department_id) \
         VALUES ('jdoe', 'Jo Doe', 'jo@example.org', 1), ('old', 'Former Colleague', NULL, NULL)",
    ),
    (
        core::V0005_ASSETS,
        "INSERT INTO assets (asset_number, asset_type_code, name, location_id, department_id, created_at) \
         SELECT 'S' || n, kind, kind || n, 1 + n % 4, 1, '2020-01-01Z' FROM \
         unnest(ARRAY['computer', 'computer', 'equipment', 'network_device', 'printer', 'usb_device', 'usb_device']) \
         WITH ORDINALITY AS kinds (kind, n)",
    ),
    (core::V0008_VENDORS, "INSERT INTO vendors (name) VALUES ('Crane & Co.')"),
    (core::V0012_ASSET_RELATIONS, "INSERT INTO asset_relations VALUES (3, 1, 'controls', NULL)"),
    (
        computers::V0001_BASELINE,
        "INSERT INTO operating_systems (name, version) VALUES ('DOS', '6.22'); \
         INSERT INTO computers (asset_id, hostname, kind, operating_system_id, network_note) VALUES \
         (1, 'press-07', 'shop_floor', 1, 'WLAN: 001a.2b3c.4d5f, room 4'), (2, 'cad-01', 'engineering', NULL, NULL)",
    ),
    (
        computers::V0003_COMPUTER_INTERFACES,
        "INSERT INTO computer_interfaces (computer_id, label, mac_address) VALUES (2, 'eth0', '00:1a:2b:3c:4d:60')",
    ),
    (
        computers::V0005_SOFTWARE,
        "INSERT INTO software_products (publisher, name) VALUES ('Drafts Ltd', 'CAD'); \
         INSERT INTO computer_software VALUES (2, 1, '9', NULL)",
    ),
    (
        equipment::V0001_BASELINE,
        "INSERT INTO equipment_models (vendor_id, name, rated_load) \
         VALUES (1, 'K2', '2,5 t'), (1, 'K3', 'about a lot'), (1, 'K4', NULL); \
         INSERT INTO equipment (asset_id, model_id) VALUES (3, 1)",
    ),
    (
        equipment::V0004_MAINTENANCE,
        "INSERT INTO maintenance_plans (equipment_id, title, interval_days) VALUES (3, 'Oil', 30), (3, 'Rope', 365); \
         INSERT INTO maintenance_events (plan_id, performed_on) VALUES (1, '2024-01-01'), (1, '2024-02-01')",
    ),
    (equipment::V0007_EQUIPMENT_CONTROLLERS, "INSERT INTO equipment_controllers VALUES (3, 1)"),
    (
        equipment::V0008_CALIBRATIONS,
        "INSERT INTO calibrations (equipment_id, certificate_number, calibrated_on, valid_until) \
         VALUES (3, 'C-1', '2024-01-01', '2025-01-01')",
    ),
    (
        network::V0001_BASELINE,
        "INSERT INTO vlans VALUES (10, 'shop floor'); \
         INSERT INTO subnets (network, vlan_id) VALUES ('10.0.0.0/24', 10), ('10.0.1.0/24', NULL); \
         INSERT INTO network_devices (asset_id, hostname, role) VALUES (4, 'sw-01', 'router')",
    ),
    (
        network::V0002_IP_ADDRESSES,
        "INSERT INTO ip_addresses (subnet_id, address, asset_id) VALUES (1, '10.0.0.9', 5)",
    ),
    (
        network::V0003_NETWORK_PORTS,
        "INSERT INTO network_ports (device_id, name, vlan_id) VALUES (4, 'Gi1/0/24', 10)",
    ),
    (network::V0006_ADD_SUBNET_GATEWAY, "UPDATE subnets SET gateway = '10.0.0.1' WHERE id = 1"),
    (
        notifications::V20250304101500_BASELINE,
        "INSERT INTO notification_channels (name, kind) VALUES ('mail', 'email'); \
         INSERT INTO notifications (site_id, title, created_by_id) VALUES (1, 'Fire drill', 1)",
    ),
    (
        notifications::V20250318074500_SUBSCRIPTIONS,
        "INSERT INTO notification_subscriptions (user_id, channel_id, unsubscribe_token) VALUES (1, 1, 'secret')",
    ),
    (
        notifications::V20250407132000_DELIVERIES,
        "INSERT INTO notification_deliveries (notification_id, subscription_id) VALUES (1, 1)",
    ),
    (notifications::V20250630151000_AFFECTED_EQUIPMENT, "INSERT INTO notification_equipment VALUES (1, 3)"),
    (
        printers::V0001_BASELINE,
        "INSERT INTO printers (asset_id, queue_name, ip_address_id) VALUES (5, 'lobby', 1); \
         INSERT INTO printer_supplies (printer_id, slot, part_number, state) \
         VALUES (5, 'black', 'T1', 'Low '), (5, 'cyan', 'T2', 'unheard of'), (5, 'yellow', 'T3', 'ok')",
    ),
    (
        printers::V0002_ADD_TONER_LEVEL,
        "INSERT INTO printer_supplies (printer_id, slot, part_number, state, toner_level, toner_measured_at) \
         VALUES (5, 'magenta', 'T4', 'low', 7, '2024-01-01Z')",
    ),
    (
        printers::V0005_PAGE_COUNTS,
        "INSERT INTO printer_page_counts (printer_id, read_on, pages_black) VALUES (5, '2024-01-01', 9)",
    ),
    (
        usb::V0001_BASELINE,
        "INSERT INTO usb_devices (asset_id, capacity_gb) VALUES (6, 8), (7, 16); \
         INSERT INTO usb_checkouts (device_id, user_id, computer_id, checked_out_at, returned_at) \
         VALUES (6, 1, 1, '2020-01-01Z', '2020-01-02Z'), (6, 1, 1, '2021-01-01Z', NULL)",
    ),
    (
        usb::V0003_USB_WIPES,
        "INSERT INTO usb_wipes (device_id, method, wiped_by_id) VALUES (7, 'overwrite', 1)",
    ),
    (
        usb::V0004_ADD_CHECKOUT_PURPOSE,
        "INSERT INTO usb_checkouts (device_id, user_id, checked_out_at, purpose) VALUES (7, 1, '2022-01-01Z', 'CNC')",
    ),
];

/// Checks that fail for a reason: the audit log keeps what the up step did to the assets, also when that is reverted.
pub(crate) const EXCEPTED: &[(Check, Migration)] = &[(Check::DataSurvives, core::V0007_ASSET_UPDATED_AT)];

/// What has become of the rows in a database with all migrations.
const QUESTIONS: &[(&str, &str)] = &[
    ("asset types", "SELECT concat_ws(' ', sort_order, code) FROM asset_types ORDER BY 1"),
    ("settings", "SELECT concat_ws(' ', key, value) FROM app_settings ORDER BY 1"),
    (
        "locations",
        "SELECT concat_ws(' ', label, '=', building, floor, seat, area) FROM locations ORDER BY id",
    ),
    ("assets", "SELECT concat_ws(' ', count(*), min(updated_at AT TIME ZONE 'UTC')) FROM assets"),
    ("logins", "SELECT login FROM users ORDER BY id"),
    (
        "audit log",
        "SELECT concat_ws(' ', table_name, action, count(*)) FROM audit_log GROUP BY table_name, action ORDER BY 1",
    ),
    (
        "interfaces",
        "SELECT concat_ws(' ', computer_id, label, mac_address, origin) FROM computer_interfaces ORDER BY 1",
    ),
    (
        "loads",
        "SELECT concat_ws(' ', name, load_capacity_kg, load_capacity_is_read) FROM equipment_models ORDER BY id",
    ),
    (
        "maintenance",
        "SELECT concat_ws(' ', title, last_done_on, next_due_on) FROM maintenance_plans ORDER BY id",
    ),
    ("network devices", "SELECT concat_ws(' ', hostname, role) FROM network_devices ORDER BY 1"),
    ("tokens", "SELECT left(unsubscribe_token, 12) FROM notification_subscriptions ORDER BY id"),
    ("toner", "SELECT concat_ws(' ', slot, toner_level) FROM printer_supplies ORDER BY id"),
    ("checkouts", "SELECT concat_ws(' ', id, purpose) FROM usb_checkouts ORDER BY id"),
    (
        "overview",
        "SELECT concat_ws(' ', asset_id, asset_type, site_code, location_label) FROM asset_overview ORDER BY asset_id",
    ),
    (
        "running low",
        "SELECT concat_ws(' ', share_name, slot, toner_level, address) FROM printers_running_low ORDER BY slot",
    ),
    ("overdue", "SELECT concat_ws(' ', checkout_id, hostname) FROM usb_checkouts_overdue ORDER BY 1"),
];

/// The answers to [`QUESTIONS`], one line each.
pub(crate) async fn answers(client: &Client) -> Result<String, tokio_postgres::Error> {
    let mut text = String::new();
    for (name, question) in QUESTIONS {
        let rows = client.query(*question, &[]).await?;
        let rows: Vec<&str> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        text.push_str(&format!("{name}: {}\n", rows.join(", ")));
    }
    Ok(text)
}

/// All of this for one chain set.
pub(crate) fn trial(chains: &ChainSet) -> stairwell_testing::Trial {
    let mut trial = stairwell_testing::Trial::new(chains);
    for (migration, sql) in ROWS {
        trial = trial.rows_after(migration.plugin(), migration.version(), sql);
    }
    for (check, migration) in EXCEPTED {
        trial = trial.except(*check, migration.plugin(), migration.version());
    }
    trial
}
