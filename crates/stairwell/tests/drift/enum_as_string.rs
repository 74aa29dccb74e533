#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    r#type: String,
}

fn main() {}
