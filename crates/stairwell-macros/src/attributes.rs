//! What stands in `#[stairwell(…)]`.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Generics, LitStr, Path, Result};

/// Of a struct that derives `Row`.
pub(crate) struct RowAttributes {
    pub(crate) table: Path,
    pub(crate) is_partial: bool,
}

/// Of a field of such a struct.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) column: Option<LitStr>,
    pub(crate) cast: Option<LitStr>,
    pub(crate) sql_type: Option<LitStr>,
    pub(crate) not_null: bool,
}

/// Calls `take` for every entry of every `#[stairwell(…)]`; `take` says whether it knows the entry.
fn entries(
    attributes: &[Attribute],
    known: &str,
    mut take: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<bool>,
) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("stairwell")) {
        attribute.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if take(&name, &meta)? { Ok(()) } else { Err(meta.error(format!("expected {known}"))) }
        })?;
    }
    Ok(())
}

/// Stores a value that may be given once.
fn once<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> Result<bool> {
    if slot.replace(value).is_some() {
        return Err(meta.error("given twice"));
    }
    Ok(true)
}

impl RowAttributes {
    pub(crate) fn parse(attributes: &[Attribute], name: Span) -> Result<Self> {
        let (mut table, mut is_partial) = (None, false);
        entries(attributes, "`table = …` or `partial`", |name, meta| match name {
            "table" => once(&mut table, meta, meta.value()?.parse()?),
            "partial" => {
                is_partial = true;
                Ok(true)
            }
            _ => Ok(false),
        })?;
        let table = table.ok_or_else(|| {
            let message = "`#[stairwell(table = …)]` is missing: it names the module of the table, \
                           such as `schema::printers::tables::printer_supplies`";
            Error::new(name, message)
        })?;
        Ok(RowAttributes { table, is_partial })
    }
}

impl FieldAttributes {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut found = FieldAttributes::default();
        let known = "`column = \"…\"`, `not_null`, `cast = \"…\"` or `sql_type = \"…\"`";
        entries(attributes, known, |name, meta| match name {
            "column" => once(&mut found.column, meta, meta.value()?.parse()?),
            "cast" => once(&mut found.cast, meta, meta.value()?.parse()?),
            "sql_type" => once(&mut found.sql_type, meta, meta.value()?.parse()?),
            "not_null" => {
                found.not_null = true;
                Ok(true)
            }
            _ => Ok(false),
        })?;
        Ok(found)
    }
}

/// The one entry `name = "…"`, if it is there.
pub(crate) fn text(attributes: &[Attribute], name: &str) -> Result<Option<LitStr>> {
    let mut found = None;
    entries(attributes, &format!("`{name} = \"…\"`"), |entry, meta| {
        if entry == name { once(&mut found, meta, meta.value()?.parse()?) } else { Ok(false) }
    })?;
    Ok(found)
}

/// Refuses parameters: what is compared with a table while it is compiled must be one type.
pub(crate) fn refuse_generics(generics: &Generics, derive: &str) -> Result<()> {
    let Some(first) = generics.params.first() else { return Ok(()) };
    let message = match first {
        syn::GenericParam::Lifetime(_) => {
            format!(
                "`{derive}` cannot be derived with a lifetime: own the values, `String` instead of `&str`"
            )
        }
        _ => format!("`{derive}` cannot be derived with type parameters: name the types"),
    };
    Err(Error::new(first.span(), message))
}
