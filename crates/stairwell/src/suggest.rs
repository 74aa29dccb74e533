//! "Did you mean".

use strsim::osa_distance;

use crate::Error;

/// The one of `known` that is closest to `name`, if it is close enough to be a slip.
pub(crate) fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = (name.chars().count() / 3).max(1);
    let close = known.into_iter().map(|candidate| (osa_distance(name, candidate), candidate));
    close.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// That nobody knows the plugin: neither this binary, which has those `compiled` in, nor what has `others`, if any.
pub(crate) fn unknown_plugin(plugin: &str, compiled: &[&str], others: Option<(&str, &[&str])>) -> Error {
    let known = compiled.iter().chain(others.map(|(_, others)| others).unwrap_or_default()).copied();
    let suggestion = closest(plugin, known).map(|close| format!("did you mean `{close}`? "));
    let suggestion = suggestion.unwrap_or_default();
    let compiled = compiled.join(", ");
    let others = others.filter(|(_, others)| !others.is_empty());
    let others = others.map(|(place, others)| format!("; in the {place}: {}", others.join(", ")));
    let others = others.unwrap_or_default();
    Error::usage(format!("there is no plugin `{plugin}`; {suggestion}compiled in: {compiled}{others}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_slip_and_nothing_else() {
        let known = ["computers", "core", "printers", "usb"];
        assert_eq!(closest("printer", known), Some("printers"));
        assert_eq!(closest("usv", known), Some("usb"));
        assert_eq!(closest("billing", known), None);
        assert_eq!(closest("", known), None);
    }
}
