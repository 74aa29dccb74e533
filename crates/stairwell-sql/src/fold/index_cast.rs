//! Conversions of a column into the type that it has, of which PostgreSQL leaves nothing in an index.

use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Object, ObjectId, QualifiedName};

use super::{Fold, index::plain_column, resolve::parts, types::canonical};

impl Fold {
    /// The column that an expression does nothing with but convert it into its own type: `(day::date)`, `date(day)`.
    pub(crate) fn unconverted(&mut self, table: &QualifiedName, expr: &ast::Expr) -> Option<String> {
        let (inner, ty) = match expr {
            ast::Expr::ParenExpr(it) => return self.unconverted(table, &it.expr()?),
            ast::Expr::CastExpr(it) => (it.expr()?, self.sql_type(&it.ty()?).to_string()),
            ast::Expr::CallExpr(it) => {
                let mut arguments = it.arg_list()?.args();
                let (Some(only), None) = (arguments.next(), arguments.next()) else { return None };
                // A call that finds no function of this argument is a conversion into the type of that name.
                match parts(it.expr()?.syntax()).as_slice() {
                    [name] => (only.expr()?, canonical(name, false, "")?),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let (column, _) = plain_column(&inner)?;
        (self.own_column(table, &column)?.ty.to_string() == ty).then_some(column)
    }

    /// Reads the expressions of the indexes on a column anew, which now has another type.
    pub(crate) fn reread_indexes(&mut self, column: &ObjectId) {
        let table = column.owner();
        let indexes = self.state.dependents(column).into_iter().filter(|id| id.kind == Kind::Index);
        for id in indexes.collect::<Vec<_>>() {
            let Some(Object::Index(index)) = self.state.get(&id).map(|entry| &entry.object) else { continue };
            let keys: Vec<Option<String>> =
                index.keys.iter().map(|key| Some(key.expression.as_ref()?.0.clone())).collect();
            for (place, text) in keys.into_iter().enumerate() {
                let Some(column) = text.and_then(|text| self.unconverted_text(&table, &text)) else {
                    continue;
                };
                self.change_index(&id.owner(), |index| {
                    if let Some(key) = index.keys.get_mut(place) {
                        key.expression = None;
                        key.column = Some(column);
                    }
                });
            }
        }
    }

    fn unconverted_text(&mut self, table: &QualifiedName, text: &str) -> Option<String> {
        let file = SourceFile::parse(&format!("select {text}"));
        let expr = file.tree().syntax().descendants().find_map(ast::Expr::cast)?;
        self.unconverted(table, &expr)
    }
}
