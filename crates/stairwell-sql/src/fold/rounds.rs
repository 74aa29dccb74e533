//! The rounds of a loop whose rows are known before it runs: numbers, arrays, lists of values.

use squawk_syntax::ast::{self, AstNode};

use super::{
    Fold,
    plpgsql::{Frame, sole_expr},
    resolve::{identifier, identifier_of},
};

/// More rounds of a loop are not followed one by one.
pub(super) const MAX_ROUNDS: usize = 2_000;

/// What a loop's variables are given in one round: columns with their names.
pub(super) type Row = Vec<(String, String)>;

impl Fold {
    /// The numbers that `FOR i IN a..b` counts, if they are known.
    pub(super) fn numbers(&self, it: &ast::PlpgsqlForIStmt, frame: &Frame) -> Option<Vec<Row>> {
        let range = it.range()?;
        let number = |expr: Option<ast::PlpgsqlExpr>| -> Option<i64> {
            self.constant(&sole_expr(&expr?)?, &frame.constants)?.trim().parse().ok()
        };
        let (lower, upper) = (number(range.lower())?, number(range.upper())?);
        let step = match range.step() {
            Some(step) => number(Some(step)).filter(|step| *step > 0)?,
            None => 1,
        };
        let mut numbers = Vec::new();
        let mut at = lower;
        let reverse = it.reverse_token().is_some();
        while (if reverse { at >= upper } else { at <= upper }) && numbers.len() <= MAX_ROUNDS {
            numbers.push(vec![(String::new(), at.to_string())]);
            at = if reverse { at.checked_sub(step)? } else { at.checked_add(step)? };
        }
        Some(numbers)
    }

    /// The elements of `ARRAY['a', 'b']` or `'{a,b}'`, if they are known.
    fn array_given(&self, expr: &ast::Expr, frame: &Frame) -> Option<Vec<String>> {
        match expr {
            ast::Expr::ArrayExpr(array) if array.select_variant().is_none() => {
                array.exprs().map(|element| self.constant(&element, &frame.constants)).collect()
            }
            ast::Expr::ParenExpr(it) => self.array_given(&it.expr()?, frame),
            ast::Expr::CastExpr(it) => self.array_given(&it.expr()?, frame),
            ast::Expr::Literal(literal) => {
                let text = literal.string_value()?;
                let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
                if inner.contains(['"', '{', '\\']) {
                    return None;
                }
                let elements = inner.split(',').map(|element| element.trim().to_owned());
                Some(elements.filter(|element| !element.is_empty()).collect())
            }
            _ => None,
        }
    }

    /// The elements that `FOREACH` goes through.
    pub(super) fn elements(&self, expr: &ast::Expr, frame: &Frame) -> Option<Vec<Row>> {
        let elements = self.array_given(expr, frame)?;
        Some(elements.into_iter().map(|element| vec![(String::new(), element)]).collect())
    }

    /// The rows of a query that reads no table.
    pub(super) fn rows_given(&self, query: &ast::Stmt, frame: &Frame) -> Option<Vec<Row>> {
        match query {
            ast::Stmt::Values(values) => self.values_given(values, &[], frame),
            ast::Stmt::Select(select) => self.rows_of_select(select, frame),
            _ => None,
        }
    }

    fn rows_of_select(&self, select: &ast::Select, frame: &Frame) -> Option<Vec<Row>> {
        let is_plain = select.where_clause().is_none()
            && select.with_clause().is_none()
            && select.group_by_clause().is_none()
            && select.having_clause().is_none()
            && select.tail_clauses().next().is_none();
        let clause =
            select.select_clause().filter(|clause| is_plain && clause.select_quantifier().is_none())?;
        let targets: Vec<ast::Target> = clause.target_list()?.targets().collect();
        let Some(from) = select.from_clause() else {
            let [target] = targets.as_slice() else { return None };
            let name = target.as_name().and_then(|name| name.name());
            let name = name.map_or_else(|| "unnest".to_owned(), |name| identifier(name.syntax()));
            let ast::Expr::CallExpr(call) = target.expr()? else { return None };
            return self.unnested(&call, &name, frame);
        };
        let mut items = from.syntax().children();
        let (item, None) = (items.next()?, items.next()) else { return None };
        let alias = item.children().find_map(ast::FromAlias::cast);
        let columns: Vec<String> = alias
            .iter()
            .flat_map(|alias| alias.syntax().descendants().filter_map(ast::ColumnName::cast))
            .map(|column| identifier(column.syntax()))
            .collect();
        let rows = if let Some(function) = ast::FunctionFromItem::cast(item.clone()) {
            let alias = alias.and_then(|alias| alias.name()).map(|alias| identifier(alias.syntax()));
            let name = columns.into_iter().next().or(alias).unwrap_or_else(|| "unnest".to_owned());
            let plain = function.with_ordinality().is_none();
            self.unnested(&function.call_expr().filter(|_| plain)?, &name, frame)?
        } else {
            let item = ast::ParenFromItem::cast(item)?;
            let values = item.syntax().descendants().find_map(ast::Values::cast)?;
            let inner = values.syntax().parent().and_then(|parent| parent.parent());
            if inner.as_ref() != Some(item.syntax()) {
                return None;
            }
            self.values_given(&values, &columns, frame)?
        };
        if let [target] = targets.as_slice()
            && target.star_token().is_some()
        {
            return Some(rows);
        }
        let chosen: Vec<(String, String)> = targets
            .iter()
            .map(|target| {
                let column = match target.expr()? {
                    ast::Expr::NameRef(name) => identifier(name.syntax()),
                    ast::Expr::FieldExpr(field) => identifier_of(field.syntax()),
                    _ => return None,
                };
                let name = target.as_name().and_then(|name| name.name());
                Some((name.map_or_else(|| column.clone(), |name| identifier(name.syntax())), column))
            })
            .collect::<Option<_>>()?;
        rows.into_iter()
            .map(|row| {
                let pick = |(name, column): &(String, String)| {
                    let value = row.iter().find(|(present, _)| present == column)?;
                    Some((name.clone(), value.1.clone()))
                };
                chosen.iter().map(pick).collect()
            })
            .collect()
    }

    /// `unnest(ARRAY['a', 'b'])`
    fn unnested(&self, call: &ast::CallExpr, column: &str, frame: &Frame) -> Option<Vec<Row>> {
        if identifier_of(call.expr()?.syntax()) != "unnest" {
            return None;
        }
        let mut arguments = call.arg_list()?.args();
        let (only, None) = (arguments.next()?.expr()?, arguments.next()) else { return None };
        let elements = self.array_given(&only, frame)?;
        Some(elements.into_iter().map(|element| vec![(column.to_owned(), element)]).collect())
    }

    fn values_given(&self, values: &ast::Values, columns: &[String], frame: &Frame) -> Option<Vec<Row>> {
        if values.tail_clauses().next().is_some() || values.with_clause().is_some() {
            return None;
        }
        let rows = values.row_list()?.rows();
        rows.map(|row| {
            let cells = row.exprs().enumerate().map(|(index, expr)| {
                let name = columns.get(index).cloned().unwrap_or_else(|| format!("column{}", index + 1));
                Some((name, self.constant(&expr, &frame.constants)?))
            });
            cells.collect()
        })
        .collect()
    }
}
