//! Operators: their operands, and the types that they give.

use squawk_syntax::ast::{self, AstNode, BinOp, PrefixOp};
use stairwell_catalog::SqlType;

use super::{
    Analysis, kinds,
    kinds::UNKNOWN,
    literal,
    resolution::{Candidate, Choice, bind, choose},
    scope::Env,
    signatures,
    value::{Value, computed},
};

impl Analysis<'_> {
    pub(super) fn binary(&mut self, it: &ast::BinExpr, env: &Env<'_>) -> Value {
        let (Some(left), Some(right)) = (it.lhs(), it.rhs()) else {
            self.walk(it.syntax(), env);
            return Value::opaque();
        };
        let Some(op) = it.op() else {
            self.walk(it.syntax(), env);
            return Value::opaque();
        };
        if let Some(symbol) = custom(&op) {
            return self.chain(&left, symbol, right, env);
        }
        match op {
            // `IS TRUE`, `IS DOCUMENT`: what follows is no name.
            BinOp::Is(_) | BinOp::IsNot(_) => {
                self.expr(&left, env);
                if !matches!(right, ast::Expr::NameRef(_)) {
                    self.expr(&right, env);
                }
                Value::boolean()
            }
            BinOp::ColonEq(_) | BinOp::FatArrow(_) => self.expr(&right, env),
            BinOp::AtTimeZone(_) => {
                let time = self.expr(&left, env);
                let zone = self.expr(&right, env);
                self.built_in_call("timezone", &[zone, time])
            }
            BinOp::Minus(_) => self.arithmetic("-", &left, &right, env),
            BinOp::Plus(_) => self.arithmetic("+", &left, &right, env),
            BinOp::Star(_) => self.arithmetic("*", &left, &right, env),
            BinOp::Slash(_) => self.arithmetic("/", &left, &right, env),
            BinOp::Percent(_) => self.arithmetic("%", &left, &right, env),
            BinOp::Caret(_) => self.arithmetic("^", &left, &right, env),
            BinOp::Escape(_) => {
                self.expr(&left, env);
                self.expr(&right, env);
                Value::built_in("text")
            }
            BinOp::ColonColon(_) => {
                self.walk(it.syntax(), env);
                Value::opaque()
            }
            // Comparisons, AND, OR, LIKE, IN and their kind.
            _ => {
                self.expr(&left, env);
                self.expr(&right, env);
                Value::boolean()
            }
        }
    }

    /// `a -> 'b' ->> 'c'`: such operators associate to the left, which the tree has the other way round.
    fn chain(&mut self, left: &ast::Expr, symbol: String, right: ast::Expr, env: &Env<'_>) -> Value {
        let mut value = self.expr(left, env);
        let (mut symbol, mut right) = (symbol, right);
        loop {
            if let ast::Expr::BinExpr(inner) = &right
                && let (Some(operand), Some(next), Some(rest)) =
                    (inner.lhs(), inner.op().as_ref().and_then(custom), inner.rhs())
            {
                let operand = self.expr(&operand, env);
                value = self.operate(&symbol, Some(value), operand);
                (symbol, right) = (next, rest);
                continue;
            }
            let operand = self.expr(&right, env);
            return self.operate(&symbol, Some(value), operand);
        }
    }

    fn arithmetic(&mut self, symbol: &str, left: &ast::Expr, right: &ast::Expr, env: &Env<'_>) -> Value {
        let left = self.expr(left, env);
        let right = self.expr(right, env);
        self.operate(symbol, Some(left), right)
    }

    pub(super) fn prefix(&mut self, it: &ast::PrefixExpr, env: &Env<'_>) -> Value {
        let Some(operand) = it.expr() else { return Value::opaque() };
        let symbol = match it.op() {
            Some(PrefixOp::Not(_)) => {
                self.expr(&operand, env);
                return Value::boolean();
            }
            Some(PrefixOp::Minus(_)) => {
                if let ast::Expr::Literal(number) = &operand
                    && matches!(number.kind(), Some(ast::LitKind::IntNumber(_)))
                {
                    return literal::integer(number, true);
                }
                "-".to_owned()
            }
            Some(PrefixOp::Plus(_)) => "+".to_owned(),
            Some(PrefixOp::CustomOp(op)) => squeezed(&op),
            Some(PrefixOp::OperatorCall(op)) => called(&op),
            None => {
                self.expr(&operand, env);
                return Value::opaque();
            }
        };
        let operand = self.expr(&operand, env);
        self.operate(&symbol, None, operand)
    }

    /// What an operator gives for operands of these types.
    fn operate(&mut self, symbol: &str, left: Option<Value>, right: Value) -> Value {
        if matches!(symbol, "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=") {
            return Value::boolean();
        }
        let values: Vec<&Value> = left.iter().chain([&right]).collect();
        let Some(mut given) =
            values.iter().map(|value| kinds::short(self.fold, &value.ty)).collect::<Option<Vec<String>>>()
        else {
            return Value::opaque();
        };
        let candidates: Vec<Candidate> = signatures::operators(symbol)
            .into_iter()
            .filter_map(|mut signature| {
                // A prefix operator has an empty left type.
                let prefix = signature.arguments.first().is_some_and(String::is_empty);
                if prefix {
                    signature.arguments.remove(0);
                }
                (prefix == left.is_none()).then_some(Candidate { signature, function: None })
            })
            .collect();
        // One literal beside one type is tried as that type first.
        let exact = |given: &[String]| candidates.iter().any(|it| it.signature.arguments.as_slice() == given);
        if let [one, other] = given.as_slice() {
            let assumed = match (one.as_str(), other.as_str()) {
                (UNKNOWN, ty) | (ty, UNKNOWN) if ty != UNKNOWN => Some(kinds::base(self.fold, ty)),
                _ => None,
            };
            if let Some(ty) = assumed {
                let same = vec![ty.clone(), ty];
                if exact(&same) {
                    given = same;
                }
            }
        }
        let Choice::One(index, arguments) = choose(self.fold, &candidates, &given, false) else {
            return Value::opaque();
        };
        let ty = candidates
            .get(index)
            .zip(bind(self.fold, &arguments, &given))
            .and_then(|(candidate, binding)| binding.resolve(&candidate.signature.result))
            .map_or(SqlType::Opaque, |ty| kinds::long(&ty));
        computed(self.fold, ty, values)
    }
}

/// The symbol of an operator of the class that associates to the left and binds alike.
fn custom(op: &BinOp) -> Option<String> {
    match op {
        BinOp::CustomOp(op) => Some(squeezed(op)),
        BinOp::OperatorCall(op) => Some(called(op)),
        _ => None,
    }
}

fn squeezed(op: &ast::CustomOp) -> String {
    op.syntax().text().to_string().split_whitespace().collect()
}

/// `OPERATOR(pg_catalog.+)` is `+`.
fn called(op: &ast::OperatorCall) -> String {
    let text: String = op.syntax().text().to_string().split_whitespace().collect();
    let inside = text.split_once('(').map_or("", |(_, inside)| inside).trim_end_matches(')');
    inside.rsplit('.').next().unwrap_or_default().to_owned()
}
