//! Range types and the multirange types that come with them.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Object, ObjectId, QualifiedName, Range, SqlType};

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
        let its_id = ObjectId::new(Kind::Type, id.schema, multirange.clone());
        if !self.is_free(&its_id, node) {
            return;
        }
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

impl Fold {
    /// The name of the multirange type that came with a range type.
    ///
    /// `SET SCHEMA` moves the range alone, so that it may be in another schema by now.
    pub(crate) fn multirange_of(&self, range: &ObjectId) -> Option<QualifiedName> {
        match &self.state.get(range)?.object {
            Object::Range(it) => {
                let schema =
                    self.state.inner_names(range).first().map_or(range.schema.as_str(), String::as_str);
                Some(QualifiedName::new(schema, it.multirange.as_str()))
            }
            _ => None,
        }
    }

    /// The range type with which the multirange type of that name came.
    pub(crate) fn range_of(&self, multirange: &QualifiedName) -> Option<ObjectId> {
        let is_its = |id: &&ObjectId| self.multirange_of(id).as_ref() == Some(multirange);
        self.state.ranges().find(is_its).cloned()
    }

    /// The range types whose multirange types are in that schema and they themselves are not.
    pub(crate) fn ranges_left_in(&self, schema: &str) -> Vec<ObjectId> {
        let is_left = |id: &&ObjectId| {
            id.schema != schema
                && self.multirange_of(id).is_some_and(|multirange| multirange.schema == schema)
        };
        self.state.ranges().filter(is_left).cloned().collect()
    }

    /// Notes where the multirange type of a range is.
    pub(crate) fn set_multirange_schema(&mut self, range: &ObjectId, schema: String) {
        let names = if schema == range.schema { Vec::new() } else { vec![schema] };
        if self.state.inner_names(range) != names {
            self.state.set_inner_names(range, names);
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
