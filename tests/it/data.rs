//! What the application's data migrations do to rows, each as the kit's users write it.

use shopdb::schema::{CHAINS, computers, core, printers};
use stairwell_testing::MigrationCase;
use tokio_postgres::Client;

/// Two assets, which printers and computers hang on.
const ASSETS: &str = "INSERT INTO assets (asset_number, asset_type_code, name) \
     SELECT 'A-' || n, (SELECT min(code) FROM asset_types), 'asset ' || n FROM generate_series(1, 2) n";

/// The levels, with whether they were measured.
async fn levels(client: &Client) -> Result<Vec<(Option<i32>, bool)>, tokio_postgres::Error> {
    let sql = "SELECT toner_level, toner_measured_at IS NOT NULL FROM printer_supplies ORDER BY id";
    Ok(client.query(sql, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

#[stairwell_testing::test]
async fn words_become_estimates_and_measured_levels_stay() -> Result<(), stairwell_testing::Failure> {
    let supplies = "INSERT INTO printers (asset_id, queue_name) SELECT min(id), 'lobby' FROM assets; \
         INSERT INTO printer_supplies (printer_id, slot, part_number, state) \
         SELECT p.asset_id, s, 'TN-1', s FROM printers p, unnest(ARRAY['full', ' Low', 'empty', 'measured']) s";
    MigrationCase::of(&CHAINS, printers::V0003_BACKFILL_TONER)
        .rows_after(core::V0005_ASSETS, ASSETS)
        .rows_after(printers::V0001_BASELINE, supplies)
        .before(async |db| {
            let sql = "UPDATE printer_supplies SET toner_level = 42, toner_measured_at = now() WHERE slot = 'measured'";
            db.batch_execute(sql).await?;
            Ok(())
        })
        .after_up(async |db| {
            let expected = [(Some(100), false), (Some(10), false), (Some(0), false), (Some(42), true)];
            assert_eq!(levels(db).await?, expected);
            Ok(())
        })
        .after_down(async |db| {
            assert_eq!(levels(db).await?, [(None, false), (None, false), (None, false), (Some(42), true)]);
            Ok(())
        })
        .run()
        .await
}

#[stairwell_testing::test]
async fn addresses_are_read_from_notes_by_a_step_in_rust() -> Result<(), stairwell_testing::Failure> {
    async fn interfaces(client: &Client) -> Result<Vec<(String, String)>, tokio_postgres::Error> {
        let sql = "SELECT label, mac_address::text FROM computer_interfaces ORDER BY mac_address";
        Ok(client.query(sql, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
    MigrationCase::of(&CHAINS, computers::V0004_READ_INTERFACES_FROM_NOTES)
        .alone()
        .rows_after(core::V0005_ASSETS, ASSETS)
        .before(async |db| {
            db.batch_execute(
                "INSERT INTO computers (asset_id, hostname, kind, network_note) \
                 SELECT min(id), 'cnc-1', 'shop_floor', 'LAN=00-1A-2B-3C-4D-5E, phone 4711; WLAN: 001a.2b3c.4d5f' \
                 FROM assets; \
                 INSERT INTO computer_interfaces (computer_id, label, mac_address) \
                 SELECT asset_id, 'by hand', '00:1a:2b:3c:4d:60' FROM computers",
            )
            .await?;
            Ok(())
        })
        .after_up(async |db| {
            let expected = [("LAN", "00:1a:2b:3c:4d:5e"), ("WLAN", "00:1a:2b:3c:4d:5f"), ("by hand", "00:1a:2b:3c:4d:60")];
            assert_eq!(interfaces(db).await?, expected.map(|(label, address)| (label.into(), address.into())));
            Ok(())
        })
        .after_down(async |db| {
            assert_eq!(interfaces(db).await?, [("by hand".into(), "00:1a:2b:3c:4d:60".into())]);
            Ok(())
        })
        .run()
        .await
}

#[stairwell_testing::test(CHAINS)]
async fn a_test_with_an_attribute_has_the_applications_database(
    client: Client,
) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(ASSETS).await?;
    let count: i64 = client.query_one("SELECT count(*) FROM assets", &[]).await?.get(0);
    assert_eq!(count, 2);
    Ok(())
}
