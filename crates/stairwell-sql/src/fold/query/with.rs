//! WITH: queries with a name, recursive and data-modifying ones too.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::SqlType;

use super::{
    Analysis,
    scope::{Column, Columns, Cte, Env},
    value::{Value, one_of},
};
use crate::fold::resolve::identifier;

impl Analysis<'_> {
    /// The queries of a WITH clause, each of which sees those before it.
    pub(super) fn with(&mut self, clause: &ast::WithClause, outer: &Env<'_>) -> Vec<Cte> {
        let recursive = clause.recursive_token().is_some();
        let mut ctes = Vec::new();
        if recursive {
            // With RECURSIVE, a query may also name one that comes later.
            for table in clause.with_tables() {
                if let Some(name) = table.name() {
                    ctes.push(Cte { name: identifier(name.syntax()), columns: Columns::opaque() });
                }
            }
        }
        for table in clause.with_tables() {
            let Some(name) = table.name().map(|name| identifier(name.syntax())) else { continue };
            let names: Vec<String> = table
                .column_list()
                .map(|list| list.column_names().map(|name| identifier(name.syntax())).collect())
                .unwrap_or_default();
            let mut env = Env { outer: Some(outer), ctes: ctes.clone(), ..Env::default() };
            let Some(query) = table.query() else { continue };
            let mut columns = match ast::SelectVariant::cast(query.syntax().clone()) {
                Some(ast::SelectVariant::CompoundSelect(compound)) if recursive => {
                    self.recursive(&compound, &name, &names, Some(&table), &mut env)
                }
                Some(query) => self.query(&query, &env).derived(),
                None => self.write(query.syntax(), &env).derived(),
            };
            columns.rename(&names);
            self.search_and_cycle(&table, &mut columns, &env);
            ctes.push(Cte { name, columns });
        }
        ctes
    }

    /// A query that may read its own result: the first term gives the columns.
    pub(super) fn recursive(
        &mut self,
        compound: &ast::CompoundSelect,
        name: &str,
        names: &[String],
        table: Option<&ast::WithTable>,
        env: &mut Env<'_>,
    ) -> Columns {
        let inner = super::select::leading_with(&ast::SelectVariant::CompoundSelect(compound.clone()));
        if let Some(with) = inner {
            let ctes = self.with(&with, env);
            env.ctes.extend(ctes);
        }
        let mut columns = match compound.lhs() {
            Some(left) => self.body(&left, env).derived(),
            None => Columns::opaque(),
        };
        columns.rename(names);
        let mut seen = columns.clone();
        if let Some(table) = table {
            // The second term sees what SEARCH and CYCLE add as well.
            self.search_and_cycle(table, &mut seen, env);
        }
        env.ctes.push(Cte { name: name.to_owned(), columns: seen });
        if let Some(right) = compound.rhs() {
            self.query(&right, env);
        }
        columns
    }

    /// The columns that SEARCH and CYCLE add.
    fn search_and_cycle(&mut self, table: &ast::WithTable, columns: &mut Columns, env: &Env<'_>) {
        let mut add = |name: Option<ast::ColumnNameRef>, value: Value| {
            if let Some(name) = name {
                columns.list.push(Column { name: identifier(name.syntax()), value, sources: Vec::new() });
            }
        };
        let records = || Value::new(SqlType::built_in("record").into_array());
        if let Some(search) = table.search_clause() {
            let depth = matches!(search.search_order(), Some(ast::SearchOrder::DepthFirst(_)));
            let value = if depth { records() } else { Value::built_in("record") };
            add(search.set_column().and_then(|set| set.column_name_ref()), value);
        }
        if let Some(cycle) = table.cycle_clause() {
            let set = cycle.set_column();
            let to = set.as_ref().and_then(|set| set.column_to());
            let value = match &to {
                Some(to) => {
                    let marks: Vec<ast::Expr> = to
                        .syntax()
                        .descendants()
                        .filter_map(ast::Literal::cast)
                        .map(ast::Expr::Literal)
                        .collect();
                    let marks: Vec<Value> = marks.iter().map(|mark| self.expr(mark, env)).collect();
                    one_of(self.fold, &marks)
                }
                None => Value::boolean(),
            };
            add(set.and_then(|set| set.column_name_ref()), value);
            add(cycle.path().and_then(|path| path.column_name_ref()), records());
        }
    }
}
