//! "Did you mean": the known name that is closest to one that is not known.

/// The closest of `known` to `name`, if it is close enough to be a typing error.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(&name.to_lowercase(), candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many characters have to be inserted, removed or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
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
