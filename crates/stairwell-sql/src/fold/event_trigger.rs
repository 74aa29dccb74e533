//! Event triggers.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Enabled, EventTrigger, Kind, Object, ObjectId, Verb};

use super::{Fold, resolve, state::Strength};

impl Fold {
    pub(crate) fn create_event_trigger(&mut self, it: &ast::CreateEventTrigger) {
        let (Some(name), Some(call)) = (it.event_trigger(), it.call_expr()) else { return };
        let id = ObjectId::global(Kind::EventTrigger, resolve::identifier(name.syntax()));
        let Some(function) = self.trigger_function(&call, "event_trigger") else { return };
        if !self.is_free(&id, name.syntax()) {
            return;
        }
        let event = it.event().map(|event| resolve::identifier(event.syntax())).unwrap_or_default();
        let tags: BTreeSet<String> = it
            .event_trigger_when_clause()
            .into_iter()
            .flat_map(|when| when.syntax().descendants().filter_map(ast::Literal::cast).collect::<Vec<_>>())
            .filter_map(|tag| tag.string_value())
            .map(|tag| tag.to_ascii_uppercase())
            .collect();
        let trigger = EventTrigger { event, tags, function: function.name, enabled: Enabled::Origin };
        self.create(&id, trigger, name.syntax());
        self.settle_trigger_function(&id, &function);
    }

    pub(crate) fn alter_event_trigger(&mut self, it: &ast::AlterEventTrigger) {
        let Some(name) = it.event_trigger_ref() else { return };
        let id = ObjectId::global(Kind::EventTrigger, resolve::identifier(name.syntax()));
        if !self.state.contains(&id) {
            self.missing(&id, name.syntax());
            return;
        }
        self.effect(Verb::Alter, &id, name.syntax());
        let enabled = match it.action() {
            Some(ast::AlterEventTriggerAction::Enable(_)) => Enabled::Origin,
            Some(ast::AlterEventTriggerAction::Disable(_)) => Enabled::Disabled,
            Some(ast::AlterEventTriggerAction::EnableAlways(_)) => Enabled::Always,
            Some(ast::AlterEventTriggerAction::EnableReplica(_)) => Enabled::Replica,
            Some(ast::AlterEventTriggerAction::EventTriggerRenameTo(rename)) => {
                let Some(new) = rename.event_trigger() else { return };
                let to = ObjectId::global(Kind::EventTrigger, resolve::identifier(new.syntax()));
                if self.is_free(&to, new.syntax()) {
                    self.rename(&id, &to, new.syntax());
                }
                return;
            }
            Some(ast::AlterEventTriggerAction::OwnerTo(_)) | None => return,
        };
        self.change(&id, |entry| {
            if let Object::EventTrigger(trigger) = &mut entry.object {
                trigger.enabled = enabled;
            }
        });
    }
}

/// The function that a trigger calls.
#[derive(Debug, Clone)]
pub(crate) struct TriggerFunction {
    /// Its identity as triggers keep it.
    pub(crate) name: ObjectId,
    /// Whether it is in the catalog.
    pub(crate) followed: bool,
    /// Why its schema may be another one.
    pub(crate) doubt: Option<String>,
}

impl Fold {
    /// Finds the function of a trigger, with a reference to it. `None` if the server refuses it.
    pub(crate) fn trigger_function(
        &mut self,
        call: &ast::CallExpr,
        returns: &str,
    ) -> Option<TriggerFunction> {
        let path = call.expr()?;
        let node = path.syntax();
        let parts = resolve::parts(node);
        let found = self.find_functions(&parts).into_iter().find(|id| id.part.is_empty());
        if let Some(id) = found {
            self.effect(Verb::Reference, &id, node);
            if let Some(entry) = self.state.get(&id)
                && entry.opaque.is_none()
                && let Object::Function(function) = &entry.object
                && let Some(ty) = &function.returns
                && !ty.is_opaque()
                && *ty != stairwell_catalog::SqlType::built_in(returns)
            {
                let reason = format!("the function returns {ty}, and has to return {returns}");
                self.invalid(reason, node);
                return None;
            }
            return Some(TriggerFunction { name: id, followed: true, doubt: None });
        }
        const OWN: [&str; 4] = [
            "suppress_redundant_updates_trigger",
            "tsvector_update_trigger",
            "tsvector_update_trigger_column",
            "unique_key_recheck",
        ];
        let name = self.new_name(&parts);
        if OWN.contains(&name.name.as_str()) {
            let name = stairwell_catalog::QualifiedName::new("pg_catalog", name.name);
            return Some(TriggerFunction {
                name: ObjectId::function(&name, ""),
                followed: false,
                doubt: None,
            });
        }
        let id = ObjectId::function(&name, "");
        let problems = self.outcome.problems.len();
        let caught = self.within.caught.is_some();
        self.missing_routine(&parts, "", node);
        if self.outcome.problems.len() > problems || self.within.caught.is_some() != caught {
            return None;
        }
        let doubt =
            (parts.len() == 1).then(|| "the function is not followed, and may be in any schema".to_owned());
        Some(TriggerFunction { name: id, followed: false, doubt })
    }

    /// Lets a trigger depend on its function, and doubt it where the function is not known.
    pub(crate) fn settle_trigger_function(&mut self, trigger: &ObjectId, function: &TriggerFunction) {
        if function.followed {
            self.state.depend(trigger, &function.name, Strength::Normal);
        } else if let Some(reason) = &function.doubt {
            self.state.change(trigger, |entry| {
                entry.opaque.get_or_insert_with(|| reason.clone());
            });
        }
    }
}
