#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    #[stairwell(not_null)]
    asset_id: i64,
    #[stairwell(not_null)]
    toner_level: Option<i32>,
}

fn main() {}
