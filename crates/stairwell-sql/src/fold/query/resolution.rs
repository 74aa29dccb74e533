//! Which of several functions or operators of one name PostgreSQL calls, and what it then gives.
//!
//! After "Functions" and "Operators" in the chapter "Type Conversion" of PostgreSQL's manual: an exact match
//! wins; otherwise the one with the most exact matches, then the one with the most preferred types, then what
//! the categories of unknown literals suggest. Where the rules do not lead to one, nothing is guessed.

use stairwell_catalog::ObjectId;

use super::{
    kinds::{self, UNKNOWN},
    signatures::Signature,
};
use crate::fold::Fold;

/// A function or operator that may be meant.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) signature: Signature,
    /// The function of the application, if it is one.
    pub(super) function: Option<ObjectId>,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Choice {
    /// This candidate, with the types of its arguments, one for each that was given.
    One(usize, Vec<String>),
    /// No candidate fits.
    Nothing,
    /// It cannot be told.
    Unsure,
}

/// Chooses among candidates for a call with arguments of these types.
pub(super) fn choose(fold: &Fold, candidates: &[Candidate], given: &[String], variadic: bool) -> Choice {
    let mut fitting: Vec<(usize, Vec<String>)> = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, candidate)| {
            expand(&candidate.signature, given.len(), variadic).map(|arguments| (index, arguments))
        })
        .collect();
    if let Some((index, arguments)) = fitting.iter().find(|(_, arguments)| arguments.as_slice() == given) {
        return Choice::One(*index, arguments.clone());
    }
    // A type of an extension may have casts of its own: only what takes any type is certain then.
    for (position, ty) in given.iter().enumerate() {
        let any = |(_, arguments): &(usize, Vec<String>)| {
            arguments.get(position).is_some_and(|to| to == "any" || kinds::is_polymorphic(to))
        };
        if is_unsure(fold, ty) && !fitting.iter().all(any) {
            return Choice::Unsure;
        }
    }
    fitting.retain(|(_, arguments)| {
        let implicit =
            |(from, to): (&String, &String)| kinds::is_polymorphic(to) || kinds::is_implicit(fold, from, to);
        given.iter().zip(arguments).all(implicit) && bind(fold, arguments, given).is_some()
    });
    match fitting.len() {
        0 => return Choice::Nothing,
        1 => {}
        _ => select(fold, &mut fitting, given),
    }
    match fitting.as_slice() {
        [(index, arguments)] => Choice::One(*index, arguments.clone()),
        _ => Choice::Unsure,
    }
}

/// The types of as many arguments as were given; `None` if the function does not take that many.
fn expand(signature: &Signature, given: usize, variadic: bool) -> Option<Vec<String>> {
    let declared = signature.arguments.len();
    let mut arguments = signature.arguments.clone();
    if signature.variadic && !variadic && given >= declared {
        let last = arguments.pop()?;
        let element = match last.as_str() {
            "any" => "any",
            "anyarray" => "anyelement",
            "anycompatiblearray" => "anycompatible",
            array => array.strip_prefix('_')?,
        }
        .to_owned();
        arguments.resize(given, element);
        return Some(arguments);
    }
    if given > declared || given + signature.defaults < declared {
        return None;
    }
    arguments.truncate(given);
    Some(arguments)
}

/// Whether the function can be called with so many arguments.
pub(super) fn takes(signature: &Signature, given: usize) -> bool {
    expand(signature, given, false).is_some()
}

/// Whether the type is one of which neither casts nor category are known.
fn is_unsure(fold: &Fold, ty: &str) -> bool {
    let element = ty.trim_start_matches('_');
    element.starts_with("@o") || kinds::base(fold, element).starts_with("@o")
}

fn select(fold: &Fold, fitting: &mut Vec<(usize, Vec<String>)>, given: &[String]) {
    let based: Vec<String> = given.iter().map(|ty| kinds::base(fold, ty)).collect();
    let known = |position: usize| based.get(position).is_some_and(|ty| ty != UNKNOWN);
    // The most exact matches.
    keep_best(fitting, |arguments| {
        arguments.iter().enumerate().filter(|(i, to)| known(*i) && based.get(*i) == Some(*to)).count()
    });
    if fitting.len() <= 1 {
        return;
    }
    // The most exact matches or preferred types of the input's category.
    keep_best(fitting, |arguments| {
        arguments
            .iter()
            .enumerate()
            .filter(|(i, to)| {
                known(*i)
                    && based.get(*i).is_some_and(|from| {
                        from == *to
                            || (kinds::is_preferred(to)
                                && kinds::category(fold, from) == kinds::category(fold, to))
                    })
            })
            .count()
    });
    let unknowns: Vec<usize> = (0..based.len()).filter(|i| !known(*i)).collect();
    if fitting.len() <= 1 || unknowns.is_empty() {
        return;
    }
    by_category(fold, fitting, &unknowns);
    if fitting.len() <= 1 {
        return;
    }
    // Unknown literals are taken to be of the one type that the other arguments have.
    let mut others = based.iter().filter(|ty| *ty != UNKNOWN);
    if let Some(first) = others.next()
        && others.all(|ty| ty == first)
    {
        let same: Vec<(usize, Vec<String>)> = fitting
            .iter()
            .filter(|(_, arguments)| {
                let all = vec![first.clone(); arguments.len()];
                let accepts = |to: &String| kinds::is_polymorphic(to) || kinds::is_implicit(fold, first, to);
                arguments.iter().all(accepts) && bind(fold, arguments, &all).is_some()
            })
            .cloned()
            .collect();
        if same.len() == 1 {
            *fitting = same;
        }
    }
}

/// Keeps those of the category that an unknown literal is likely to be of.
fn by_category(fold: &Fold, fitting: &mut Vec<(usize, Vec<String>)>, unknowns: &[usize]) {
    let mut wanted = Vec::new();
    for position in unknowns {
        let types: Vec<&String> =
            fitting.iter().filter_map(|(_, arguments)| arguments.get(*position)).collect();
        let categories: Vec<char> = types.iter().map(|ty| kinds::category(fold, ty)).collect();
        let category = if categories.contains(&'S') {
            'S'
        } else {
            match categories.first() {
                Some(first) if categories.iter().all(|category| category == first) => *first,
                _ => return,
            }
        };
        let preferred =
            types.iter().zip(&categories).any(|(ty, of)| *of == category && kinds::is_preferred(ty));
        wanted.push((*position, category, preferred));
    }
    let kept: Vec<(usize, Vec<String>)> = fitting
        .iter()
        .filter(|(_, arguments)| {
            wanted.iter().all(|(position, category, preferred)| {
                arguments.get(*position).is_some_and(|ty| {
                    kinds::category(fold, ty) == *category && (!preferred || kinds::is_preferred(ty))
                })
            })
        })
        .cloned()
        .collect();
    if !kept.is_empty() {
        *fitting = kept;
    }
}

fn keep_best(fitting: &mut Vec<(usize, Vec<String>)>, score: impl Fn(&[String]) -> usize) {
    let best = fitting.iter().map(|(_, arguments)| score(arguments)).max().unwrap_or(0);
    fitting.retain(|(_, arguments)| score(arguments) == best);
}

/// What the types that take many forms stand for in one call.
#[derive(Debug, Default, Clone)]
pub(super) struct Binding {
    element: Option<String>,
    range: Option<String>,
    multirange: Option<String>,
    compatible: Option<String>,
    compatible_range: Option<String>,
}

/// Binds `anyelement` and its siblings; `None` if they contradict each other.
pub(super) fn bind(fold: &Fold, declared: &[String], given: &[String]) -> Option<Binding> {
    let mut binding = Binding::default();
    let mut compatible = Vec::new();
    for (to, from) in declared.iter().zip(given) {
        if from == UNKNOWN || !kinds::is_polymorphic(to) {
            if from == UNKNOWN && to.starts_with("anycompatible") && !to.ends_with("array") {
                compatible.push(from.clone());
            }
            continue;
        }
        let below = kinds::base(fold, from);
        match to.as_str() {
            "anyelement" => merge(&mut binding.element, from)?,
            "anynonarray" if !below.starts_with('_') => merge(&mut binding.element, from)?,
            "anyenum" if below.starts_with("@e") => merge(&mut binding.element, from)?,
            "anyarray" => merge(&mut binding.element, below.strip_prefix('_')?)?,
            "anyrange" => {
                merge(&mut binding.element, &kinds::range_element(fold, &below)?)?;
                merge(&mut binding.range, &below)?;
            }
            "anymultirange" => {
                let range = kinds::range_of_multirange(&below)?;
                merge(&mut binding.element, &kinds::range_element(fold, range)?)?;
                merge(&mut binding.range, range)?;
                merge(&mut binding.multirange, &below)?;
            }
            "anycompatible" => compatible.push(from.clone()),
            "anycompatiblenonarray" if !below.starts_with('_') => compatible.push(from.clone()),
            "anycompatiblearray" => compatible.push(below.strip_prefix('_')?.to_owned()),
            "anycompatiblerange" => {
                compatible.push(kinds::range_element(fold, &below)?);
                merge(&mut binding.compatible_range, &below)?;
            }
            "anycompatiblemultirange" => {
                let range = kinds::range_of_multirange(&below)?;
                compatible.push(kinds::range_element(fold, range)?);
            }
            _ => return None,
        }
    }
    if !compatible.is_empty() {
        binding.compatible = Some(kinds::common(fold, &compatible)?);
    }
    Some(binding)
}

fn merge(slot: &mut Option<String>, ty: &str) -> Option<()> {
    match slot {
        Some(before) => (before == ty).then_some(()),
        None => {
            *slot = Some(ty.to_owned());
            Some(())
        }
    }
}

impl Binding {
    /// The type that a declared type stands for; `None` where it cannot be told.
    pub(super) fn resolve(&self, declared: &str) -> Option<String> {
        match declared {
            "anyelement" | "anynonarray" | "anyenum" => self.element.clone(),
            "anyarray" => self.element.as_ref().map(|element| format!("_{element}")),
            "anyrange" => self.range.clone(),
            "anymultirange" => match (&self.multirange, &self.range) {
                (Some(multirange), _) => Some(multirange.clone()),
                (None, Some(range)) => kinds::multirange(range).map(str::to_owned),
                (None, None) => None,
            },
            "anycompatible" | "anycompatiblenonarray" => self.compatible.clone(),
            "anycompatiblearray" => self.compatible.as_ref().map(|element| format!("_{element}")),
            "anycompatiblerange" => self.compatible_range.clone(),
            "anycompatiblemultirange" | "any" => None,
            other => Some(other.to_owned()),
        }
    }
}
