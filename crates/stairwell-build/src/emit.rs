//! Writes a [`Plan`] as Rust. A pure function: same plan, same bytes, no absolute path, no time.
//!
//! The frame of the file is quoted and printed by prettyplease. The constants of the migrations, which
//! are all of one form and the mass of it, are written out: to parse and print ten thousand of them
//! in an unoptimised build script took eight times as long as everything else together.

mod suite;
mod tables;

pub(crate) use suite::{emit_suite, emit_suite_models, emit_suite_tables};

use std::fmt::Write as _;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::ident;
use crate::plan::{Down, Migration, Plan, Plugin, Step};

/// The generated file. Its text is the whole contract with the crate `stairwell`.
pub fn emit(plan: &Plan) -> String {
    let mut text =
        String::from("// Written by stairwell-build from `migrations/` and `plugins/`. Do not edit.\n\n");
    text.push_str(&print(chain_set(plan)));
    // Each plugin by itself, on every core.
    for plugin in stairwell_sql::map_with_stack(&plan.plugins, emit_plugin) {
        text.push_str(&plugin);
    }
    text
}

/// The module of a plugin, and those of its Rust steps.
fn emit_plugin(plugin: &Plugin) -> String {
    let mut text = print(module(plugin)).trim_end().trim_end_matches('}').to_owned();
    for migration in &plugin.migrations {
        write_migration(&mut text, plugin, migration);
    }
    tables::write_tables(&mut text, &plugin.tables);
    text.push_str("}\n");
    for migration in plugin.migrations.iter().filter(|migration| matches!(migration.up, Step::Rust(_))) {
        text.push_str(&print(rust_step(plugin, migration)));
    }
    text
}

/// Formats one or more items.
fn print(items: TokenStream) -> String {
    match syn::parse2::<syn::File>(items) {
        Ok(file) => prettyplease::unparse(&file),
        // It cannot happen; if it does, the build says where to look.
        Err(error) => format!("::core::compile_error!({:?});\n", format!("stairwell-build: {error}")),
    }
}

fn chain_set(plan: &Plan) -> TokenStream {
    let chains = plan.plugins.iter().map(|plugin| {
        let module = name(&plugin.module);
        quote!(self::#module::CHAIN)
    });
    let order = plan.ordered().map(|(plugin, migration)| {
        let (module, constant) = (name(&plugin.module), name(&constant(migration)));
        quote!(self::#module::#constant)
    });
    quote! {
        /// All chains, with the one order in which their migrations apply.
        #[allow(dead_code, unreachable_pub, unused_qualifications)]
        pub const CHAINS: ::stairwell::ChainSet =
            ::stairwell::ChainSet::new(&[#(#chains),*], &[#(#order),*]);
    }
}

/// The module of a plugin with its chain; the migrations and tables go before its closing brace.
///
/// The allowances are for users' lints: what nobody refers to by name is still part of the chain.
fn module(plugin: &Plugin) -> TokenStream {
    let module = name(&plugin.module);
    let (plugin_name, description) = (&plugin.name, &plugin.description);
    let documentation = format!(" The chain of `{plugin_name}`.");
    let constants = plugin.migrations.iter().map(|migration| name(&constant(migration)));
    let requiring = plugin.requires.iter().map(|(required, version)| {
        let version = Literal::i64_unsuffixed(*version);
        quote!(Requirement::new(#required, #version))
    });
    let requiring = (!plugin.requires.is_empty()).then(|| quote!(.requiring(&[#(#requiring),*])));
    let recorded_in = plugin
        .history
        .as_ref()
        .map(|(schema, table)| quote!(.recorded_in(HistoryTable::new(#schema, #table))));
    quote! {
        #[doc = #documentation]
        #[allow(dead_code, unreachable_pub)]
        pub mod #module {
            #[allow(unused_imports)]
            use ::stairwell::{Chain, HistoryTable, Migration, Requirement, Step};
            /// The chain.
            pub const CHAIN: Chain =
                Chain::new(#plugin_name, #description, &[#(#constants),*]) #requiring #recorded_in;
        }
    }
}

/// Strings are written as `Debug` writes them, which is how Rust reads them.
fn write_migration(text: &mut String, plugin: &Plugin, migration: &Migration) {
    let Migration { version, name, path, checksum, up, down, requires, breaking, .. } = migration;
    let (constant, checksum) = (constant(migration), grouped(*checksum));
    let up = step(up, plugin, migration, UP);
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "    /// `{path}`\n    pub const {constant}: Migration = Migration::new(\n        {:?},\n        {version},\n        \
         {name:?},\n        {path:?},\n        {checksum},\n        {up},\n    )",
        plugin.name
    );
    let _ = match down {
        Down::Step(down) => write!(text, "\n    .reverted_by({})", step(down, plugin, migration, DOWN)),
        Down::Rust => write!(text, "\n    .reverted_by({})", step(&migration.up, plugin, migration, DOWN)),
        Down::Irreversible(reason) => write!(text, "\n    .irreversible({reason:?})"),
    };
    if let Some(reason) = breaking {
        let _ = write!(text, "\n    .breaking({reason:?})");
    }
    // The bounds of statements that run one by one stand in the step itself.
    if matches!(migration.up, Step::Sql(_)) {
        let _ = write!(text, "\n    .with_statements_at(&{:?})", migration.statements);
    }
    if !requires.is_empty() {
        let requirements: Vec<String> = requires
            .iter()
            .map(|(required, version)| format!("Requirement::new({required:?}, {version})"))
            .collect();
        let _ = write!(text, "\n    .requiring(&[{}])", requirements.join(", "));
    }
    text.push_str(";\n");
}

fn step(step: &Step, plugin: &Plugin, migration: &Migration, function: &str) -> String {
    match step {
        Step::Sql(sql) => format!("Step::Sql({sql:?})"),
        Step::Statements { text, bounds } => {
            format!("Step::Statements {{ sql: {text:?}, bounds: &{bounds:?} }}")
        }
        Step::Rust(source) => {
            let module = step_module(plugin, migration);
            format!("Step::Rust {{ source: {source:?}, run: super::{module}::{function} }}")
        }
    }
}

/// What a Rust step's functions are called as constants, beside the user's own names.
const UP: &str = "STAIRWELL_UP";
const DOWN: &str = "STAIRWELL_DOWN";

/// The file of a Rust step, included where it lies, so that rustc's messages point to it.
///
/// The functions may stay private: what calls them stands in the same module. That module is not
/// inside the plugin's, whose allowances would hide unused code of the user.
fn rust_step(plugin: &Plugin, migration: &Migration) -> TokenStream {
    let step_module = name(&step_module(plugin, migration));
    let path = format!("/{}", migration.path);
    let (up, down) = (name(UP), name(DOWN));
    let down = matches!(migration.down, Down::Rust).then(|| {
        quote! {
            pub(super) const #down: ::stairwell::RustStep = |tx| ::std::boxed::Box::pin(down(tx));
        }
    });
    quote! {
        mod #step_module {
            ::core::include!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path));
            pub(super) const #up: ::stairwell::RustStep = |tx| ::std::boxed::Box::pin(up(tx));
            #down
        }
    }
}

fn constant(migration: &Migration) -> String {
    ident::constant(&migration.digits, &migration.name)
}

fn step_module(plugin: &Plugin, migration: &Migration) -> String {
    ident::step_module(&plugin.name, &migration.digits, &migration.name)
}

fn name(text: &str) -> Ident {
    Ident::new(text, Span::call_site())
}

/// `14_096_718`: long numbers as clippy wants them.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(123_456), "123_456");
        assert_eq!(grouped(u64::MAX), "18_446_744_073_709_551_615");
    }

    proptest::proptest! {
        /// Whatever a migration contains, its text comes back from the generated file, letter by letter.
        #[test]
        fn every_text_survives(sql in "\\PC{0,30}[\\x00-\\x1f\"'\\\\{}\u{202e}\u{feff}]{0,10}") {
            let sql = format!("-- stairwell: irreversible {sql:?}\nSELECT 1;{sql}").replace(['\0', '\r'], "");
            let tree = crate::SourceTree::from_files([("migrations/V0001__a.sql", sql.clone())]);
            let Ok(plan) = crate::check(crate::parse(tree)) else { return Ok(()) };
            let file = syn::parse_file(&emit(&plan)).unwrap();
            let mut literals = Vec::new();
            collect(quote!(#file), &mut literals);
            proptest::prop_assert!(literals.contains(&sql), "{sql:?} is not among {literals:?}");
        }
    }

    fn collect(tokens: TokenStream, literals: &mut Vec<String>) {
        for token in tokens {
            match token {
                proc_macro2::TokenTree::Group(group) => collect(group.stream(), literals),
                proc_macro2::TokenTree::Literal(literal) => {
                    literals
                        .extend(syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()));
                }
                _ => {}
            }
        }
    }
}
