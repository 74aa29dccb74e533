//! Samples, and tables of them.

/// Values of one thing, taken again and again.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle one; between two of them their mean.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }

    /// The median, and how far the others are from it: `1.52 s (1.50 to 1.61)`.
    pub fn show(&self) -> String {
        let median = seconds(self.median());
        if self.0.len() == 1 {
            return median;
        }
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        format!("{median} ({} to {})", number(least), number(most))
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Samples(values.into_iter().collect())
    }
}

pub fn seconds(value: f64) -> String {
    format!("{} s", number(value))
}

pub fn mebibytes(bytes: f64) -> String {
    format!("{} MiB", number(bytes / 1024.0 / 1024.0))
}

/// Three digits that count, or all that stand before the point.
fn number(value: f64) -> String {
    let decimals = match value {
        v if v < 0.0995 => 4,
        v if v < 0.995 => 3,
        v if v < 9.95 => 2,
        v if v < 99.5 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// A table of Markdown.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Table {
        let mut table = Table { rows: Vec::new() };
        table.row(head);
        table
    }

    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub fn print(&self) {
        for (index, row) in self.rows.iter().enumerate() {
            println!("| {} |", row.join(" | "));
            if index == 0 {
                println!("|---{}|", "|---:".repeat(row.len() - 1));
            }
        }
        println!();
    }
}
