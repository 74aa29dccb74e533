//! What is known of the value of an expression.

use stairwell_catalog::SqlType;

use super::kinds::{self, UNKNOWN};
use crate::fold::Fold;

/// The type of an expression, with what else a column made of it takes over.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// The type; `unknown` for a literal that nothing has decided yet.
    pub(super) ty: SqlType,
    /// The collation, if it is not the default one.
    pub(super) collation: Option<String>,
    /// The fields of a record, where the type does not tell them.
    pub(super) fields: Option<Vec<(String, Value)>>,
}

impl Value {
    pub(super) fn new(ty: SqlType) -> Self {
        Self { ty, collation: None, fields: None }
    }

    pub(super) fn opaque() -> Self {
        Self::new(SqlType::Opaque)
    }

    pub(super) fn boolean() -> Self {
        Self::built_in("boolean")
    }

    pub(super) fn built_in(canonical: &str) -> Self {
        Self::new(SqlType::built_in(canonical))
    }

    pub(super) fn unknown() -> Self {
        Self::built_in(UNKNOWN)
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(&self.ty, SqlType::BuiltIn(ty) if ty == UNKNOWN)
    }

    /// A literal that nothing decided is text in the end.
    pub(super) fn settle(&mut self) {
        if self.is_unknown() {
            self.ty = SqlType::built_in("text");
        }
    }

    /// The collation that what is computed from this value takes over: a `name` has one of its own.
    fn inherited_collation(&self) -> Option<String> {
        match &self.ty {
            SqlType::BuiltIn(ty) if ty == "name" => {
                Some(self.collation.clone().unwrap_or_else(|| "C".to_owned()))
            }
            _ => self.collation.clone(),
        }
    }

    /// The collation of a column of this value, if it is not the type's own.
    pub(super) fn column_collation(&self) -> Option<String> {
        match &self.ty {
            SqlType::BuiltIn(ty) if ty == "name" => {
                self.collation.clone().filter(|collation| collation != "C")
            }
            _ => self.collation.clone(),
        }
    }
}

/// The value of the given type computed from others: it takes over their collation.
pub(super) fn computed<'v>(fold: &Fold, ty: SqlType, from: impl IntoIterator<Item = &'v Value>) -> Value {
    let collatable = kinds::short(fold, &ty).is_some_and(|short| kinds::is_collatable(fold, &short));
    if !collatable {
        return Value::new(ty);
    }
    let mut collations: Vec<String> = from.into_iter().filter_map(Value::inherited_collation).collect();
    collations.dedup();
    // Two collations that are in conflict leave none.
    let collation = if collations.len() == 1 { collations.pop() } else { None };
    Value { ty, collation, fields: None }
}

/// The value that is one of several: of UNION, CASE, COALESCE, VALUES, ARRAY.
pub(super) fn one_of(fold: &Fold, values: &[Value]) -> Value {
    let Some(first) = values.first() else { return Value::opaque() };
    if !first.is_unknown() && values.iter().all(|value| value.ty == first.ty) {
        let mut value = computed(fold, first.ty.clone(), values);
        if values.len() == 1 {
            value.fields.clone_from(&first.fields);
        }
        return value;
    }
    let short: Option<Vec<String>> = values.iter().map(|value| kinds::short(fold, &value.ty)).collect();
    let ty =
        short.and_then(|short| kinds::common(fold, &short)).map_or(SqlType::Opaque, |ty| kinds::long(&ty));
    computed(fold, ty, values)
}
