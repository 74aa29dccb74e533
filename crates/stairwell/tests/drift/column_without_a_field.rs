#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
struct Printer {
    asset_id: i64,
    #[stairwell(column = "type")]
    kind: tables::PrinterType,
}

fn main() {}
