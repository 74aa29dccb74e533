#[path = "../tables.rs"]
mod tables;

#[derive(stairwell::Row)]
#[stairwell(table = tables::tables::printers_running_low)]
struct RunningLow {
    share_name: String,
    average: Option<f64>,
}

fn main() {}
