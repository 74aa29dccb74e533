//! The types of literals, and the names that stand in strings: `nextval('s')`, `'t'::regclass`.

use squawk_syntax::ast::{self, AstNode, LitKind};
use stairwell_catalog::{Kind, ObjectId, Verb};

use super::{Analysis, value::Value};
use crate::fold::resolve::{Found, TEMP, truncate};

impl Analysis<'_> {
    /// The type of a literal.
    pub(super) fn literal(&self, literal: &ast::Literal) -> Value {
        match literal.kind() {
            Some(LitKind::IntNumber(_)) => integer(literal, false),
            Some(LitKind::NumericNumber(_)) => Value::built_in("numeric"),
            Some(LitKind::True(_) | LitKind::False(_)) => Value::boolean(),
            Some(LitKind::BitString(_) | LitKind::ByteString(_)) => Value::built_in("\"bit\""),
            Some(LitKind::NationalString(_)) => Value::built_in("bpchar"),
            Some(
                LitKind::String(_)
                | LitKind::EscString(_)
                | LitKind::UnicodeEscString(_)
                | LitKind::DollarQuotedString(_)
                | LitKind::Null(_),
            ) => Value::unknown(),
            _ => Value::opaque(),
        }
    }

    /// What a string names that is made a `regclass`, `regtype`, `regproc` or `regprocedure`.
    pub(super) fn named_by_string(&mut self, literal: &ast::Literal, ty: &str, verb: Verb) {
        let Some((_, text)) = Self::string_of(&ast::Expr::Literal(literal.clone())) else { return };
        // A number is an OID.
        if text.is_empty() || text == "-" || text.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        let node = literal.syntax();
        match ty {
            "regclass" => {
                let Some(parts) = split_name(&text) else { return };
                match self.fold.find_relation(&parts) {
                    Found::Object(id) => self.note(verb, &id, node),
                    Found::Elsewhere(_) => {}
                    Found::Nothing(name) => {
                        // What a sequence's function is called with is a sequence, and most strings are.
                        let kind = if verb == Verb::Write { Kind::Sequence } else { Kind::Table };
                        self.fold.missing(&ObjectId::new(kind, name.schema, name.name), node);
                    }
                }
            }
            "regtype" => {
                let Some(parts) = split_name(text.trim_end_matches("[]").trim_end()) else { return };
                if let Found::Object(id) = self.fold.find_type(&parts) {
                    self.refer(&id, node);
                }
            }
            "regproc" | "regprocedure" => {
                let name = text.split_once('(').map_or(text.as_str(), |(name, _)| name);
                let Some(parts) = split_name(name.trim_end()) else { return };
                let functions = self.fold.find_functions(&parts);
                match functions.as_slice() {
                    [function] => self.refer(&function.clone(), node),
                    several => {
                        // Which of them it is, depends on types in the text.
                        for function in several {
                            self.fold.effect(Verb::Reference, function, node);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// The string that an expression is, casts and parentheses aside.
    pub(super) fn string_of(expr: &ast::Expr) -> Option<(ast::Literal, String)> {
        match expr {
            ast::Expr::Literal(literal) => match literal.kind()? {
                LitKind::String(_)
                | LitKind::EscString(_)
                | LitKind::UnicodeEscString(_)
                | LitKind::DollarQuotedString(_) => Some((literal.clone(), literal.string_value()?)),
                _ => None,
            },
            ast::Expr::CastExpr(cast) => {
                Self::string_of(&cast.expr().or_else(|| cast.literal().map(ast::Expr::Literal))?)
            }
            ast::Expr::ParenExpr(paren) => Self::string_of(&paren.expr()?),
            _ => None,
        }
    }
}

/// An integer is of the smallest type that holds it, from `integer` on.
pub(super) fn integer(literal: &ast::Literal, negative: bool) -> Value {
    let Some(digits) = literal.integer_value().map(|value| value.to_string()) else {
        return Value::opaque();
    };
    let Ok(value) = digits.parse::<i128>().map(|value| if negative { -value } else { value }) else {
        return Value::built_in("numeric");
    };
    Value::built_in(if i32::try_from(value).is_ok() {
        "integer"
    } else if i64::try_from(value).is_ok() {
        "bigint"
    } else {
        "numeric"
    })
}

/// The parts of a name in a string: lower case unless quoted, separated by dots; `None` if it is no name.
pub(super) fn split_name(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut characters = text.trim().chars().peekable();
    loop {
        let mut part = String::new();
        if characters.next_if_eq(&'"').is_some() {
            loop {
                match characters.next()? {
                    '"' if characters.next_if_eq(&'"').is_some() => part.push('"'),
                    '"' => break,
                    other => part.push(other),
                }
            }
        } else {
            while let Some(c) =
                characters.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii())
            {
                part.push(c.to_ascii_lowercase());
            }
        }
        if part.is_empty() {
            return None;
        }
        parts.push(truncate(part));
        match characters.next() {
            None => break,
            Some('.') => {}
            Some(_) => return None,
        }
    }
    // The session's own objects go by `pg_temp` under any of its names.
    if let Some(schema) = parts.first_mut()
        && schema.starts_with("pg_temp")
    {
        TEMP.clone_into(schema);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_strings_are_split_as_the_server_splits_them() {
        let split = |text: &str| split_name(text).map(|parts| parts.join("|"));
        assert_eq!(split("Printers"), Some("printers".to_owned()));
        assert_eq!(split(r#" public."My ""own"".table""#), Some(r#"public|My "own".table"#.to_owned()));
        assert_eq!(split("a b"), None);
        assert_eq!(split("\"open"), None);
        assert_eq!(split(""), None);
    }
}
