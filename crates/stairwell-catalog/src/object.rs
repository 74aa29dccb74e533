//! The objects themselves, as plain data: what PostgreSQL's own catalogs know about each.
//!
//! Names of other objects are kept in the form in which PostgreSQL resolved them, with their schema.
//! The text of an expression ([`Expression`]) is another matter: the server prints its own canonical
//! form, which nobody else can, so two expressions are compared by presence only.

use std::collections::{BTreeMap, BTreeSet};

pub use crate::plain::Plain;
use crate::{
    id::{ObjectId, QualifiedName},
    sql_type::SqlType,
};

/// The text of an expression, a query or a function's body, as it was written or as the server prints it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expression(pub String);

/// Something that may not be known at build time, and is then never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known<T> {
    /// It is this.
    Known(T),
    /// It depends on something that cannot be seen.
    Opaque,
}

/// An object with what every kind of object can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The object.
    pub object: Object,
    /// The role that owns it; `None` if that is the one that reads or, at build time, the one that runs the
    /// migrations, whose name nobody knows before it does.
    ///
    /// What can have no owner of its own (parts, indexes, casts …) has none here.
    pub owner: Option<String>,
    /// Its comment, the text of `COMMENT ON`.
    pub comment: Option<String>,
    /// Who may do what with it, the owner's own rights left out.
    pub grants: Grants,
    /// Why what is said here may not be so; `None` if it is certain.
    ///
    /// Set where a statement that cannot be read, or that runs under a condition, may have changed the object.
    pub opaque: Option<String>,
}

impl Entry {
    /// The object as `CREATE` makes it: without a comment, and with no rights but those that everybody has
    /// to objects of its kind.
    #[must_use]
    pub fn new(object: impl Into<Object>) -> Self {
        let object = object.into();
        let everybody = object.public_privilege().map(|it| BTreeMap::from([(it.to_owned(), false)]));
        let grants = everybody.map(|privileges| ("PUBLIC".to_owned(), privileges)).into_iter().collect();
        Self { object, owner: None, comment: None, grants, opaque: None }
    }
}

impl Object {
    /// What PostgreSQL lets everybody do with a new object of this kind: `execute` functions, use types and
    /// languages (`usage`).
    #[must_use]
    pub fn public_privilege(&self) -> Option<&'static str> {
        match self {
            Self::Function(_) => Some("execute"),
            Self::Enum(_) | Self::Domain(_) | Self::Composite(_) | Self::Range(_) | Self::Language(_) => {
                Some("usage")
            }
            _ => None,
        }
    }
}

/// Per role (`PUBLIC` for everybody) the privileges it was granted; `true` with grant option.
pub type Grants = BTreeMap<String, BTreeMap<String, bool>>;

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// One object of any kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Object {
            $($(#[$doc])* $name($name),)*
        }
        $(impl From<$name> for Object {
            fn from(object: $name) -> Self {
                Self::$name(object)
            }
        })*
    };
}

objects! {
    /// A schema.
    Schema,
    /// An extension.
    Extension,
    /// An enum.
    Enum,
    /// A domain.
    Domain,
    /// A composite type.
    Composite,
    /// A range type.
    Range,
    /// A sequence.
    Sequence,
    /// A table.
    Table,
    /// A view or a materialised view.
    View,
    /// A column.
    Column,
    /// A constraint.
    Constraint,
    /// An index.
    Index,
    /// A function, procedure or aggregate.
    Function,
    /// A trigger.
    Trigger,
    /// A rule.
    Rule,
    /// A policy.
    Policy,
    /// An event trigger.
    EventTrigger,
    /// A procedural language.
    Language,
    /// An object of any other kind; its identity tells which.
    Plain,
}

/// A schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {}

/// An extension. Its version is not compared: it is the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The schema that its objects were put in.
    pub schema: Known<String>,
}

/// An enum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enum {
    /// Its values in their order.
    pub values: Vec<String>,
}

/// A domain. Its checks are objects of kind constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The type below.
    pub base: SqlType,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// The default.
    pub default: Option<Expression>,
    /// The collation, if it is not the type's own.
    pub collation: Option<String>,
}

/// A composite type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composite {
    /// Its attributes in their order.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// The collation, if it is not the type's own.
    pub collation: Option<String>,
}

/// A range type; its multirange goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The type of the bounds.
    pub subtype: SqlType,
    /// The name of the multirange type.
    pub multirange: String,
}

/// A sequence. The numbers are those of `pg_sequence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// `smallint`, `integer` or `bigint`.
    pub ty: SqlType,
    /// The first value.
    pub start: i64,
    /// The step.
    pub increment: i64,
    /// The lowest value.
    pub min: i64,
    /// The highest value.
    pub max: i64,
    /// How many values a session takes at once.
    pub cache: i64,
    /// Whether it starts again at its end.
    pub cycle: bool,
    /// The table and column with which it is dropped.
    pub owned_by: Option<(QualifiedName, String)>,
    /// Whether it belongs to an identity column, which makes it part of that column.
    pub identity: bool,
    /// Whether it is unlogged.
    pub unlogged: bool,
}

/// What kind of table it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableKind {
    /// An ordinary table.
    Ordinary,
    /// A partitioned table.
    Partitioned {
        /// `range`, `list` or `hash`.
        strategy: String,
        /// The columns of the key; `None` stands for an expression.
        key: Vec<Option<String>>,
    },
    /// A foreign table.
    Foreign {
        /// The server that it is on.
        server: String,
        /// The options for its foreign data wrapper.
        options: BTreeMap<String, String>,
    },
}

/// A table. Its columns, constraints, triggers, rules and policies are objects of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Ordinary, partitioned or foreign.
    pub kind: TableKind,
    /// Whether it is unlogged. Temporary tables never get into a catalog.
    pub unlogged: bool,
    /// The tables it inherits from, in their order; of a partition, the partitioned table.
    pub parents: Vec<QualifiedName>,
    /// Of a partition, its bound.
    pub bound: Option<Expression>,
    /// The composite type of a typed table (`CREATE TABLE … OF`).
    pub of_type: Option<QualifiedName>,
    /// `ENABLE ROW LEVEL SECURITY`.
    pub row_security: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub force_row_security: bool,
    /// The replica identity.
    pub replica_identity: ReplicaIdentity,
    /// The storage parameters (`WITH (fillfactor = 70)`), in lower case.
    pub options: BTreeMap<String, String>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            kind: TableKind::Ordinary,
            unlogged: false,
            parents: Vec::new(),
            bound: None,
            of_type: None,
            row_security: false,
            force_row_security: false,
            replica_identity: ReplicaIdentity::Default,
            options: BTreeMap::new(),
        }
    }
}

/// `REPLICA IDENTITY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplicaIdentity {
    /// The primary key.
    Default,
    /// The whole row.
    Full,
    /// Nothing.
    Nothing,
    /// The index of this name.
    Index(String),
}

/// A view or a materialised view; which of them says the identity. Its columns are objects of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The query.
    pub query: Expression,
    /// The options: `security_barrier`, `security_invoker`, `check_option`; storage parameters.
    pub options: BTreeMap<String, String>,
    /// Of a materialised view: whether it can be read (`WITH DATA`); `true` for a view.
    pub populated: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its place among the columns that there are, from 1.
    pub position: u32,
    /// Its type.
    pub ty: SqlType,
    /// Whether NULL is refused. Always `false` for columns of views.
    pub not_null: bool,
    /// The default; of a generated column, its expression.
    pub default: Option<Expression>,
    /// Whether and how it is generated or an identity.
    pub generated: Generated,
    /// The collation, if it is not the type's own.
    pub collation: Option<String>,
    /// How its values are kept and counted.
    pub settings: ColumnSettings,
}

/// How a column's values are kept and counted, without a say in what they are. The default is PostgreSQL's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnSettings {
    /// `plain`, `external`, `extended` or `main`, if it is not the type's own.
    pub storage: Option<String>,
    /// `pglz` or `lz4`, if one was chosen.
    pub compression: Option<String>,
    /// The statistics target, if one was set.
    pub statistics: Option<i16>,
    /// The attribute options: `n_distinct`, `n_distinct_inherited`.
    pub options: BTreeMap<String, String>,
    /// Of a foreign table, the options for its foreign data wrapper.
    pub foreign_options: BTreeMap<String, String>,
}

impl Column {
    /// A nullable column without a default.
    #[must_use]
    pub fn new(position: u32, ty: SqlType) -> Self {
        Self {
            position,
            ty,
            not_null: false,
            default: None,
            generated: Generated::No,
            collation: None,
            settings: ColumnSettings::default(),
        }
    }
}

/// Where a column's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// From whoever writes the row.
    No,
    /// `GENERATED ALWAYS AS IDENTITY`.
    IdentityAlways,
    /// `GENERATED BY DEFAULT AS IDENTITY`.
    IdentityByDefault,
    /// `GENERATED ALWAYS AS (…) STORED`.
    Stored,
    /// `GENERATED ALWAYS AS (…) VIRTUAL`.
    Virtual,
}

/// A constraint of a table or of a domain.
///
/// NOT NULL is the column's: as constraints with names they exist from PostgreSQL 18 on only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// What it demands.
    pub rule: ConstraintRule,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub deferred: bool,
    /// Whether the rows that there were have been checked (`false` after `NOT VALID`).
    pub validated: bool,
    /// `NO INHERIT`.
    pub no_inherit: bool,
    /// Whether it is enforced (`false` after `NOT ENFORCED`).
    pub enforced: bool,
    /// Of a key, whether its last column is a period (`WITHOUT OVERLAPS`, of a foreign key `PERIOD`).
    pub period: bool,
}

impl Constraint {
    /// A constraint that is checked at once and has been validated.
    #[must_use]
    pub fn new(rule: ConstraintRule) -> Self {
        Self {
            rule,
            deferrable: false,
            deferred: false,
            validated: true,
            no_inherit: false,
            enforced: true,
            period: false,
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintRule {
    /// A check.
    Check {
        /// The condition.
        condition: Expression,
        /// The columns that it reads, for what happens when one of them is dropped. Not compared.
        columns: BTreeSet<String>,
    },
    /// A primary key.
    PrimaryKey {
        /// Its columns in their order.
        columns: Vec<String>,
        /// The columns of `INCLUDE`.
        include: Vec<String>,
    },
    /// A unique constraint.
    Unique {
        /// Its columns in their order.
        columns: Vec<String>,
        /// The columns of `INCLUDE`.
        include: Vec<String>,
        /// `NULLS NOT DISTINCT`.
        nulls_not_distinct: bool,
    },
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// An exclusion constraint; what it says is its index's.
    Exclude {
        /// The columns that it is about; `None` stands for an expression.
        columns: Vec<Option<String>>,
    },
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<String>,
    /// The referenced table.
    pub references: QualifiedName,
    /// The referenced columns.
    pub referenced_columns: Vec<String>,
    /// What happens to the row when the referenced row is updated.
    pub on_update: Action,
    /// What happens to the row when the referenced row is deleted.
    pub on_delete: Action,
    /// The columns of `ON DELETE SET NULL (…)`.
    pub set_columns: Vec<String>,
    /// `MATCH FULL`.
    pub match_full: bool,
}

/// A foreign key's action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `NO ACTION`.
    NoAction,
    /// `RESTRICT`.
    Restrict,
    /// `CASCADE`.
    Cascade,
    /// `SET NULL`.
    SetNull,
    /// `SET DEFAULT`.
    SetDefault,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The table or materialised view.
    pub table: QualifiedName,
    /// The access method: `btree`, `gin` …
    pub method: String,
    /// Whether it is unique.
    pub unique: bool,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// The key in its order.
    pub keys: Vec<IndexKey>,
    /// The columns of `INCLUDE`.
    pub include: Vec<String>,
    /// The condition of a partial index.
    pub predicate: Option<Expression>,
    /// Every column that it reads, in keys, expressions and predicate. Not compared.
    pub columns: BTreeSet<String>,
    /// Whether it can be used; `false` after a broken `CREATE INDEX CONCURRENTLY`, and for an index
    /// `ON ONLY` a partitioned table whose partitions lack theirs.
    pub valid: bool,
    /// Whether a constraint of the same name owns it.
    pub constraint: bool,
    /// Whether it is the one by which `CLUSTER` orders the table (`CLUSTER ON`).
    pub clustered: bool,
    /// The index of the partitioned table that it is attached to.
    pub parent: Option<QualifiedName>,
    /// The storage parameters.
    pub options: BTreeMap<String, String>,
}

/// One key of an index. The default is an expression that is not known, in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexKey {
    /// The column; `None` for an expression.
    pub column: Option<String>,
    /// The expression; `None` for a column.
    pub expression: Option<Expression>,
    /// The collation, if it is not the column's own. Of an expression it is not followed: what its own is,
    /// only the server can tell, and it does not.
    pub collation: Option<String>,
    /// The operator class, if it is not the default one.
    pub operator_class: Option<String>,
    /// The parameters of the operator class (`siglen = 32`).
    pub operator_class_options: BTreeMap<String, String>,
    /// The statistics target, if one was set; only expressions can have one.
    pub statistics: Option<i16>,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST`, also where `DESC` implies it.
    pub nulls_first: bool,
}

/// A function, a procedure or an aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Which of them.
    pub kind: FunctionKind,
    /// All arguments in their order, those of `RETURNS TABLE` included.
    pub arguments: Vec<Argument>,
    /// The type of the result; `None` for a procedure without output arguments.
    pub returns: Option<SqlType>,
    /// Whether it returns a set.
    pub returns_set: bool,
    /// The language.
    pub language: String,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// `STRICT`.
    pub strict: bool,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// `LEAKPROOF`.
    pub leakproof: bool,
    /// `safe`, `restricted` or `unsafe`.
    pub parallel: String,
    /// The settings of `SET …`, by name.
    pub settings: BTreeMap<String, String>,
    /// The body; `None` for an aggregate.
    pub body: Option<Expression>,
}

/// Which kind of routine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    /// A function.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}

/// An argument of a routine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// `IN`, `OUT`, `INOUT`, `VARIADIC` or `TABLE`.
    pub mode: ArgumentMode,
    /// Its name, or empty.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// Whether it has a default.
    pub default: bool,
}

/// The mode of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentMode {
    /// `IN`.
    In,
    /// `OUT`.
    Out,
    /// `INOUT`.
    InOut,
    /// `VARIADIC`.
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

impl ArgumentMode {
    /// Whether a call passes it in: then its type is part of the function's identity.
    #[must_use]
    pub fn is_input(self) -> bool {
        matches!(self, Self::In | Self::InOut | Self::Variadic)
    }

    /// Whether it is part of the result.
    #[must_use]
    pub fn is_output(self) -> bool {
        matches!(self, Self::Out | Self::InOut | Self::Table)
    }
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// `before`, `after` or `instead of`.
    pub timing: String,
    /// `insert`, `update`, `delete`, `truncate`.
    pub events: BTreeSet<String>,
    /// The columns of `UPDATE OF`.
    pub columns: BTreeSet<String>,
    /// `FOR EACH ROW`.
    pub for_each_row: bool,
    /// The condition of `WHEN`.
    pub condition: Option<Expression>,
    /// The function; its identity has no arguments, as a trigger's function takes none.
    pub function: ObjectId,
    /// The arguments, as text.
    pub arguments: Vec<String>,
    /// When it fires.
    pub enabled: Enabled,
    /// Whether it is a constraint trigger, and then whether it is deferrable and initially deferred.
    pub constraint: Option<(bool, bool)>,
    /// The name of `REFERENCING OLD TABLE`.
    pub old_table: Option<String>,
    /// The name of `REFERENCING NEW TABLE`.
    pub new_table: Option<String>,
    /// Whether it was cloned from a partitioned table's trigger.
    pub inherited: bool,
}

/// A procedural language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Language {
    /// `TRUSTED`.
    pub trusted: bool,
    /// The function that calls its functions. Like the next two it is an identity without arguments.
    pub handler: Option<ObjectId>,
    /// The function behind `DO`.
    pub inline: Option<ObjectId>,
    /// The function that checks a new function's body.
    pub validator: Option<ObjectId>,
}

/// When a trigger or rule fires, after `session_replication_role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enabled {
    /// On the origin: the default.
    Origin,
    /// Never.
    Disabled,
    /// On replicas only.
    Replica,
    /// Always.
    Always,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `select`, `insert`, `update` or `delete`.
    pub event: String,
    /// `INSTEAD`.
    pub instead: bool,
    /// When it applies.
    pub enabled: Enabled,
    /// What it does.
    pub definition: Expression,
}

/// A row security policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `all`, `select`, `insert`, `update` or `delete`.
    pub command: String,
    /// `PERMISSIVE`; `false` for `RESTRICTIVE`.
    pub permissive: bool,
    /// The roles it is for; `public` for everybody.
    pub roles: BTreeSet<String>,
    /// `USING`.
    pub using: Option<Expression>,
    /// `WITH CHECK`.
    pub check: Option<Expression>,
}

/// An event trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTrigger {
    /// The event: `ddl_command_end` …
    pub event: String,
    /// The commands it is for; empty for all.
    pub tags: BTreeSet<String>,
    /// The function.
    pub function: ObjectId,
    /// When it fires.
    pub enabled: Enabled,
}
