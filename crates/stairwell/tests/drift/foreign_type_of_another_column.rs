#[path = "../tables.rs"]
mod tables;

struct Uuid;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers)]
#[stairwell(partial)]
struct Printer {
    #[stairwell(sql_type = "uuid")]
    asset_id: Uuid,
}

fn main() {}
