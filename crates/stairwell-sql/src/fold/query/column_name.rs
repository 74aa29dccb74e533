//! The name that PostgreSQL gives a column of a query that has no alias, after its `FigureColname`.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode, BinOp, LitKind, PostfixOp},
};

use super::{expression::field_name, kinds};
use crate::fold::{
    resolve::{identifier, parts},
    types,
};

/// How much a name says: a cast's type gives way to nothing better, everything else counts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Type,
    Own,
}

/// The name of a target without an alias.
pub(super) fn column_name(expr: &ast::Expr) -> String {
    figure(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

fn own(name: impl Into<String>) -> Option<(String, Weight)> {
    Some((name.into(), Weight::Own))
}

fn figure(expr: &ast::Expr) -> Option<(String, Weight)> {
    match expr {
        ast::Expr::NameRef(name) => own(identifier(name.syntax())),
        ast::Expr::FieldExpr(field) => match field_name(field) {
            Some(name) => own(identifier(name.syntax())),
            None => field.base().and_then(|base| figure(&base)),
        },
        ast::Expr::IndexExpr(it) => it.base().and_then(|base| figure(&base)),
        ast::Expr::SliceExpr(it) => it.base().and_then(|base| figure(&base)),
        ast::Expr::Collate(it) => it.expr().and_then(|expr| figure(&expr)),
        ast::Expr::ParenExpr(it) => paren(it),
        ast::Expr::ArrayExpr(_) => own("array"),
        ast::Expr::TupleExpr(_) => own("row"),
        ast::Expr::CallExpr(it) => call(it),
        ast::Expr::CaseExpr(it) => {
            let otherwise = it.else_clause().and_then(|otherwise| otherwise.expr());
            match otherwise.and_then(|expr| figure(&expr)) {
                Some((name, Weight::Own)) => own(name),
                _ => Some(("case".to_owned(), Weight::Type)),
            }
        }
        ast::Expr::CastExpr(it) => match it.expr().and_then(|expr| figure(&expr)) {
            Some((name, Weight::Own)) => own(name),
            _ => it.ty().map(|ty| (type_name(&ty), Weight::Type)),
        },
        ast::Expr::Literal(it) => match it.kind() {
            Some(LitKind::NationalString(_)) => Some(("bpchar".to_owned(), Weight::Type)),
            _ => None,
        },
        ast::Expr::BinExpr(it) => match it.op() {
            Some(BinOp::AtTimeZone(_)) => own("timezone"),
            Some(BinOp::Overlaps(_)) => own("overlaps"),
            _ => None,
        },
        ast::Expr::PostfixExpr(it) => match it.op() {
            Some(PostfixOp::AtLocal(_)) => own("timezone"),
            Some(PostfixOp::IsNormalized(_)) => own("is_normalized"),
            _ => None,
        },
        ast::Expr::BetweenExpr(_) | ast::Expr::PrefixExpr(_) => None,
    }
}

/// A subquery has the name of its one column.
fn paren(it: &ast::ParenExpr) -> Option<(String, Weight)> {
    if let Some(expr) = it.expr() {
        return figure(&expr);
    }
    let query = it.syntax().children().find_map(ast::SelectVariant::cast)?;
    own(first_column(&query)?)
}

/// The name of the first column of a query.
fn first_column(query: &ast::SelectVariant) -> Option<String> {
    match query {
        ast::SelectVariant::Values(_) => Some("column1".to_owned()),
        ast::SelectVariant::ParenSelect(it) => first_column(&it.select()?),
        ast::SelectVariant::CompoundSelect(it) => match it.lhs()? {
            ast::SelectVariant::CompoundSelect(lhs) => first_column(&ast::SelectVariant::CompoundSelect(lhs)),
            lhs => first_column(&lhs),
        },
        _ => {
            let target = query.target_list()?.targets().next()?;
            match target.as_name().and_then(|alias| alias.name()) {
                Some(alias) => Some(identifier(alias.syntax())),
                None => Some(column_name(&target.expr()?)),
            }
        }
    }
}

fn call(it: &ast::CallExpr) -> Option<(String, Weight)> {
    if let Some(callee) = it.expr() {
        return match callee {
            ast::Expr::NameRef(name) => own(identifier(name.syntax())),
            ast::Expr::FieldExpr(field) => own(identifier(field_name(&field)?.syntax())),
            _ => None,
        };
    }
    if let Some(trim) = it.trim_fn() {
        return own(match trim.trim_side() {
            Some(ast::TrimSide::TrimLeading(_)) => "ltrim",
            Some(ast::TrimSide::TrimTrailing(_)) => "rtrim",
            _ => "btrim",
        });
    }
    let special = it.syntax().first_child()?;
    own(match special.kind() {
        SyntaxKind::COLLATION_FOR_FN => "pg_collation_for",
        SyntaxKind::ALL_FN | SyntaxKind::ANY_FN | SyntaxKind::SOME_FN => return None,
        // The others are called as they are written.
        _ => return own(special.first_token()?.text().to_ascii_lowercase()),
    })
}

/// The last name of a type as the server's parser sees it.
fn type_name(ty: &ast::Type) -> String {
    let short = |canonical: &str| kinds::built_in(canonical);
    match ty {
        ast::Type::ArrayType(it) => it.ty().map_or_else(String::new, |element| type_name(&element)),
        ast::Type::VarcharType(_) => "varchar".to_owned(),
        ast::Type::CharacterType(_) => "bpchar".to_owned(),
        ast::Type::BitType(_) => "bit".to_owned(),
        ast::Type::BitVaryingType(_) => "varbit".to_owned(),
        ast::Type::DoubleType(_) => "float8".to_owned(),
        ast::Type::IntervalType(_) => "interval".to_owned(),
        ast::Type::TimeType(it) => match it.timezone() {
            Some(ast::Timezone::WithTimezone(_)) => "timetz".to_owned(),
            _ => "time".to_owned(),
        },
        ast::Type::TimestampType(it) => match it.timezone() {
            Some(ast::Timezone::WithTimezone(_)) => "timestamptz".to_owned(),
            _ => "timestamp".to_owned(),
        },
        ast::Type::PathType(path) => {
            let names = path.path_ref().map(|path| parts(path.syntax())).unwrap_or_default();
            let last = names.last().cloned().unwrap_or_default();
            let keyword = names.len() == 1 && !path.syntax().text().to_string().contains('"');
            let arguments = path.arg_list().map(|list| list.syntax().text().to_string()).unwrap_or_default();
            match last.as_str() {
                "int" | "integer" | "smallint" | "bigint" | "real" | "float" | "dec" | "decimal"
                | "boolean"
                    if keyword =>
                {
                    types::canonical(&last, false, &arguments).map_or(last, |canonical| short(&canonical))
                }
                _ => last,
            }
        }
    }
}

/// The name of a target, given its alias.
pub(super) fn target_name(target: &ast::Target) -> Option<String> {
    match target.as_name().and_then(|alias| alias.name()) {
        Some(alias) => Some(identifier(alias.syntax())),
        None => target.expr().map(|expr| column_name(&expr)),
    }
}
