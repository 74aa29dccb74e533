//! `CREATE FUNCTION` and `CREATE PROCEDURE`.

use std::collections::{BTreeMap, BTreeSet};

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{
    Argument, ArgumentMode, Entry, Expression, Function, FunctionKind, Object, ObjectId, SqlType, Verb,
};

use super::{
    Fold, body,
    plpgsql::Frame,
    query::Scope,
    resolve,
    routine::{bare, identity, returns_set},
    routine_options::{apply_options, definition, link_symbol},
    settings,
    state::Strength,
};

/// What `CREATE FUNCTION` and `CREATE PROCEDURE` have in common.
struct Statement<'a> {
    kind: FunctionKind,
    name: SyntaxNode,
    replaces: bool,
    params: Option<ast::ParamList>,
    returns: Option<ast::RetType>,
    options: Vec<ast::FuncOption>,
    body: Option<ast::RoutineBody>,
    whole: &'a SyntaxNode,
}

impl Fold {
    pub(crate) fn create_function(&mut self, it: &ast::CreateFunction) {
        let Some(name) = it.name() else { return };
        self.create_routine(&Statement {
            kind: FunctionKind::Function,
            name: name.syntax().clone(),
            replaces: it.or_replace().is_some(),
            params: it.param_list(),
            returns: it.ret_type(),
            options: it.option_list().map(|list| list.options().collect()).unwrap_or_default(),
            body: it.body(),
            whole: it.syntax(),
        });
    }

    pub(crate) fn create_procedure(&mut self, it: &ast::CreateProcedure) {
        let Some(name) = it.name() else { return };
        self.create_routine(&Statement {
            kind: FunctionKind::Procedure,
            name: name.syntax().clone(),
            replaces: it.or_replace().is_some(),
            params: it.param_list(),
            returns: None,
            options: it.option_list().map(|list| list.options().collect()).unwrap_or_default(),
            body: it.body(),
            whole: it.syntax(),
        });
    }

    fn create_routine(&mut self, statement: &Statement<'_>) {
        let name = self.new_name(&resolve::parts(&statement.name));
        if self.lacks_schema(&name, &statement.name) {
            return;
        }
        let mut function = Function {
            kind: statement.kind,
            arguments: self.arguments(statement.params.as_ref()),
            returns: None,
            returns_set: false,
            language: String::new(),
            volatility: "volatile".to_owned(),
            strict: false,
            security_definer: false,
            leakproof: false,
            parallel: "unsafe".to_owned(),
            settings: BTreeMap::new(),
            body: None,
        };
        self.result(&mut function, statement);
        let from_current = apply_options(&mut function, statement.options.iter().cloned());
        if function.language.is_empty() {
            if statement.body.is_none() {
                self.invalid("a function needs a LANGUAGE", &statement.name);
                return;
            }
            "sql".clone_into(&mut function.language);
        }
        let literal = definition(&statement.options);
        function.body = match (&statement.body, &literal) {
            (Some(body), _) => Some(Expression(body.syntax().text().to_string())),
            (None, Some(literal)) => literal.string_value().map(Expression),
            (None, None) => link_symbol(&statement.options).map(Expression),
        };
        let id = ObjectId::function(&name, identity(&function.arguments));
        let old = self.state.get(&id).cloned();
        match &old {
            Some(old) if statement.replaces => {
                if let Object::Function(before) = &old.object
                    && old.opaque.is_none()
                    && let Some(reason) = not_replaceable(before, &function)
                {
                    self.invalid(reason, &statement.name);
                    return;
                }
                for (on, _) in self.state.uses(&id) {
                    self.state.release(&id, &on);
                }
                let new = function.clone();
                self.change(&id, |entry| entry.object = Object::Function(new));
                self.effect(Verb::Alter, &id, &statement.name);
            }
            _ => {
                if !self.is_free(&id, &statement.name) {
                    return;
                }
                self.create(&id, function.clone(), &statement.name);
            }
        }
        let unknown_types = function.arguments.iter().any(|argument| argument.ty.is_opaque());
        if unknown_types || from_current {
            self.change(&id, |entry| doubt(entry, unknown_types));
        }
        self.depend_on_types(&id, &function);
        for default in
            statement.params.iter().flat_map(ast::ParamList::params).filter_map(|it| it.param_default())
        {
            if let Some(expr) = default.expr() {
                let analysed = self.expression(&expr, &Scope::empty());
                self.depend_on_all(&id, analysed.references);
            }
        }
        let references =
            self.read_body(&function, statement.body.as_ref(), literal.as_ref(), statement.whole);
        self.depend_on_all(&id, references);
    }

    pub(crate) fn depend_on_all(&mut self, id: &ObjectId, references: BTreeSet<ObjectId>) {
        for on in references {
            // A function may call itself.
            if on != *id {
                self.state.depend(id, &on, Strength::Normal);
            }
        }
    }

    pub(crate) fn depend_on_types(&mut self, id: &ObjectId, function: &Function) {
        for ty in function.arguments.iter().map(|argument| &argument.ty).chain(&function.returns) {
            if let Some(ty) = self.type_object(ty) {
                self.state.depend(id, &ty, Strength::Normal);
            }
        }
    }

    /// The arguments as declared, without the columns of `RETURNS TABLE`.
    pub(crate) fn arguments(&mut self, params: Option<&ast::ParamList>) -> Vec<Argument> {
        let Some(params) = params else { return Vec::new() };
        params.params().map(|param| self.argument(&param)).collect()
    }

    pub(crate) fn argument(&mut self, param: &ast::Param) -> Argument {
        let mode = match param.mode() {
            Some(ast::ParamMode::ParamOut(_)) => ArgumentMode::Out,
            Some(ast::ParamMode::ParamInOut(_)) => ArgumentMode::InOut,
            Some(ast::ParamMode::ParamVariadic(_)) => ArgumentMode::Variadic,
            Some(ast::ParamMode::ParamIn(_)) | None => ArgumentMode::In,
        };
        Argument {
            mode,
            name: param.name().map(|name| resolve::identifier(name.syntax())).unwrap_or_default(),
            ty: param.func_type().map_or(SqlType::Opaque, |ty| self.func_type(&ty)),
            default: param.param_default().is_some(),
        }
    }

    /// The type of an argument or of a result: without its modifier, which PostgreSQL forgets there.
    fn func_type(&mut self, ty: &ast::FuncType) -> SqlType {
        match ty {
            ast::FuncType::Type(ty) => bare(self.sql_type(ty)),
            ast::FuncType::PercentType(percent) => self.percent_type(percent),
        }
    }

    /// `table.column%TYPE`: PostgreSQL keeps the type that the column has now.
    fn percent_type(&mut self, percent: &ast::PercentType) -> SqlType {
        let Some(path) = percent.path_ref() else { return SqlType::Opaque };
        let mut parts = resolve::parts(path.syntax());
        let (Some(column), false) = (parts.pop(), parts.is_empty()) else { return SqlType::Opaque };
        let resolve::Found::Object(relation) = self.find_relation(&parts) else { return SqlType::Opaque };
        let id = ObjectId::part(stairwell_catalog::Kind::Column, &relation.owner(), column.clone());
        let Some(ty) = self.state.catalog().column(&relation.owner(), &column).map(|it| it.ty.clone()) else {
            self.missing(&id, path.syntax());
            return SqlType::Opaque;
        };
        self.effect(Verb::Reference, &id, path.syntax());
        let is_array = percent.array_token().is_some() || percent.array_bounds().next().is_some();
        if is_array { bare(ty).into_array() } else { bare(ty) }
    }

    /// The type of the result, and the arguments that `RETURNS TABLE` adds.
    fn result(&mut self, function: &mut Function, statement: &Statement<'_>) {
        let outputs: Vec<SqlType> = function
            .arguments
            .iter()
            .filter(|argument| argument.mode.is_output())
            .map(|argument| argument.ty.clone())
            .collect();
        let record = || SqlType::built_in("record");
        let by_arguments = match (outputs.as_slice(), function.kind) {
            ([], _) => None,
            ([only], FunctionKind::Function | FunctionKind::Window) => Some(only.clone()),
            _ => Some(record()),
        };
        let Some(returns) = &statement.returns else {
            if by_arguments.is_none() && function.kind == FunctionKind::Function {
                self.invalid("a function needs RETURNS or arguments that are OUT", &statement.name);
            }
            function.returns = by_arguments;
            return;
        };
        if let Some(table) = returns.return_table_arg_list() {
            let columns: Vec<Argument> = table
                .args()
                .map(|column| Argument {
                    mode: ArgumentMode::Table,
                    name: column.name().map(|name| resolve::identifier(name.syntax())).unwrap_or_default(),
                    ty: column.func_type().map_or(SqlType::Opaque, |ty| self.func_type(&ty)),
                    default: false,
                })
                .collect();
            function.returns_set = true;
            function.returns = Some(match columns.as_slice() {
                [only] => only.ty.clone(),
                _ => record(),
            });
            function.arguments.extend(columns);
        } else if let Some(ty) = returns.func_type() {
            function.returns_set = returns_set(&ty);
            function.returns = Some(self.func_type(&ty));
            if let (Some(by_arguments), Some(returns)) = (by_arguments, &function.returns)
                && by_arguments != *returns
                && !by_arguments.is_opaque()
                && !returns.is_opaque()
            {
                self.invalid(
                    format!(
                        "the function returns {by_arguments} because of its OUT arguments, not {returns}"
                    ),
                    ty.syntax(),
                );
            }
        }
    }

    /// The references and writes that the body says, and what it depends on if PostgreSQL keeps that.
    fn read_body(
        &mut self,
        function: &Function,
        routine: Option<&ast::RoutineBody>,
        literal: Option<&ast::Literal>,
        whole: &SyntaxNode,
    ) -> BTreeSet<ObjectId> {
        let start = self.outcome.effects.len();
        let path = function.settings.get("search_path").map(|path| settings::search_path(path));
        if let Some(routine) = routine {
            self.in_body(true, |fold| {
                fold.set_search_path(path);
                fold.routine_body(routine);
            });
            // PostgreSQL keeps the body as it understood it.
            let effects = self.outcome.effects.get(start..).unwrap_or_default();
            return effects.iter().map(|effect| effect.effect.object).collect();
        }
        let Some(inner) = literal.and_then(|literal| self.decoded(literal)) else { return BTreeSet::new() };
        match function.language.as_str() {
            "sql" => {
                let polymorphic =
                    function.arguments.iter().any(|it| it.mode.is_input() && is_polymorphic(&it.ty));
                let checked = self.session.check_function_bodies && !polymorphic;
                let Some(statements) = body::statements(&inner.text) else { return BTreeSet::new() };
                self.in_body(checked, |fold| {
                    fold.set_search_path(path);
                    fold.inside(inner.locate, |fold| {
                        statements.iter().for_each(|statement| fold.statement_inside(statement));
                    })
                });
            }
            "plpgsql" => {
                let Some(body) = self.read_plpgsql(&inner.text) else {
                    self.unseen("the body cannot be read", whole);
                    return BTreeSet::new();
                };
                self.in_body(false, |fold| {
                    fold.set_search_path(path);
                    fold.inside(inner.locate, |fold| fold.plpgsql(&body, Frame::default()))
                });
            }
            _ => {}
        }
        BTreeSet::new()
    }

    /// Goes on under the `search_path` of a routine, if it has one.
    pub(crate) fn set_search_path(&mut self, path: Option<Vec<String>>) {
        if let Some(path) = path {
            self.session.search_path = path.into_iter().map(Into::into).collect();
        }
    }

    /// A body that is part of the statement: `RETURN …` or `BEGIN ATOMIC …`.
    pub(crate) fn routine_body(&mut self, body: &ast::RoutineBody) {
        let scope = Scope { variables: true, ..Scope::empty() };
        match body {
            ast::RoutineBody::ReturnStmt(it) => {
                if let Some(expr) = it.expr() {
                    self.expression(&expr, &scope);
                }
            }
            ast::RoutineBody::AtomicBody(it) => {
                for statement in it.routine_body_stmts() {
                    match statement {
                        ast::RoutineBodyStmt::Stmt(statement) => self.statement_inside(&statement),
                        ast::RoutineBodyStmt::ReturnStmt(it) => {
                            if let Some(expr) = it.expr() {
                                self.expression(&expr, &scope);
                            }
                        }
                    }
                }
            }
        }
    }
}

fn doubt(entry: &mut Entry, unknown_types: bool) {
    let reason = if unknown_types {
        "the types of its arguments are not known"
    } else {
        "it takes a setting from the session"
    };
    entry.opaque.get_or_insert_with(|| reason.to_owned());
}

/// Why PostgreSQL does not put the new function in place of the old one.
fn not_replaceable(old: &Function, new: &Function) -> Option<String> {
    if old.kind != new.kind {
        return Some("another kind of routine has this name and these arguments".to_owned());
    }
    let differ = |a: &SqlType, b: &SqlType| a != b && !a.is_opaque() && !b.is_opaque();
    match (&old.returns, &new.returns) {
        (Some(a), Some(b)) if differ(a, b) || old.returns_set != new.returns_set => {
            return Some(
                "the function that is there returns another type, and has to be dropped first".to_owned(),
            );
        }
        (None, Some(_)) | (Some(_), None) => {
            return Some("a procedure cannot gain or lose output arguments when it is replaced".to_owned());
        }
        _ => {}
    }
    if old.returns == Some(SqlType::built_in("record")) {
        let row = |function: &Function| {
            let outputs = function.arguments.iter().filter(|argument| argument.mode.is_output());
            outputs.map(|argument| (argument.name.clone(), argument.ty.clone())).collect::<Vec<_>>()
        };
        let (a, b) = (row(old), row(new));
        if a.len() != b.len() || a.iter().zip(&b).any(|((n, t), (m, u))| n != m || differ(t, u)) {
            return Some("the row that its OUT arguments make is another one".to_owned());
        }
    }
    let inputs = |function: &Function| -> Vec<Argument> {
        function.arguments.iter().filter(|argument| argument.mode.is_input()).cloned().collect()
    };
    let (old, new) = (inputs(old), inputs(new));
    for (before, after) in old.iter().zip(&new) {
        if !before.name.is_empty() && before.name != after.name {
            return Some(format!(
                "the argument \"{}\" cannot be renamed when a function is replaced",
                before.name
            ));
        }
    }
    let defaults = |arguments: &[Argument]| arguments.iter().filter(|argument| argument.default).count();
    if defaults(&old) > defaults(&new) {
        return Some(
            "the default of an argument cannot be taken away when a function is replaced".to_owned(),
        );
    }
    None
}

fn is_polymorphic(ty: &SqlType) -> bool {
    match ty {
        SqlType::BuiltIn(name) => name.starts_with("any"),
        SqlType::Array(element) => is_polymorphic(element),
        SqlType::Named { .. } | SqlType::Opaque => false,
    }
}
