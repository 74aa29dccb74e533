pub mod printers {
    /// Tables and views, as the last migration leaves them.
    pub mod tables {
        /// All of them.
        pub const ALL: &[::stairwell::Table] = &[copied::TABLE, low::TABLE, printers::TABLE, readings::TABLE, totals::TABLE, type_::TABLE, archive_readings::TABLE, ];
        #[doc = " The table `public.copied`."]
        pub mod copied {
            /// The table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "copied", ::stairwell::TableKind::Table, &[]).with_unknown_columns();
        }
        #[doc = " The view `public.low`."]
        pub mod low {
            /// The view with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "low", ::stairwell::TableKind::View, &[SHARE_NAME, AVERAGE]);
            #[doc = " `share_name`, `text`."]
            pub const SHARE_NAME: ::stairwell::Column = ::stairwell::Column::new("share_name", "text", ::stairwell::Nullability::Unknown).read_as("String");
            #[doc = " `average`, of a type that the migrations do not tell."]
            pub const AVERAGE: ::stairwell::Column = ::stairwell::Column::of_unknown_type("average", ::stairwell::Nullability::Unknown);
        }
        #[doc = " The table `public.printers`."]
        pub mod printers {
            /// The table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "printers", ::stairwell::TableKind::Table, &[ID, SERIAL, SHARE_NAME, TYPE, CONTACT, TAGS, PRICE, READ_AT, DOUBLED]);
            #[doc = " `id`, `bigint`."]
            pub const ID: ::stairwell::Column = ::stairwell::Column::new("id", "bigint", ::stairwell::Nullability::NotNull).read_as("i64").with_default(::stairwell::ColumnDefault::IdentityAlways);
            #[doc = " `serial`, `integer`."]
            pub const SERIAL: ::stairwell::Column = ::stairwell::Column::new("serial", "integer", ::stairwell::Nullability::NotNull).read_as("i32").with_default(::stairwell::ColumnDefault::IdentityByDefault);
            #[doc = " `share_name`, `character varying(40)`."]
            pub const SHARE_NAME: ::stairwell::Column = ::stairwell::Column::new("share_name", "character varying(40)", ::stairwell::Nullability::NotNull).read_as("String");
            #[doc = " `type`, `printer_type`."]
            pub const TYPE: ::stairwell::Column = ::stairwell::Column::new("type", "printer_type", ::stairwell::Nullability::NotNull);
            #[doc = " `contact`, `email_address`."]
            pub const CONTACT: ::stairwell::Column = ::stairwell::Column::new("contact", "email_address", ::stairwell::Nullability::Nullable).based_on("text").read_as("String");
            #[doc = " `tags`, `text[]`."]
            pub const TAGS: ::stairwell::Column = ::stairwell::Column::new("tags", "text[]", ::stairwell::Nullability::NotNull).read_as("Vec<String>").with_default(::stairwell::ColumnDefault::Expression("ARRAY['a \\ \"b\"']"));
            #[doc = " `price`, `numeric(10,2)`."]
            pub const PRICE: ::stairwell::Column = ::stairwell::Column::new("price", "numeric(10,2)", ::stairwell::Nullability::Nullable).uncertain();
            #[doc = " `read_at`, `timestamp(3) with time zone`."]
            pub const READ_AT: ::stairwell::Column = ::stairwell::Column::new("read_at", "timestamp(3) with time zone", ::stairwell::Nullability::Nullable).read_as("std::time::SystemTime");
            #[doc = " `doubled`, `integer`."]
            pub const DOUBLED: ::stairwell::Column = ::stairwell::Column::new("doubled", "integer", ::stairwell::Nullability::NotNull).read_as("i32").with_default(::stairwell::ColumnDefault::GeneratedStored("serial * 2"));
        }
        #[doc = " The partitioned table `public.readings`."]
        pub mod readings {
            /// The partitioned table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "readings", ::stairwell::TableKind::Partitioned, &[DAY]);
            #[doc = " `day`, `date`."]
            pub const DAY: ::stairwell::Column = ::stairwell::Column::new("day", "date", ::stairwell::Nullability::NotNull);
        }
        #[doc = " The materialized view `public.totals`."]
        pub mod totals {
            /// The materialized view with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "totals", ::stairwell::TableKind::MaterializedView, &[N]);
            #[doc = " `n`, `bigint`."]
            pub const N: ::stairwell::Column = ::stairwell::Column::new("n", "bigint", ::stairwell::Nullability::Unknown).read_as("i64");
        }
        #[doc = " The table `public.type`."]
        pub mod type_ {
            /// The table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("public", "type", ::stairwell::TableKind::Table, &[TABLE_, A_B_, A_B, SAY_HI]);
            #[doc = " `table`, `integer`."]
            pub const TABLE_: ::stairwell::Column = ::stairwell::Column::new("table", "integer", ::stairwell::Nullability::Nullable).read_as("i32");
            #[doc = " `aB`, `integer`."]
            pub const A_B_: ::stairwell::Column = ::stairwell::Column::new("aB", "integer", ::stairwell::Nullability::Nullable).read_as("i32");
            #[doc = " `a_b`, `integer`."]
            pub const A_B: ::stairwell::Column = ::stairwell::Column::new("a_b", "integer", ::stairwell::Nullability::Nullable).read_as("i32");
            #[doc = " `say \"hi\"`, `text`."]
            pub const SAY_HI: ::stairwell::Column = ::stairwell::Column::new("say \"hi\"", "text", ::stairwell::Nullability::Nullable).read_as("String");
        }
        #[doc = " The foreign table `archive.readings`."]
        pub mod archive_readings {
            /// The foreign table with all columns.
            pub const TABLE: ::stairwell::Table = ::stairwell::Table::new("archive", "readings", ::stairwell::TableKind::Foreign, &[HALF]);
            #[doc = " `half`, `bigint`."]
            pub const HALF: ::stairwell::Column = ::stairwell::Column::new("half", "bigint", ::stairwell::Nullability::NotNull).read_as("i64").with_default(::stairwell::ColumnDefault::GeneratedVirtual("id / 2"));
        }
    }
}
