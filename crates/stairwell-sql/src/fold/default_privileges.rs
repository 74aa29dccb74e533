//! `ALTER DEFAULT PRIVILEGES`: what objects get that are created later.

use std::collections::BTreeMap;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Grants, Kind, Object, ObjectId, Plain, Verb};

use super::{
    Fold,
    privileges::{self, Change, Class},
    resolve::{self, identifier},
};

/// The rules that `ALTER DEFAULT PRIVILEGES` has set.
///
/// A rule without a schema says everything that a new object gets, from what PostgreSQL gives anyway on;
/// a rule for a schema adds to it. The owner's own rights are in none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DefaultPrivileges(BTreeMap<Rule, Grants>);

/// For whose objects a rule is: of which role (`None` for the one that runs the migrations), of which class,
/// in which schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    role: Option<String>,
    class: Class,
    schema: Option<String>,
}

impl Rule {
    /// What the rule would say if nothing had been set.
    fn usual(&self) -> Grants {
        if self.schema.is_none() { self.class.usual_grants() } else { Grants::new() }
    }
}

impl DefaultPrivileges {
    /// The schema has another name now, or (`None`) there is no such schema any more.
    pub(crate) fn follow_schema(&mut self, from: &str, to: Option<&str>) {
        let rules = std::mem::take(&mut self.0);
        self.0 = rules
            .into_iter()
            .filter_map(|(mut rule, grants)| {
                if rule.schema.as_deref() == Some(from) {
                    rule.schema = Some(to?.to_owned());
                }
                Some((rule, grants))
            })
            .collect();
    }

    /// Forgets a role, as `DROP OWNED` does.
    pub(crate) fn forget_role(&mut self, role: &str) {
        self.0.retain(|rule, _| rule.role.as_deref() != Some(role));
        // A rule that says nothing any more is none; one that nobody touched says something.
        self.0.retain(|rule, grants| grants.remove(role).is_none() || *grants != rule.usual());
    }
}

fn class_of(kind: Kind, object: &Object) -> Option<Class> {
    match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => Some(Class::Table),
        Kind::Sequence => Some(Class::Sequence),
        Kind::Function => Some(Class::Function),
        Kind::Schema => Some(Class::Schema),
        // Of a base type not even its usual rights are followed.
        Kind::Type if !matches!(object, Object::Plain(_)) => Some(Class::Type),
        _ => None,
    }
}

impl Fold {
    /// The grants of a new object, given those that PostgreSQL gives to each of its kind.
    pub(crate) fn initial_grants(&self, id: &ObjectId, object: &Object, usual: Grants) -> Grants {
        let rules = &self.state.default_privileges().0;
        let Some(class) = class_of(id.kind, object) else { return usual };
        if rules.is_empty() {
            return usual;
        }
        let role = self.session.role.clone();
        let mut rule = Rule { role, class, schema: None };
        let mut grants = rules.get(&rule).cloned().unwrap_or(usual);
        rule.schema = Some(id.schema.to_string());
        for (grantee, privileges) in rules.get(&rule).into_iter().flatten() {
            let granted = grants.entry(grantee.clone()).or_default();
            for (privilege, option) in privileges {
                *granted.entry(privilege.clone()).or_default() |= *option;
            }
        }
        // What the owner grants to itself is its own right anyway.
        if let Some(owner) = &rule.role {
            grants.remove(owner);
        }
        grants
    }

    pub(crate) fn alter_default_privileges(&mut self, it: &ast::AlterDefaultPrivileges) {
        let (target, privileges, grantees, change) = match it.action() {
            Some(ast::AlterDefaultPrivilegesAction::GrantDefaultPrivileges(grant)) => {
                let option = grant.grant_with_clause().is_some_and(|with| with.grant_option().is_some());
                (
                    grant.privilege_target(),
                    grant.privileges(),
                    grant.role_ref_list(),
                    Change::Grant { option },
                )
            }
            Some(ast::AlterDefaultPrivilegesAction::RevokeDefaultPrivileges(revoke)) => {
                let option_only = revoke.grant_option_for().is_some();
                let change = Change::Revoke { option_only };
                (revoke.privilege_target(), revoke.privileges(), revoke.role_ref_list(), change)
            }
            None => return,
        };
        let (Some(target), Some(privileges), Some(grantees)) = (target, privileges, grantees) else { return };
        let class = match target {
            ast::PrivilegeTarget::PrivilegeTargetTables(_) => Class::Table,
            ast::PrivilegeTarget::PrivilegeTargetSequences(_) => Class::Sequence,
            ast::PrivilegeTarget::PrivilegeTargetFunctions(_)
            | ast::PrivilegeTarget::PrivilegeTargetRoutines(_) => Class::Function,
            ast::PrivilegeTarget::PrivilegeTargetTypes(_) => Class::Type,
            ast::PrivilegeTarget::PrivilegeTargetSchemas(_) => Class::Schema,
            // Large objects are in no catalog.
            ast::PrivilegeTarget::PrivilegeTargetLargeObjects(_) => return,
        };
        if class == Class::Schema && it.in_schemas().is_some() {
            self.invalid("default privileges on schemas cannot be set per schema", it.syntax());
            return;
        }
        let Some(names) = self.privilege_names(&privileges, class) else { return };
        let names: Vec<&str> = names.iter().map(|named| named.privilege).collect();
        let grantees = self.grantees(&grantees, change);
        let roles: Vec<Option<String>> = match it.for_roles().and_then(|roles| roles.role_ref_list()) {
            Some(list) => list.role_refs().map(|role| self.role(&role).name().map(str::to_owned)).collect(),
            None => vec![self.session.role.clone()],
        };
        let mut schemas = Vec::new();
        match it.in_schemas() {
            Some(list) => {
                for schema in list.schema_refs() {
                    let name = identifier(schema.syntax());
                    if !self.schema_exists(&name) {
                        self.missing(&ObjectId::global(Kind::Schema, name), schema.syntax());
                    } else if !resolve::is_system(&name) {
                        schemas.push(Some(name));
                    }
                }
            }
            None => schemas.push(None),
        }
        if let Some(reason) = self.guard.perhaps.clone() {
            self.opaque(reason, it.syntax());
            return;
        }
        self.state.change_default_privileges(|rules| {
            for role in &roles {
                for schema in &schemas {
                    let rule = Rule { role: role.clone(), class, schema: schema.clone() };
                    let usual = rule.usual();
                    let grants = rules.0.entry(rule.clone()).or_insert_with(|| usual.clone());
                    for grantee in grantees.iter().filter_map(|grantee| grantee.name()) {
                        privileges::apply(grants, grantee, &names, change);
                    }
                    if *grants == usual {
                        rules.0.remove(&rule);
                    }
                }
            }
        });
        self.show_default_privileges(it.syntax());
    }

    /// Makes the objects of the catalog that stand for the rules say what the rules say.
    pub(crate) fn show_default_privileges(&mut self, node: &SyntaxNode) {
        let rules = &self.state.default_privileges().0;
        let mut wanted: BTreeMap<ObjectId, Grants> = rules
            .iter()
            .map(|(rule, grants)| {
                let Rule { role, class, schema } = rule;
                let id = ObjectId::default_privileges(role.as_deref(), class.word(), schema.as_deref());
                let mut grants = grants.clone();
                // Whoever creates something has every right to it anyway.
                if let Some(role) = role {
                    grants.remove(role);
                }
                (id, grants)
            })
            .collect();
        let shown = self.state.catalog().iter().filter(|(id, _)| id.kind == Kind::DefaultPrivileges);
        let shown: Vec<(ObjectId, Grants)> = shown.map(|(id, entry)| (*id, entry.grants.clone())).collect();
        for (id, before) in shown {
            match wanted.remove(&id) {
                None => self.drop_object(&id, false, node),
                Some(grants) if grants == before => {}
                Some(grants) => {
                    self.effect(Verb::Alter, &id, node);
                    self.change(&id, |entry| entry.grants = grants);
                }
            }
        }
        for (id, grants) in wanted {
            self.create(&id, Plain::new(), node);
            self.change(&id, |entry| entry.grants = grants);
        }
    }
}
