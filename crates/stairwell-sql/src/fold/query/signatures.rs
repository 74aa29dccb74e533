//! PostgreSQL's own functions and operators: what they take and what they give.
//!
//! The two tables hold one name per line with its signatures, sorted: `abs float4>float4 float8>float8 …`.
//! Arguments are `pg_type`'s names; `*` marks VARIADIC, `~2` the number of arguments that have a default,
//! `[key:text]` output columns. They were dumped from `pg_proc` and `pg_operator` of PostgreSQL 15 and 18, and
//! what the two do not agree on, or what only the server itself calls, was left out.

const FUNCTIONS: &str = include_str!("functions.txt");
const OPERATORS: &str = include_str!("operators.txt");

/// One signature of a function or operator.
#[derive(Debug, Clone, Default)]
pub(super) struct Signature {
    /// The short names of the input types; of a VARIADIC argument, the array's.
    pub(super) arguments: Vec<String>,
    /// Whether the last argument stands for any number of them.
    pub(super) variadic: bool,
    /// How many of the last arguments have a default.
    pub(super) defaults: usize,
    /// The short name of the result's type.
    pub(super) result: String,
    /// The output columns.
    pub(super) outputs: Vec<(String, String)>,
    /// Whether a call writes the sequence that its first argument names.
    pub(super) writes: bool,
}

/// The signatures of a function of `pg_catalog`.
pub(super) fn functions(name: &str) -> Vec<Signature> {
    line(FUNCTIONS, name).map(|rest| rest.split(' ').filter_map(signature).collect()).unwrap_or_default()
}

/// The signatures of an operator of `pg_catalog`; the left type is empty for a prefix operator.
pub(super) fn operators(name: &str) -> Vec<Signature> {
    line(OPERATORS, name).map(|rest| rest.split(' ').filter_map(signature).collect()).unwrap_or_default()
}

/// What stands behind the name in its line.
fn line(table: &'static str, name: &str) -> Option<&'static str> {
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let middle = low + (high - low) / 2;
        // The tables are ASCII, so every byte is a boundary.
        let start = table.get(..middle)?.rfind('\n').map_or(0, |newline| newline + 1).max(low);
        let end = table.get(middle..)?.find('\n').map_or(table.len(), |newline| middle + newline);
        let (key, rest) = table.get(start..end)?.split_once(' ')?;
        match key.cmp(name) {
            std::cmp::Ordering::Equal => return Some(rest),
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

fn signature(text: &str) -> Option<Signature> {
    // `>` is also part of no type's name, so the first one separates.
    let (input, output) = text.split_once('>')?;
    let (input, defaults) = match input.split_once('~') {
        Some((input, defaults)) => (input, defaults.parse().ok()?),
        None => (input, 0),
    };
    let variadic = input.contains('*');
    let arguments: Vec<String> = match input {
        "" => Vec::new(),
        input => input.split(',').map(|ty| ty.trim_start_matches('*').to_owned()).collect(),
    };
    let (result, outputs) = match output.split_once('[') {
        Some((result, outputs)) => (
            result,
            outputs
                .trim_end_matches(']')
                .split(',')
                .filter_map(|output| output.split_once(':'))
                .map(|(name, ty)| (name.to_owned(), ty.to_owned()))
                .collect(),
        ),
        None => (output, Vec::new()),
    };
    Some(Signature { arguments, variadic, defaults, result: result.to_owned(), outputs, writes: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_and_can_be_read() {
        for (table, find) in [(FUNCTIONS, functions as fn(&str) -> Vec<Signature>), (OPERATORS, operators)] {
            for line in table.lines() {
                let (name, rest) = line.split_once(' ').unwrap();
                assert_eq!(find(name).len(), rest.split(' ').count(), "{name}");
            }
        }
        assert!(functions("no_such_function").is_empty());
        assert!(functions("").is_empty());
        assert!(functions("zzz").is_empty());
    }
}
