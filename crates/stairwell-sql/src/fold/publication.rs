//! Publications: of them only the existence is followed, and what they publish stays as it is.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Plain, Verb};

use super::{Fold, lookup::Wanted, resolve::identifier};

impl Fold {
    pub(crate) fn create_publication(&mut self, it: &ast::CreatePublication) {
        let Some(name) = it.publication() else { return };
        let id = ObjectId::global(Kind::Publication, identifier(name.syntax()));
        if let Some(clause) = it.publication_for_clause() {
            self.published(clause.syntax());
        }
        if self.is_free(&id, name.syntax()) {
            self.create(&id, Plain::default(), name.syntax());
        }
    }

    pub(crate) fn alter_publication(&mut self, it: &ast::AlterPublication) {
        let Some(name) = it.publication_ref() else { return };
        let Some(id) = self.named(Wanted::Publication, name.syntax()) else { return };
        self.effect(Verb::Alter, &id, name.syntax());
        match it.action() {
            Some(ast::AlterPublicationAction::PublicationRenameTo(rename)) => {
                if let Some(name) = rename.publication() {
                    let to = ObjectId::global(Kind::Publication, identifier(name.syntax()));
                    if self.is_free(&to, name.syntax()) {
                        self.rename(&id, &to, name.syntax());
                    }
                }
            }
            Some(ast::AlterPublicationAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            Some(action) => self.published(action.syntax()),
            None => {}
        }
    }

    /// References to the tables and schemas that are published.
    fn published(&mut self, node: &SyntaxNode) {
        for node in node.descendants() {
            if let Some(table) = ast::TableNameRef::cast(node.clone()) {
                self.relation(table.syntax(), Verb::Reference);
            } else if let Some(schema) = ast::SchemaRef::cast(node)
                && let Some(id) = self.named(Wanted::Schema, schema.syntax())
            {
                self.effect(Verb::Reference, &id, schema.syntax());
            }
        }
    }
}
