//! Queries: SELECT, VALUES, TABLE and what UNION, INTERSECT and EXCEPT make of them.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::Verb;

use super::{
    Analysis,
    column_name::target_name,
    expression::name_path,
    scope::{Column, Columns, Env},
    value::{Value, one_of},
};
use crate::fold::resolve::{identifier, parts};

impl Analysis<'_> {
    /// Analyses a query. Literals that nothing decided are still `unknown` in its columns.
    pub(super) fn query(&mut self, query: &ast::SelectVariant, env: &Env<'_>) -> Columns {
        match leading_with(query) {
            Some(with) => {
                let ctes = self.with(&with, env);
                let env = Env { outer: Some(env), ctes, ..Env::default() };
                self.body(query, &env)
            }
            None => self.body(query, env),
        }
    }

    /// A query whose WITH clause has been seen to.
    pub(super) fn body(&mut self, query: &ast::SelectVariant, env: &Env<'_>) -> Columns {
        match query {
            ast::SelectVariant::Select(it) => self.select(it.syntax(), env),
            ast::SelectVariant::SelectInto(it) => self.select(it.syntax(), env),
            ast::SelectVariant::ParenSelect(it) => {
                let columns = it.select().map_or_else(Columns::opaque, |query| self.query(&query, env));
                self.tail(it.syntax(), &columns, env, true);
                columns
            }
            ast::SelectVariant::Table(it) => {
                let mut level = Env::inside(env);
                let name = it.relation_name().and_then(|name| name.relation_name_ref());
                if let Some(name) = name {
                    self.table(name.syntax(), &mut level);
                }
                let columns = self.star(&level.columns.clone(), it.syntax());
                self.tail(it.syntax(), &columns, &level, false);
                columns
            }
            ast::SelectVariant::Values(it) => {
                let columns = self.values(it, env);
                self.tail(it.syntax(), &columns, env, true);
                columns
            }
            ast::SelectVariant::CompoundSelect(it) => self.compound(it, env),
        }
    }

    fn table(&mut self, node: &SyntaxNode, level: &mut Env<'_>) {
        if let [name] = parts(node).as_slice()
            && let Some(cte) = level.cte(name)
        {
            level.columns = cte.columns.clone();
            return;
        }
        let source = self.relation_source(node, None, Verb::Reference);
        source.add_to(level);
    }

    fn compound(&mut self, it: &ast::CompoundSelect, env: &Env<'_>) -> Columns {
        let left = it.lhs().map_or_else(Columns::opaque, |left| self.body(&left, env));
        let right = it.rhs().map_or_else(Columns::opaque, |right| self.query(&right, env));
        let columns = if left.opaque || right.opaque {
            Columns { list: left.list, opaque: true }
        } else {
            if left.list.len() != right.list.len() {
                self.invalid(
                    "the sides of a UNION, INTERSECT or EXCEPT have different numbers of columns".to_owned(),
                    it.syntax(),
                );
            }
            let value =
                |left: &Column, right: &Column| one_of(self.fold, &[left.value.clone(), right.value.clone()]);
            let list = left
                .list
                .iter()
                .zip(&right.list)
                .map(|(left, right)| (left.name.clone(), value(left, right)));
            Columns::computed(list.collect::<Vec<_>>())
        };
        self.tail(it.syntax(), &columns, env, true);
        columns
    }

    fn values(&mut self, it: &ast::Values, env: &Env<'_>) -> Columns {
        let mut columns: Vec<Vec<Value>> = Vec::new();
        for row in it.row_list().into_iter().flat_map(|list| list.rows().collect::<Vec<_>>()) {
            let values: Vec<Value> = row.exprs().flat_map(|expr| self.exprs(&expr, env)).collect();
            for (index, value) in values.into_iter().enumerate() {
                match columns.get_mut(index) {
                    Some(column) => column.push(value),
                    None => columns.push(vec![value]),
                }
            }
        }
        let columns = columns
            .iter()
            .enumerate()
            .map(|(index, values)| (format!("column{}", index + 1), one_of(self.fold, values)));
        Columns::computed(columns.collect::<Vec<_>>())
    }

    /// SELECT, also one with INTO.
    fn select(&mut self, node: &SyntaxNode, env: &Env<'_>) -> Columns {
        let mut level = Env::inside(env);
        if let Some(from) = node.children().find_map(ast::FromClause::cast) {
            self.from(from.items(), &mut level);
        }
        let clause = node.children().find_map(ast::SelectClause::cast);
        let targets = clause.as_ref().and_then(|clause| clause.target_list());
        let columns = targets.map_or_else(Columns::default, |targets| self.targets(&targets, &level));
        if let Some(ast::SelectQuantifier::DistinctClause(distinct)) =
            clause.and_then(|clause| clause.select_quantifier())
        {
            let on = distinct.distinct_on();
            for expr in on.into_iter().flat_map(|on| on.exprs().collect::<Vec<_>>()) {
                self.output_or_input(&expr, &columns, &level, false);
            }
        }
        for child in node.children() {
            if let Some(group) = ast::GroupByClause::cast(child.clone()) {
                self.group_by(group.syntax(), &columns, &level);
            } else if ast::WhereClause::can_cast(child.kind())
                || ast::HavingClause::can_cast(child.kind())
                || ast::WindowClause::can_cast(child.kind())
                || ast::FilterClause::can_cast(child.kind())
            {
                self.walk(&child, &level);
            }
        }
        self.tail(node, &columns, &level, false);
        columns
    }

    /// The columns of a target list.
    pub(super) fn targets(&mut self, targets: &ast::TargetList, level: &Env<'_>) -> Columns {
        let mut columns = Columns::default();
        for target in targets.targets() {
            if target.expr().is_none() {
                if target.star_token().is_some() {
                    let all = self.star(&level.columns.clone(), target.syntax());
                    columns.opaque |= all.opaque;
                    columns.list.extend(all.list);
                }
                continue;
            }
            if let Some(ast::Expr::FieldExpr(field)) = target.expr()
                && field.star_token().is_some()
            {
                let all = self.qualified_star(&field, level);
                columns.opaque |= all.opaque;
                columns.list.extend(all.list);
                continue;
            }
            let value = target.expr().map_or_else(Value::opaque, |expr| self.expr(&expr, level));
            let name = target_name(&target).unwrap_or_default();
            columns.list.push(Column { name, value, sources: Vec::new() });
        }
        columns
    }

    /// `*`: every column is read.
    fn star(&mut self, columns: &Columns, node: &SyntaxNode) -> Columns {
        for source in columns.list.iter().flat_map(|column| &column.sources) {
            self.refer(source, node);
        }
        let mut columns = columns.clone();
        for column in &mut columns.list {
            column.sources.clear();
        }
        columns
    }

    /// `alias.*` and `(composite).*`.
    pub(super) fn qualified_star(&mut self, field: &ast::FieldExpr, level: &Env<'_>) -> Columns {
        let Some(base) = field.base() else { return Columns::opaque() };
        if let Some(path) = name_path(&base) {
            let names: Vec<String> = path.iter().map(|name| identifier(name.syntax())).collect();
            return match self.qualifier(&names, level) {
                Some(item) => self.star(&item.columns, field.syntax()),
                None => {
                    self.no_qualifier(&names, base.syntax(), level);
                    Columns::opaque()
                }
            };
        }
        let value = self.expr(&base, level);
        let columns = self.fields(&value);
        self.star(&columns, field.syntax())
    }

    /// GROUP BY: a plain name is a column of FROM or else of the output.
    fn group_by(&mut self, node: &SyntaxNode, columns: &Columns, level: &Env<'_>) {
        for child in node.children() {
            match ast::Expr::cast(child.clone()) {
                Some(expr) => self.output_or_input(&expr, columns, level, true),
                None => self.group_by(&child, columns, level),
            }
        }
    }

    /// A plain name that may be an output column; GROUP BY prefers the input, ORDER BY the output.
    fn output_or_input(&mut self, expr: &ast::Expr, columns: &Columns, level: &Env<'_>, input_first: bool) {
        if let ast::Expr::NameRef(name) = expr {
            let name = identifier(name.syntax());
            let is_output = columns.opaque || columns.find(&name).is_some();
            let is_input = level.columns.opaque || level.columns.find(&name).is_some();
            if is_output && !(input_first && is_input) {
                return;
            }
        }
        self.expr(expr, level);
    }

    /// ORDER BY, LIMIT, OFFSET and FETCH; of a UNION only the output can be sorted by.
    fn tail(&mut self, node: &SyntaxNode, columns: &Columns, level: &Env<'_>, output_only: bool) {
        for child in node.children() {
            if let Some(order) = ast::OrderByClause::cast(child.clone()) {
                let list = order.sort_by_list();
                for sort in list.into_iter().flat_map(|list| list.sort_bys().collect::<Vec<_>>()) {
                    let Some(expr) = sort.expr() else { continue };
                    if output_only && matches!(expr, ast::Expr::NameRef(_)) {
                        continue;
                    }
                    self.output_or_input(&expr, columns, level, false);
                }
            } else if ast::LimitClause::can_cast(child.kind())
                || ast::OffsetClause::can_cast(child.kind())
                || ast::FetchClause::can_cast(child.kind())
            {
                self.walk(&child, level);
            }
        }
    }
}

/// The WITH clause at the very beginning of a query, which is the whole query's.
pub(super) fn leading_with(query: &ast::SelectVariant) -> Option<ast::WithClause> {
    match query {
        ast::SelectVariant::CompoundSelect(it) => leading_with(&it.lhs()?),
        _ => query.syntax().children().find_map(ast::WithClause::cast),
    }
}
