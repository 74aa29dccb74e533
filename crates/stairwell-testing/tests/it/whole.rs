//! The checks of all chains at once: what they say, and what they let pass.

mod any_order;
mod runs;
mod upgrade;
