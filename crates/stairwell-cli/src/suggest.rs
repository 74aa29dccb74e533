//! "Did you mean": the known name that is closest to one that is not known.

use strsim::osa_distance;

/// The closest of `known` to `name`, if it is close enough to be a typing error.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (osa_distance(&name.to_lowercase(), candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_typing_errors_and_nothing_else() {
        let known = ["hostaddr", "sslcert", "sslmode"];
        assert_eq!(closest("slmode", known), Some("sslmode"));
        assert_eq!(closest("sslmdoe", known), Some("sslmode"));
        assert_eq!(closest("SSLMODE", known), Some("sslmode"));
        assert_eq!(closest("schema", known), None);
        assert_eq!(closest("", known), None);
    }
}
