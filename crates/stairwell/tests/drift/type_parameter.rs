#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
struct Printer<T> {
    share_name: T,
}

fn main() {}
