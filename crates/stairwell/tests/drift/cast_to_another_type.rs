#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    #[stairwell(cast = "text")]
    asset_id: i64,
}

fn main() {}
