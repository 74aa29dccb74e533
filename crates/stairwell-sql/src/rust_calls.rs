//! The SQL that a Rust step runs: the string literals that it hands to the transaction.
//!
//! A walk over tokens, not over types: whatever is called `execute`, `query` and the like is taken for a call
//! that runs SQL. Text that is put together at run time is written down as such, never guessed.

use std::{collections::BTreeMap, ops::Range};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

use crate::{
    Parsed,
    fold::{Fold, Outcome},
};

/// One piece of SQL that a Rust step runs.
#[derive(Debug)]
pub struct RustCall {
    /// `up` or `down`; none for a function that either may call.
    pub function: Option<&'static str>,
    /// The bytes of the literal, or of the call.
    pub range: Range<usize>,
    /// The SQL, or why it cannot be read.
    pub text: Result<Box<Parsed>, String>,
    /// Why it may not run.
    pub perhaps: Option<String>,
}

impl Fold {
    /// Folds what the function `up` or `down` of a Rust step runs, as far as it can be seen.
    ///
    /// `step` is a number of the caller's, as for [`Fold::step`].
    pub fn rust_step(&mut self, step: usize, calls: &[RustCall], function: &str) -> Outcome {
        self.begin(step);
        for call in calls.iter().filter(|call| call.function.is_none_or(|name| name == function)) {
            match &call.text {
                Ok(parsed) => self.embedded(parsed, call.range.clone(), call.perhaps.clone()),
                Err(reason) => self.embedded_unknown(call.range.clone(), reason),
            }
        }
        self.end()
    }
}

/// The methods of `tokio_postgres::Transaction` that take SQL as their first argument.
const METHODS: [&str; 17] = [
    "batch_execute",
    "bind",
    "copy_in",
    "copy_out",
    "execute",
    "execute_raw",
    "execute_typed",
    "prepare",
    "prepare_typed",
    "query",
    "query_one",
    "query_opt",
    "query_raw",
    "query_scalar",
    "query_typed",
    "query_typed_raw",
    "simple_query",
];

/// Every call in the source of a Rust step, in the order of the text; `None` if it is no Rust.
///
/// The parser recurses, so call it inside [`with_stack`](crate::with_stack).
#[must_use]
pub fn rust_calls(text: &str) -> Option<Vec<RustCall>> {
    Some(rust_calls_of(text, &syn::parse_file(text).ok()?))
}

/// [`rust_calls`] of a file that was parsed on this thread: others do not know its spans.
#[must_use]
pub fn rust_calls_of(text: &str, file: &syn::File) -> Vec<RustCall> {
    let constants = file.items.iter().filter_map(constant).collect();
    let mut calls = Vec::new();
    for item in &file.items {
        let syn::Item::Fn(function) = item else {
            // Methods and modules are called by who knows whom.
            walk(
                item.to_token_stream(),
                &mut Walk { text, constants: &constants, function: None, calls: &mut calls },
                false,
            );
            continue;
        };
        let name = ["up", "down"].into_iter().find(|name| function.sig.ident == name);
        let mut context = Walk { text, constants: &constants, function: name, calls: &mut calls };
        walk(function.block.to_token_stream(), &mut context, false);
    }
    calls
}

/// `const NAME: &str = "…";`
fn constant(item: &syn::Item) -> Option<(String, String)> {
    let (name, value) = match item {
        syn::Item::Const(item) => (&item.ident, &item.expr),
        syn::Item::Static(item) => (&item.ident, &item.expr),
        _ => return None,
    };
    match &**value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
            Some((name.to_string(), text.value()))
        }
        _ => None,
    }
}

struct Walk<'a> {
    text: &'a str,
    constants: &'a BTreeMap<String, String>,
    function: Option<&'static str>,
    calls: &'a mut Vec<RustCall>,
}

fn walk(tokens: TokenStream, context: &mut Walk<'_>, is_conditional: bool) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    // `if`, `for` and the like stand before their braces, with the condition in between.
    let mut is_after_condition = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) => {
                let word = word.to_string();
                is_after_condition |=
                    matches!(word.as_str(), "if" | "for" | "while" | "match" | "loop" | "else");
            }
            TokenTree::Punct(mark) if mark.as_char() == ';' => is_after_condition = false,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                let method = method_before(&tokens[..index]);
                if method.is_some_and(|method| METHODS.contains(&method.as_str())) {
                    call(group, context, is_conditional);
                }
                walk(group.stream(), context, is_conditional);
            }
            TokenTree::Group(group) => {
                let is_block = group.delimiter() == Delimiter::Brace;
                walk(group.stream(), context, is_conditional || (is_block && is_after_condition));
                is_after_condition &= !is_block;
            }
            _ => {}
        }
    }
}

/// The name of the method if what comes before the parenthesis is `.name` or `.name::<…>`.
fn method_before(tokens: &[TokenTree]) -> Option<String> {
    let [.., TokenTree::Punct(dot), TokenTree::Ident(name)] = tokens else { return None };
    (dot.as_char() == '.' && dot.spacing() == Spacing::Alone).then(|| name.to_string())
}

fn call(arguments: &proc_macro2::Group, context: &mut Walk<'_>, is_conditional: bool) {
    let first: Vec<TokenTree> = arguments
        .stream()
        .into_iter()
        .take_while(|token| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','))
        .skip_while(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '&'))
        .collect();
    let Some(begin) = first.first() else { return };
    let literal = match first.as_slice() {
        [TokenTree::Literal(literal)] => {
            syn::parse2::<syn::LitStr>(literal.to_token_stream()).ok().map(|text| text.value())
        }
        [TokenTree::Ident(name)] => context.constants.get(&name.to_string()).cloned(),
        _ => None,
    };
    let range = byte_range(context.text, begin.span());
    let text = match literal {
        // The text of a prepared statement stands where it was prepared.
        None if is_prepared(context.text, &first) => return,
        None => Err("the SQL of this call is put together at run time".to_owned()),
        Some(literal) => Ok(Box::new(crate::parse(&literal))),
    };
    let perhaps = is_conditional.then(|| "a Rust step may not run this statement".to_owned());
    context.calls.push(RustCall { function: context.function, range, text, perhaps });
}

/// Whether the argument is a variable that a call of `prepare` has given.
fn is_prepared(text: &str, argument: &[TokenTree]) -> bool {
    let [TokenTree::Ident(name)] = argument else { return false };
    text.match_indices(&format!("let {name} =")).any(|(at, _)| {
        let statement = text[at..].split(';').next().unwrap_or_default();
        statement.contains(".prepare(") || statement.contains(".prepare_typed(")
    })
}

/// The bytes of `text` that a span stands for: proc-macro2 counts lines from 1 and columns in characters from 0.
#[must_use]
pub fn byte_range(text: &str, span: proc_macro2::Span) -> Range<usize> {
    let offset = |position: proc_macro2::LineColumn| {
        let line_start: usize =
            text.split_inclusive('\n').take(position.line.saturating_sub(1)).map(str::len).sum();
        let line = &text[line_start..];
        line_start + line.char_indices().nth(position.column).map_or(line.len(), |(offset, _)| offset)
    };
    let (start, end) = (offset(span.start()), offset(span.end()));
    start..end.max(start)
}
