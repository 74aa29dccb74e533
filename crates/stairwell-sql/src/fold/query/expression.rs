//! Expressions: what they name, and the types that they have.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode, PostfixOp},
};
use stairwell_catalog::{Kind, Object, ObjectId, SqlType};

use super::{
    Analysis, kinds,
    scope::{self, Columns, Env, Item, Named},
    signatures,
    value::{Value, computed, one_of},
};
use crate::fold::resolve::identifier;

impl Analysis<'_> {
    /// Analyses an expression.
    pub(super) fn expr(&mut self, expr: &ast::Expr, env: &Env<'_>) -> Value {
        match expr {
            ast::Expr::Literal(it) => self.literal(it),
            ast::Expr::NameRef(it) => self.name_ref(it, env),
            ast::Expr::FieldExpr(it) => self.field(it, env),
            ast::Expr::CallExpr(it) => self.call(it, env),
            ast::Expr::CastExpr(it) => self.cast(it, env),
            ast::Expr::Collate(it) => {
                let mut value = it.expr().map_or_else(Value::opaque, |expr| self.expr(&expr, env));
                value.settle();
                let name =
                    it.collation_ref().and_then(|name| crate::fold::resolve::parts(name.syntax()).pop());
                value.collation = name.filter(|name| name != "default");
                value
            }
            ast::Expr::ArrayExpr(it) => {
                if let Some(query) = it.select_variant() {
                    let value = self.scalar(&query, env);
                    return Value { ty: value.ty.clone().into_array(), fields: None, ..value };
                }
                let values: Vec<Value> = it.exprs().map(|expr| self.expr(&expr, env)).collect();
                let value = one_of(self.fold, &values);
                Value { ty: value.ty.clone().into_array(), fields: None, ..value }
            }
            ast::Expr::BinExpr(it) => self.binary(it, env),
            ast::Expr::CaseExpr(it) => self.case(it, env),
            ast::Expr::IndexExpr(it) => {
                let base = it.base().map_or_else(Value::opaque, |base| self.expr(&base, env));
                if let Some(index) = it.index() {
                    self.expr(&index, env);
                }
                self.element(base)
            }
            ast::Expr::SliceExpr(it) => {
                let base = it.base().map_or_else(Value::opaque, |base| self.expr(&base, env));
                for bound in [it.start(), it.end()].into_iter().flatten() {
                    self.expr(&bound, env);
                }
                match base.ty {
                    SqlType::Array(_) => base,
                    _ => Value::opaque(),
                }
            }
            ast::Expr::BetweenExpr(it) => {
                self.walk(it.syntax(), env);
                Value::boolean()
            }
            ast::Expr::ParenExpr(it) => {
                if let Some(expr) = it.expr() {
                    return self.expr(&expr, env);
                }
                match it.syntax().children().find_map(ast::SelectVariant::cast) {
                    Some(query) => self.scalar(&query, env),
                    None => Value::opaque(),
                }
            }
            ast::Expr::TupleExpr(it) => {
                let mut fields = Vec::new();
                for expr in it.exprs() {
                    for mut value in self.exprs(&expr, env) {
                        value.settle();
                        fields.push((format!("f{}", fields.len() + 1), value));
                    }
                }
                Value { fields: Some(fields), ..Value::built_in("record") }
            }
            ast::Expr::PrefixExpr(it) => self.prefix(it, env),
            ast::Expr::PostfixExpr(it) => {
                let value = it.expr().map_or_else(Value::opaque, |expr| self.expr(&expr, env));
                match it.op() {
                    Some(PostfixOp::AtLocal(_)) => self.built_in_call("timezone", &[value]),
                    _ => Value::boolean(),
                }
            }
        }
    }

    /// Analyses one of a list of expressions: in ROW and VALUES, `alias.*` stands for as many as it has columns.
    pub(super) fn exprs(&mut self, expr: &ast::Expr, env: &Env<'_>) -> Vec<Value> {
        match expr {
            ast::Expr::FieldExpr(field) if field.star_token().is_some() => {
                self.qualified_star(field, env).list.into_iter().map(|column| column.value).collect()
            }
            _ => vec![self.expr(expr, env)],
        }
    }

    /// Analyses every expression and query below a node that has no rules of its own.
    pub(super) fn walk(&mut self, node: &SyntaxNode, env: &Env<'_>) {
        for child in node.children() {
            if let Some(expr) = ast::Expr::cast(child.clone()) {
                self.expr(&expr, env);
            } else if let Some(query) = ast::SelectVariant::cast(child.clone()) {
                self.query(&query, env);
            } else if ast::Type::cast(child.clone()).is_none() {
                self.walk(&child, env);
            }
        }
    }

    /// The value of a subquery that gives one column.
    pub(super) fn scalar(&mut self, query: &ast::SelectVariant, env: &Env<'_>) -> Value {
        let columns = self.query(query, env).derived();
        match columns.list.into_iter().next() {
            Some(column) if !columns.opaque => column.value,
            _ => Value::opaque(),
        }
    }

    fn name_ref(&mut self, it: &ast::NameRef, env: &Env<'_>) -> Value {
        if let Some(value) = keyword(it) {
            return value;
        }
        let name = identifier(it.syntax());
        match env.name(&name) {
            Named::Column(column) => {
                let column = column.clone();
                for source in &column.sources {
                    self.refer(source, it.syntax());
                }
                column.value
            }
            Named::Row(item) => {
                let item = item.clone();
                let value = self.row(&item, it.syntax());
                // The row of a function that gives one value is that value: its column has the name of an
                // `OUT` parameter and not the alias.
                let may_be_value = item.relation.is_none() && item.columns.list.len() == 1;
                if may_be_value { Value::opaque() } else { value }
            }
            Named::Unsure => Value::opaque(),
            Named::Nothing => {
                if let Some(ty) = scope::system_column(&name)
                    && env.levels().any(|level| !level.items.is_empty())
                {
                    return Value::new(ty);
                }
                self.missing_column(&name, it.syntax(), env);
                Value::opaque()
            }
        }
    }

    /// The row of a relation as a value.
    fn row(&mut self, item: &Item, node: &SyntaxNode) -> Value {
        let Some(relation) = &item.relation else {
            if item.columns.opaque {
                return Value::opaque();
            }
            let fields = item.columns.list.iter().map(|it| (it.name.clone(), it.value.clone())).collect();
            return Value { fields: Some(fields), ..Value::built_in("record") };
        };
        if let Some(id) = self.fold.state.catalog().relation(relation).cloned() {
            self.refer(&id, node);
        }
        Value::new(SqlType::named(*relation))
    }

    fn missing_column(&mut self, name: &str, node: &SyntaxNode, env: &Env<'_>) {
        let items: Vec<&Item> = env
            .levels()
            .map(|level| &level.items)
            .find(|items| !items.is_empty())
            .into_iter()
            .flatten()
            .collect();
        match items.as_slice() {
            [Item { relation: Some(relation), .. }] => {
                let id = ObjectId::part(Kind::Column, relation, name);
                self.fold.missing(&id, node);
            }
            [] => self.invalid(format!("there is no column {name} here"), node),
            _ => self.invalid(format!("nothing in FROM has a column {name}"), node),
        }
    }

    /// Notes something that the server would refuse.
    pub(super) fn invalid(&mut self, reason: String, node: &SyntaxNode) {
        self.fold.invalid(reason, node);
    }

    fn field(&mut self, it: &ast::FieldExpr, env: &Env<'_>) -> Value {
        let Some(base) = it.base() else { return Value::opaque() };
        let field = field_name(it);
        if let Some(path) = name_path(&base) {
            let names: Vec<String> = path.iter().map(|name| identifier(name.syntax())).collect();
            return match (self.qualifier(&names, env), field) {
                (Some(item), Some(field)) => self.column_of(&item, &field),
                (Some(item), None) => self.row(&item, it.syntax()),
                (None, _) => {
                    self.no_qualifier(&names, base.syntax(), env);
                    Value::opaque()
                }
            };
        }
        let value = self.expr(&base, env);
        let Some(field) = field else { return value };
        let name = identifier(field.syntax());
        let columns = self.fields(&value);
        match columns.find(&name) {
            Some(column) => {
                let column = column.clone();
                for source in &column.sources {
                    self.refer(source, field.syntax());
                }
                column.value
            }
            None => Value::opaque(),
        }
    }

    /// What a path of names in front of a dot stands for.
    pub(super) fn qualifier(&self, names: &[String], env: &Env<'_>) -> Option<Item> {
        match names {
            [alias] => env.item(None, alias).cloned(),
            [.., schema, alias] => env.item(Some(schema), alias).cloned(),
            [] => None,
        }
    }

    /// Notes that nothing in FROM goes by this name.
    pub(super) fn no_qualifier(&mut self, names: &[String], node: &SyntaxNode, env: &Env<'_>) {
        if !env.has_variables() && names.len() <= 2 {
            self.invalid(format!("nothing in FROM is called {}", names.join(".")), node);
        }
    }

    /// A column of an item in FROM, or a function that is applied to its row.
    fn column_of(&mut self, item: &Item, field: &ast::NameRef) -> Value {
        let name = identifier(field.syntax());
        if let Some(column) = item.columns.find(&name) {
            for source in &column.sources {
                self.refer(source, field.syntax());
            }
            return column.value.clone();
        }
        if let Some(ty) = scope::system_column(&name) {
            return Value::new(ty);
        }
        if item.columns.opaque {
            return Value::opaque();
        }
        let functions = self.fold.find_functions(std::slice::from_ref(&name));
        if let [function] = functions.as_slice() {
            self.refer(function, field.syntax());
        }
        // `row.f` is also how `f(row)` can be written.
        let takes_a_row = signatures::functions(&name).iter().any(|signature| {
            matches!(
                signature.arguments.as_slice(),
                [ty] if ty == "any" || ty == "record" || kinds::is_polymorphic(ty)
            )
        });
        let of_extension =
            crate::fold::extension::any(self.fold) && (name == "hstore" || name.starts_with("st_"));
        let may_be_applied = !functions.is_empty() || takes_a_row || of_extension;
        if !may_be_applied {
            match &item.relation {
                Some(relation) => {
                    self.fold.missing(&ObjectId::part(Kind::Column, relation, name), field.syntax());
                }
                None => self.invalid(format!("{} has no column {name}", item.alias), field.syntax()),
            }
        }
        Value::opaque()
    }

    /// The fields of a composite value.
    pub(super) fn fields(&self, value: &Value) -> Columns {
        if let Some(fields) = &value.fields {
            return Columns::computed(fields.iter().cloned());
        }
        let Some(short) = kinds::short(self.fold, &value.ty) else { return Columns::opaque() };
        let SqlType::Named { name, .. } = kinds::long(&kinds::base(self.fold, &short)) else {
            return Columns::opaque();
        };
        let id = ObjectId::new(Kind::Type, name.schema, name.name);
        if let Some(entry) = self.fold.state.get(&id) {
            return match &entry.object {
                Object::Composite(it) if entry.opaque.is_none() => {
                    Columns::computed(it.attributes.iter().map(|attribute| {
                        let collation = attribute.collation.clone();
                        (attribute.name.clone(), Value { collation, ..Value::new(attribute.ty.clone()) })
                    }))
                }
                _ => Columns::opaque(),
            };
        }
        match self.fold.state.catalog().relation(&name) {
            Some(_) => scope::relation_columns(self.fold, &name),
            None => Columns::opaque(),
        }
    }

    fn cast(&mut self, it: &ast::CastExpr, env: &Env<'_>) -> Value {
        let mut ty = it.ty().map_or(SqlType::Opaque, |ty| self.sql_type(&ty));
        // `interval '1' day`
        if let (SqlType::BuiltIn(name), Some(fields)) = (&mut ty, it.interval_qualifier()) {
            let fields = fields.syntax().text().to_string().to_ascii_lowercase();
            for word in fields.split_whitespace() {
                name.push(' ');
                name.push_str(word);
            }
        }
        let operand = it.expr().or_else(|| it.literal().map(ast::Expr::Literal));
        let Some(operand) = operand else { return Value::new(ty) };
        if let (SqlType::BuiltIn(canonical), ast::Expr::Literal(literal)) = (&ty, &operand) {
            let canonical = canonical.clone();
            self.named_by_string(literal, &canonical, stairwell_catalog::Verb::Reference);
            return computed(self.fold, ty, []);
        }
        let value = self.expr(&operand, env);
        computed(self.fold, ty, [&value])
    }

    fn case(&mut self, it: &ast::CaseExpr, env: &Env<'_>) -> Value {
        if let Some(operand) = it.expr() {
            self.expr(&operand, env);
        }
        let mut values = Vec::new();
        let list = it.when_clause_list();
        let clauses = list.iter().flat_map(|list| list.syntax().children().filter_map(ast::WhenClause::cast));
        for clause in clauses {
            if let Some(condition) = clause.condition() {
                self.expr(&condition, env);
            }
            if let Some(then) = clause.then() {
                values.push(self.expr(&then, env));
            }
        }
        // What ELSE gives goes first: it decides between types that cannot be told apart otherwise.
        let otherwise = match it.else_clause().and_then(|otherwise| otherwise.expr()) {
            Some(otherwise) => self.expr(&otherwise, env),
            None => Value::unknown(),
        };
        values.insert(0, otherwise);
        one_of(self.fold, &values)
    }

    /// What a subscript gives.
    fn element(&self, base: Value) -> Value {
        let ty = match &base.ty {
            SqlType::Array(element) => (**element).clone(),
            SqlType::BuiltIn(ty) => match ty.as_str() {
                "jsonb" => SqlType::built_in("jsonb"),
                "int2vector" => SqlType::built_in("smallint"),
                "oidvector" => SqlType::built_in("oid"),
                "point" => SqlType::built_in("double precision"),
                "name" => SqlType::built_in("\"char\""),
                _ => SqlType::Opaque,
            },
            SqlType::Named { .. } => {
                let below = kinds::short(self.fold, &base.ty).map(|short| kinds::base(self.fold, &short));
                match below.as_deref().and_then(|below| below.strip_prefix('_')) {
                    // The modifier of a domain's elements is not in the short name.
                    Some(element) if kinds::modifier_free(element) => kinds::long(element),
                    _ => SqlType::Opaque,
                }
            }
            SqlType::Opaque => SqlType::Opaque,
        };
        computed(self.fold, ty, [&base])
    }
}

/// The name behind the dot; `None` for `*`, where the accessor of the tree would give the name before it.
pub(super) fn field_name(it: &ast::FieldExpr) -> Option<ast::NameRef> {
    if it.star_token().is_some() { None } else { it.field() }
}

/// The names of a path such as `a` or `a.b`; `None` for anything else.
pub(super) fn name_path(expr: &ast::Expr) -> Option<Vec<ast::NameRef>> {
    match expr {
        ast::Expr::NameRef(name) => Some(vec![name.clone()]),
        ast::Expr::FieldExpr(field) => {
            let mut path = name_path(&field.base()?)?;
            path.push(field_name(field)?);
            Some(path)
        }
        _ => None,
    }
}

/// The value of a name that is no name: `current_date`, `current_user` …
fn keyword(it: &ast::NameRef) -> Option<Value> {
    let name = it.syntax().text().to_string();
    keyword_type(&name.to_ascii_lowercase(), "").map(Value::new)
}

/// The type of `current_timestamp(3)` and the like; the modifier with its parentheses.
pub(super) fn keyword_type(name: &str, modifier: &str) -> Option<SqlType> {
    let canonical = match name {
        "current_date" => "date".to_owned(),
        "current_time" => format!("time{modifier} with time zone"),
        "current_timestamp" => format!("timestamp{modifier} with time zone"),
        "localtime" => format!("time{modifier} without time zone"),
        "localtimestamp" => format!("timestamp{modifier} without time zone"),
        "current_catalog" | "current_role" | "current_schema" | "current_user" | "session_user"
        | "system_user" | "user" => {
            // `system_user` gives text; it came with PostgreSQL 16.
            if name == "system_user" { "text".to_owned() } else { "name".to_owned() }
        }
        _ => return None,
    };
    Some(SqlType::BuiltIn(canonical))
}
