#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
struct Printer {
    asset_id: i64,
    share_name: String,
    #[stairwell(column = "type")]
    kind: tables::PrinterType,
    toner_level: Option<i32>,
}

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers_running_low)]
struct RunningLow {
    #[stairwell(not_null)]
    share_name: String,
    average: Option<f64>,
}

fn main() {}
