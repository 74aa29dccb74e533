//! Names of migrations and plugins as Rust identifiers. One place, so that rule and generated code agree.

use heck::{ToShoutySnakeCase, ToSnakeCase};

/// The module of a plugin. A keyword gets an underscore, because not every keyword can be a raw identifier.
pub(crate) fn module(plugin: &str) -> String {
    let name = plugin.to_snake_case();
    // syn does not know yet that edition 2024 reserves `gen`.
    let is_identifier = name != "gen" && syn::parse_str::<syn::Ident>(&name).is_ok();
    if is_identifier { name } else { format!("{name}_") }
}

/// The constant of a migration: `V0002_ADD_TONER_LEVEL`, with the digits of the file name.
pub(crate) fn constant(digits: &str, name: &str) -> String {
    format!("V{digits}_{}", name.to_shouty_snake_case())
}

/// The private module that a Rust step is included into. No plugin's module begins with an underscore.
pub(crate) fn step_module(plugin: &str, digits: &str, name: &str) -> String {
    format!("__{}_v{digits}_{}", plugin.to_snake_case(), name.to_snake_case())
}

/// The test of a migration: `v0002_add_toner_level`.
pub(crate) fn test(digits: &str, name: &str) -> String {
    format!("v{digits}_{}", name.to_snake_case())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_get_an_underscore() {
        assert_eq!(module("printers"), "printers");
        assert_eq!(module("usb__hub"), "usb_hub");
        assert_eq!(module("type"), "type_");
        assert_eq!(module("self"), "self_");
        assert_eq!(module("gen"), "gen_");
    }

    #[test]
    fn constants_begin_with_the_version() {
        assert_eq!(constant("0002", "add_toner_level"), "V0002_ADD_TONER_LEVEL");
        assert_eq!(constant("1", "2fa"), "V1_2FA");
    }
}
