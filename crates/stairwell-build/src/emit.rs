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
    let tokens = quote! {
        /// All chains, with the one order in which their migrations apply.
        pub const CHAINS: ::stairwell::ChainSet =
            ::stairwell::ChainSet::new(&[#(#chains),*], &[#(#order),*]);
        #(#modules)*
    };
    let header = "// Written by stairwell-build from `migrations/` and `plugins/`. Do not edit.\n\n";
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(file) => format!("{header}{}", prettyplease::unparse(&file)),
        // Unformatted text compiles just as well, so a surprise here fails no build.
        Err(_) => format!("{header}{tokens}\n"),
    }
}

fn module(plugin: &Plugin) -> TokenStream {
    let module = name(&plugin.module);
    let (plugin_name, description) = (&plugin.name, &plugin.description);
    let documentation = match description.as_str() {
        "" => format!(" The chain of `{plugin_name}`."),
        description => format!(" The chain of `{plugin_name}`: {description}"),
    };
    let constants = plugin.migrations.iter().map(constant);
    let requiring = requiring(&plugin.requires);
    let recorded_in = plugin
        .history
        .as_ref()
        .map(|(schema, table)| quote!(.recorded_in(::stairwell::HistoryTable::new(#schema, #table))));
    let migrations = plugin.migrations.iter().map(|migration| migration_constant(plugin, migration));
    quote! {
        #[doc = #documentation]
        pub mod #module {
            /// The chain.
            pub const CHAIN: ::stairwell::Chain =
                ::stairwell::Chain::new(#plugin_name, #description, &[#(#constants),*]) #requiring #recorded_in;
            #(#migrations)*
        }
    }
}

fn migration_constant(plugin: &Plugin, migration: &Migration) -> TokenStream {
    let constant = constant(migration);
    let step_module = name(&ident::step_module(&migration.digits, &migration.name));
    let (plugin_name, migration_name, path) = (&plugin.name, &migration.name, &migration.path);
    let version = Literal::i64_unsuffixed(migration.version);
    let checksum = Literal::u64_unsuffixed(migration.checksum);
    let up = step(&migration.up, &step_module, "UP");
    let down = match &migration.down {
        Down::Step(down) => {
            let down = step(down, &step_module, "DOWN");
            quote!(.reverted_by(#down))
        }
        Down::Rust => {
            let down = step(&migration.up, &step_module, "DOWN");
            quote!(.reverted_by(#down))
        }
        Down::Irreversible(reason) => quote!(.irreversible(#reason)),
    };
    let requiring = requiring(&migration.requires);
    let documentation = format!(" `{path}`");
    let rust_step = matches!(migration.up, Step::Rust(_)).then(|| rust_step(&step_module, migration));
    quote! {
        #[doc = #documentation]
        pub const #constant: ::stairwell::Migration =
            ::stairwell::Migration::new(#plugin_name, #version, #migration_name, #path, #checksum, #up)
            #down #requiring;
        #rust_step
    }
}

fn step(step: &Step, step_module: &Ident, direction: &str) -> TokenStream {
    match step {
        Step::Sql(text) => quote!(::stairwell::Step::Sql(#text)),
        Step::Statements { text, bounds } => {
            let bounds = bounds.iter().map(|&(start, end)| {
                let (start, end) = (Literal::usize_unsuffixed(start), Literal::usize_unsuffixed(end));
                quote!((#start, #end))
            });
            quote!(::stairwell::Step::Statements { sql: #text, bounds: &[#(#bounds),*] })
        }
        Step::Rust(source) => {
            let function = name(direction);
            quote!(::stairwell::Step::Rust { source: #source, run: self::#step_module::#function })
        }
    }
}

/// The file of a Rust step, included where it lies, so that rustc's messages point to it.
///
/// The functions may stay private: what calls them stands in the same module.
fn rust_step(step_module: &Ident, migration: &Migration) -> TokenStream {
    let path = format!("/{}", migration.path);
    let down = matches!(migration.down, Down::Rust).then(|| {
        quote! {
            pub(super) const DOWN: ::stairwell::RustStep = |tx| ::std::boxed::Box::pin(down(tx));
        }
    });
    quote! {
        mod #step_module {
            ::core::include!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path));
            pub(super) const UP: ::stairwell::RustStep = |tx| ::std::boxed::Box::pin(up(tx));
            #down
        }
    }
}

fn requiring(requires: &[(String, i64)]) -> Option<TokenStream> {
    let requirements = requires.iter().map(|(plugin, version)| {
        let version = Literal::i64_unsuffixed(*version);
        quote!(::stairwell::Requirement::new(#plugin, #version))
    });
    (!requires.is_empty()).then(|| quote!(.requiring(&[#(#requirements),*])))
}

fn constant(migration: &Migration) -> Ident {
    name(&ident::constant(&migration.digits, &migration.name))
}

fn name(text: &str) -> Ident {
    Ident::new(text, Span::call_site())
}
