//! `CREATE TYPE` and `ALTER TYPE`, as far as they are the same for all kinds of types.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Object, ObjectId, Plain, SqlType, Verb};

use super::{
    Fold,
    lookup::Wanted,
    resolve::{is_system, parts},
    state::Strength,
};

impl Fold {
    pub(crate) fn create_type(&mut self, it: &ast::CreateType) {
        let Some(name) = it.type_name() else { return };
        let node = name.syntax();
        let Some(id) = self.new_type(node) else { return };
        match it.kind() {
            Some(ast::CreateTypeKind::EnumType(kind)) => self.create_enum(&id, &kind, node),
            Some(ast::CreateTypeKind::CompositeType(kind)) => self.create_composite(&id, &kind, node),
            Some(ast::CreateTypeKind::RangeType(kind)) => self.create_range(&id, &kind, node),
            // First comes the name alone, so that its functions can be written, then the type.
            Some(ast::CreateTypeKind::BaseType(_)) if self.is_shell(&id) => {
                self.effect(Verb::Create, &id, node);
            }
            Some(ast::CreateTypeKind::BaseType(_)) | None => {
                if self.is_free(&id, node) {
                    self.create(&id, Plain::default(), node);
                }
            }
        }
    }

    /// The identity of a new type; `None` if it cannot be created there.
    pub(crate) fn new_type(&mut self, node: &SyntaxNode) -> Option<ObjectId> {
        let name = self.new_name(&parts(node));
        if self.lacks_schema(&name, node) {
            return None;
        }
        let id = ObjectId::new(Kind::Type, name.schema, name.name);
        if is_system(&id.schema) {
            self.invalid("types cannot be created in a schema of the system", node);
            return None;
        }
        Some(id)
    }

    /// Whether it is a base type, defined or still to be.
    fn is_shell(&self, id: &ObjectId) -> bool {
        matches!(self.state.get(id).map(|entry| &entry.object), Some(Object::Plain(_)))
    }

    /// Notes that an object cannot be without a type.
    pub(crate) fn depend_on(&mut self, dependent: &ObjectId, ty: &SqlType) {
        if let Some(on) = self.type_object(ty)
            && on != *dependent
        {
            self.state.depend(dependent, &on, Strength::Normal);
        }
    }

    pub(crate) fn alter_type(&mut self, it: &ast::AlterType) {
        let Some(name) = it.type_name_ref() else { return };
        let node = name.syntax().clone();
        let Some(id) = self.named(Wanted::Type, &node) else { return };
        self.effect(Verb::Alter, &id, &node);
        match it.action() {
            Some(ast::AlterTypeAction::AddValue(action)) => self.add_value(&id, &action),
            Some(ast::AlterTypeAction::RenameValue(action)) => self.rename_value(&id, &action),
            Some(ast::AlterTypeAction::AlterTypeAttributeActionList(list)) => {
                for action in list.actions() {
                    self.alter_attribute(&id, &action);
                }
            }
            Some(ast::AlterTypeAction::RenameAttribute(action)) => self.rename_attribute(&id, &action),
            Some(ast::AlterTypeAction::TypeRenameTo(rename)) => {
                if let Some(name) = rename.type_name() {
                    self.rename_to(&id, name.syntax());
                }
            }
            Some(ast::AlterTypeAction::SetSchema(set)) => self.move_to(&id, &set),
            Some(ast::AlterTypeAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            // Only base types have options, and of those only the existence is followed.
            Some(ast::AlterTypeAction::SetOptions(_)) | None => {}
        }
    }
}
