//! Queries and expressions: what they read, and the columns and types that they give.

use std::collections::BTreeSet;

use squawk_syntax::ast;
use stairwell_catalog::{ObjectId, QualifiedName, SqlType};

use super::Fold;

/// The names that an expression can see.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    /// The relations of the FROM clauses, the innermost query's first; for a check, a default and the like
    /// the one table.
    pub(crate) relations: Vec<ScopeRelation>,
    /// Whether a name that nothing explains may be a variable or parameter (of a PL/pgSQL or SQL function),
    /// so that it is never called missing.
    pub(crate) variables: bool,
}

/// One relation that an expression can see.
#[derive(Debug, Clone)]
pub(crate) struct ScopeRelation {
    /// The name by which columns are qualified.
    pub(crate) alias: String,
    /// The relation of the catalog behind it, if it is one.
    pub(crate) relation: Option<QualifiedName>,
    /// Its columns in their order.
    pub(crate) columns: Vec<(String, SqlType)>,
    /// Whether it may have columns that are not known.
    pub(crate) opaque: bool,
}

/// What an expression is made of.
#[derive(Debug, Clone)]
pub(crate) struct Analysed {
    /// Its type; [`SqlType::Opaque`] where it cannot be derived.
    pub(crate) ty: SqlType,
    /// The columns, relations, functions, types and sequences that it depends on.
    pub(crate) references: BTreeSet<ObjectId>,
}

/// What a query gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queried {
    /// The columns of its result; `None` if not even their names can be known.
    pub(crate) columns: Option<Vec<(String, SqlType)>>,
    /// What it depends on.
    pub(crate) references: BTreeSet<ObjectId>,
}

impl Scope {
    /// A scope without any name.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// The scope of an expression that belongs to a table: of a check, a default, an index, a policy.
    pub(crate) fn of_relation(fold: &Fold, relation: &QualifiedName) -> Self {
        let columns = fold.state.catalog().columns(relation);
        let columns =
            columns.into_iter().map(|(name, column)| (name.to_owned(), column.ty.clone())).collect();
        Self {
            relations: vec![ScopeRelation {
                alias: relation.name.clone(),
                relation: Some(relation.clone()),
                columns,
                opaque: false,
            }],
            variables: false,
        }
    }
}

impl Fold {
    /// Analyses an expression: notes a reference effect for each object of the catalog that it names
    /// (with its own span), and a problem for a name that nothing explains.
    pub(crate) fn expression(&mut self, expr: &ast::Expr, scope: &Scope) -> Analysed {
        let _ = (expr, scope);
        Analysed { ty: SqlType::Opaque, references: BTreeSet::new() }
    }

    /// Analyses a query, like [`Fold::expression`]; data-modifying `WITH` items have their write effects.
    pub(crate) fn query(&mut self, query: &ast::SelectVariant, scope: &Scope) -> Queried {
        let _ = (query, scope);
        Queried::default()
    }
}
