#[path = "../tables.rs"]
mod tables;

type Perhaps<T> = Option<T>;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    asset_id: Option<i64>,
    share_name: Perhaps<String>,
}

fn main() {}
