//! Triggers of tables and views.

use std::collections::BTreeSet;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Enabled, Expression, Kind, Object, ObjectId, QualifiedName, SqlType, TableKind, Trigger, Verb,
};

use super::{
    Fold,
    constant::literal_text,
    event_trigger::TriggerFunction,
    query::{Scope, ScopeRelation},
    resolve::{self, Found},
    state::Strength,
};

impl Fold {
    pub(crate) fn create_trigger(&mut self, it: &ast::CreateTrigger) {
        let (Some(name), Some(call)) = (it.trigger(), it.call_expr()) else { return };
        let Some(relation) = it.on_relation().and_then(|on| on.relation_name_ref()) else { return };
        let table = self.trigger_relation(relation.syntax());
        // What is not followed can have triggers that are; but they are not in the catalog either.
        let function = self.trigger_function(&call, "trigger");
        let (Some(table), Some(function)) = (table, function) else { return };
        let owner = table.owner();
        let id = ObjectId::part(Kind::Trigger, &owner, resolve::identifier(name.syntax()));
        let Some(trigger) = self.trigger_definition(it, &owner, function.name) else { return };
        if let Some(reason) = self.does_not_fit(&table, &trigger) {
            self.invalid(reason, name.syntax());
            return;
        }
        let old = self.state.get(&id).map(|entry| entry.object.clone());
        match old {
            Some(Object::Trigger(old)) if it.or_replace().is_some() => {
                if old.constraint.is_some() || trigger.constraint.is_some() {
                    self.invalid("a constraint trigger cannot be replaced", name.syntax());
                    return;
                }
                for clone in self.clones_of(&id) {
                    self.drop_clone(&clone, name.syntax());
                }
                for (on, _) in self.state.uses(&id) {
                    self.state.release(&id, &on);
                }
                let new = trigger.clone();
                self.change(&id, |entry| entry.object = Object::Trigger(new));
                self.effect(Verb::Alter, &id, name.syntax());
            }
            _ => {
                if !self.is_free(&id, name.syntax()) {
                    return;
                }
                self.create(&id, trigger.clone(), name.syntax());
            }
        }
        self.settle_trigger_function(&id, &function);
        self.trigger_references(it, &id, &owner);
        self.clone_trigger(&id, &trigger, &function, name.syntax());
    }

    /// The relation that a trigger is on; its effect is the trigger's own.
    fn trigger_relation(&mut self, node: &SyntaxNode) -> Option<ObjectId> {
        match self.find_relation(&resolve::parts(node)) {
            Found::Object(id) => Some(id),
            Found::Elsewhere(_) => None,
            Found::Nothing(name) => {
                self.missing(&ObjectId::new(Kind::Table, name.schema, name.name), node);
                None
            }
        }
    }

    /// What the statement says of the trigger; `None` if it names a column that is not there.
    fn trigger_definition(
        &mut self,
        it: &ast::CreateTrigger,
        owner: &QualifiedName,
        function: ObjectId,
    ) -> Option<Trigger> {
        let mut events = BTreeSet::new();
        let mut columns = BTreeSet::new();
        for event in it.trigger_event_list().into_iter().flat_map(|list| list.trigger_events()) {
            let word = match &event {
                ast::TriggerEvent::TriggerEventDelete(_) => "delete",
                ast::TriggerEvent::TriggerEventInsert(_) => "insert",
                ast::TriggerEvent::TriggerEventTruncate(_) => "truncate",
                ast::TriggerEvent::TriggerEventUpdate(_) => "update",
            };
            events.insert(word.to_owned());
            if let ast::TriggerEvent::TriggerEventUpdate(update) = event {
                for column in update.column_name_refs() {
                    let name = resolve::identifier(column.syntax());
                    let id = ObjectId::part(Kind::Column, owner, name.clone());
                    if !self.state.contains(&id) && !self.has_doubtful_columns(owner) {
                        self.missing(&id, column.syntax());
                        return None;
                    }
                    columns.insert(name);
                }
            }
        }
        let (mut old_table, mut new_table) = (None, None);
        for table in it.referencing().into_iter().flat_map(|it| it.referencing_tables()) {
            match table {
                ast::ReferencingTable::OldTable(it) => old_table = it.transition_relation_name(),
                ast::ReferencingTable::NewTable(it) => new_table = it.transition_relation_name(),
            }
        }
        let transition =
            |name: Option<ast::TransitionRelationName>| name.map(|name| resolve::identifier(name.syntax()));
        let is_constraint = it.constraint_token().is_some();
        let mut deferrable = false;
        let mut deferred = false;
        for option in it.constraint_options() {
            match option {
                ast::ConstraintOption::DeferrableConstraintOption(_) => deferrable = true,
                ast::ConstraintOption::InitiallyDeferredConstraintOption(_) => {
                    (deferrable, deferred) = (true, true);
                }
                _ => {}
            }
        }
        Some(Trigger {
            timing: match it.timing() {
                Some(ast::Timing::TimingBefore(_)) => "before".to_owned(),
                Some(ast::Timing::TimingInsteadOf(_)) => "instead of".to_owned(),
                _ => "after".to_owned(),
            },
            events,
            columns,
            for_each_row: matches!(it.trigger_level(), Some(ast::TriggerLevel::ForEachRow(_))),
            condition: it
                .when_condition()
                .and_then(|when| when.expr())
                .map(|expr| Expression(expr.syntax().text().to_string())),
            function: ObjectId::function(&function.owner(), ""),
            arguments: it
                .call_expr()
                .and_then(|call| call.arg_list())
                .map(|list| list.args().map(|argument| trigger_argument(&argument)).collect())
                .unwrap_or_default(),
            enabled: Enabled::Origin,
            constraint: is_constraint.then_some((deferrable, deferred)),
            old_table: transition(old_table),
            new_table: transition(new_table),
            inherited: false,
        })
    }

    /// Whether the columns of a relation may be others than the catalog says.
    pub(crate) fn has_doubtful_columns(&self, relation: &QualifiedName) -> bool {
        self.state.catalog().named(relation).any(|(_, entry)| entry.opaque.is_some())
    }

    /// Why a trigger of this kind cannot be on a relation of this kind.
    fn does_not_fit(&self, relation: &ObjectId, trigger: &Trigger) -> Option<&'static str> {
        let instead = trigger.timing == "instead of";
        match relation.kind {
            Kind::Table if instead => Some("a table cannot have INSTEAD OF triggers"),
            Kind::View if !instead && trigger.for_each_row => {
                Some("a view cannot have row-level BEFORE or AFTER triggers")
            }
            Kind::View if trigger.events.contains("truncate") => Some("a view cannot have TRUNCATE triggers"),
            Kind::Table | Kind::View => match (instead, trigger.for_each_row) {
                (true, false) => Some("INSTEAD OF triggers are FOR EACH ROW"),
                (_, true) if trigger.events.contains("truncate") => {
                    Some("TRUNCATE triggers are FOR EACH STATEMENT")
                }
                _ => None,
            },
            _ => Some("only tables and views have triggers"),
        }
    }

    /// What a trigger names besides its function: columns, the table of `FROM`, what `WHEN` reads.
    fn trigger_references(&mut self, it: &ast::CreateTrigger, id: &ObjectId, owner: &QualifiedName) {
        for update in it.syntax().descendants().filter_map(ast::TriggerEventUpdate::cast) {
            for column in update.column_name_refs() {
                let column_id = ObjectId::part(Kind::Column, owner, resolve::identifier(column.syntax()));
                if self.state.contains(&column_id) {
                    self.effect(Verb::Reference, &column_id, column.syntax());
                    self.state.depend(id, &column_id, Strength::Normal);
                }
            }
        }
        if let Some(from) = it.from_table().and_then(|from| from.table_name_ref())
            && let Some(from) = self.relation(from.syntax(), Verb::Reference)
        {
            self.state.depend(id, &from, Strength::Auto);
        }
        if let Some(condition) = it.when_condition().and_then(|when| when.expr()) {
            let scope = old_and_new(self, owner);
            let references = self.expression(&condition, &scope).references;
            self.depend_on_all(id, references);
        }
    }

    /// Row triggers of a partitioned table are on its partitions as well.
    fn clone_trigger(
        &mut self,
        id: &ObjectId,
        trigger: &Trigger,
        function: &TriggerFunction,
        node: &SyntaxNode,
    ) {
        if !trigger.for_each_row {
            return;
        }
        for partition in self.partitions_of(&id.owner()) {
            let clone = ObjectId::part(Kind::Trigger, &partition, id.part);
            if !self.is_free(&clone, node) {
                continue;
            }
            let copy = Trigger { inherited: true, ..trigger.clone() };
            self.create_along(&clone, copy.clone(), node);
            self.state.depend(&clone, id, Strength::Auto);
            self.settle_trigger_function(&clone, function);
            self.clone_trigger(&clone, &copy, function, node);
        }
    }

    fn drop_clone(&mut self, clone: &ObjectId, node: &SyntaxNode) {
        for below in self.clones_of(clone) {
            self.drop_clone(&below, node);
        }
        if self.state.take(clone).is_some() {
            self.note_drop(clone, node);
            self.consequence(Verb::Drop, clone, node);
        }
    }

    fn clones_of(&self, trigger: &ObjectId) -> Vec<ObjectId> {
        let dependents = self.state.dependents(trigger).into_iter();
        dependents.filter(|id| id.kind == Kind::Trigger && id.part == trigger.part).collect()
    }

    fn partitions_of(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let id = ObjectId::new(Kind::Table, table.schema, table.name);
        let is_partitioned = self.state.get(&id).is_some_and(|entry| {
            matches!(&entry.object, Object::Table(it) if matches!(it.kind, TableKind::Partitioned { .. }))
        });
        if !is_partitioned {
            return Vec::new();
        }
        self.state
            .dependents(&id)
            .into_iter()
            .filter(|dependent| {
                self.state.get(dependent).is_some_and(|entry| {
                    matches!(&entry.object, Object::Table(it) if it.bound.is_some() && it.parents.contains(table))
                })
            })
            .map(|dependent| dependent.owner())
            .collect()
    }

    pub(crate) fn alter_trigger(&mut self, it: &ast::AlterTrigger) {
        let Some(name) = it.trigger_ref() else { return };
        let Some(relation) = it.on_relation().and_then(|on| on.relation_name_ref()) else { return };
        let Some(table) = self.trigger_relation(relation.syntax()) else { return };
        let id = ObjectId::part(Kind::Trigger, &table.owner(), resolve::identifier(name.syntax()));
        let Some(inherited) = self
            .state
            .get(&id)
            .map(|entry| matches!(&entry.object, Object::Trigger(trigger) if trigger.inherited))
        else {
            self.missing(&id, name.syntax());
            return;
        };
        self.effect(Verb::Alter, &id, name.syntax());
        let rename = match it.action() {
            Some(ast::AlterTriggerAction::TriggerRenameTo(rename)) => rename,
            Some(ast::AlterTriggerAction::DependsOnExtension(depends)) => {
                self.depend_on_extension(&id, &depends);
                return;
            }
            Some(ast::AlterTriggerAction::NoDependsOnExtension(depends)) => {
                self.depend_no_longer_on_extension(&id, &depends);
                return;
            }
            None => return,
        };
        let Some(new) = rename.trigger() else { return };
        if inherited {
            // PostgreSQL 14 lets it happen.
            return;
        }
        self.rename_trigger(&id, &resolve::identifier(new.syntax()), new.syntax());
    }

    fn rename_trigger(&mut self, id: &ObjectId, name: &str, node: &SyntaxNode) {
        let to = ObjectId::part(Kind::Trigger, &id.owner(), name);
        if to == *id || !self.is_free(&to, node) {
            return;
        }
        for clone in self.clones_of(id) {
            self.rename_trigger(&clone, name, node);
        }
        self.rename(id, &to, node);
    }
}

/// The rows before and after, as a trigger's condition and a rule see them.
pub(crate) fn old_and_new(fold: &Fold, relation: &QualifiedName) -> Scope {
    let columns: Vec<(String, SqlType)> = fold
        .state
        .catalog()
        .columns(relation)
        .into_iter()
        .map(|(name, column)| (name.to_string(), column.ty.clone()))
        .collect();
    let opaque = fold.has_doubtful_columns(relation);
    let relations = ["old", "new"]
        .into_iter()
        .map(|alias| ScopeRelation {
            alias: alias.to_owned(),
            relation: Some(*relation),
            columns: columns.clone(),
            opaque,
        })
        .collect();
    Scope { relations, variables: false }
}

/// An argument of a trigger: a literal or a name, kept as text.
fn trigger_argument(argument: &ast::Arg) -> String {
    let literal = argument.syntax().descendants().find_map(ast::Literal::cast);
    literal.as_ref().and_then(literal_text).unwrap_or_else(|| {
        let text = argument.syntax().text().to_string();
        if text.starts_with('"') {
            text.trim_matches('"').replace("\"\"", "\"")
        } else {
            text.to_ascii_lowercase()
        }
    })
}
