//! Enums: their values and the order of them.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Enum, Object, ObjectId};

use super::{Fold, resolve::IDENTIFIER_BYTES};

/// The place of a new value.
enum Place {
    End,
    Before(String),
    After(String),
}

impl Fold {
    pub(crate) fn create_enum(&mut self, id: &ObjectId, it: &ast::EnumType, node: &SyntaxNode) {
        let mut values: Vec<String> = Vec::new();
        for literal in it.variant_list().into_iter().flat_map(|list| list.variants()) {
            let Some(value) = literal.literal().and_then(|literal| literal.string_value()) else { continue };
            if !self.is_label(&value, literal.syntax()) {
                continue;
            }
            if values.contains(&value) {
                self.invalid(format!("{id} has the value '{value}' twice"), literal.syntax());
            } else {
                values.push(value);
            }
        }
        if self.is_free(id, node) {
            self.create(id, Enum { values }, node);
        }
    }

    fn is_label(&mut self, value: &str, node: &SyntaxNode) -> bool {
        let fits = value.len() <= IDENTIFIER_BYTES;
        if !fits {
            self.invalid(format!("values of enums have at most {IDENTIFIER_BYTES} bytes"), node);
        }
        fits
    }

    /// The values, if it is an enum.
    fn values(&mut self, id: &ObjectId, node: &SyntaxNode) -> Option<Vec<String>> {
        match self.state.get(id).map(|entry| &entry.object) {
            Some(Object::Enum(it)) => Some(it.values.clone()),
            _ => {
                if self.is_sure(id) {
                    self.invalid(format!("{id} is no enum"), node);
                }
                None
            }
        }
    }

    pub(crate) fn add_value(&mut self, id: &ObjectId, it: &ast::AddValue) {
        let Some(values) = self.values(id, it.syntax()) else { return };
        let Some(value) = it.literal().and_then(|literal| literal.string_value()) else { return };
        if !self.is_label(&value, it.syntax()) {
            return;
        }
        if values.contains(&value) {
            if it.if_not_exists().is_none() && self.is_sure(id) {
                self.invalid(format!("{id} has the value '{value}' already"), it.syntax());
            }
            return;
        }
        let place = match it.value_position() {
            Some(ast::ValuePosition::BeforeValue(before)) => {
                before.literal().and_then(|literal| literal.string_value()).map(Place::Before)
            }
            Some(ast::ValuePosition::AfterValue(after)) => {
                after.literal().and_then(|literal| literal.string_value()).map(Place::After)
            }
            None => Some(Place::End),
        };
        let find = |neighbor: &String| values.iter().position(|value| value == neighbor);
        let index = match &place {
            Some(Place::End) | None => Some(values.len()),
            Some(Place::Before(neighbor)) => find(neighbor),
            Some(Place::After(neighbor)) => find(neighbor).map(|index| index + 1),
        };
        let Some(index) = index else {
            if self.is_sure(id) {
                self.invalid(format!("{id} has no value to put '{value}' beside"), it.syntax());
            }
            return;
        };
        self.change(id, |entry| {
            if let Object::Enum(it) = &mut entry.object {
                it.values.insert(index, value);
            }
        });
    }

    pub(crate) fn rename_value(&mut self, id: &ObjectId, it: &ast::RenameValue) {
        let Some(values) = self.values(id, it.syntax()) else { return };
        let from = it.from().and_then(|literal| literal.string_value());
        let to = it.to().and_then(|literal| literal.string_value());
        let (Some(from), Some(to)) = (from, to) else { return };
        if !self.is_label(&to, it.syntax()) {
            return;
        }
        let index = values.iter().position(|value| *value == from);
        match index {
            None if self.is_sure(id) => self.invalid(format!("{id} has no value '{from}'"), it.syntax()),
            Some(_) if values.contains(&to) && self.is_sure(id) => {
                self.invalid(format!("{id} has the value '{to}' already"), it.syntax());
            }
            Some(index) => self.change(id, |entry| {
                if let Object::Enum(it) = &mut entry.object
                    && let Some(value) = it.values.get_mut(index)
                {
                    *value = to;
                }
            }),
            None => {}
        }
    }
}
