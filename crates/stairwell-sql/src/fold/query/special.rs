//! Calls that the grammar writes in ways of their own: EXTRACT, SUBSTRING, EXISTS, the functions of JSON and XML.

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use super::{Analysis, scope::Env, value::Value};

impl Analysis<'_> {
    pub(super) fn special(&mut self, it: &ast::CallExpr, env: &Env<'_>) -> Value {
        let Some(node) = it.syntax().first_child() else { return Value::opaque() };
        // FILTER, OVER and WITHIN GROUP of JSON's aggregates.
        for further in it.syntax().children().skip(1) {
            self.walk(&further, env);
        }
        let value = match node.kind() {
            SyntaxKind::SUBSTRING_FN => return self.like_first("substring", &node, env),
            SyntaxKind::OVERLAY_FN => return self.like_first("overlay", &node, env),
            SyntaxKind::TRIM_FN => return self.like_first("btrim", &node, env),
            SyntaxKind::JSON_OBJECT_FN
            | SyntaxKind::JSON_OBJECT_AGG_FN
            | SyntaxKind::JSON_ARRAY_FN
            | SyntaxKind::JSON_ARRAY_AGG_FN
            | SyntaxKind::JSON_QUERY_FN
            | SyntaxKind::JSON_VALUE_FN
            | SyntaxKind::JSON_SERIALIZE_FN => return self.json(&node, env),
            SyntaxKind::XML_SERIALIZE_FN => {
                let ty = node.children().find_map(ast::Type::cast);
                ty.map_or_else(Value::opaque, |ty| Value::new(self.sql_type(&ty)))
            }
            SyntaxKind::EXISTS_FN | SyntaxKind::JSON_EXISTS_FN | SyntaxKind::XML_EXISTS_FN => {
                Value::boolean()
            }
            SyntaxKind::EXTRACT_FN => Value::built_in("numeric"),
            SyntaxKind::POSITION_FN => Value::built_in("integer"),
            SyntaxKind::COLLATION_FOR_FN => Value::built_in("text"),
            SyntaxKind::JSON_FN | SyntaxKind::JSON_SCALAR_FN => Value::built_in("json"),
            SyntaxKind::XML_ELEMENT_FN
            | SyntaxKind::XML_FOREST_FN
            | SyntaxKind::XML_PARSE_FN
            | SyntaxKind::XML_PI_FN
            | SyntaxKind::XML_ROOT_FN => Value::built_in("xml"),
            // The operand of ANY, SOME and ALL has the type of a comparison's other side.
            _ => Value::opaque(),
        };
        self.walk(&node, env);
        value
    }

    /// A function of strings that gives the type of what it works on: text, bytea or bits.
    fn like_first(&mut self, name: &str, node: &SyntaxNode, env: &Env<'_>) -> Value {
        let exprs: Vec<ast::Expr> = match node.first_child() {
            Some(first) if ast::TrimSide::cast(first.clone()).is_some() => {
                node.children().nth(1).into_iter().flat_map(|args| expressions(&args)).collect()
            }
            Some(args) => expressions(&args),
            None => Vec::new(),
        };
        let mut values: Vec<Value> = exprs.iter().map(|expr| self.expr(expr, env)).collect();
        // TRIM names the characters first.
        if name == "btrim" && node.descendants().any(|node| node.kind() == SyntaxKind::TRIM_EXPR_FROM) {
            values.reverse();
        }
        self.built_in_call(name, &values)
    }

    /// A function of JSON with what RETURNING says.
    fn json(&mut self, node: &SyntaxNode, env: &Env<'_>) -> Value {
        self.walk(node, env);
        let returning = node.children().find_map(ast::JsonReturningClause::cast).and_then(|it| it.ty());
        if let Some(ty) = returning {
            return Value::new(self.sql_type(&ty));
        }
        Value::built_in(match node.kind() {
            SyntaxKind::JSON_QUERY_FN => "jsonb",
            SyntaxKind::JSON_VALUE_FN | SyntaxKind::JSON_SERIALIZE_FN => "text",
            _ => "json",
        })
    }
}

/// The expressions among the arguments, those within `FuncArgExpr` included.
fn expressions(node: &SyntaxNode) -> Vec<ast::Expr> {
    if let Some(expr) = ast::Expr::cast(node.clone()) {
        return vec![expr];
    }
    node.children().flat_map(|child| expressions(&child)).collect()
}
