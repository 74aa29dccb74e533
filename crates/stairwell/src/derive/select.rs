//! The query of a struct, put together in a constant.

use crate::table::Table;

/// `SELECT`, a list of columns, and a table.
#[derive(Debug)]
pub struct Select {
    columns: &'static str,
    table: Table,
}

impl Select {
    /// The list is used as it is.
    pub const fn new(columns: &'static str, table: Table) -> Self {
        Select { columns, table }
    }

    /// How many bytes the query has.
    pub const fn count(&self) -> usize {
        self.write::<0>().len
    }

    /// The query; `N` is what [`count`](Select::count) says.
    pub const fn bytes<const N: usize>(&self) -> [u8; N] {
        self.write::<N>().bytes
    }

    const fn write<const N: usize>(&self) -> Buffer<N> {
        let buffer = Buffer { bytes: [0; N], len: 0 };
        let buffer = buffer.push("SELECT ").push(self.columns).push(" FROM ");
        buffer.quoted(self.table.schema()).push(".").quoted(self.table.name())
    }

    /// The bytes as text.
    pub const fn text(bytes: &'static [u8]) -> &'static str {
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // It cannot happen: the bytes are those of whole strings.
            Err(_) => "",
        }
    }
}

/// Counts what does not fit, too.
struct Buffer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Buffer<N> {
    const fn byte(mut self, byte: u8) -> Self {
        if self.len < N {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
        self
    }

    const fn push(mut self, text: &str) -> Self {
        let mut at = 0;
        while at < text.len() {
            self = self.byte(text.as_bytes()[at]);
            at += 1;
        }
        self
    }

    const fn quoted(mut self, name: &str) -> Self {
        self = self.byte(b'"');
        let mut at = 0;
        while at < name.len() {
            let byte = name.as_bytes()[at];
            if byte == b'"' {
                self = self.byte(b'"');
            }
            self = self.byte(byte);
            at += 1;
        }
        self.byte(b'"')
    }
}
