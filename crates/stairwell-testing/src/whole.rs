//! The checks that look at all chains at once.

pub(crate) mod agree;
pub(crate) mod any_order;
pub(crate) mod concurrent;
pub(crate) mod extensions;
pub(crate) mod killed;
pub(crate) mod lock_text;
pub(crate) mod reference;
pub(crate) mod releases;
pub(crate) mod seed;
pub(crate) mod upgrade;
