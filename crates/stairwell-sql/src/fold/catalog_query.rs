//! Queries over the system's catalogs: what they demand of an object.

use squawk_syntax::ast::{self, AstNode, BinOp};

use super::{
    Fold,
    plpgsql::Frame,
    resolve,
    system_catalog::{Question, Role, table_of},
};

impl Fold {
    /// Collects what a query demands of the rows of the system's catalogs.
    pub(super) fn ask(&self, select: &ast::Select, question: &mut Question, frame: &Frame) {
        let relations = relations_of(select);
        question.ask_of(relations.iter().filter_map(|(parts, _)| table_of(parts)));
        let joined = select
            .from_clause()
            .into_iter()
            .flat_map(|from| from.syntax().descendants().filter_map(ast::OnClause::cast).collect::<Vec<_>>());
        let conditions: Vec<ast::Expr> = joined
            .filter_map(|on| on.expr())
            .chain(select.where_clause().and_then(|clause| clause.expr()))
            .collect();
        for condition in conditions {
            self.demand(&condition, &relations, question, frame);
        }
        let outer = select.from_clause().is_some_and(|from| {
            let text = from.syntax().text().to_string().to_ascii_lowercase();
            text.contains(" left ") || text.contains(" full ") || text.contains(" right ")
        });
        question.unclear |= outer
            || select.tail_clauses().any(|it| {
                let text = it.syntax().text().to_string().to_ascii_lowercase();
                text.starts_with("offset")
            });
    }

    fn demand(&self, expr: &ast::Expr, relations: &Relations, question: &mut Question, frame: &Frame) {
        match expr {
            ast::Expr::ParenExpr(it) => match it.expr() {
                Some(inner) => self.demand(&inner, relations, question, frame),
                None => question.unclear = true,
            },
            ast::Expr::PrefixExpr(it) => {
                // `NOT attisdropped`
                let inner = it.expr().and_then(|inner| column_role(&inner, relations, question));
                question.unclear |= inner != Some(Role::Given);
            }
            ast::Expr::CallExpr(call) => {
                let name = call.expr().map(|name| resolve::identifier_of(name.syntax())).unwrap_or_default();
                if matches!(
                    name.as_str(),
                    "pg_table_is_visible" | "pg_type_is_visible" | "pg_function_is_visible"
                ) {
                    question.demand(Role::Schema, self.schemas_looked_into(), Vec::new());
                } else {
                    question.unclear = true;
                }
            }
            ast::Expr::BinExpr(it) => {
                let (Some(lhs), Some(rhs), Some(op)) = (it.lhs(), it.rhs(), it.op()) else {
                    question.unclear = true;
                    return;
                };
                match op {
                    BinOp::And(_) => {
                        self.demand(&lhs, relations, question, frame);
                        self.demand(&rhs, relations, question, frame);
                    }
                    BinOp::Eq(_) => {
                        match (column_role(&lhs, relations, question), column_role(&rhs, relations, question))
                        {
                            // How two of the catalogs are joined.
                            (Some(_), Some(_)) => {}
                            (Some(role), None) => self.equals(role, &rhs, question, frame),
                            (None, Some(role)) => self.equals(role, &lhs, question, frame),
                            (None, None) => question.unclear = true,
                        }
                    }
                    BinOp::In(_) => match (column_role(&lhs, relations, question), &rhs) {
                        (Some(role), ast::Expr::TupleExpr(list)) => {
                            self.one_of(role, list.exprs(), question, frame);
                        }
                        (Some(role), ast::Expr::ParenExpr(list)) => match (list.expr(), list.select()) {
                            (Some(only), _) => self.one_of(role, std::iter::once(only), question, frame),
                            (None, Some(_)) => self.equals(role, &rhs, question, frame),
                            (None, None) => question.unclear = true,
                        },
                        _ => question.unclear = true,
                    },
                    // `attnum > 0`
                    _ => question.unclear |= column_role(&lhs, relations, question) != Some(Role::Given),
                }
            }
            _ => question.unclear = true,
        }
    }

    fn one_of(
        &self,
        role: Role,
        values: impl Iterator<Item = ast::Expr>,
        question: &mut Question,
        frame: &Frame,
    ) {
        let values: Option<Vec<String>> =
            values.map(|value| self.constant(&value, &frame.constants)).collect();
        match values {
            Some(values) => question.demand(role, values, Vec::new()),
            None => question.unclear = true,
        }
    }

    fn equals(&self, role: Role, value: &ast::Expr, question: &mut Question, frame: &Frame) {
        // `= (SELECT oid FROM pg_class WHERE …)`: what that demands is demanded of the same rows.
        if let ast::Expr::ParenExpr(paren) = value
            && let Some(select) = paren.select()
        {
            match role {
                Role::RelationId | Role::TypeId | Role::SchemaId if self.asks_catalog(&select) => {
                    self.ask(&select, question, frame);
                }
                _ => question.unclear = true,
            }
            return;
        }
        // `= ANY (current_schemas(false))`
        let text = value.syntax().text().to_string().to_ascii_lowercase();
        if role == Role::Schema && text.contains("current_schemas") {
            question.demand(role, self.schemas_looked_into(), Vec::new());
            return;
        }
        if role == Role::Given {
            return;
        }
        let Some(text) = self.constant(value, &frame.constants) else {
            question.unclear = true;
            return;
        };
        match role {
            Role::RelationId | Role::TypeId => {
                let mut parts = name_parts(&text);
                let name = parts.pop().into_iter().collect();
                question.demand(role, name, parts);
            }
            Role::SchemaId => question.demand(Role::Schema, name_parts(&text), Vec::new()),
            _ => question.demand(role, vec![text], Vec::new()),
        }
    }
}

/// The relations of a query's FROM with their names, and the alias of each.
pub(super) type Relations = Vec<(Vec<String>, String)>;

pub(super) fn relations_of(select: &ast::Select) -> Relations {
    let Some(from) = select.from_clause() else { return Vec::new() };
    let mut relations = Vec::new();
    for node in from.syntax().descendants() {
        // What another query reads is its own.
        let is_own = node.ancestors().find_map(ast::Select::cast).is_some_and(|own| own == *select);
        if let Some(item) = ast::RelationFromItem::cast(node.clone()).filter(|_| is_own) {
            let Some(name) = item.relation_name_ref() else { continue };
            let parts = resolve::parts(name.syntax());
            let alias = item
                .alias()
                .map(|alias| {
                    alias
                        .syntax()
                        .children()
                        .find_map(ast::TableAlias::cast)
                        .map_or_else(String::new, |alias| resolve::identifier(alias.syntax()))
                })
                .or_else(|| parts.last().cloned())
                .unwrap_or_default();
            relations.push((parts, alias));
        } else if ast::FunctionFromItem::can_cast(node.kind())
            || ast::ExprFromItem::can_cast(node.kind())
            || ast::Select::can_cast(node.kind())
        {
            // Something else is read as well.
            relations.push((Vec::new(), String::new()));
        }
    }
    relations
}

/// What a column of a system catalog says about the object that is asked for.
fn column_role(expr: &ast::Expr, relations: &Relations, question: &Question) -> Option<Role> {
    let parts = match expr {
        ast::Expr::NameRef(name) => vec![resolve::identifier(name.syntax())],
        ast::Expr::FieldExpr(field) => resolve::parts(field.syntax()),
        // `conrelid::regclass`, `relname::text`
        ast::Expr::CastExpr(cast) => return column_role(&cast.expr()?, relations, question),
        ast::Expr::ParenExpr(paren) => return column_role(&paren.expr()?, relations, question),
        _ => return None,
    };
    let column = parts.last()?;
    let qualifier = parts.len().checked_sub(2).and_then(|index| parts.get(index));
    relations
        .iter()
        .filter(|(_, alias)| qualifier.is_none_or(|qualifier| qualifier == alias))
        .find_map(|(table, _)| question.role(table_of(table)?, column))
}

/// `public."Printers"` as `["public", "Printers"]`.
pub(super) fn name_parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    for character in text.trim().chars() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            character if quoted => part.push(character),
            character => part.extend(character.to_lowercase()),
        }
    }
    parts.push(part);
    parts
}
