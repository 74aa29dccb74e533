//! A shop-floor asset database: the first application built with Stairwell, and its first consumer.

pub mod schema;

pub mod model;

pub mod serve;

#[cfg(feature = "embedded")]
pub mod embedded;
