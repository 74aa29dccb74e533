#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    toner_level: Option<i64>,
    share_name: Vec<String>,
}

fn main() {}
