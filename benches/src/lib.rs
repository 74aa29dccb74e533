//! What the two benches share: the migrations they are run on, and how figures are taken and shown.

mod corpus;
mod figures;
mod machine;
mod usage;

pub use corpus::{Corpus, Files, Migration, Plugin, write};
pub use figures::{Samples, Table, mebibytes, seconds};
pub use machine::facts;
pub use usage::{Usage, own_peak};
