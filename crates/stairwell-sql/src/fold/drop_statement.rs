//! Every `DROP` statement but that of what columns, constraints and the like are parts of.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode, Stmt},
};
use stairwell_catalog::{FunctionKind, Kind, Object, ObjectId, QualifiedName};

use super::{
    Fold,
    lookup::Wanted,
    resolve::{Found, identifier, parts},
    routine::Routines,
};

/// What all `DROP` statements have in common.
struct Dropping {
    if_exists: bool,
    cascade: bool,
}

impl Dropping {
    fn new(if_exists: Option<ast::IfExists>, behavior: Option<ast::DropBehavior>) -> Self {
        Self {
            if_exists: if_exists.is_some(),
            cascade: matches!(behavior, Some(ast::DropBehavior::Cascade(_))),
        }
    }
}

macro_rules! names {
    ($nodes:expr) => {
        $nodes.map(|node| node.syntax().clone()).collect::<Vec<SyntaxNode>>()
    };
}

macro_rules! routines {
    ($list:expr, $sigs:ident, $name:ident) => {
        $list
            .into_iter()
            .flat_map(|list| list.$sigs())
            .filter_map(|sig| Some((sig.$name()?.syntax().clone(), sig.param_list())))
            .collect::<Vec<_>>()
    };
}

impl Fold {
    pub(crate) fn drop_statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::DropTable(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Table, names!(it.table_name_refs()), how);
            }
            Stmt::DropForeignTable(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::ForeignTable, names!(it.table_name_refs()), how);
            }
            Stmt::DropView(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::View, names!(it.view_refs()), how);
            }
            Stmt::DropMaterializedView(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::MaterializedView, names!(it.view_refs()), how);
            }
            Stmt::DropIndex(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Index, names!(it.index_refs()), how);
            }
            Stmt::DropSequence(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Sequence, names!(it.sequence_refs()), how);
            }
            Stmt::DropType(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Type, names!(it.type_name_refs()), how);
            }
            Stmt::DropDomain(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Domain, names!(it.domain_refs()), how);
            }
            Stmt::DropSchema(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Schema, names!(it.schema_refs()), how);
            }
            Stmt::DropExtension(it) => self.drop_extension(it),
            Stmt::DropStatistics(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Statistics, names!(it.statistics_refs()), how);
            }
            Stmt::DropCollation(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Collation, names!(it.collation_refs()), how);
            }
            Stmt::DropPublication(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::Publication, names!(it.publication_refs()), how);
            }
            Stmt::DropEventTrigger(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                self.drop_by_name(Wanted::EventTrigger, names!(it.event_trigger_ref().into_iter()), how);
            }
            Stmt::DropFunction(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let named = routines!(it.function_sig_list(), function_sigs, function_name_ref);
                self.drop_routines(Routines::Functions, named, how);
            }
            Stmt::DropProcedure(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let named = routines!(it.procedure_sig_list(), procedure_sigs, procedure_name_ref);
                self.drop_routines(Routines::Procedures, named, how);
            }
            Stmt::DropRoutine(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let named = routines!(it.routine_sig_list(), routine_sigs, routine_name_ref);
                self.drop_routines(Routines::All, named, how);
            }
            Stmt::DropAggregate(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let named = routines!(Some(it), aggregates, path_ref);
                self.drop_routines(Routines::Aggregates, named, how);
            }
            Stmt::DropTrigger(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let on = it.on_relation().and_then(|on| on.relation_name_ref());
                let on = on.map(|on| on.syntax().clone());
                self.drop_part(Kind::Trigger, it.trigger_ref().map(|it| it.syntax().clone()), on, how);
            }
            Stmt::DropRule(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let on = it.on_relation().and_then(|on| on.relation_name_ref());
                let on = on.map(|on| on.syntax().clone());
                self.drop_part(Kind::Rule, it.rule_ref().map(|it| it.syntax().clone()), on, how);
            }
            Stmt::DropPolicy(it) => {
                let how = Dropping::new(it.if_exists(), it.drop_behavior());
                let on = it.on_table().and_then(|on| on.table_name_ref());
                let on = on.map(|on| on.syntax().clone());
                self.drop_part(Kind::Policy, it.policy_ref().map(|it| it.syntax().clone()), on, how);
            }
            _ => {}
        }
    }

    fn drop_by_name(&mut self, wanted: Wanted, names: Vec<SyntaxNode>, how: Dropping) {
        let mut named = Vec::new();
        for node in names {
            let Some(id) = self.named_if(wanted, &node, how.if_exists) else { continue };
            if !named.iter().any(|(other, _)| *other == id) {
                named.push((id, node));
            }
        }
        self.drop_named(&named, how.cascade);
    }

    fn drop_routines(
        &mut self,
        which: Routines,
        routines: Vec<(SyntaxNode, Option<ast::ParamList>)>,
        how: Dropping,
    ) {
        let mut named = Vec::new();
        for (node, params) in routines {
            let problems = self.outcome.problems.len();
            let Some(id) = self.routine(&node, params.as_ref(), which, how.if_exists) else {
                if !how.if_exists && self.outcome.problems.len() == problems {
                    self.nothing_to_drop(&node);
                }
                continue;
            };
            let is_aggregate = matches!(
                self.state.get(&id).map(|entry| &entry.object),
                Some(Object::Function(it)) if it.kind == FunctionKind::Aggregate
            );
            if which == Routines::Functions && is_aggregate {
                self.invalid("an aggregate is dropped with DROP AGGREGATE", &node);
            } else if !named.iter().any(|(other, _)| *other == id) {
                named.push((id, node));
            }
        }
        self.drop_named(&named, how.cascade);
    }

    /// Notes that there is no routine of that name at all: one of PostgreSQL's own or of an extension cannot be
    /// dropped either.
    fn nothing_to_drop(&mut self, node: &SyntaxNode) {
        let parts = parts(node);
        let is_outside = self.candidates(&parts).iter().any(|name| self.outside.covers(name));
        if self.find_functions(&parts).is_empty() && !is_outside {
            self.missing(&ObjectId::function(&self.new_name(&parts), ""), node);
        }
    }

    /// The routine that a statement names, which without a schema may also be one of PostgreSQL's own.
    pub(crate) fn routine_or_system(
        &mut self,
        name: &SyntaxNode,
        params: Option<&ast::ParamList>,
        which: Routines,
    ) -> Option<ObjectId> {
        let quiet = parts(name).len() == 1;
        if quiet {
            // Its types have to be there anyway. What they are is noted when the routine is looked for.
            let (effects, problems) = (self.outcome.effects.len(), self.outcome.problems.len());
            for param in params.into_iter().flat_map(|list| list.params()) {
                if let Some(ast::FuncType::Type(ty)) = param.func_type() {
                    self.sql_type(&ty);
                }
            }
            self.outcome.effects.truncate(effects);
            if self.outcome.problems.len() > problems {
                return None;
            }
        }
        self.routine(name, params, which, quiet)
    }

    /// A trigger, rule or policy.
    fn drop_part(&mut self, kind: Kind, name: Option<SyntaxNode>, on: Option<SyntaxNode>, how: Dropping) {
        let (Some(name), Some(on)) = (name, on) else { return };
        let Some(part) = self.named_part(kind, &name, &on, how.if_exists) else { return };
        self.drop_named(&[(part, name)], how.cascade);
    }

    /// The part of a relation that a statement names, with a problem if there is none and it has to be there.
    pub(crate) fn named_part(
        &mut self,
        kind: Kind,
        name: &SyntaxNode,
        on: &SyntaxNode,
        quiet: bool,
    ) -> Option<ObjectId> {
        let relation = match self.find_relation(&parts(on)) {
            Found::Object(relation) => relation,
            Found::Elsewhere(_) => return None,
            Found::Nothing(missing) => {
                if !quiet {
                    self.missing(&ObjectId::new(Kind::Table, missing.schema, missing.name), on);
                }
                return None;
            }
        };
        let owner: QualifiedName = relation.owner();
        let id = ObjectId::part(kind, &owner, identifier(name));
        if self.state.contains(&id) {
            return Some(id);
        }
        // The rule behind a view is the view.
        let is_known = self.is_sure(&relation);
        if !quiet && is_known && !(kind == Kind::Rule && id.part == "_RETURN") {
            self.missing(&id, name);
        }
        None
    }
}
