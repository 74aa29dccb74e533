//! Types of columns and arguments, in the canonical spelling of PostgreSQL's `format_type`.

use std::fmt;

use crate::{id::QualifiedName, name::quote_identifier};

/// A data type.
///
/// `Display` writes what `format_type` gives under an empty `search_path`:
/// `character varying(40)`, `timestamp(3) with time zone`, `public.printer_status[]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SqlType {
    /// A type of `pg_catalog` in its canonical spelling, modifier included: `numeric(10,2)`.
    BuiltIn(String),
    /// A type of the application or of an extension.
    Named {
        /// Its name.
        name: QualifiedName,
        /// Its modifier with the parentheses, or empty: `(Point,4326)`.
        modifier: String,
    },
    /// An array; PostgreSQL does not keep the number of dimensions.
    Array(Box<SqlType>),
    /// Not known: it depends on something that cannot be seen at build time.
    Opaque,
}

impl SqlType {
    /// A built-in type by its canonical spelling.
    #[must_use]
    pub fn built_in(canonical: impl Into<String>) -> Self {
        Self::BuiltIn(canonical.into())
    }

    /// A type of the application, without a modifier.
    #[must_use]
    pub fn named(name: QualifiedName) -> Self {
        Self::Named { name, modifier: String::new() }
    }

    /// The array of this type; an array of arrays is an array, as in PostgreSQL.
    #[must_use]
    pub fn into_array(self) -> Self {
        match self {
            Self::Array(_) | Self::Opaque => self,
            element => Self::Array(Box::new(element)),
        }
    }

    /// Whether anything of it is not known.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        match self {
            Self::Opaque => true,
            Self::Array(element) => element.is_opaque(),
            Self::BuiltIn(_) | Self::Named { .. } => false,
        }
    }

    /// The user-defined type that this type or its elements are of.
    #[must_use]
    pub fn name(&self) -> Option<&QualifiedName> {
        match self {
            Self::Named { name, .. } => Some(name),
            Self::Array(element) => element.name(),
            Self::BuiltIn(_) | Self::Opaque => None,
        }
    }

    /// The user-defined type that this type or its elements are of, to be renamed.
    pub fn name_mut(&mut self) -> Option<&mut QualifiedName> {
        match self {
            Self::Named { name, .. } => Some(name),
            Self::Array(element) => element.name_mut(),
            Self::BuiltIn(_) | Self::Opaque => None,
        }
    }
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(canonical) => f.write_str(canonical),
            Self::Named { name, modifier } => {
                write!(f, "{}.{}{modifier}", quote_identifier(&name.schema), quote_identifier(&name.name))
            }
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Opaque => f.write_str("?"),
        }
    }
}
