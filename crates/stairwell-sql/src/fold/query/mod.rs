//! Queries and expressions: what they read, and the columns and types that they give.

mod call;
mod call_effects;
mod column_name;
mod dml;
mod expression;
mod from;
mod join;
mod kinds;
mod literal;
mod operators;
mod resolution;
mod scope;
mod select;
mod signatures;
mod special;
mod table_function;
mod value;
mod with;

use std::collections::BTreeSet;

use squawk_syntax::{SyntaxNode, ast};
use stairwell_catalog::{ObjectId, QualifiedName, SqlType, Verb};

use super::Fold;
use scope::{Columns, Env};

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
    /// The columns, relations, functions, types and sequences that it depends on.
    pub(crate) references: BTreeSet<ObjectId>,
}

/// What a query gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queried {
    /// The columns of its result; `None` if not even their names can be known.
    pub(crate) columns: Option<Vec<(String, SqlType)>>,
    /// The collations of the columns, where they are not their types' own.
    pub(crate) collations: Vec<Option<String>>,
    /// What it depends on.
    pub(crate) references: BTreeSet<ObjectId>,
}

/// A function of the application that a statement calls, and where.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: ObjectId,
    pub(crate) node: SyntaxNode,
}

/// One analysis: of an expression, a query or a statement that writes rows.
struct Analysis<'f> {
    fold: &'f mut Fold,
    references: BTreeSet<ObjectId>,
    /// The functions of the application that are called.
    calls: Vec<Call>,
    /// Whether the statement runs now; a view's query or a default does not.
    runs: bool,
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
            columns.into_iter().map(|(name, column)| (name.to_string(), column.ty.clone())).collect();
        Self {
            relations: vec![ScopeRelation {
                alias: relation.name.to_string(),
                relation: Some(*relation),
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
        let env = Env::of_scope(self, scope);
        let mut analysis = Analysis::new(self, false);
        analysis.expr(expr, &env);
        Analysed { references: analysis.references }
    }

    /// Analyses a query, like [`Fold::expression`]; data-modifying `WITH` items have their write effects.
    pub(crate) fn query(&mut self, query: &ast::SelectVariant, scope: &Scope) -> Queried {
        let env = Env::of_scope(self, scope);
        let mut analysis = Analysis::new(self, false);
        let columns = analysis.query(query, &env).derived();
        queried(columns, analysis.references)
    }

    /// Analyses a query of a statement of its own; with `runs` it is run, so that `nextval` writes its sequence.
    pub(crate) fn run_query(
        &mut self,
        query: &ast::SelectVariant,
        scope: &Scope,
        runs: bool,
    ) -> (Queried, Vec<Call>) {
        let env = Env::of_scope(self, scope);
        let mut analysis = Analysis::new(self, runs);
        let columns = analysis.query(query, &env).derived();
        let calls = std::mem::take(&mut analysis.calls);
        (queried(columns, analysis.references), calls)
    }

    /// Analyses the query of a recursive view, which reads the view under its own name.
    pub(crate) fn recursive_query(
        &mut self,
        query: &ast::SelectVariant,
        name: &str,
        columns: &[String],
        scope: &Scope,
    ) -> Queried {
        let env = Env::of_scope(self, scope);
        let mut env = Env { outer: Some(&env), ..Env::default() };
        let mut analysis = Analysis::new(self, false);
        let columns = match query {
            ast::SelectVariant::CompoundSelect(compound) => {
                analysis.recursive(compound, name, columns, None, &mut env)
            }
            query => analysis.query(query, &env).derived(),
        };
        queried(columns, analysis.references)
    }

    /// Analyses INSERT, UPDATE, DELETE or MERGE; with `runs` it has its write effects.
    pub(crate) fn write(
        &mut self,
        statement: &SyntaxNode,
        scope: &Scope,
        runs: bool,
    ) -> (Queried, Vec<Call>) {
        let env = Env::of_scope(self, scope);
        let mut analysis = Analysis::new(self, runs);
        let columns = analysis.write(statement, &env).derived();
        let calls = std::mem::take(&mut analysis.calls);
        (queried(columns, analysis.references), calls)
    }
}

fn queried(columns: Columns, references: BTreeSet<ObjectId>) -> Queried {
    let collations = columns.list.iter().map(|column| column.value.column_collation()).collect();
    let opaque = columns.opaque;
    let list = columns.list.into_iter().map(|column| (column.name, column.value.ty)).collect();
    Queried { columns: (!opaque).then_some(list), collations, references }
}

impl<'f> Analysis<'f> {
    fn new(fold: &'f mut Fold, runs: bool) -> Self {
        Self { fold, references: BTreeSet::new(), calls: Vec::new(), runs }
    }

    /// Notes that an object of the catalog is read or named here.
    fn refer(&mut self, id: &ObjectId, node: &SyntaxNode) {
        self.note(Verb::Reference, id, node);
    }

    /// Notes an effect on an object that is also depended on.
    fn note(&mut self, verb: Verb, id: &ObjectId, node: &SyntaxNode) {
        self.fold.effect(verb, id, node);
        self.references.insert(*id);
    }

    /// The type as written, with what it depends on.
    fn sql_type(&mut self, ty: &ast::Type) -> SqlType {
        let ty = self.fold.sql_type(ty);
        if let Some(object) = self.fold.type_object(&ty) {
            self.references.insert(object);
        }
        ty
    }
}
