//! A model of the objects in a PostgreSQL database, and what differs between two of them.
//!
//! The same [`Catalog`] comes from two sides: the compiler folds it from the SQL of the migrations,
//! and with the feature `postgres` it is read from a live server.
//! Comparing the two proves a migration chain against a database, and comparing the catalog before a step
//! with the one after its way back proves that the way back leads back.
//!
//! ```
//! use stairwell_catalog::{Catalog, Column, Entry, Kind, ObjectId, QualifiedName, SqlType, Table, diff};
//!
//! let printers = QualifiedName::new("public", "printers");
//! let before = Catalog::from_iter([
//!     (ObjectId::new(Kind::Table, "public", "printers"), Entry::new(Table::default())),
//!     (ObjectId::part(Kind::Column, &printers, "id"), Entry::new(Column::new(1, SqlType::built_in("bigint")))),
//! ]);
//! let mut after = before.clone();
//! after.insert(
//!     ObjectId::part(Kind::Column, &printers, "toner_level"),
//!     Entry::new(Column::new(2, SqlType::built_in("integer"))),
//! );
//!
//! let differences = diff(&before, &after);
//! assert_eq!(differences[0].to_string(), "+ column public.printers.toner_level");
//! ```

mod catalog;
mod diff;
mod effect;
mod facts;
mod hash;
mod id;
mod interned;
mod name;
mod object;
mod plain;
#[cfg(feature = "postgres")]
mod postgres;
mod sql_type;

pub use catalog::{Catalog, Objects};
pub use diff::{Change, Difference, FactChange, diff, difference};
pub use effect::{Effect, Verb};
pub use facts::{Fact, Value, facts};
pub use hash::{Quick, QuickState};
pub use id::{Kind, ObjectId, QualifiedName};
pub use interned::Name;
pub use name::quote_identifier;
pub use object::*;
#[cfg(feature = "postgres")]
pub use postgres::{ReadError, Scope, read};
pub use sql_type::SqlType;
