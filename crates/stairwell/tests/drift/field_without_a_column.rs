#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
struct Printer {
    asset_id: i64,
    queue_name: String,
    #[stairwell(column = "type")]
    kind: tables::PrinterType,
    toner_level: Option<i32>,
}

fn main() {}
