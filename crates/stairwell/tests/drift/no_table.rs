#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
struct Printer {
    asset_id: i64,
}

fn main() {}
