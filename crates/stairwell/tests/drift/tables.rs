//! The tables that the cases are compared with, as the compiler of migrations writes them.

#![allow(dead_code)]

pub mod tables {
    pub mod printers {
        use stairwell::{Column, ColumnDefault, Nullability, Table, TableKind};

        pub const TABLE: Table = Table::new("public", "printers", TableKind::Table, COLUMNS);
        pub const COLUMNS: &[Column] = &[
            Column::new("asset_id", "bigint", Nullability::NotNull)
                .with_default(ColumnDefault::IdentityAlways)
                .read_as("i64"),
            Column::new("share_name", "character varying(40)", Nullability::NotNull).read_as("String"),
            Column::new("type", "printer_type", Nullability::NotNull),
            Column::new("toner_level", "integer", Nullability::Nullable).read_as("i32"),
        ];
    }
    pub mod printers_running_low {
        use stairwell::{Column, Nullability, Table, TableKind};

        pub const TABLE: Table = Table::new("public", "printers_running_low", TableKind::View, COLUMNS);
        pub const COLUMNS: &[Column] = &[
            Column::new("share_name", "text", Nullability::Unknown).read_as("String"),
            Column::of_unknown_type("average", Nullability::Unknown),
        ];
    }
}

#[derive(Debug, stairwell::ColumnType)]
pub enum PrinterType {
    Laser,
    Ink,
}
