#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::ColumnType)]
struct Both(i64, String);

#[derive(stairwell::ColumnType)]
enum Data {
    Some(i64),
}

#[derive(stairwell::ColumnType)]
enum Twice {
    Laser,
    #[stairwell(label = "laser")]
    Ink,
}

fn main() {}
