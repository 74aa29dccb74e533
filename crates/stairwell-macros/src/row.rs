//! `#[derive(Row)]`.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Data, DataStruct, DeriveInput, Error, Fields, Result, Type};

use crate::attributes::{FieldAttributes, RowAttributes, refuse_generics};
use crate::rust_type::{bare, written};

struct Field<'i> {
    ident: &'i Ident,
    ty: &'i Type,
    /// The name of the column.
    column: String,
    attributes: FieldAttributes,
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = match &input.data {
        Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => &fields.named,
        Data::Struct(_) => {
            let message = "`Row` reads columns into fields by their names: give the struct named fields";
            return Err(Error::new(input.ident.span(), message));
        }
        Data::Enum(_) | Data::Union(_) => {
            let message = "`Row` can be derived for a struct only; for a PostgreSQL enum derive `ColumnType`";
            return Err(Error::new(input.ident.span(), message));
        }
    };
    refuse_generics(&input.generics, "Row")?;
    let attributes = RowAttributes::parse(&input.attrs, input.ident.span())?;
    let fields: Vec<Field<'_>> = fields.iter().filter_map(read).collect::<Result<_>>()?;
    refuse_twice(&fields)?;

    let (name, table) = (&input.ident, &attributes.table);
    let row = implementation(name, table, &fields);
    let checks = fields.iter().map(|field| check(name, field, &fields));
    let missing = (!attributes.is_partial).then(|| missing(name, &fields));
    Ok(quote! {
        #row
        #(#checks)*
        #missing
    })
}

fn read(field: &syn::Field) -> Option<Result<Field<'_>>> {
    let ident = field.ident.as_ref()?;
    Some(FieldAttributes::parse(&field.attrs).map(|attributes| {
        let column = match &attributes.column {
            Some(column) => column.value(),
            None => ident.unraw().to_string(),
        };
        Field { ident, ty: &field.ty, column, attributes }
    }))
}

fn refuse_twice(fields: &[Field<'_>]) -> Result<()> {
    let mut seen = HashMap::new();
    for field in fields {
        if let Some(first) = seen.insert(&field.column, field.ident) {
            let message = format!("the field `{first}` already reads the column `{}`", field.column);
            return Err(Error::new(field.ident.span(), message));
        }
    }
    Ok(())
}

fn implementation(name: &Ident, table: &syn::Path, fields: &[Field<'_>]) -> TokenStream {
    let columns: Vec<String> = fields.iter().map(selected).collect();
    let columns = columns.join(", ");
    let values = fields.iter().map(|field| {
        let Field { ident, ty, column, .. } = field;
        quote_spanned!(ty.span()=> #ident: row.try_get::<_, #ty>(#column)?)
    });
    quote! {
        #[automatically_derived]
        impl ::stairwell::Row for #name {
            const TABLE: ::stairwell::Table = #table::TABLE;
            const COLUMNS: &'static str = #columns;
            const SELECT: &'static str = {
                const SELECT: ::stairwell::derive::Select = ::stairwell::derive::Select::new(
                    <#name as ::stairwell::Row>::COLUMNS,
                    <#name as ::stairwell::Row>::TABLE,
                );
                const BYTES: [u8; SELECT.count()] = SELECT.bytes();
                ::stairwell::derive::Select::text(&BYTES)
            };
            fn from_row(
                row: &::stairwell::tokio_postgres::Row,
            ) -> ::core::result::Result<Self, ::stairwell::tokio_postgres::Error> {
                ::core::result::Result::Ok(#name { #(#values),* })
            }
        }
    }
}

/// The column in a SELECT. Under a cast it keeps its name, by which it is read.
fn selected(field: &Field<'_>) -> String {
    let column = format!("\"{}\"", field.column.replace('"', "\"\""));
    match &field.attributes.cast {
        Some(cast) => format!("{column}::{} AS {column}", cast.value()),
        None => column,
    }
}

/// Compares a field with its column, in a constant whose failure points to the field.
fn check(name: &Ident, field: &Field<'_>, fields: &[Field<'_>]) -> TokenStream {
    let Field { ident, ty, column, attributes } = field;
    let text = ident.unraw().to_string();
    let (shown, without_option) = (written(ty), written(bare(ty)));
    let typed = match &attributes.sql_type {
        None => quote_spanned! {ty.span()=>
            ::stairwell::derive::Field::new::<#ty>(#text, #column, #shown, #without_option)
        },
        Some(sql_type) => quote_spanned! {ty.span()=>
            {
                #[allow(unused_imports)]
                use ::stairwell::derive::NotAnOption as _;
                ::stairwell::derive::Field::reading(
                    &[#sql_type],
                    ::stairwell::derive::Probe::<#ty>::IS_OPTION,
                    #text,
                    #column,
                    #shown,
                    #without_option,
                )
            }
        },
    };
    let not_null = attributes.not_null.then(|| quote!(.not_null()));
    let cast = attributes.cast.as_ref().map(|cast| quote!(.cast(#cast)));
    let problem = quote!(FIELD.problem(&<#name as ::stairwell::Row>::TABLE, FIELDS));
    let panic = panic(ident.span(), problem);
    let columns = columns(fields);
    quote! {
        const _: () = {
            const FIELD: ::stairwell::derive::Field = #typed #not_null #cast;
            #columns
            #panic
        };
    }
}

/// Looks for columns that no field reads, in a constant whose failure points to the struct.
fn missing(name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let text = name.unraw().to_string();
    let problem = quote!(::stairwell::derive::missing(#text, &<#name as ::stairwell::Row>::TABLE, FIELDS));
    let panic = panic(name.span(), problem);
    let columns = columns(fields);
    quote! {
        const _: () = {
            #columns
            #panic
        };
    }
}

fn columns(fields: &[Field<'_>]) -> TokenStream {
    let columns = fields.iter().map(|field| &field.column);
    quote!(const FIELDS: &[&::core::primitive::str] = &[#(#columns),*];)
}

/// The compiler shows the place of the panic, so it stands where the user wrote what is wrong.
fn panic(span: Span, problem: TokenStream) -> TokenStream {
    let panic = quote_spanned!(span=> ::core::panic!("{}", text.as_str()));
    quote! {
        if let ::core::option::Option::Some(text) = #problem {
            #panic
        }
    }
}
