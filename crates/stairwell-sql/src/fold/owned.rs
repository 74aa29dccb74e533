//! `DROP OWNED` and `REASSIGN OWNED`.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{ObjectId, Verb};

use super::{Fold, role::Role};

impl Fold {
    pub(crate) fn drop_owned(&mut self, it: &ast::DropOwned) {
        let cascade = matches!(it.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        for node in it.role_ref_list().into_iter().flat_map(|list| list.role_refs()) {
            let Role::Named(role) = self.role(&node) else {
                self.opaque("what the role that runs the migrations owns is not known", it.syntax());
                continue;
            };
            let named: Vec<_> =
                self.owned_by(&role).into_iter().map(|id| (id, node.syntax().clone())).collect();
            self.drop_named(&named, cascade);
            // Its rights to what belongs to others go as well.
            let granted: Vec<ObjectId> = self
                .state
                .catalog()
                .iter()
                .filter(|(_, entry)| entry.grants.contains_key(&role))
                .map(|(id, _)| *id)
                .collect();
            for id in granted {
                self.consequence(Verb::Alter, &id, node.syntax());
                self.change(&id, |entry| {
                    entry.grants.remove(&role);
                });
            }
            self.state.change_default_privileges(|rules| rules.forget_role(&role));
            self.show_default_privileges(node.syntax());
        }
    }

    pub(crate) fn reassign_owned(&mut self, it: &ast::Reassign) {
        // The list of those who give comes first; the last role is the one that gets.
        let mut roles: Vec<ast::RoleRef> = it.syntax().descendants().filter_map(ast::RoleRef::cast).collect();
        let Some(new) = roles.pop() else { return };
        let to = self.role(&new);
        for old in roles {
            let owned = match self.role(&old) {
                Role::Named(old) => self.owned_by(&old),
                Role::Runner | Role::Public => {
                    let own = |id: &&ObjectId| !id.kind.is_part() && self.state.owner(id).is_none();
                    self.state.catalog().iter().map(|(id, _)| id).filter(own).cloned().collect()
                }
            };
            for id in owned {
                self.consequence(Verb::Alter, &id, old.syntax());
                self.give_to(&id, &to, new.syntax());
            }
        }
    }

    fn owned_by(&self, role: &str) -> Vec<ObjectId> {
        let owned = |id: &&ObjectId| self.state.owner(id) == Some(role);
        self.state.catalog().iter().map(|(id, _)| id).filter(owned).cloned().collect()
    }
}
