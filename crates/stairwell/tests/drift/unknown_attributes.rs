#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers, partially)]
struct Printer {
    asset_id: i64,
}

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers, partial)]
struct Name {
    #[stairwell(name = "share_name")]
    name: String,
}

fn main() {}
