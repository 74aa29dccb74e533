//! Writes a [`Plan`] as Rust. A pure function: same plan, same bytes, no absolute path, no time.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::ident;
use crate::plan::{Down, Migration, Plan, Plugin, Step};

/// The generated file. Its text is the whole contract with the crate `stairwell`.
pub fn emit(plan: &Plan) -> String {
    let chains = plan.plugins.iter().map(|plugin| {
        let module = name(&plugin.module);
        quote!(self::#module::CHAIN)
    });
    let order = plan.ordered().map(|(plugin, migration)| {
        let (module, constant) = (name(&plugin.module), constant(migration));
        quote!(self::#module::#constant)
    });
    let modules = plan.plugins.iter().map(module);
    let rust_steps = plan.plugins.iter().flat_map(|plugin| {
        let rust = plugin.migrations.iter().filter(|migration| matches!(migration.up, Step::Rust(_)));
        rust.map(|migration| rust_step(plugin, migration))
    });
    let tokens = quote! {
        /// All chains, with the one order in which their migrations apply.
        #[allow(dead_code, unreachable_pub, unused_qualifications)]
        pub const CHAINS: ::stairwell::ChainSet =
            ::stairwell::ChainSet::new(&[#(#chains),*], &[#(#order),*]);
        #(#modules)*
        #(#rust_steps)*
    };
    let header = "// Written by stairwell-build from `migrations/` and `plugins/`. Do not edit.\n\n";
    match syn::parse2::<syn::File>(tokens) {
        Ok(file) => format!("{header}{}", prettyplease::unparse(&file)),
        // It cannot happen; if it does, the build says where to look.
        Err(error) => format!("::core::compile_error!({:?});\n", format!("stairwell-build: {error}")),
    }
}

/// The chain and the migrations of a plugin.
///
/// Short names keep the file readable, and every token costs time in an unoptimised build script.
/// The allowances are for users' lints: what nobody refers to by name is still part of the chain.
fn module(plugin: &Plugin) -> TokenStream {
    let module = name(&plugin.module);
    let (plugin_name, description) = (&plugin.name, &plugin.description);
    let documentation = format!(" The chain of `{plugin_name}`.");
    let constants = plugin.migrations.iter().map(constant);
    let requiring = requiring(&plugin.requires);
    let recorded_in = plugin
        .history
        .as_ref()
        .map(|(schema, table)| quote!(.recorded_in(HistoryTable::new(#schema, #table))));
    let migrations = plugin.migrations.iter().map(|migration| migration_constant(plugin, migration));
    quote! {
        #[doc = #documentation]
        #[allow(dead_code, unreachable_pub)]
        pub mod #module {
            #[allow(unused_imports)]
            use ::stairwell::{Chain, HistoryTable, Migration, Requirement, Step};
            /// The chain.
            pub const CHAIN: Chain =
                Chain::new(#plugin_name, #description, &[#(#constants),*]) #requiring #recorded_in;
            #(#migrations)*
        }
    }
}

fn migration_constant(plugin: &Plugin, migration: &Migration) -> TokenStream {
    let constant = constant(migration);
    let (plugin_name, migration_name, path) = (&plugin.name, &migration.name, &migration.path);
    let version = Literal::i64_unsuffixed(migration.version);
    let checksum = grouped(migration.checksum);
    let step_module = step_module(plugin, migration);
    let up = step(&migration.up, &step_module, UP);
    let down = match &migration.down {
        Down::Step(down) => {
            let down = step(down, &step_module, DOWN);
            quote!(.reverted_by(#down))
        }
        Down::Rust => {
            let down = step(&migration.up, &step_module, DOWN);
            quote!(.reverted_by(#down))
        }
        Down::Irreversible(reason) => quote!(.irreversible(#reason)),
    };
    let requiring = requiring(&migration.requires);
    let documentation = format!(" `{path}`");
    quote! {
        #[doc = #documentation]
        pub const #constant: Migration =
            Migration::new(#plugin_name, #version, #migration_name, #path, #checksum, #up) #down #requiring;
    }
}

fn step(step: &Step, step_module: &Ident, direction: &str) -> TokenStream {
    match step {
        Step::Sql(text) => quote!(Step::Sql(#text)),
        Step::Statements { text, bounds } => {
            let bounds = bounds.iter().map(|&(start, end)| {
                let (start, end) = (Literal::usize_unsuffixed(start), Literal::usize_unsuffixed(end));
                quote!((#start, #end))
            });
            quote!(Step::Statements { sql: #text, bounds: &[#(#bounds),*] })
        }
        Step::Rust(source) => {
            let function = name(direction);
            quote!(Step::Rust { source: #source, run: super::#step_module::#function })
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
    let step_module = step_module(plugin, migration);
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

fn requiring(requires: &[(String, i64)]) -> Option<TokenStream> {
    let requirements = requires.iter().map(|(plugin, version)| {
        let version = Literal::i64_unsuffixed(*version);
        quote!(Requirement::new(#plugin, #version))
    });
    (!requires.is_empty()).then(|| quote!(.requiring(&[#(#requirements),*])))
}

fn constant(migration: &Migration) -> Ident {
    name(&ident::constant(&migration.digits, &migration.name))
}

fn step_module(plugin: &Plugin, migration: &Migration) -> Ident {
    name(&ident::step_module(&plugin.name, &migration.digits, &migration.name))
}

fn name(text: &str) -> Ident {
    Ident::new(text, Span::call_site())
}

/// `14_096_718`: long numbers as clippy wants them.
fn grouped(number: u64) -> Literal {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text.parse().unwrap_or_else(|_| Literal::u64_unsuffixed(number))
}

#[cfg(test)]
mod tests {
    #[test]
    fn long_numbers_are_grouped() {
        let text = |number| super::grouped(number).to_string();
        assert_eq!(text(7), "7");
        assert_eq!(text(123_456), "123_456");
        assert_eq!(text(u64::MAX), "18_446_744_073_709_551_615");
    }
}
