//! What extends the server itself: procedural languages and access methods.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Kind, Language, Object, ObjectId, Plain, Verb};

use super::{Fold, resolve::identifier, resolve::text};

impl Fold {
    pub(crate) fn create_language(&mut self, it: &ast::CreateLanguage) {
        // Without a handler it is `CREATE EXTENSION`.
        let (Some(name), Some(handler)) = (it.language(), it.handler_clause()) else { return };
        let id = ObjectId::global(Kind::Language, identifier(name.syntax()));
        let mut uses = Vec::new();
        let language = Language {
            trusted: it.trusted_token().is_some(),
            handler: self.language_function(handler.function_name_ref(), &mut uses),
            inline: self
                .language_function(it.inline_clause().and_then(|it| it.function_name_ref()), &mut uses),
            validator: self
                .language_function(it.validator_clause().and_then(|it| it.function_name_ref()), &mut uses),
        };
        if it.or_replace().is_some() && self.state.contains(&id) {
            self.effect(Verb::Alter, &id, name.syntax());
            self.change(&id, |entry| entry.object = Object::Language(language));
            return;
        }
        self.make(&id, language, &uses, name.syntax());
    }

    pub(crate) fn alter_language(&mut self, it: &ast::AlterLanguage) {
        let (Some(name), Some(action)) = (it.language_ref(), it.action()) else { return };
        if let Some(id) = self.made(Kind::Language, name.syntax(), false) {
            self.alter_name_or_owner(&id, action.syntax());
        }
    }

    pub(crate) fn create_access_method(&mut self, it: &ast::CreateAccessMethod) {
        let (Some(name), Some(handler)) = (it.access_method(), it.handler_clause()) else { return };
        let id = ObjectId::global(Kind::AccessMethod, identifier(name.syntax()));
        let used = handler.function_name_ref().and_then(|it| self.function_named(it.syntax()));
        let index = matches!(it.access_method_type(), Some(ast::AccessMethodType::AccessMethodTypeIndex(_)));
        let ty = if index { "index" } else { "table" };
        let definition = format!("type {ty} {}", text(&handler));
        self.make(&id, Plain::new().with_text("definition", definition), used.as_slice(), name.syntax());
    }
}
