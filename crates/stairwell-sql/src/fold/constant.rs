//! Expressions of PL/pgSQL whose text is known before they run: what `EXECUTE` is given.

use std::collections::BTreeMap;

use squawk_syntax::ast::{self, AstNode, BinOp};
use stairwell_catalog::quote_identifier;

use super::{Fold, resolve};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Known.
    Text(String),
    /// One identifier that is not known.
    Identifier,
    /// One literal that is not known.
    Literal,
    /// Anything.
    Unknown,
}

/// What variables are known to hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constants {
    values: BTreeMap<String, Constant>,
}

#[derive(Debug, Clone)]
struct Constant {
    value: String,
    /// Whether nothing assigns to it: it is `CONSTANT`, or the variable of a loop.
    fixed: bool,
}

impl Constants {
    /// Notes what a variable holds from now on; `None` if that is not known.
    pub(crate) fn set(&mut self, name: &str, value: Option<String>, fixed: bool) {
        match value {
            Some(value) => self.values.insert(name.to_owned(), Constant { value, fixed }),
            None => self.values.remove(name),
        };
    }

    /// Forgets whatever can be assigned to.
    pub(crate) fn forget(&mut self) {
        self.values.retain(|_, constant| constant.fixed);
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|constant| constant.value.as_str())
    }
}

impl Fold {
    /// The text that an expression gives, if all of it is known.
    pub(crate) fn constant(&self, expr: &ast::Expr, constants: &Constants) -> Option<String> {
        let mut text = String::new();
        for part in self.text_parts(expr, constants) {
            match part {
                Part::Text(part) => text.push_str(&part),
                Part::Identifier | Part::Literal | Part::Unknown => return None,
            }
        }
        Some(text)
    }

    /// The text that an expression gives, as far as it is known.
    pub(crate) fn text_parts(&self, expr: &ast::Expr, constants: &Constants) -> Vec<Part> {
        let variable = |name: String| match constants.get(&name) {
            Some(value) => vec![Part::Text(value.to_owned())],
            None if name == "current_schema" => vec![Part::Text(self.creation_schema().into())],
            None => vec![Part::Unknown],
        };
        match expr {
            ast::Expr::Literal(literal) => match literal.kind() {
                Some(ast::LitKind::PositionalParam(number)) => variable(number.text().to_owned()),
                _ => vec![literal_text(literal).map_or(Part::Unknown, Part::Text)],
            },
            ast::Expr::NameRef(name) => variable(resolve::identifier(name.syntax())),
            ast::Expr::FieldExpr(field) => variable(resolve::parts(field.syntax()).join(".")),
            ast::Expr::ParenExpr(it) => match it.expr() {
                Some(inner) => self.text_parts(&inner, constants),
                None => vec![Part::Unknown],
            },
            ast::Expr::CastExpr(it) => match (it.expr(), it.literal().map(ast::Expr::Literal)) {
                (Some(inner), _) | (None, Some(inner)) => self.text_parts(&inner, constants),
                (None, None) => vec![Part::Unknown],
            },
            ast::Expr::BinExpr(it) => self.operation(it, constants),
            ast::Expr::CallExpr(it) => self.call_parts(it, constants),
            _ => vec![Part::Unknown],
        }
    }

    fn operation(&self, it: &ast::BinExpr, constants: &Constants) -> Vec<Part> {
        let (Some(lhs), Some(rhs), Some(op)) = (it.lhs(), it.rhs(), it.op()) else {
            return vec![Part::Unknown];
        };
        if let BinOp::CustomOp(op) = &op
            && op.syntax().text() == "||"
        {
            let mut parts = self.text_parts(&lhs, constants);
            parts.extend(self.text_parts(&rhs, constants));
            return parts;
        }
        let number = |expr: &ast::Expr| self.constant(expr, constants)?.trim().parse::<i64>().ok();
        let result = match (number(&lhs), number(&rhs)) {
            (Some(a), Some(b)) => match op {
                BinOp::Plus(_) => a.checked_add(b),
                BinOp::Minus(_) => a.checked_sub(b),
                BinOp::Star(_) => a.checked_mul(b),
                BinOp::Slash(_) => a.checked_div(b),
                BinOp::Percent(_) => a.checked_rem(b),
                _ => None,
            },
            _ => None,
        };
        vec![result.map_or(Part::Unknown, |number| Part::Text(number.to_string()))]
    }

    fn call_parts(&self, call: &ast::CallExpr, constants: &Constants) -> Vec<Part> {
        let unknown = || vec![Part::Unknown];
        let Some(name) = call.expr().and_then(|expr| resolve::parts(expr.syntax()).pop()) else {
            return unknown();
        };
        let arguments: Vec<ast::Expr> = call
            .arg_list()
            .map(|list| list.args().filter_map(|argument| argument.expr()).collect())
            .unwrap_or_default();
        let first = || arguments.first().and_then(|expr| self.constant(expr, constants));
        match name.as_str() {
            "format" => self.format(&arguments, constants),
            "quote_ident" => {
                vec![
                    first().map_or(Part::Identifier, |name| Part::Text(quote_identifier(&name).into_owned())),
                ]
            }
            "quote_literal" | "quote_nullable" => {
                vec![first().map_or(Part::Literal, |text| Part::Text(quote_literal(&text)))]
            }
            "lower" => vec![first().map_or(Part::Unknown, |text| Part::Text(text.to_lowercase()))],
            "upper" => vec![first().map_or(Part::Unknown, |text| Part::Text(text.to_uppercase()))],
            "concat" => arguments.iter().flat_map(|expr| self.text_parts(expr, constants)).collect(),
            "current_schema" => vec![Part::Text(self.creation_schema().into())],
            "lpad" => {
                let padded = arguments.get(1).zip(arguments.get(2)).and_then(|(length, fill)| {
                    let (text, fill) = (first()?, self.constant(fill, constants)?);
                    let length: usize = self.constant(length, constants)?.parse().ok()?;
                    pad(&text, length, &fill)
                });
                vec![padded.map_or(Part::Unknown, Part::Text)]
            }
            _ => unknown(),
        }
    }

    /// `format('… %I … %2$s', …)`.
    fn format(&self, arguments: &[ast::Expr], constants: &Constants) -> Vec<Part> {
        let Some(template) = arguments.first().and_then(|expr| self.constant(expr, constants)) else {
            return vec![Part::Unknown];
        };
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut next = 1;
        let mut rest = template.chars().peekable();
        while let Some(character) = rest.next() {
            if character != '%' {
                text.push(character);
                continue;
            }
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            if !digits.is_empty() && rest.next_if_eq(&'$').is_some() {
                next = digits.parse().unwrap_or(usize::MAX);
                digits.clear();
            }
            let given = arguments.get(next);
            let value = given.and_then(|expr| self.constant(expr, constants));
            let part = match rest.next() {
                Some('%') => {
                    text.push('%');
                    continue;
                }
                // A width, which nobody uses in SQL.
                _ if !digits.is_empty() => Part::Unknown,
                Some('I') => {
                    value.map_or(Part::Identifier, |value| Part::Text(quote_identifier(&value).into_owned()))
                }
                Some('L') => value.map_or(Part::Literal, |value| Part::Text(quote_literal(&value))),
                Some('s') => match (value, given) {
                    (Some(value), _) => Part::Text(value),
                    // It may be an identifier that was quoted before.
                    (None, Some(given)) => match self.text_parts(given, constants).as_slice() {
                        [only] => only.clone(),
                        _ => Part::Unknown,
                    },
                    (None, None) => Part::Unknown,
                },
                _ => Part::Unknown,
            };
            next = next.saturating_add(1);
            parts.push(Part::Text(std::mem::take(&mut text)));
            parts.push(part);
        }
        parts.push(Part::Text(text));
        parts
    }
}

/// What a literal says, if it is a string or a number.
pub(crate) fn literal_text(literal: &ast::Literal) -> Option<String> {
    match literal.kind()? {
        ast::LitKind::IntNumber(number) | ast::LitKind::NumericNumber(number) => {
            Some(number.text().to_owned())
        }
        ast::LitKind::String(_)
        | ast::LitKind::DollarQuotedString(_)
        | ast::LitKind::EscString(_)
        | ast::LitKind::UnicodeEscString(_)
        | ast::LitKind::NationalString(_) => literal.string_value(),
        _ => None,
    }
}

fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// `lpad`, for lengths that a name can have.
fn pad(text: &str, length: usize, fill: &str) -> Option<String> {
    let present = text.chars().count();
    if length > 1_000 || fill.is_empty() {
        return None;
    }
    if length <= present {
        return Some(text.chars().take(length).collect());
    }
    Some(fill.chars().cycle().take(length - present).chain(text.chars()).collect())
}
