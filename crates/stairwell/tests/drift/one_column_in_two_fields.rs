#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    share_name: String,
    #[stairwell(column = "share_name")]
    name: String,
}

fn main() {}
