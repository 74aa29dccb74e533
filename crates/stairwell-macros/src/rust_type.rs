//! Types as the user wrote them.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

/// `Option<i32>`, not the `Option < i32 >` that tokens print.
pub(crate) fn written(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    [
        (" < ", "<"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" ,", ","),
        (" ;", ";"),
        ("& ", "&"),
    ]
    .iter()
    .fold(text, |text, (from, to)| text.replace(from, to))
}

/// What stands in an `Option`; anything else itself.
pub(crate) fn bare(ty: &Type) -> &Type {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Option"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return inner;
    }
    ty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_shown_as_they_are_written() {
        for text in
            ["Option<i32>", "std::collections::HashMap<String, Option<String>>", "[u8; 4]", "&'static str"]
        {
            assert_eq!(written(&syn::parse_str(text).unwrap()), text);
        }
    }

    #[test]
    fn an_option_is_known_by_its_name() {
        let inner = |text| written(bare(&syn::parse_str(text).unwrap()));
        assert_eq!(inner("Option<i32>"), "i32");
        assert_eq!(inner("std::option::Option<Vec<u8>>"), "Vec<u8>");
        assert_eq!(inner("Vec<Option<u8>>"), "Vec<Option<u8>>");
    }
}
