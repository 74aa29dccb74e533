//! Reads PostgreSQL's SQL at build time: where statements end, their syntax trees, and what no
//! server would run inside a migration.
//!
//! [`lex()`] knows quotes, comments and statement ends, and finds what no parser can read. [`parse`]
//! adds a tree for every statement that it can read, and says of every other one why not: nothing is
//! guessed. The parser recurses, so call it inside [`with_stack`] or, for many texts, [`map_with_stack`].

pub mod fold;
pub mod lex;
#[cfg(feature = "lint")]
mod lint;
mod problem;
#[cfg(feature = "rust")]
mod rust_calls;
mod stack;
pub mod syntax;
pub mod transaction;

pub use lex::{Comment, Lexed, lex};
#[cfg(feature = "lint")]
pub use lint::{LintFinding, lint};
pub use problem::{Mark, Placeholder, Problem, ProblemKind};
#[cfg(feature = "rust")]
pub use rust_calls::{RustCall, byte_range, rust_calls, rust_calls_of};
pub use squawk_syntax::ast;
pub use squawk_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};
pub use stack::{both_with_stack, map_with_stack, with_stack};
pub use syntax::{Parsed, Reading, Statement, Unread, parse};
