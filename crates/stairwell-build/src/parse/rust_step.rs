//! Rust steps: which functions a `.rs` migration has.

use std::ops::Range;

use stairwell_sql::{byte_range, rust_calls_of};

use crate::draft::{Problem, RustFunctions};
use crate::source::{FileId, Span};

/// Brackets nested deeper than this are nobody's code, and a recursive parser would run out of stack.
const MAX_DEPTH: usize = 256;

/// Enough for what [`MAX_DEPTH`] allows, also without optimisation and on systems with small stacks.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Parses the file only as far as to know that it is Rust and which of `up` and `down` it has.
pub(crate) fn parse(text: &str, file: FileId, depth: usize) -> Result<RustFunctions, Box<Problem>> {
    let problem = |range: Range<usize>, message: String, label: &str| {
        let (span, label) = (Span { file, range }, label.to_owned());
        Box::new(Problem { span, message, label, ..Problem::default() })
    };
    if depth > MAX_DEPTH {
        let message = format!("this Rust step nests brackets {depth} deep");
        return Err(problem(0..0, message, "at most 256 are read"));
    }
    // Spans of proc-macro2 are known on the thread that made them, so the whole judgement is made there.
    let judged = std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
        worker.spawn_scoped(scope, || judge(text)).map(std::thread::ScopedJoinHandle::join)
    });
    match judged {
        Ok(Ok(functions)) => functions.map_err(|(range, message, label)| problem(range, message, label)),
        _ => Err(problem(0..0, "this Rust step could not be read".to_owned(), "the parser gave up")),
    }
}

fn judge(text: &str) -> Result<RustFunctions, (Range<usize>, String, &'static str)> {
    let parsed = syn::parse_file(text).map_err(|error| {
        (byte_range(text, error.span()), format!("this Rust step does not parse: {error}"), "here")
    })?;
    if let Some(attribute) = parsed.attrs.first() {
        return Err((
            byte_range(text, attribute.pound_token.spans[0]),
            "a Rust step cannot begin with an inner attribute or a `//!` comment".to_owned(),
            "remove it, or write `//`: the file is included into a module of the generated code",
        ));
    }
    let mut functions = RustFunctions::default();
    for item in &parsed.items {
        let syn::Item::Fn(function) = item else { continue };
        let name = &function.sig.ident;
        let found = match () {
            () if name == "up" => &mut functions.up,
            () if name == "down" => &mut functions.down,
            () => continue,
        };
        *found = true;
        if let Some(reason) = misfit(function) {
            let message = format!("`{name}` of a Rust step has the wrong form");
            return Err((byte_range(text, name.span()), message, reason));
        }
    }
    functions.calls = rust_calls_of(text, &parsed);
    Ok(functions)
}

/// Why the generated code could not call this function.
fn misfit(function: &syn::ItemFn) -> Option<&'static str> {
    let signature = &function.sig;
    let generic = |parameter: &syn::GenericParam| !matches!(parameter, syn::GenericParam::Lifetime(_));
    let takes_reference = match signature.inputs.iter().collect::<Vec<_>>()[..] {
        [syn::FnArg::Typed(argument)] => matches!(*argument.ty, syn::Type::Reference(_)),
        _ => false,
    };
    match () {
        () if signature.asyncness.is_none() => Some("it is not `async`"),
        () if !matches!(signature.safety, syn::Safety::Default) => Some("it is `unsafe`"),
        () if !takes_reference => Some("it takes one argument, the transaction by reference"),
        () if matches!(signature.output, syn::ReturnType::Default) => Some("it returns nothing"),
        () if signature.generics.params.iter().any(generic) => Some("it is generic"),
        () if function.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")) => {
            Some("it is there only under a condition")
        }
        () => None,
    }
}
