#[path = "../tables.rs"]
mod tables;

#[derive(Debug, stairwell::ColumnType)]
enum Kind {
    Laser,
    Ink,
}

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    #[stairwell(column = "type")]
    kind: Kind,
}

fn main() {}
