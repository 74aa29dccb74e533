//! Row security policies.

use std::collections::BTreeSet;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Expression, Kind, Object, ObjectId, Policy, QualifiedName, Verb};

use super::{
    Fold, body,
    query::Scope,
    resolve::{self, Found},
};

impl Fold {
    pub(crate) fn create_policy(&mut self, it: &ast::CreatePolicy) {
        let Some(name) = it.policy() else { return };
        let Some(table) = it.on_table().and_then(|on| self.policy_table(&on)) else { return };
        let id = ObjectId::part(Kind::Policy, &table, resolve::identifier(name.syntax()));
        if !self.is_free(&id, name.syntax()) {
            return;
        }
        let command = match it.policy_command().and_then(|it| it.command()) {
            Some(ast::PolicyCommandKind::PolicyCommandDelete(_)) => "delete",
            Some(ast::PolicyCommandKind::PolicyCommandInsert(_)) => "insert",
            Some(ast::PolicyCommandKind::PolicyCommandSelect(_)) => "select",
            Some(ast::PolicyCommandKind::PolicyCommandUpdate(_)) => "update",
            Some(ast::PolicyCommandKind::PolicyCommandAll(_)) | None => "all",
        };
        let (roles, doubt) = match it.policy_roles() {
            Some(roles) => policy_roles(&roles),
            None => (BTreeSet::from(["public".to_owned()]), false),
        };
        let using = it.using_expr_clause().and_then(|clause| clause.expr());
        let check = it.with_check_expr_clause().and_then(|clause| clause.expr());
        if let (Some(check), "select" | "delete") = (&check, command) {
            self.invalid("WITH CHECK is not for SELECT and DELETE", check.syntax());
            return;
        }
        if let (Some(using), "insert") = (&using, command) {
            self.invalid("a policy for INSERT has WITH CHECK only", using.syntax());
            return;
        }
        let policy = Policy {
            command: command.to_owned(),
            permissive: it.as_policy_type().is_none_or(|it| {
                !it.syntax().text().to_string().to_ascii_lowercase().contains("restrictive")
            }),
            roles,
            using: using.as_ref().map(text),
            check: check.as_ref().map(text),
        };
        self.create(&id, policy, name.syntax());
        self.doubt_roles(&id, doubt);
        for expr in using.iter().chain(&check) {
            let references = self.expression(expr, &Scope::of_relation(self, &table)).references;
            self.depend_on_all(&id, references);
        }
    }

    /// The table that a policy is on; its effect is the policy's own.
    fn policy_table(&mut self, on: &ast::OnTable) -> Option<QualifiedName> {
        let node = on.table_name_ref()?;
        match self.find_relation(&resolve::parts(node.syntax())) {
            Found::Object(id) if id.kind == Kind::Table => Some(id.owner()),
            Found::Object(id) => {
                self.invalid(format!("{id} is not a table"), node.syntax());
                None
            }
            Found::Elsewhere(_) => None,
            Found::Nothing(name) => {
                self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), node.syntax());
                None
            }
        }
    }

    fn doubt_roles(&mut self, id: &ObjectId, doubt: bool) {
        if doubt {
            self.state.change(id, |entry| {
                let reason = || "it is for the role that runs the migration".to_owned();
                entry.opaque.get_or_insert_with(reason);
            });
        }
    }

    pub(crate) fn alter_policy(&mut self, it: &ast::AlterPolicy) {
        let Some(name) = it.policy_ref() else { return };
        let Some(table) = it.on_table().and_then(|on| self.policy_table(&on)) else { return };
        let id = ObjectId::part(Kind::Policy, &table, resolve::identifier(name.syntax()));
        let Some(Object::Policy(before)) = self.state.get(&id).map(|entry| entry.object.clone()) else {
            self.missing(&id, name.syntax());
            return;
        };
        self.effect(Verb::Alter, &id, name.syntax());
        let to = match it.action() {
            Some(ast::AlterPolicyAction::PolicyRenameTo(rename)) => {
                let Some(new) = rename.policy() else { return };
                let to = ObjectId::part(Kind::Policy, &table, resolve::identifier(new.syntax()));
                if to != id && self.is_free(&to, new.syntax()) {
                    self.rename(&id, &to, new.syntax());
                }
                return;
            }
            Some(ast::AlterPolicyAction::AlterPolicyTo(to)) => to,
            None => return,
        };
        let using = to.using_expr_clause().and_then(|clause| clause.expr());
        let check = to.with_check_expr_clause().and_then(|clause| clause.expr());
        let roles = to.policy_roles().map(|roles| policy_roles(&roles));
        let doubt = roles.as_ref().is_some_and(|(_, doubt)| *doubt);
        self.change(&id, |entry| {
            if let Object::Policy(policy) = &mut entry.object {
                if let Some((roles, _)) = roles {
                    policy.roles = roles;
                }
                if let Some(using) = &using {
                    policy.using = Some(text(using));
                }
                if let Some(check) = &check {
                    policy.check = Some(text(check));
                }
            }
        });
        self.doubt_roles(&id, doubt);
        if using.is_none() && check.is_none() {
            return;
        }
        // PostgreSQL notes anew what the whole policy depends on.
        for (on, _) in self.state.uses(&id) {
            self.state.release(&id, &on);
        }
        let kept = [(&using, before.using), (&check, before.check)];
        let kept: Vec<Expression> =
            kept.into_iter().filter(|(new, _)| new.is_none()).filter_map(|(_, old)| old).collect();
        for expression in kept {
            let references = self.references_of(&expression, &table, name.syntax());
            self.depend_on_all(&id, references);
        }
        for expr in using.iter().chain(&check) {
            let references = self.expression(expr, &Scope::of_relation(self, &table)).references;
            self.depend_on_all(&id, references);
        }
    }

    /// What an expression that was read before depends on.
    fn references_of(
        &mut self,
        expression: &Expression,
        table: &QualifiedName,
        node: &SyntaxNode,
    ) -> BTreeSet<ObjectId> {
        let inner = self.composed(format!("SELECT ({})", expression.0), node);
        let Some(statements) = body::statements(&inner.text) else { return BTreeSet::new() };
        let said = self.outcome.said();
        let references = self.inside(inner.locate, |fold| {
            let mut references = BTreeSet::new();
            let targets =
                statements.iter().flat_map(|it| it.syntax().descendants().find_map(ast::Target::cast));
            for expr in targets.filter_map(|target| target.expr()) {
                references.extend(fold.expression(&expr, &Scope::of_relation(fold, table)).references);
            }
            references
        });
        self.outcome.unsay(said);
        references.unwrap_or_default()
    }
}

fn text(expr: &ast::Expr) -> Expression {
    Expression(expr.syntax().text().to_string())
}

/// The roles by name, and whether one of them is known only where the migration runs.
fn policy_roles(roles: &ast::PolicyRoles) -> (BTreeSet<String>, bool) {
    let mut names = BTreeSet::new();
    let mut doubt = false;
    for role in roles.role_ref_list().into_iter().flat_map(|list| list.role_refs()) {
        doubt |= !matches!(role.role_ref_value(), Some(ast::RoleRefValue::RoleNameRef(_)) | None);
        let name = role
            .role_ref_value()
            .map_or_else(|| resolve::identifier(role.syntax()), |value| resolve::identifier(value.syntax()));
        names.insert(name);
    }
    // `PUBLIC` makes every other role superfluous.
    if names.contains("public") {
        names = BTreeSet::from(["public".to_owned()]);
    }
    (names, doubt)
}
