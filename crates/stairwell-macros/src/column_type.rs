//! `#[derive(ColumnType)]`.

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Data, DataEnum, DeriveInput, Error, Fields, Ident, LitStr, Result, Type};

use crate::attributes::{refuse_generics, text};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    refuse_generics(&input.generics, "ColumnType")?;
    let sql_type = text(&input.attrs, "sql_type")?;
    match &input.data {
        Data::Enum(data) => enumeration(&input.ident, data, sql_type),
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                Ok(wrapper(&input.ident, &fields.unnamed[0].ty, sql_type))
            }
            _ => Err(refusal(&input.ident)),
        },
        Data::Union(_) => Err(refusal(&input.ident)),
    }
}

fn refusal(name: &Ident) -> Error {
    let message = "`ColumnType` can be derived for an enum without data, and for a struct around one value: \
                   `struct Hostname(String)`";
    Error::new(name.span(), message)
}

/// Where the code of tokio-postgres stands.
fn types() -> TokenStream {
    quote!(::stairwell::tokio_postgres::types)
}

fn any_error() -> TokenStream {
    quote!(::std::boxed::Box<dyn ::std::error::Error + ::core::marker::Sync + ::core::marker::Send>)
}

fn enumeration(name: &Ident, data: &DataEnum, sql_type: Option<LitStr>) -> Result<TokenStream> {
    let mut variants = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a variant that stands for a label of a PostgreSQL enum has no data";
            return Err(Error::new(variant.ident.span(), message));
        }
        let label = match text(&variant.attrs, "label")? {
            Some(label) => label.value(),
            None => variant.ident.unraw().to_string().to_snake_case(),
        };
        if labels.contains(&label) {
            let message = format!("another variant already stands for the label `{label}`");
            return Err(Error::new(variant.ident.span(), message));
        }
        variants.push(&variant.ident);
        labels.push(label);
    }
    let shown = name.unraw().to_string();
    let sql_type = sql_type.map_or_else(|| shown.to_snake_case(), |sql_type| sql_type.value());
    let (types, error) = (types(), any_error());
    Ok(quote! {
        #[automatically_derived]
        impl ::stairwell::ColumnType for #name {
            const ACCEPTS: &'static [&'static ::core::primitive::str] =
                ::stairwell::derive::enum_types(&[#sql_type]);
        }
        #[automatically_derived]
        impl<'a> #types::FromSql<'a> for #name {
            fn from_sql(
                _: &#types::Type,
                raw: &'a [::core::primitive::u8],
            ) -> ::core::result::Result<Self, #error> {
                match ::stairwell::derive::label(raw)? {
                    #(#labels => ::core::result::Result::Ok(#name::#variants),)*
                    label => ::core::result::Result::Err(::stairwell::derive::unknown_label(label, #shown)),
                }
            }
            fn accepts(ty: &#types::Type) -> ::core::primitive::bool {
                ::stairwell::derive::accepts_enum(ty, #sql_type)
            }
        }
        #[automatically_derived]
        impl #types::ToSql for #name {
            fn to_sql(
                &self,
                ty: &#types::Type,
                out: &mut #types::private::BytesMut,
            ) -> ::core::result::Result<#types::IsNull, #error> {
                let label: &::core::primitive::str = match *self {
                    #(#name::#variants => #labels,)*
                };
                <&::core::primitive::str as #types::ToSql>::to_sql(&label, ty, out)
            }
            fn accepts(ty: &#types::Type) -> ::core::primitive::bool {
                ::stairwell::derive::accepts_enum(ty, #sql_type)
            }
            #types::to_sql_checked!();
        }
    })
}

fn wrapper(name: &Ident, inner: &Type, sql_type: Option<LitStr>) -> TokenStream {
    let (types, error) = (types(), any_error());
    // Without an attribute, the value says what it reads.
    let column_type = match sql_type {
        Some(sql_type) => quote! {
            const ACCEPTS: &'static [&'static ::core::primitive::str] = &[#sql_type];
        },
        None => quote! {
            const ACCEPTS: &'static [&'static ::core::primitive::str] =
                <#inner as ::stairwell::ColumnType>::ACCEPTS;
            const ARRAYS: ::core::primitive::usize = <#inner as ::stairwell::ColumnType>::ARRAYS;
            const NULLABLE: ::core::primitive::bool = <#inner as ::stairwell::ColumnType>::NULLABLE;
        },
    };
    quote! {
        #[automatically_derived]
        impl ::stairwell::ColumnType for #name {
            #column_type
        }
        #[automatically_derived]
        impl<'a> #types::FromSql<'a> for #name {
            fn from_sql(
                ty: &#types::Type,
                raw: &'a [::core::primitive::u8],
            ) -> ::core::result::Result<Self, #error> {
                let ty = ::stairwell::derive::below_domains(ty, <#inner as #types::FromSql<'a>>::accepts);
                <#inner as #types::FromSql<'a>>::from_sql(ty, raw).map(#name)
            }
            fn from_sql_null(ty: &#types::Type) -> ::core::result::Result<Self, #error> {
                <#inner as #types::FromSql<'a>>::from_sql_null(ty).map(#name)
            }
            fn accepts(ty: &#types::Type) -> ::core::primitive::bool {
                let accepts = <#inner as #types::FromSql<'a>>::accepts;
                accepts(::stairwell::derive::below_domains(ty, accepts))
            }
        }
        #[automatically_derived]
        impl #types::ToSql for #name {
            fn to_sql(
                &self,
                ty: &#types::Type,
                out: &mut #types::private::BytesMut,
            ) -> ::core::result::Result<#types::IsNull, #error> {
                let ty = ::stairwell::derive::below_domains(ty, <#inner as #types::ToSql>::accepts);
                <#inner as #types::ToSql>::to_sql(&self.0, ty, out)
            }
            fn accepts(ty: &#types::Type) -> ::core::primitive::bool {
                let accepts = <#inner as #types::ToSql>::accepts;
                accepts(::stairwell::derive::below_domains(ty, accepts))
            }
            #types::to_sql_checked!();
        }
    }
}
