//! Range types and the multirange types that come with them.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{ObjectId, Range, SqlType};

use super::{
    Fold,
    resolve::{IDENTIFIER_BYTES, parts, truncate},
    state::Strength,
};

impl Fold {
    pub(crate) fn create_range(&mut self, id: &ObjectId, it: &ast::RangeType, node: &SyntaxNode) {
        let mut subtype = None;
        let mut multirange = None;
        let mut functions = Vec::new();
        for option in it.attribute_list().into_iter().flat_map(|list| list.attribute_options()) {
            let Some(name) = option.name() else { continue };
            let Some(ty) = option.attribute_value().and_then(|value| value.ty()) else { continue };
            match name.syntax().text().to_string().to_ascii_lowercase().as_str() {
                "subtype" => subtype = Some(self.sql_type(&ty)),
                "multirange_type_name" => multirange = parts(ty.syntax()).pop(),
                "canonical" | "subtype_diff" => functions.push(parts(ty.syntax())),
                _ => {}
            }
        }
        let Some(subtype) = subtype else {
            self.invalid("a range type needs a SUBTYPE", node);
            return;
        };
        if !self.is_free(id, node) {
            return;
        }
        let multirange = multirange.unwrap_or_else(|| multirange_name(&id.name));
        let subtype = without_modifier(subtype);
        self.create(id, Range { subtype: subtype.clone(), multirange }, node);
        self.depend_on(id, &subtype);
        for function in functions {
            if let [function] = self.find_functions(&function).as_slice() {
                self.state.depend(id, function, Strength::Normal);
            }
        }
    }
}

/// The name that PostgreSQL gives to the multirange type: `range` becomes `multirange`, or else that is appended.
fn multirange_name(range: &str) -> String {
    const SUFFIX: &str = "_multirange";
    match range.split_once("range") {
        Some((before, behind)) => truncate(format!("{before}multirange{behind}")),
        None => {
            let mut end = range.len().min(IDENTIFIER_BYTES - SUFFIX.len());
            while !range.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}{SUFFIX}", range.get(..end).unwrap_or_default())
        }
    }
}

/// A range type keeps no modifier of its subtype.
fn without_modifier(ty: SqlType) -> SqlType {
    super::routine::bare(ty)
}

#[cfg(test)]
mod tests {
    use super::multirange_name;

    #[test]
    fn the_name_of_a_multirange() {
        assert_eq!(multirange_name("timerange"), "timemultirange");
        assert_eq!(multirange_name("range_of_ranges"), "multirange_of_ranges");
        assert_eq!(multirange_name("span"), "span_multirange");
        assert_eq!(multirange_name(&"x".repeat(63)), format!("{}_multirange", "x".repeat(52)));
    }
}
