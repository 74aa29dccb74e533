//! How an object is called: its kind, its schema, its name, and for a part of a relation the part's name.

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
};

use crate::{interned::Name, name::quote_identifier};

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
    /// An operator; its part lists the types of its operands.
    Operator,
    /// An operator class; its part is the access method that it is for.
    OperatorClass,
    /// An operator family; its part is the access method that it is for.
    OperatorFamily,
    /// A cast; its name is the type from which, its part the one to which.
    Cast,
    /// A conversion between encodings.
    Conversion,
    /// A transform; its name is the type, its part the language.
    Transform,
    /// A procedural language.
    Language,
    /// An access method.
    AccessMethod,
    /// A foreign data wrapper.
    ForeignDataWrapper,
    /// A foreign server.
    Server,
    /// A user mapping; its name is the server, its part the role.
    UserMapping,
    /// A text search configuration.
    TextSearchConfiguration,
    /// A text search dictionary.
    TextSearchDictionary,
    /// A text search parser.
    TextSearchParser,
    /// A text search template.
    TextSearchTemplate,
    /// What objects of one class get from the start; its name is the class, its part the role.
    DefaultPrivileges,
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
            Self::Operator => "operator",
            Self::OperatorClass => "operator class",
            Self::OperatorFamily => "operator family",
            Self::Cast => "cast",
            Self::Conversion => "conversion",
            Self::Transform => "transform",
            Self::Language => "language",
            Self::AccessMethod => "access method",
            Self::ForeignDataWrapper => "foreign data wrapper",
            Self::Server => "server",
            Self::UserMapping => "user mapping",
            Self::TextSearchConfiguration => "text search configuration",
            Self::TextSearchDictionary => "text search dictionary",
            Self::TextSearchParser => "text search parser",
            Self::TextSearchTemplate => "text search template",
            Self::DefaultPrivileges => "default privileges",
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The schema, never empty.
    pub schema: Name,
    /// The name as PostgreSQL stores it: folded to lower case unless it was quoted.
    pub name: Name,
}

/// At once: a hash of one word costs half as much as one of two.
impl Hash for QualifiedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.schema.address() ^ self.name.address().rotate_left(20));
    }
}

impl QualifiedName {
    /// `schema.name`, both as PostgreSQL stores them.
    #[must_use]
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> Self {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    /// The schema; empty for what lives in no schema (schemas, extensions, event triggers, publications, casts,
    /// servers …). Of default privileges, the schema that they are for, empty for all.
    pub schema: Name,
    /// The object's name, and for a part the name of what it is a part of.
    pub name: Name,
    /// The kind.
    pub kind: Kind,
    /// The name of the part, or for a function the types of its input arguments, as
    /// `pg_get_function_identity_arguments` lists them but without names and modes; what else tells two objects
    /// of one name apart, as the constructors say; otherwise empty.
    pub part: Name,
}

/// At once, like that of [`QualifiedName`].
impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let owner = self.schema.address() ^ self.name.address().rotate_left(20);
        state.write_u64(owner ^ self.part.address().rotate_left(40) ^ (self.kind as u64) << 56);
    }
}

impl ObjectId {
    /// The identity of an object that lives in a schema.
    #[must_use]
    pub fn new(kind: Kind, schema: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self { schema: schema.into(), name: name.into(), kind, part: Name::default() }
    }

    /// The identity of an object that lives in no schema.
    #[must_use]
    pub fn global(kind: Kind, name: impl Into<Name>) -> Self {
        Self { schema: Name::default(), name: name.into(), kind, part: Name::default() }
    }

    /// The identity of a part of `owner`: a column, constraint, trigger, rule or policy.
    #[must_use]
    pub fn part(kind: Kind, owner: &QualifiedName, part: impl Into<Name>) -> Self {
        Self { schema: owner.schema, name: owner.name, kind, part: part.into() }
    }

    /// The identity of a function, procedure or aggregate with these types of input arguments.
    #[must_use]
    pub fn function(name: &QualifiedName, arguments: impl Into<Name>) -> Self {
        Self::part(Kind::Function, name, arguments)
    }

    /// The identity of an operator; `NONE` stands for the left operand that a prefix operator does not have.
    ///
    /// ```
    /// use stairwell_catalog::{ObjectId, QualifiedName};
    ///
    /// let id = ObjectId::operator(&QualifiedName::new("public", "==="), "NONE", "integer");
    /// assert_eq!(id.to_string(), "operator public.===(NONE, integer)");
    /// ```
    #[must_use]
    pub fn operator(name: &QualifiedName, left: impl fmt::Display, right: impl fmt::Display) -> Self {
        Self::part(Kind::Operator, name, format!("{left}, {right}"))
    }

    /// The identity of an operator class for an access method.
    #[must_use]
    pub fn operator_class(name: &QualifiedName, method: impl Into<Name>) -> Self {
        Self::part(Kind::OperatorClass, name, method)
    }

    /// The identity of an operator family for an access method.
    #[must_use]
    pub fn operator_family(name: &QualifiedName, method: impl Into<Name>) -> Self {
        Self::part(Kind::OperatorFamily, name, method)
    }

    /// The identity of a cast, given the two types as [`SqlType`](crate::SqlType) prints them.
    #[must_use]
    pub fn cast(from: impl fmt::Display, to: impl fmt::Display) -> Self {
        Self { part: to.to_string().into(), ..Self::global(Kind::Cast, from.to_string()) }
    }

    /// The identity of a transform of a type for a language.
    #[must_use]
    pub fn transform(ty: impl fmt::Display, language: impl Into<Name>) -> Self {
        Self { part: language.into(), ..Self::global(Kind::Transform, ty.to_string()) }
    }

    /// The identity of the user mapping of a role, with `PUBLIC` for everybody and `None` for the role that
    /// reads or runs the migrations.
    #[must_use]
    pub fn user_mapping(role: Option<&str>, server: impl Into<Name>) -> Self {
        Self { part: role.unwrap_or_default().into(), ..Self::global(Kind::UserMapping, server) }
    }

    /// The identity of the default privileges for `objects` (`tables`, `sequences`, `functions`, `types`,
    /// `schemas`, `large objects`) that a role creates, in one schema or (`None`) in all of them together;
    /// `None` is the role that reads or runs the migrations.
    #[must_use]
    pub fn default_privileges(role: Option<&str>, objects: &str, schema: Option<&str>) -> Self {
        Self {
            schema: schema.unwrap_or_default().into(),
            name: objects.into(),
            kind: Kind::DefaultPrivileges,
            part: role.unwrap_or_default().into(),
        }
    }

    /// Schema and name without the part: of a column, the relation it belongs to.
    #[must_use]
    pub fn owner(&self) -> QualifiedName {
        QualifiedName { schema: self.schema, name: self.name }
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
            Kind::Cast => write!(f, "cast ({} as {})", self.name, self.part),
            Kind::Transform => write!(f, "transform for {} language {part}", self.name),
            Kind::UserMapping if self.part.is_empty() => {
                write!(f, "user mapping for current_user server {name}")
            }
            Kind::UserMapping => write!(f, "user mapping for {} server {name}", role(&self.part)),
            Kind::DefaultPrivileges => self.fmt_default_privileges(f),
            Kind::Operator => {
                write!(f, "operator {}.{}({})", quote_identifier(&self.schema), self.name, self.part)
            }
            kind @ (Kind::OperatorClass | Kind::OperatorFamily) => {
                write!(f, "{kind} {}.{name} using {part}", quote_identifier(&self.schema))
            }
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

impl ObjectId {
    /// `default privileges on tables in schema depot for role owner`.
    fn fmt_default_privileges(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "default privileges on {}", self.name)?;
        if !self.schema.is_empty() {
            write!(f, " in schema {}", quote_identifier(&self.schema))?;
        }
        if !self.part.is_empty() {
            write!(f, " for role {}", quote_identifier(&self.part))?;
        }
        Ok(())
    }
}

/// `PUBLIC` is a word and no name.
fn role(name: &str) -> Cow<'_, str> {
    if name == "PUBLIC" { Cow::Borrowed(name) } else { quote_identifier(name) }
}
