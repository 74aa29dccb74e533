//! "Did you mean": the nearest of the names that exist.

use strsim::osa_distance;

/// The name with the smallest edit distance to `written`, if it is near enough to be a slip.
///
/// Near enough is a third of the length, the bound that rustc uses for its own suggestions.
pub(crate) fn closest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (written.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (osa_distance(&written.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_near_names() {
        let names = ["computers", "printers", "usb"];
        assert_eq!(closest("computer", names), Some("computers"));
        assert_eq!(closest("comptuers", names), Some("computers"));
        assert_eq!(closest("Printers", names), Some("printers"));
        assert_eq!(closest("network", names), None);
    }
}
