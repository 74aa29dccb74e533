#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers_running_low, partial)]
struct RunningLow {
    share_name: Option<i32>,
}

fn main() {}
