//! Functions in FROM: the columns that they give.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::SqlType;

use super::{
    Analysis,
    from::{alias_name, callee},
    kinds,
    scope::{Columns, Env},
    value::Value,
};
use crate::fold::resolve::identifier;

impl Analysis<'_> {
    /// The columns that a function in FROM gives.
    pub(super) fn function_columns(
        &mut self,
        call: &ast::CallExpr,
        definitions: Option<ast::ColumnDefList>,
        alias: Option<&ast::FromAlias>,
        level: &Env<'_>,
    ) -> Columns {
        let name = callee(call)
            .unwrap_or_else(|| super::column_name::column_name(&ast::Expr::CallExpr(call.clone())));
        // `unnest` of several arrays is as many calls side by side.
        let args: Vec<ast::Arg> =
            call.arg_list().into_iter().flat_map(|list| list.args().collect::<Vec<_>>()).collect();
        if name == "unnest" && args.len() > 1 {
            let columns: Vec<(String, Value)> = args
                .iter()
                .map(|arg| {
                    let value = arg.expr().map_or_else(Value::opaque, |expr| self.expr(&expr, level));
                    ("unnest".to_owned(), self.built_in_call("unnest", &[value]))
                })
                .collect();
            return Columns::computed(columns);
        }
        let value = self.call(call, level);
        if let Some(definitions) = definitions {
            let columns: Vec<(String, Value)> = definitions
                .column_defs()
                .map(|column| {
                    let name = column.name().map(|name| identifier(name.syntax())).unwrap_or_default();
                    let ty = column.ty().map_or(SqlType::Opaque, |ty| self.sql_type(&ty));
                    (name, Value::new(ty))
                })
                .collect();
            return Columns::computed(columns);
        }
        let scalar = |name: String| Columns::computed([(name, value.clone())]);
        match &value.fields {
            // A single output argument gives the column its name, which nothing but column names overrides.
            Some(fields) if fields.len() == 1 => {
                let name = fields.first().map(|(name, _)| name.clone()).unwrap_or_default();
                if name == "column1" {
                    scalar(alias.and_then(alias_name).unwrap_or(name))
                } else {
                    scalar(name)
                }
            }
            Some(fields) => Columns::computed(fields.iter().cloned()),
            None => {
                let composite = matches!(&value.ty, SqlType::BuiltIn(ty) if ty == "record")
                    || kinds::short(self.fold, &value.ty)
                        .is_none_or(|short| kinds::base(self.fold, &short).starts_with("@c"));
                if !composite {
                    return scalar(alias.and_then(alias_name).unwrap_or(name));
                }
                let mut columns = self.fields(&value);
                for column in &mut columns.list {
                    column.sources.clear();
                }
                columns
            }
        }
    }

    /// The columns that JSON_TABLE and XMLTABLE list; those of NESTED are among them.
    pub(super) fn typed_columns(&mut self, list: &SyntaxNode, ordinality: &str) -> Vec<(String, Value)> {
        let mut columns = Vec::new();
        for column in list.children() {
            let name = column.children().find_map(ast::ColumnName::cast);
            match name {
                Some(name) => {
                    let value = match column.children().find_map(ast::Type::cast) {
                        Some(ty) => Value::new(self.sql_type(&ty)),
                        None => Value::built_in(ordinality),
                    };
                    columns.push((identifier(name.syntax()), value));
                }
                None => {
                    for nested in column.children().filter_map(ast::JsonTableColumnList::cast) {
                        columns.extend(self.typed_columns(nested.syntax(), ordinality));
                    }
                }
            }
        }
        columns
    }
}
