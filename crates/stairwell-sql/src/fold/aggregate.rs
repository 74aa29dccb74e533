//! `CREATE AGGREGATE`.

use std::collections::BTreeMap;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Argument, ArgumentMode, Function, FunctionKind, Object, ObjectId, SqlType, Verb};

use super::{
    Fold, resolve,
    routine::{bare, identity},
    state::Strength,
};

impl Fold {
    pub(crate) fn create_aggregate(&mut self, it: &ast::CreateAggregate) {
        let Some(name_node) = it.aggregate_name() else { return };
        let name = self.new_name(&resolve::parts(name_node.syntax()));
        if self.lacks_schema(&name, name_node.syntax()) {
            return;
        }
        let options: Vec<ast::AttributeOption> =
            it.attribute_list().map(|list| list.attribute_options().collect()).unwrap_or_default();
        let option = |wanted: &[&str]| {
            options.iter().find_map(|option| {
                let name = resolve::identifier(option.name()?.syntax());
                wanted.contains(&name.as_str()).then(|| option.attribute_value()).flatten()
            })
        };
        let arguments = match it.param_list() {
            Some(params) => {
                let mut arguments = self.arguments(Some(&params));
                if let Some(order_by) = params.aggregate_order_by() {
                    let ordered: Vec<_> = order_by.params().map(|param| self.argument(&param)).collect();
                    // Behind a variadic argument the same one is repeated, and counts once.
                    let repeats = arguments.last().is_some_and(|it| it.mode == ArgumentMode::Variadic);
                    arguments.extend(ordered.into_iter().filter(|_| !repeats));
                }
                arguments
            }
            // The old form has the type among the options; `"ANY"` stands for none.
            None => match option(&["basetype"]) {
                Some(value) if value.syntax().text().to_string().to_ascii_lowercase().contains("any\"") => {
                    Vec::new()
                }
                Some(value) => vec![Argument {
                    mode: ArgumentMode::In,
                    name: String::new(),
                    ty: self.value_type(&value),
                    default: false,
                }],
                None => Vec::new(),
            },
        };
        let state = option(&["stype", "stype1"]).map(|value| self.value_type(&value));
        let step = option(&["sfunc", "sfunc1"]).and_then(|value| self.value_function(&value));
        let last = option(&["finalfunc"]);
        let last_function = last.as_ref().and_then(|value| self.value_function(value));
        let returns = match (&last, &last_function) {
            (None, _) => state.clone(),
            (Some(_), Some(function)) => match self.state.get(function).map(|entry| &entry.object) {
                Some(Object::Function(it)) => it.returns.clone(),
                _ => None,
            },
            (Some(_), None) => None,
        };
        let parallel = option(&["parallel"]).map_or_else(
            || "unsafe".to_owned(),
            |value| value.syntax().text().to_string().trim_matches('\'').to_ascii_lowercase(),
        );
        let function = Function {
            kind: FunctionKind::Aggregate,
            arguments,
            returns: Some(returns.unwrap_or(SqlType::Opaque)),
            returns_set: false,
            language: "internal".to_owned(),
            volatility: "immutable".to_owned(),
            strict: false,
            security_definer: false,
            leakproof: false,
            parallel,
            settings: BTreeMap::new(),
            body: None,
        };
        let id = ObjectId::function(&name, identity(&function.arguments));
        let there = self
            .state
            .get(&id)
            .map(|entry| matches!(&entry.object, Object::Function(it) if it.kind == FunctionKind::Aggregate));
        match there {
            Some(true) if it.or_replace().is_some() => {
                for (on, _) in self.state.uses(&id) {
                    self.state.release(&id, &on);
                }
                let new = function.clone();
                self.change(&id, |entry| entry.object = Object::Function(new));
                self.effect(Verb::Alter, &id, name_node.syntax());
            }
            _ => {
                if !self.is_free(&id, name_node.syntax()) {
                    return;
                }
                self.create(&id, function.clone(), name_node.syntax());
            }
        }
        self.depend_on_types(&id, &function);
        const FUNCTIONS: [&str; 6] =
            ["combinefunc", "serialfunc", "deserialfunc", "msfunc", "minvfunc", "mfinalfunc"];
        let others: Vec<_> = FUNCTIONS.iter().filter_map(|name| option(&[name])).collect();
        let others: Vec<_> = others.iter().filter_map(|value| self.value_function(value)).collect();
        for on in step.into_iter().chain(last_function).chain(others) {
            self.state.depend(&id, &on, Strength::Normal);
        }
        for ty in state.iter().filter_map(|ty| self.type_object(ty)).collect::<Vec<_>>() {
            self.state.depend(&id, &ty, Strength::Normal);
        }
    }

    fn value_type(&mut self, value: &ast::AttributeValue) -> SqlType {
        match value.syntax().descendants().find_map(ast::Type::cast) {
            Some(ty) => bare(self.sql_type(&ty)),
            None => SqlType::Opaque,
        }
    }

    /// The function that an option names, if it is the application's and the only one of its name.
    fn value_function(&mut self, value: &ast::AttributeValue) -> Option<ObjectId> {
        let node: SyntaxNode = value.syntax().clone();
        let found = self.find_functions(&resolve::parts(&node));
        let [only] = found.as_slice() else { return None };
        self.effect(Verb::Reference, only, &node);
        Some(*only)
    }
}
