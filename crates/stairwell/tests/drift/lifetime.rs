#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
struct Printer<'a> {
    share_name: &'a str,
}

fn main() {}
