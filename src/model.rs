//! What the application reads: structs that the build compares with the final tables of the chains.

use std::time::SystemTime;

use serde::{Serialize, Serializer};
use stairwell::{ColumnType, Row};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::schema;

/// What an asset has in addition if it is a computer.
#[derive(Debug, Serialize, Row)]
#[stairwell(table = schema::computers::tables::computers)]
pub struct Computer {
    /// The asset.
    pub asset_id: i64,
    /// The name on the network.
    pub hostname: String,
    /// Where it is used.
    pub kind: ComputerKind,
    /// What runs on it.
    pub operating_system_id: Option<i64>,
    /// MAC addresses as somebody once typed them.
    pub network_note: Option<String>,
    /// When it was last heard of.
    #[serde(serialize_with = "rfc_3339")]
    pub last_reported_at: Option<SystemTime>,
}

/// Where a computer is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ColumnType)]
#[serde(rename_all = "snake_case")]
pub enum ComputerKind {
    /// Beside a machine.
    ShopFloor,
    /// For drawings and programs.
    Engineering,
    /// For everything else that people do.
    Office,
    /// For other computers.
    Server,
}

/// What an asset has in addition if it is a printer.
#[derive(Debug, Serialize, Row)]
#[stairwell(table = schema::printers::tables::printers)]
pub struct Printer {
    /// The asset.
    pub asset_id: i64,
    /// The name of the share on the print server.
    pub share_name: String,
    /// Its address, if it has a fixed one.
    pub ip_address_id: Option<i64>,
    /// What the print server says.
    pub status: PrinterStatus,
    /// Whether it prints in colour.
    pub is_color: bool,
}

/// What the print server says about a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ColumnType)]
#[serde(rename_all = "snake_case")]
pub enum PrinterStatus {
    /// It prints.
    Online,
    /// It does not answer.
    Offline,
    /// Somebody has to go there.
    Error,
}

/// `2026-01-31T08:15:00Z`; null for what is no time between the years 0 and 9999, as `infinity` is.
fn rfc_3339<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.and_then(formatted).serialize(serializer)
}

fn formatted(time: SystemTime) -> Option<String> {
    let time = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => OffsetDateTime::UNIX_EPOCH.checked_add(after.try_into().ok()?),
        Err(before) => OffsetDateTime::UNIX_EPOCH.checked_sub(before.duration().try_into().ok()?),
    };
    time?.format(&Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_if_they_can_be() {
        let seconds = Duration::from_secs;
        let show = |time| formatted(time).unwrap_or_default();
        assert_eq!(show(SystemTime::UNIX_EPOCH + seconds(86_400)), "1970-01-02T00:00:00Z");
        assert_eq!(show(SystemTime::UNIX_EPOCH - seconds(1)), "1969-12-31T23:59:59Z");
        // The driver's `infinity` and `-infinity`, about.
        assert_eq!(formatted(SystemTime::UNIX_EPOCH + seconds(9_223_372_036_854)), None);
        assert_eq!(formatted(SystemTime::UNIX_EPOCH - seconds(9_223_372_036_854)), None);
    }
}
