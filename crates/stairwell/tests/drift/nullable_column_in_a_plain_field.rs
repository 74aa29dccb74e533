#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    toner_level: i32,
}

fn main() {}
