//! Rules of `CREATE RULE`.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Enabled, Expression, Kind, Object, ObjectId, Rule, Verb};

use super::{
    Fold,
    resolve::{self, Found},
    trigger::old_and_new,
};

impl Fold {
    pub(crate) fn create_rule(&mut self, it: &ast::CreateRule) {
        let (Some(name), Some(on)) = (it.rule(), it.rule_on()) else { return };
        let Some(target) = on.relation_name_ref() else { return };
        let relation = match self.find_relation(&resolve::parts(target.syntax())) {
            Found::Object(id) => id,
            Found::Elsewhere(_) => return,
            Found::Nothing(name) => {
                self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), target.syntax());
                return;
            }
        };
        let owner = relation.owner();
        let id = ObjectId::part(Kind::Rule, &owner, resolve::identifier(name.syntax()));
        let event = on.rule_event().map(|event| resolve::identifier(event.syntax())).unwrap_or_default();
        if event == "select" {
            // Makes a view of a table, or replaces what a view shows.
            self.change(&relation, |entry| entry.opaque = Some("a rule says what it gives".to_owned()));
            return;
        }
        // A rule that is replaced stays as disabled as it was.
        let enabled = match self.state.get(&id).map(|entry| &entry.object) {
            Some(Object::Rule(before)) => before.enabled,
            _ => Enabled::Origin,
        };
        let rule = Rule {
            event,
            instead: it.rule_do().is_some_and(|it| it.instead_token().is_some()),
            enabled,
            definition: Expression(it.syntax().text().to_string()),
        };
        if it.or_replace().is_some() && self.state.contains(&id) {
            for (on, _) in self.state.uses(&id) {
                self.state.release(&id, &on);
            }
            self.change(&id, |entry| entry.object = Object::Rule(rule));
            self.effect(Verb::Alter, &id, name.syntax());
        } else {
            if !self.is_free(&id, name.syntax()) {
                return;
            }
            self.create(&id, rule, name.syntax());
        }
        let mut references = BTreeSet::new();
        if let Some(condition) = on.where_clause().and_then(|clause| clause.expr()) {
            let scope = old_and_new(self, &owner);
            references.extend(self.expression(&condition, &scope).references);
        }
        // What it does is read now, and runs later.
        let start = self.outcome.effects.len();
        let statements: Vec<ast::Stmt> = it
            .rule_do()
            .and_then(|it| it.rule_action())
            .map(|action| match action {
                ast::RuleAction::Nothing(_) => Vec::new(),
                ast::RuleAction::RuleStmt(statement) => vec![statement.syntax().clone()],
                ast::RuleAction::RuleStmtList(list) => {
                    list.rule_stmts().map(|statement| statement.syntax().clone()).collect()
                }
            })
            .unwrap_or_default()
            .into_iter()
            .filter_map(ast::Stmt::cast)
            .collect();
        self.in_body(true, |fold| {
            statements.iter().for_each(|statement| fold.statement_inside(statement));
        });
        let effects = self.outcome.effects.get(start..).unwrap_or_default();
        references.extend(effects.iter().map(|effect| effect.effect.object));
        // On its own relation it depends by being a part of it.
        references.remove(&relation);
        self.depend_on_all(&id, references);
    }

    pub(crate) fn alter_rule(&mut self, it: &ast::AlterRule) {
        let (Some(name), Some(on)) = (it.rule_ref(), it.on_relation()) else { return };
        let Some(target) = on.relation_name_ref() else { return };
        let owner = match self.find_relation(&resolve::parts(target.syntax())) {
            Found::Object(id) => id.owner(),
            Found::Elsewhere(_) => return,
            Found::Nothing(name) => {
                self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), target.syntax());
                return;
            }
        };
        let id = ObjectId::part(Kind::Rule, &owner, resolve::identifier(name.syntax()));
        if !self.state.contains(&id) {
            self.missing(&id, name.syntax());
            return;
        }
        self.effect(Verb::Alter, &id, name.syntax());
        let Some(new) = it.rule_rename_to().and_then(|rename| rename.rule()) else { return };
        let to = ObjectId::part(Kind::Rule, &owner, resolve::identifier(new.syntax()));
        if to != id && self.is_free(&to, new.syntax()) {
            self.rename(&id, &to, new.syntax());
        }
    }
}
