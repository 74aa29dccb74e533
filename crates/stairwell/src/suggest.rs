//! "Did you mean".

use strsim::osa_distance;

/// The one of `known` that is closest to `name`, if it is close enough to be a slip.
pub(crate) fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = (name.chars().count() / 3).max(1);
    let close = known.into_iter().map(|candidate| (osa_distance(name, candidate), candidate));
    close.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
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
