#[path = "../tables.rs"]
mod tables;

struct Level(i32);

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    toner_level: Option<Level>,
}

fn main() {}
