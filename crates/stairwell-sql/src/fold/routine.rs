//! Routines that are there: how a statement names one, and `ALTER FUNCTION` and its siblings.

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Argument, ArgumentMode, FunctionKind, Kind, Object, ObjectId, QualifiedName, SqlType, Verb,
};

use super::{Fold, extension, resolve, routine_options::apply_options};

/// The types of the input arguments, as a function's identity has them.
pub(crate) fn identity(arguments: &[Argument]) -> String {
    let inputs = arguments.iter().filter(|argument| argument.mode.is_input());
    inputs.map(|argument| argument.ty.to_string()).collect::<Vec<_>>().join(", ")
}

/// The type without its modifier.
pub(crate) fn bare(ty: SqlType) -> SqlType {
    match ty {
        SqlType::BuiltIn(name) => {
            let name = match (name.find('('), name.find(')')) {
                (Some(open), Some(close)) if open < close => {
                    format!("{}{}", &name[..open], &name[close + 1..])
                }
                _ => name,
            };
            SqlType::BuiltIn(match name.as_str() {
                "bpchar" => "character".to_owned(),
                name if name.starts_with("interval") => "interval".to_owned(),
                _ => name,
            })
        }
        SqlType::Named { name, .. } => SqlType::named(name),
        SqlType::Array(element) => SqlType::Array(Box::new(bare(*element))),
        SqlType::Opaque => SqlType::Opaque,
    }
}

/// Whether `SETOF` stands before the type.
pub(crate) fn returns_set(ty: &ast::FuncType) -> bool {
    ty.syntax().first_token().is_some_and(|token| token.kind() == SyntaxKind::SETOF_KW)
        || ty
            .syntax()
            .descendants_with_tokens()
            .filter_map(|element| element.into_token())
            .find(|token| !token.kind().is_trivia())
            .is_some_and(|token| token.kind() == SyntaxKind::SETOF_KW)
}

/// Which kinds of routine a statement speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Routines {
    /// `FUNCTION`.
    Functions,
    /// `PROCEDURE`.
    Procedures,
    /// `AGGREGATE`.
    Aggregates,
    /// `ROUTINE`.
    All,
}

impl Routines {
    fn include(self, kind: FunctionKind) -> bool {
        match self {
            // PostgreSQL takes `FUNCTION` for window functions, and for aggregates where it only names one.
            Self::Functions => kind != FunctionKind::Procedure,
            Self::Procedures => kind == FunctionKind::Procedure,
            Self::Aggregates => kind == FunctionKind::Aggregate,
            Self::All => true,
        }
    }
}

impl Fold {
    /// Whether the schema of a new object is missing, which is a problem where it is certain.
    pub(crate) fn lacks_schema(&mut self, name: &QualifiedName, node: &SyntaxNode) -> bool {
        if self.schema_exists(&name.schema) {
            return false;
        }
        let stops = self.is_certain() || self.is_handled();
        self.missing(&ObjectId::global(Kind::Schema, name.schema), node);
        stops
    }

    /// The routine that a statement names, by its arguments or, without a list, by its name alone.
    ///
    /// A problem is noted if there is none and `quiet` (`IF EXISTS`) is not set.
    pub(crate) fn routine(
        &mut self,
        name: &SyntaxNode,
        params: Option<&ast::ParamList>,
        which: Routines,
        quiet: bool,
    ) -> Option<ObjectId> {
        let parts = resolve::parts(name);
        let named = self.routines_named(&parts, which);
        let Some(params) = params else {
            return match named.as_slice() {
                [only] => Some(*only),
                [] => {
                    if !quiet {
                        self.missing_routine(&parts, "", name);
                    }
                    None
                }
                _ => {
                    self.invalid(
                        "several routines have this name: it needs the types of their arguments",
                        name,
                    );
                    None
                }
            };
        };
        // A type that is missing with `IF EXISTS` is no more of a problem than the routine.
        let (tolerant, handled) = (self.guard.tolerant, self.guard.handled);
        (self.guard.tolerant, self.guard.handled) = (tolerant || quiet, handled && !quiet);
        let mut arguments = self.arguments(Some(params));
        if let Some(order_by) = params.aggregate_order_by() {
            let ordered: Vec<_> = order_by.params().map(|param| self.argument(&param)).collect();
            arguments.extend(ordered);
        }
        (self.guard.tolerant, self.guard.handled) = (tolerant, handled);
        let wanted = identity(&arguments);
        let as_inputs: Vec<Argument> =
            arguments.iter().cloned().map(|it| Argument { mode: ArgumentMode::In, ..it }).collect();
        let all = identity(&as_inputs);
        let found = named.iter().find(|id| id.part == wanted).or_else(|| {
            // The arguments of a procedure may be listed with its OUT arguments among them.
            named.iter().find(|id| match self.state.get(id).map(|entry| &entry.object) {
                Some(Object::Function(it)) if it.kind == FunctionKind::Procedure => {
                    let types: Vec<String> = it.arguments.iter().map(|it| it.ty.to_string()).collect();
                    types.join(", ") == all
                }
                _ => false,
            })
        });
        if let Some(found) = found {
            return Some(*found);
        }
        let unknown = arguments.iter().any(|it| it.ty.is_opaque())
            || named.iter().any(|id| self.state.get(id).is_some_and(|entry| entry.opaque.is_some()));
        if !quiet && !unknown {
            self.missing_routine(&parts, &wanted, name);
        }
        None
    }

    /// Every routine of the name, in all the schemas of the search path.
    fn routines_named(&self, parts: &[String], which: Routines) -> Vec<ObjectId> {
        self.find_functions(parts)
            .into_iter()
            .filter(|id| match self.state.get(id).map(|entry| &entry.object) {
                Some(Object::Function(it)) => which.include(it.kind),
                _ => false,
            })
            .collect()
    }

    /// Notes that there is no such routine, unless an extension, the system or the outside may have it.
    pub(crate) fn missing_routine(&mut self, parts: &[String], arguments: &str, node: &SyntaxNode) {
        let name = self.new_name(parts);
        let elsewhere = resolve::is_system(&name.schema)
            || extension::any(self)
            || self.outside.covers(&name)
            || self.session.search_path.iter().any(|schema| {
                parts.len() == 1 && self.outside.covers(&QualifiedName::new(schema, name.name))
            });
        if !elsewhere {
            self.missing(&ObjectId::function(&name, arguments), node);
        }
    }

    pub(crate) fn alter_routine(&mut self, it: &ast::Stmt) {
        match it {
            ast::Stmt::AlterFunction(it) => {
                let Some(sig) = it.function_sig() else { return };
                let Some(name) = sig.function_name_ref() else { return };
                let action = it.action().map(|action| action.syntax().clone());
                self.alter_found(name.syntax(), sig.param_list(), Routines::Functions, action);
            }
            ast::Stmt::AlterProcedure(it) => {
                let Some(sig) = it.procedure_sig() else { return };
                let Some(name) = sig.procedure_name_ref() else { return };
                let action = it.action().map(|action| action.syntax().clone());
                self.alter_found(name.syntax(), sig.param_list(), Routines::Procedures, action);
            }
            ast::Stmt::AlterRoutine(it) => {
                let Some(sig) = it.routine_sig() else { return };
                let Some(name) = sig.routine_name_ref() else { return };
                let action = it.action().map(|action| action.syntax().clone());
                self.alter_found(name.syntax(), sig.param_list(), Routines::All, action);
            }
            ast::Stmt::AlterAggregate(it) => {
                let Some(aggregate) = it.aggregate() else { return };
                let Some(name) = aggregate.path_ref() else { return };
                let action = it.action().map(|action| action.syntax().clone());
                self.alter_found(name.syntax(), aggregate.param_list(), Routines::Aggregates, action);
            }
            _ => {}
        }
    }

    fn alter_found(
        &mut self,
        name: &SyntaxNode,
        params: Option<ast::ParamList>,
        which: Routines,
        action: Option<SyntaxNode>,
    ) {
        let Some(id) = self.routine(name, params.as_ref(), which, false) else { return };
        self.effect(Verb::Alter, &id, name);
        let Some(action) = action else { return };
        if let Some(options) = ast::FuncOptionList::cast(action.clone()) {
            self.change(&id, |entry| {
                if let Object::Function(function) = &mut entry.object
                    && apply_options(function, options.options())
                {
                    entry.opaque.get_or_insert_with(|| "it takes a setting from the session".to_owned());
                }
            });
        } else if let Some(set) = ast::SetSchema::cast(action.clone()) {
            let Some(schema) = set.schema_ref() else { return };
            let to = QualifiedName::new(resolve::identifier(schema.syntax()), id.name);
            if !self.lacks_schema(&to, schema.syntax()) {
                self.move_routine(&id, &to, schema.syntax());
            }
        } else if let Some(depends) = ast::DependsOnExtension::cast(action.clone()) {
            self.depend_on_extension(&id, &depends);
        } else if let Some(depends) = ast::NoDependsOnExtension::cast(action.clone()) {
            self.depend_no_longer_on_extension(&id, &depends);
        } else if let Some(owner) = ast::OwnerTo::cast(action.clone()) {
            self.change_owner(&id, &owner);
        } else if let Some(new) = new_name(&action) {
            let to = QualifiedName::new(id.schema, resolve::identifier_of(&new));
            self.move_routine(&id, &to, &new);
        }
    }

    fn move_routine(&mut self, from: &ObjectId, to: &QualifiedName, node: &SyntaxNode) {
        let to = ObjectId::function(to, from.part);
        if *from != to && self.is_free(&to, node) {
            self.rename(from, &to, node);
        }
    }
}

/// The node of the new name in `RENAME TO`.
fn new_name(action: &SyntaxNode) -> Option<SyntaxNode> {
    let node = action.clone();
    ast::FunctionRenameTo::cast(node.clone())
        .and_then(|it| it.function_name().map(|name| name.syntax().clone()))
        .or_else(|| {
            let it = ast::ProcedureRenameTo::cast(node.clone())?;
            it.procedure_name().map(|name| name.syntax().clone())
        })
        .or_else(|| {
            let it = ast::RoutineRenameTo::cast(node.clone())?;
            it.routine_name().map(|name| name.syntax().clone())
        })
        .or_else(|| {
            let it = ast::AggregateRenameTo::cast(node)?;
            it.aggregate_name().map(|name| name.syntax().clone())
        })
}
