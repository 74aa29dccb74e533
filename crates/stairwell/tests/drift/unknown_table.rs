#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printer)]
struct Printer {
    asset_id: i64,
}

fn main() {}
