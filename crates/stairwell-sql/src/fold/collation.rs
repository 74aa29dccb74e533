//! Collations: of them only the existence is followed.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Kind, Object, ObjectId, Plain, Verb};

use super::{
    Fold,
    lookup::{Sought, Wanted},
    resolve::parts,
    state::Strength,
};

impl Fold {
    pub(crate) fn create_collation(&mut self, it: &ast::CreateCollation) {
        let Some(name) = it.collation() else { return };
        let node = name.syntax();
        let name = self.new_name(&parts(node));
        if self.lacks_schema(&name, node) {
            return;
        }
        let id = ObjectId::new(Kind::Collation, name.schema, name.name);
        if let Some(ast::CreateCollationDefinition::CollationFrom(from)) = it.definition()
            && let Some(from) = from.collation_ref()
        {
            self.named_or_system(Wanted::Collation, from.syntax());
        }
        if it.if_not_exists().is_some() && self.state.contains(&id) || !self.is_free(&id, node) {
            return;
        }
        self.create(&id, Plain::default(), node);
    }

    pub(crate) fn alter_collation(&mut self, it: &ast::AlterCollation) {
        let Some(name) = it.collation_ref() else { return };
        let Some(id) = self.named_or_system(Wanted::Collation, name.syntax()) else { return };
        self.effect(Verb::Alter, &id, name.syntax());
        match it.action() {
            Some(ast::AlterCollationAction::CollationRenameTo(rename)) => {
                if let Some(name) = rename.collation() {
                    self.rename_to(&id, name.syntax());
                }
            }
            Some(ast::AlterCollationAction::SetSchema(set)) => self.move_to(&id, &set),
            Some(ast::AlterCollationAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            Some(ast::AlterCollationAction::RefreshVersion(_)) | None => {}
        }
    }

    /// The collation that `COLLATE` names, as a catalog tells it: bare if it is PostgreSQL's own, otherwise
    /// with its schema; nothing for the default. The object comes with it if it is the application's.
    pub(crate) fn collation(&mut self, it: &ast::Collate) -> (Option<String>, Option<ObjectId>) {
        let Some(name) = it.collation_ref() else { return (None, None) };
        let parts = parts(name.syntax());
        match self.seek(Wanted::Collation, &parts) {
            Sought::Object(id) => {
                self.effect(Verb::Reference, &id, name.syntax());
                (Some(id.owner().to_string()), Some(id))
            }
            found => {
                // Without a schema it is one of PostgreSQL's own.
                if let Sought::Missing(id) = found
                    && parts.len() > 1
                {
                    self.missing(&id, name.syntax());
                }
                (parts.last().filter(|name| *name != "default").cloned(), None)
            }
        }
    }

    /// Notes the collation that a column has now, and forgets the one that it had.
    pub(crate) fn depend_on_collation(&mut self, column: &ObjectId) {
        for (on, _) in self.state.uses(column) {
            if on.kind == Kind::Collation {
                self.state.release(column, &on);
            }
        }
        let Some(Object::Column(it)) = self.state.get(column).map(|entry| &entry.object) else { return };
        // One of PostgreSQL's own has no schema.
        let Some(name) = it.collation.clone().filter(|name| name.contains('.')) else { return };
        let is_it = |id: &&ObjectId| id.kind == Kind::Collation && id.owner().to_string() == name;
        if let Some(on) = self.state.catalog().iter().map(|(id, _)| id).find(is_it).cloned() {
            self.state.depend(column, &on, Strength::Normal);
        }
    }
}
