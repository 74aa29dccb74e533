//! `RENAME TO` and `SET SCHEMA` of whatever stands in a schema and is no relation.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId};

use super::{
    Fold,
    resolve::{identifier, is_system, parts},
};

impl Fold {
    /// Gives the object the name that stands at `node`.
    pub(crate) fn rename_to(&mut self, id: &ObjectId, node: &SyntaxNode) {
        let Some(name) = parts(node).pop() else { return };
        let to = ObjectId { name: name.into(), ..*id };
        if self.is_free(&to, node) {
            self.rename(id, &to, node);
        }
    }

    /// Moves the object to the schema of `SET SCHEMA`.
    pub(crate) fn move_to(&mut self, id: &ObjectId, set: &ast::SetSchema) {
        let Some(schema) = set.schema_ref() else { return };
        let to = ObjectId { schema: identifier(schema.syntax()).into(), ..*id };
        if to == *id {
            return;
        }
        if !self.schema_exists(&to.schema) {
            self.missing(&ObjectId::global(Kind::Schema, to.schema), schema.syntax());
        } else if is_system(&to.schema) {
            self.invalid("objects cannot be moved into a schema of the system", schema.syntax());
        } else if self.is_free(&to, schema.syntax()) {
            self.rename(id, &to, schema.syntax());
        }
    }
}
