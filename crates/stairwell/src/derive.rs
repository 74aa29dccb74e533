//! What the code of the derives calls. Not for anybody else: it may change with every release.
//!
//! The checks run while the application is compiled, so everything here is `const`, and what is found becomes
//! the message of a panic in a constant of the application.

mod check;
mod enumeration;
mod select;
mod text;

pub use check::{Field, NotAnOption, Probe, missing};
pub use enumeration::{accepts_enum, below_domains, enum_types, label, unknown_label};
pub use select::Select;
pub use text::Text;
