//! How an object is called: its kind, its schema, its name, and for a part of a relation the part's name.

use std::fmt;

use crate::name::quote_identifier;

/// What kind of object it is, in PostgreSQL's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A schema.
    Schema,
    /// An extension.
    Extension,
    /// A type: an enum, a domain, a composite type or a range.
    Type,
    /// A sequence.
    Sequence,
    /// A table: ordinary, partitioned, a partition, or foreign.
    Table,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A column of a table, of a view or of a materialised view.
    Column,
    /// A constraint of a table or of a domain.
    Constraint,
    /// An index, those behind constraints included.
    Index,
    /// An object of `CREATE STATISTICS`.
    Statistics,
    /// A function, a procedure or an aggregate; its name includes the types of its arguments.
    Function,
    /// A trigger.
    Trigger,
    /// A rule of `CREATE RULE`.
    Rule,
    /// A row security policy.
    Policy,
    /// An event trigger.
    EventTrigger,
    /// A collation.
    Collation,
    /// A publication.
    Publication,
}

impl Kind {
    /// The word for it in messages and in the text of a catalog.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Type => "type",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Statistics => "statistics",
            Self::Function => "function",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::EventTrigger => "event trigger",
            Self::Collation => "collation",
            Self::Publication => "publication",
        }
    }

    /// Whether an object of this kind is a part of a relation (or a domain) and vanishes with it.
    #[must_use]
    pub fn is_part(self) -> bool {
        matches!(self, Self::Column | Self::Constraint | Self::Trigger | Self::Rule | Self::Policy)
    }

    /// Whether objects of this kind share PostgreSQL's name space of relations, `pg_class`.
    /// Composite types do so as well; they are of kind [`Kind::Type`].
    #[must_use]
    pub fn is_relation(self) -> bool {
        matches!(self, Self::Sequence | Self::Table | Self::View | Self::MaterializedView | Self::Index)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A name with its schema: of a relation or of a type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema, never empty.
    pub schema: String,
    /// The name as PostgreSQL stores it: folded to lower case unless it was quoted.
    pub name: String,
}

impl QualifiedName {
    /// `schema.name`, both as PostgreSQL stores them.
    #[must_use]
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", quote_identifier(&self.schema), quote_identifier(&self.name))
    }
}

/// The identity of an object.
///
/// The order puts a relation's parts right behind it: first by schema, then by name, then by kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// The schema; empty for what lives in no schema (schemas, extensions, event triggers, publications).
    pub schema: String,
    /// The object's name, and for a part the name of what it is a part of.
    pub name: String,
    /// The kind.
    pub kind: Kind,
    /// The name of the part, or for a function the types of its input arguments, as
    /// `pg_get_function_identity_arguments` lists them but without names and modes; otherwise empty.
    pub part: String,
}

impl ObjectId {
    /// The identity of an object that lives in a schema.
    #[must_use]
    pub fn new(kind: Kind, schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into(), kind, part: String::new() }
    }

    /// The identity of an object that lives in no schema.
    #[must_use]
    pub fn global(kind: Kind, name: impl Into<String>) -> Self {
        Self { schema: String::new(), name: name.into(), kind, part: String::new() }
    }

    /// The identity of a part of `owner`: a column, constraint, trigger, rule or policy.
    #[must_use]
    pub fn part(kind: Kind, owner: &QualifiedName, part: impl Into<String>) -> Self {
        Self { schema: owner.schema.clone(), name: owner.name.clone(), kind, part: part.into() }
    }

    /// The identity of a function, procedure or aggregate with these types of input arguments.
    #[must_use]
    pub fn function(name: &QualifiedName, arguments: impl Into<String>) -> Self {
        Self::part(Kind::Function, name, arguments)
    }

    /// Schema and name without the part: of a column, the relation it belongs to.
    #[must_use]
    pub fn owner(&self) -> QualifiedName {
        QualifiedName::new(self.schema.clone(), self.name.clone())
    }

    /// The object's own last name: of a part the part's, of a function without the arguments.
    #[must_use]
    pub fn short_name(&self) -> &str {
        if self.kind.is_part() { &self.part } else { &self.name }
    }
}

/// As a message names it: `table public.printers`, `column public.printers.id`,
/// `trigger touch on public.printers`, `function public.touch(integer)`, `extension hstore`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = quote_identifier(&self.name);
        let part = quote_identifier(&self.part);
        match self.kind {
            _ if self.schema.is_empty() => write!(f, "{} {name}", self.kind),
            Kind::Column => write!(f, "column {}.{name}.{part}", quote_identifier(&self.schema)),
            Kind::Function => {
                write!(f, "function {}.{name}({})", quote_identifier(&self.schema), self.part)
            }
            kind if kind.is_part() => {
                write!(f, "{kind} {part} on {}.{name}", quote_identifier(&self.schema))
            }
            kind => write!(f, "{kind} {}.{name}", quote_identifier(&self.schema)),
        }
    }
}
