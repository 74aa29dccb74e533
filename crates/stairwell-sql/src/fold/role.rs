//! Roles, which are outside of the catalog: who owns an object, who is granted something, and for whom the
//! statements run.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId};

use super::{Fold, resolve::identifier, state::Strength};

/// A role as a statement names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everybody.
    Public,
    /// The role of this name.
    Named(String),
    /// The role that runs the migrations, whose name is not known.
    Runner,
}

impl Role {
    /// The name under which a catalog's grants have it; `None` if it is not known.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Public => Some("PUBLIC"),
            Self::Named(name) => Some(name),
            Self::Runner => None,
        }
    }

    /// The role of this name, or the one that runs the migrations.
    fn of(name: Option<&str>) -> Self {
        name.map_or(Self::Runner, |name| Self::Named(name.to_owned()))
    }
}

impl Fold {
    /// The role that is meant.
    pub(crate) fn role(&self, node: &ast::RoleRef) -> Role {
        match node.role_ref_value() {
            Some(ast::RoleRefValue::RoleNameRef(name)) => match identifier(name.syntax()).as_str() {
                "public" => Role::Public,
                name => Role::Named(name.to_owned()),
            },
            Some(ast::RoleRefValue::RoleRefSessionUser(_)) => Role::of(self.session.user.as_deref()),
            _ => Role::of(self.session.role.as_deref()),
        }
    }

    /// The owner of an object or, for a part, of its relation.
    pub(crate) fn owner(&self, id: &ObjectId) -> Role {
        let owner = if id.kind.is_part() {
            let relation = self.state.catalog().relation(&id.owner());
            relation.and_then(|relation| self.state.owner(relation))
        } else {
            self.state.owner(id)
        };
        Role::of(owner)
    }

    /// `OWNER TO`: rights of the new owner are told no longer, because they are its own.
    ///
    /// The sequences that columns of a table own go along.
    pub(crate) fn change_owner(&mut self, id: &ObjectId, it: &ast::OwnerTo) {
        let Some(role) = it.role_ref() else { return };
        let role = self.role(&role);
        self.give_to(id, &role, it.syntax());
    }

    /// Gives an object, and what follows it, to another owner.
    pub(crate) fn give_to(&mut self, id: &ObjectId, role: &Role, node: &SyntaxNode) {
        if *role == Role::Public {
            self.invalid("PUBLIC is no role that can own something", node);
            return;
        }
        let name = role.name().map(str::to_owned);
        // The columns come first: their owner is the table's.
        let mut owned = Vec::new();
        if id.kind.is_relation() {
            let columns: Vec<ObjectId> =
                self.state.catalog().parts(&id.owner()).map(|(part, _)| *part).collect();
            for column in columns.iter().filter(|part| part.kind == Kind::Column) {
                let dependents = self.state.dependents(column).into_iter();
                owned.extend(dependents.filter(|it| {
                    it.kind == Kind::Sequence && self.state.strength(it, column) == Some(Strength::Auto)
                }));
            }
            owned.extend(columns);
        }
        owned.push(*id);
        for id in owned {
            if self.owner(&id) != *role
                && let Some(name) = &name
            {
                self.change(&id, |entry| {
                    entry.grants.remove(name);
                });
            }
            if !id.kind.is_part() {
                self.state.set_owner(&id, name.clone());
                // Whether it has this owner is not known if the statement may not run.
                self.change(&id, |_| {});
            }
        }
    }
}
