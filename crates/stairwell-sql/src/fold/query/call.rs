//! Calls of functions: which one is called, what it gives, and what a call does by itself.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Argument, ArgumentMode, Object, ObjectId, SqlType, Verb};

use super::{
    Analysis, Call,
    expression::{keyword_type, name_path},
    kinds,
    resolution::{Candidate, Choice, bind, choose, takes},
    scope::Env,
    signatures::{self, Signature},
    value::{Value, computed, one_of},
};
use crate::fold::{
    Fold,
    resolve::{Found, identifier},
    types,
};

/// One argument of a call.
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) expr: Option<ast::Expr>,
    pub(super) value: Value,
}

impl Analysis<'_> {
    pub(super) fn call(&mut self, it: &ast::CallExpr, env: &Env<'_>) -> Value {
        let Some(callee) = it.expr() else { return self.special(it, env) };
        let Some(path) = name_path(&callee) else {
            self.walk(it.syntax(), env);
            return Value::opaque();
        };
        let names: Vec<String> = path.iter().map(|name| identifier(name.syntax())).collect();
        let given = self.arguments(it, env);
        let keyword = matches!(path.as_slice(), [name] if !name.syntax().text().to_string().contains('"'));
        if keyword
            && let [name] = names.as_slice()
            && let Some(value) = self.keyword_call(name, it, &given)
        {
            return value;
        }
        let variadic =
            it.arg_list().is_some_and(|list| list.args().any(|arg| arg.variadic_token().is_some()));
        self.resolve_call(&names, callee.syntax(), &given, variadic)
    }

    /// The arguments, with everything else that the call reads.
    fn arguments(&mut self, it: &ast::CallExpr, env: &Env<'_>) -> Vec<Given> {
        let mut given = Vec::new();
        for arg in it.arg_list().into_iter().flat_map(|list| list.args().collect::<Vec<_>>()) {
            let (name, expr) = match arg.func_arg_expr() {
                Some(ast::FuncArgExpr::Expr(expr)) => (None, Some(expr)),
                Some(ast::FuncArgExpr::NamedArg(named)) => {
                    (named.name().map(|name| identifier(name.syntax())), named.expr())
                }
                None => (None, None),
            };
            let value = expr.as_ref().map_or_else(Value::opaque, |expr| self.expr(expr, env));
            given.push(Given { name, expr, value });
            if let Some(order) = arg.order_by_clause() {
                self.walk(order.syntax(), env);
            }
        }
        // An ordered-set aggregate takes what it sorts as further arguments.
        if let Some(within) = it.within_clause() {
            let sorted = within.order_by_clause().and_then(|order| order.sort_by_list());
            for sort in sorted.into_iter().flat_map(|list| list.sort_bys().collect::<Vec<_>>()) {
                let value = sort.expr().map_or_else(Value::opaque, |expr| self.expr(&expr, env));
                given.push(Given { name: None, expr: None, value });
            }
        }
        if let Some(filter) = it.filter_clause() {
            self.walk(filter.syntax(), env);
        }
        if let Some(over) = it.over_clause() {
            self.walk(over.syntax(), env);
        }
        given
    }

    /// What looks like a call and is syntax.
    fn keyword_call(&mut self, name: &str, it: &ast::CallExpr, given: &[Given]) -> Option<Value> {
        let values = || given.iter().map(|it| it.value.clone()).collect::<Vec<_>>();
        Some(match name {
            "coalesce" | "greatest" | "least" => one_of(self.fold, &values()),
            "nullif" => self.nullif(&values()),
            "grouping" => Value::built_in("integer"),
            "xmlconcat" => Value::built_in("xml"),
            "current_time" | "current_timestamp" | "localtime" | "localtimestamp" => {
                let modifier = it.arg_list().map(|list| list.syntax().text().to_string()).unwrap_or_default();
                let modifier: String = modifier.split_whitespace().collect();
                Value::new(keyword_type(name, &modifier)?)
            }
            _ => return None,
        })
    }

    /// `NULLIF(a, b)` gives what `a = b` makes of `a`.
    fn nullif(&self, values: &[Value]) -> Value {
        let [left, right] = values else { return Value::opaque() };
        if left.ty == right.ty && !left.is_unknown() {
            let short = kinds::short(self.fold, &left.ty);
            // There is no operator of `varchar` itself.
            if short.as_deref().is_some_and(|short| short != "varchar" && !short.starts_with('@')) {
                return left.clone();
            }
        }
        let (Some(one), Some(other)) =
            (kinds::short(self.fold, &left.ty), kinds::short(self.fold, &right.ty))
        else {
            return Value::opaque();
        };
        let (below, other) = (kinds::base(self.fold, &one), kinds::base(self.fold, &other));
        // What a domain is made of to be compared has the modifier of the domain, which is not known here.
        let unchanged = || {
            if below == one {
                left.ty.clone()
            } else if kinds::modifier_free(&below) {
                kinds::long(&below)
            } else {
                SqlType::Opaque
            }
        };
        let ty = match (below.as_str(), other.as_str()) {
            ("varchar" | "text", "varchar" | "text" | kinds::UNKNOWN) => SqlType::built_in("text"),
            (one, other) if one == other || other == kinds::UNKNOWN => unchanged(),
            // Integers of different sizes have operators of their own.
            ("int2" | "int4" | "int8", "int2" | "int4" | "int8") | ("numeric", "int2" | "int4" | "int8") => {
                unchanged()
            }
            ("int2" | "int4" | "int8", "numeric") => SqlType::built_in("numeric"),
            _ => SqlType::Opaque,
        };
        computed(self.fold, ty, values)
    }

    /// A call of a function of `pg_catalog` that the grammar writes otherwise.
    pub(super) fn built_in_call(&mut self, name: &str, values: &[Value]) -> Value {
        let candidates = built_in(name);
        self.outcome(&candidates, values, false).map_or_else(Value::opaque, |(_, value)| value)
    }

    fn resolve_call(
        &mut self,
        names: &[String],
        node: &SyntaxNode,
        given: &[Given],
        variadic: bool,
    ) -> Value {
        let Some(name) = names.last() else { return Value::opaque() };
        let system = names.len() == 1 || names.first().is_some_and(|schema| schema == "pg_catalog");
        let mut candidates = if system { built_in(name) } else { Vec::new() };
        if system {
            self.effects_of_call(name, given);
        }
        let functions = self.fold.find_functions(names);
        candidates.extend(functions.iter().filter_map(|id| application(self.fold, id)));
        let values: Vec<Value> = given.iter().map(|it| it.value.clone()).collect();
        if given.iter().any(|it| it.name.is_some()) {
            return self.named_call(&candidates, given, node);
        }
        // A function whose arguments cannot be seen may be the one.
        let all_seen = candidates.iter().filter(|it| it.function.is_some()).count() == functions.len();
        if all_seen && let Some((index, value)) = self.outcome(&candidates, &values, variadic) {
            if let Some(candidate) = candidates.get(index) {
                self.called(candidate, node);
                self.strings(candidate, given);
            }
            return value;
        }
        self.uncertain_call(names, node, given, &candidates, &functions)
    }

    /// The candidate that is called, and its result.
    fn outcome(&self, candidates: &[Candidate], values: &[Value], variadic: bool) -> Option<(usize, Value)> {
        let given: Vec<String> =
            values.iter().map(|value| kinds::short(self.fold, &value.ty)).collect::<Option<_>>()?;
        let Choice::One(index, arguments) = choose(self.fold, candidates, &given, variadic) else {
            return None;
        };
        let candidate = candidates.get(index)?;
        let binding = bind(self.fold, &arguments, &given)?;
        let resolve =
            |declared: &str| binding.resolve(declared).map_or(SqlType::Opaque, |ty| kinds::long(&ty));
        let mut value = computed(self.fold, resolve(&candidate.signature.result), values);
        let outputs = &candidate.signature.outputs;
        if !outputs.is_empty() {
            value.fields =
                Some(outputs.iter().map(|(name, ty)| (name.clone(), Value::new(resolve(ty)))).collect());
        }
        Some((index, value))
    }

    /// A call with `name => value`.
    fn named_call(&mut self, candidates: &[Candidate], given: &[Given], node: &SyntaxNode) -> Value {
        let functions: Vec<&Candidate> = candidates
            .iter()
            .filter(|candidate| candidate.function.as_ref().is_some_and(|id| self.has_arguments(id, given)))
            .collect();
        if let [candidate] = functions.as_slice() {
            let candidate = (*candidate).clone();
            self.called(&candidate, node);
            return result(&candidate);
        }
        match candidates {
            [first, rest @ ..]
                if candidates.iter().all(|it| it.function.is_none())
                    && rest.iter().all(|it| it.signature.result == first.signature.result) =>
            {
                result(first)
            }
            _ => Value::opaque(),
        }
    }

    fn has_arguments(&self, id: &ObjectId, given: &[Given]) -> bool {
        let Some(Object::Function(function)) = self.fold.state.get(id).map(|entry| &entry.object) else {
            return false;
        };
        let inputs: Vec<&Argument> = function.arguments.iter().filter(|it| is_input(it)).collect();
        let required = inputs.iter().filter(|it| !it.default && it.mode != ArgumentMode::Variadic).count();
        (required..=inputs.len()).contains(&given.len())
            && given
                .iter()
                .all(|it| it.name.as_ref().is_none_or(|name| inputs.iter().any(|input| input.name == *name)))
    }

    /// A call of which it cannot be told which function it calls.
    fn uncertain_call(
        &mut self,
        names: &[String],
        node: &SyntaxNode,
        given: &[Given],
        candidates: &[Candidate],
        functions: &[ObjectId],
    ) -> Value {
        let fitting: Vec<&Candidate> =
            candidates.iter().filter(|it| takes(&it.signature, given.len())).collect();
        if let [candidate] = fitting.as_slice()
            && candidates.len() == functions.len().max(1)
        {
            let candidate = (*candidate).clone();
            self.called(&candidate, node);
            self.strings(&candidate, given);
            return result(&candidate);
        }
        // The results are alike more often than not.
        let same = match fitting.as_slice() {
            [first, rest @ ..] if rest.iter().all(|it| it.signature.result == first.signature.result) => {
                Some(result(first))
            }
            _ => None,
        };
        for function in functions {
            self.fold.effect(Verb::Reference, function, node);
            self.calls.push(Call { function: *function, node: node.clone() });
        }
        if let Some(value) = same
            && !fitting.is_empty()
            && functions.is_empty()
        {
            return value;
        }
        if let ([name], [one], true) = (names, given, candidates.is_empty() && functions.is_empty()) {
            // `f(row)` is also how a column of the row, or a cast, can be written.
            if let Some(column) = self.fields(&one.value).find(name) {
                return column.value.clone();
            }
            if let Found::Object(id) = self.fold.find_type(names) {
                self.refer(&id, node);
                return Value::new(SqlType::named(id.owner()));
            }
            if let Some(canonical) = types::canonical(name, false, "") {
                return Value::new(kinds::long(&kinds::built_in(&canonical)));
            }
        }
        Value::opaque()
    }

    /// Notes the call of a function of the application.
    fn called(&mut self, candidate: &Candidate, node: &SyntaxNode) {
        if let Some(function) = &candidate.function {
            self.refer(function, node);
            self.calls.push(Call { function: *function, node: node.clone() });
        }
    }

    /// The objects that strings name in arguments of type `regclass` and the like.
    fn strings(&mut self, candidate: &Candidate, given: &[Given]) {
        let writes = candidate.function.is_none() && self.runs && candidate.signature.writes;
        for (ty, it) in candidate.signature.arguments.iter().zip(given) {
            let Some(ast::Expr::Literal(literal)) = &it.expr else { continue };
            let verb = if writes { Verb::Write } else { Verb::Reference };
            self.named_by_string(literal, ty, verb);
        }
    }
}

fn built_in(name: &str) -> Vec<Candidate> {
    let writes = matches!(name, "nextval" | "setval");
    signatures::functions(name)
        .into_iter()
        .map(|signature| Candidate { signature: Signature { writes, ..signature }, function: None })
        .collect()
}

/// The result of a candidate whose arguments do not matter.
fn result(candidate: &Candidate) -> Value {
    let plain = |ty: &str| {
        if kinds::is_polymorphic(ty) { SqlType::Opaque } else { kinds::long(ty) }
    };
    let mut value = Value::new(plain(&candidate.signature.result));
    let outputs = &candidate.signature.outputs;
    if !outputs.is_empty() {
        value.fields = Some(outputs.iter().map(|(name, ty)| (name.clone(), Value::new(plain(ty)))).collect());
    }
    value
}

fn is_input(argument: &Argument) -> bool {
    matches!(argument.mode, ArgumentMode::In | ArgumentMode::InOut | ArgumentMode::Variadic)
}

/// A function of the application as a candidate; `None` if the types of its arguments cannot be seen.
fn application(fold: &Fold, id: &ObjectId) -> Option<Candidate> {
    let entry = fold.state.get(id)?;
    let Object::Function(function) = &entry.object else { return None };
    let mut signature = Signature::default();
    let mut outputs = Vec::new();
    for argument in &function.arguments {
        if is_input(argument) {
            signature.arguments.push(kinds::short(fold, &argument.ty)?);
            signature.variadic |= argument.mode == ArgumentMode::Variadic;
            signature.defaults += usize::from(argument.default);
        }
        if !matches!(argument.mode, ArgumentMode::In | ArgumentMode::Variadic) {
            let name = if argument.name.is_empty() {
                format!("column{}", outputs.len() + 1)
            } else {
                argument.name.clone()
            };
            outputs.push((name, kinds::short(fold, &argument.ty).unwrap_or_else(|| "any".to_owned())));
        }
    }
    signature.result = match (outputs.as_slice(), &function.returns) {
        ([(_, ty)], _) => ty.clone(),
        ([], Some(returns)) => kinds::short(fold, returns).unwrap_or_else(|| "any".to_owned()),
        ([], None) => "void".to_owned(),
        _ => "record".to_owned(),
    };
    signature.outputs = outputs;
    Some(Candidate { signature, function: Some(*id) })
}
