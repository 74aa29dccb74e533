//! FROM: relations, joins, functions and subqueries, with the columns that each of them gives.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, SqlType, Verb};

use super::{
    Analysis,
    expression::{keyword_type, name_path},
    kinds,
    scope::{self, Column, Columns, Env, Item},
    value::{Value, one_of},
};
use crate::fold::resolve::{identifier, parts};

/// What one item of FROM gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// What can qualify.
    items: Vec<Item>,
    /// The columns that need no qualification.
    columns: Columns,
}

impl Source {
    /// One item with its columns.
    pub(super) fn one(item: Item) -> Self {
        Self { columns: item.columns.clone(), items: vec![item] }
    }

    pub(super) fn add_to(self, env: &mut Env<'_>) {
        env.items.extend(self.items);
        env.columns.list.extend(self.columns.list);
        env.columns.opaque |= self.columns.opaque;
    }
}

impl Analysis<'_> {
    /// Adds the items of a FROM clause to a level of names; each sees those before it where LATERAL lets it.
    pub(super) fn from(&mut self, items: impl IntoIterator<Item = ast::FromListItem>, level: &mut Env<'_>) {
        for item in items {
            let source = self.from_list_item(&item, level);
            source.add_to(level);
        }
    }

    fn from_list_item(&mut self, item: &ast::FromListItem, level: &Env<'_>) -> Source {
        match item {
            ast::FromListItem::FromItem(item) => self.from_item(item, level),
            ast::FromListItem::JoinExpr(join) => {
                let left = join
                    .from_list_item()
                    .map_or_else(Source::default, |left| self.from_list_item(&left, level));
                match join.join() {
                    Some(join) => self.join(left, &join, level),
                    None => left,
                }
            }
        }
    }

    fn join(&mut self, left: Source, join: &ast::Join, level: &Env<'_>) -> Source {
        let Some(right) = join.from_list_item() else { return left };
        let mut lateral = level.clone();
        left.clone().add_to(&mut lateral);
        // Joins associate to the left. Without a condition the tree has it the other way round.
        if join.join_condition().is_none()
            && let ast::FromListItem::JoinExpr(inner) = &right
            && let Some(first) = inner.from_list_item()
        {
            let joined = self.chain_of_joins(left, join, &first, level);
            return match inner.join() {
                Some(next) => self.join(joined, &next, level),
                None => joined,
            };
        }
        let right = self.from_list_item(&right, &lateral);
        self.joined(left, right, join, level)
    }

    /// The left-most part of what stands to the right of a join without a condition.
    fn chain_of_joins(
        &mut self,
        left: Source,
        join: &ast::Join,
        right: &ast::FromListItem,
        level: &Env<'_>,
    ) -> Source {
        if let ast::FromListItem::JoinExpr(inner) = right
            && let Some(first) = inner.from_list_item()
        {
            let joined = self.chain_of_joins(left, join, &first, level);
            return match inner.join() {
                Some(next) => self.join(joined, &next, level),
                None => joined,
            };
        }
        let mut lateral = level.clone();
        left.clone().add_to(&mut lateral);
        let right = self.from_list_item(right, &lateral);
        self.joined(left, right, join, level)
    }

    fn joined(&mut self, left: Source, right: Source, join: &ast::Join, level: &Env<'_>) -> Source {
        let mut items = left.items.clone();
        items.extend(right.items.iter().cloned());
        let using = match join.join_condition() {
            Some(ast::JoinCondition::JoinUsingClause(using)) => Some(using),
            Some(ast::JoinCondition::OnClause(on)) => {
                let mut env = Env { outer: level.outer, variables: level.variables, ..Env::default() };
                left.clone().add_to(&mut env);
                right.clone().add_to(&mut env);
                self.walk(on.syntax(), &env);
                None
            }
            None => None,
        };
        let natural = join.natural_token().is_some();
        if natural && (left.columns.opaque || right.columns.opaque) {
            let mut columns = left.columns;
            columns.list.extend(right.columns.list);
            columns.opaque = true;
            return Source { items, columns };
        }
        let mut names: Vec<(String, SyntaxNode)> = Vec::new();
        if natural {
            let common = left.columns.list.iter().filter(|column| right.columns.find(&column.name).is_some());
            names.extend(common.map(|column| (column.name.clone(), join.syntax().clone())));
        }
        if let Some(list) = using.as_ref().and_then(|using| using.column_ref_list()) {
            names.extend(
                list.column_name_refs().map(|name| (identifier(name.syntax()), name.syntax().clone())),
            );
        }
        let opaque = left.columns.opaque || right.columns.opaque;
        let mut merged: Vec<Column> = Vec::new();
        for (name, node) in names {
            merged.push(self.merged(&left, &right, name, &node));
        }
        if let Some(alias) = using.as_ref().and_then(|using| using.alias()).and_then(|alias| alias.name()) {
            items.push(Item {
                alias: identifier(alias.syntax()),
                relation: None,
                bare: false,
                columns: Columns { list: merged.clone(), opaque: false },
            });
        }
        let rest = |columns: Columns| {
            let merged = &merged;
            let list = columns.list.into_iter();
            list.filter(move |column| merged.iter().all(|it| it.name != column.name)).collect::<Vec<_>>()
        };
        let (left, right) = (rest(left.columns), rest(right.columns));
        let list = merged.into_iter().chain(left).chain(right).collect();
        Source { items, columns: Columns { list, opaque } }
    }

    /// The one column that USING makes of two.
    fn merged(&mut self, left: &Source, right: &Source, name: String, node: &SyntaxNode) -> Column {
        let mut values = Vec::new();
        let mut sources = Vec::new();
        for side in [left, right] {
            match side.columns.find(&name) {
                Some(column) => {
                    values.push(column.value.clone());
                    sources.extend(column.sources.iter().cloned());
                }
                None if side.columns.opaque => values.push(Value::opaque()),
                None => match side.items.as_slice() {
                    [Item { relation: Some(relation), .. }] => {
                        self.fold.missing(&ObjectId::part(Kind::Column, relation, name.clone()), node);
                        values.push(Value::opaque());
                    }
                    _ => {
                        self.invalid(format!("a side of the join has no column {name}"), node);
                        values.push(Value::opaque());
                    }
                },
            }
        }
        for source in &sources {
            self.refer(source, node);
        }
        Column { name, value: one_of(self.fold, &values), sources }
    }

    fn from_item(&mut self, item: &ast::FromItem, level: &Env<'_>) -> Source {
        // What is not LATERAL sees the levels around the query only.
        let around = Env { outer: level.outer, variables: level.variables, ..Env::default() };
        let alias = item.alias();
        match item {
            ast::FromItem::RelationFromItem(it) => {
                if let Some(sample) = it.tablesample_clause() {
                    let args = sample.call_expr().and_then(|call| call.arg_list());
                    for part in args.iter().map(|it| it.syntax()) {
                        self.walk(part, &around);
                    }
                }
                match it.relation_name_ref() {
                    Some(name) => self.relation_item(name.syntax(), alias.as_ref(), level),
                    None => Source::default(),
                }
            }
            ast::FromItem::ParenFromItem(it) => {
                let env = if it.lateral_token().is_some() { level } else { &around };
                if let Some(query) = it.paren_select() {
                    let columns = self.query(&ast::SelectVariant::ParenSelect(query), env).derived();
                    return self.aliased(alias.as_ref(), None, columns);
                }
                let Some(paren) = it.paren_expr() else { return Source::default() };
                self.paren_item(&paren, alias.as_ref(), level)
            }
            ast::FromItem::FunctionFromItem(it) => {
                let Some(call) = it.call_expr() else { return Source::default() };
                let definitions = alias.as_ref().and_then(definitions);
                let columns = self.function_columns(&call, definitions, alias.as_ref(), level);
                self.ordinality(alias.as_ref(), callee(&call), columns, it.with_ordinality().is_some())
            }
            ast::FromItem::RowsFromItem(it) => {
                let mut columns = Columns::default();
                for arg in it.rows_from_args() {
                    let Some(call) = arg.call_expr() else { continue };
                    let next = self.function_columns(&call, arg.column_def_list(), None, level);
                    columns.opaque |= next.opaque;
                    columns.list.extend(next.list);
                }
                self.ordinality(alias.as_ref(), None, columns, it.with_ordinality().is_some())
            }
            ast::FromItem::ExprFromItem(it) => {
                let (value, name) = match (it.call_expr(), it.cast_expr()) {
                    (Some(call), _) => (self.call(&call, level), callee(&call)),
                    (None, Some(cast)) => {
                        let cast = ast::Expr::CastExpr(cast);
                        (self.expr(&cast, level), Some(super::column_name::column_name(&cast)))
                    }
                    (None, None) => (Value::opaque(), None),
                };
                let column = alias.as_ref().and_then(alias_name).or_else(|| name.clone()).unwrap_or_default();
                self.aliased(alias.as_ref(), name, Columns::computed([(column, value)]))
            }
            ast::FromItem::JsonTableFromItem(it) => {
                let Some(table) = it.json_table() else { return Source::default() };
                for part in table.syntax().children() {
                    match ast::Expr::cast(part.clone()) {
                        Some(expr) => {
                            self.expr(&expr, level);
                        }
                        None => self.walk(&part, level),
                    }
                }
                let list = table.json_table_column_list();
                let columns =
                    list.map(|list| self.typed_columns(list.syntax(), "integer")).unwrap_or_default();
                self.aliased(alias.as_ref(), Some("json_table".to_owned()), Columns::computed(columns))
            }
            ast::FromItem::XmlTableFromItem(it) => {
                let Some(table) = it.xml_table() else { return Source::default() };
                self.walk(table.syntax(), level);
                let list = table.xml_table_column_list();
                let columns =
                    list.map(|list| self.typed_columns(list.syntax(), "integer")).unwrap_or_default();
                self.aliased(alias.as_ref(), Some("xmltable".to_owned()), Columns::computed(columns))
            }
            ast::FromItem::GraphTableFromItem(_) => self.aliased(alias.as_ref(), None, Columns::opaque()),
        }
    }

    /// A join in parentheses; with an alias, the alias is all that can qualify.
    fn paren_item(
        &mut self,
        paren: &ast::ParenExpr,
        alias: Option<&ast::FromAlias>,
        level: &Env<'_>,
    ) -> Source {
        let source = match (paren.from_list_item(), paren.expr()) {
            (Some(item), _) => self.from_list_item(&item, level),
            (None, Some(ast::Expr::ParenExpr(inner))) => self.paren_item(&inner, None, level),
            (None, _) => match paren.syntax().children().find_map(ast::SelectVariant::cast) {
                Some(query) => {
                    let columns = self.query(&query, level).derived();
                    return self.aliased(alias, None, columns);
                }
                None => Source::default(),
            },
        };
        match alias {
            Some(_) => self.aliased(alias, None, source.columns),
            None => source,
        }
    }

    /// A relation, a query of WITH, or a name that is a value.
    fn relation_item(
        &mut self,
        node: &SyntaxNode,
        alias: Option<&ast::FromAlias>,
        level: &Env<'_>,
    ) -> Source {
        let names = parts(node);
        if let [name] = names.as_slice() {
            if let Some(cte) = level.cte(name) {
                let columns = cte.columns.clone();
                return self.aliased(alias, Some(name.clone()), columns);
            }
            let written = node.text().to_string().trim().to_ascii_lowercase();
            if let Some(ty) = keyword_type(&written, "") {
                let column = alias.and_then(alias_name).unwrap_or_else(|| name.clone());
                let columns = Columns::computed([(column, Value::new(ty))]);
                return self.aliased(alias, Some(name.clone()), columns);
            }
        }
        self.relation_source(node, alias, Verb::Reference)
    }

    /// A relation of the catalog, with the effect on it.
    pub(super) fn relation_source(
        &mut self,
        node: &SyntaxNode,
        alias: Option<&ast::FromAlias>,
        verb: Verb,
    ) -> Source {
        let name = parts(node).pop().unwrap_or_default();
        let Some(id) = self.fold.relation(node, verb) else {
            let mut columns = Columns::opaque();
            columns.list.clear();
            return self.aliased(alias, Some(name), columns);
        };
        self.references.insert(id.clone());
        let relation = id.owner();
        let columns = match id.kind {
            Kind::Sequence => Columns::computed([
                ("last_value".to_owned(), Value::built_in("bigint")),
                ("log_cnt".to_owned(), Value::built_in("bigint")),
                ("is_called".to_owned(), Value::boolean()),
            ]),
            _ => scope::relation_columns(self.fold, &relation),
        };
        let mut source = self.aliased(alias, Some(name), columns);
        for item in &mut source.items {
            item.relation = Some(relation.clone());
            item.bare = alias.and_then(alias_name).is_none();
        }
        source
    }

    /// One item with its alias and the names that the alias gives its columns.
    fn aliased(
        &mut self,
        alias: Option<&ast::FromAlias>,
        name: Option<String>,
        mut columns: Columns,
    ) -> Source {
        let names: Vec<String> = alias
            .and_then(|alias| alias.columns())
            .map(|columns| columns.column_names().map(|name| identifier(name.syntax())).collect())
            .unwrap_or_default();
        // The columns of the catalog keep what they are; only the names are others here.
        columns.rename(&names);
        let bare = alias.and_then(alias_name).is_none();
        let alias = alias.and_then(alias_name).or(name).unwrap_or_default();
        Source::one(Item { alias, relation: None, bare, columns })
    }

    fn ordinality(
        &mut self,
        alias: Option<&ast::FromAlias>,
        name: Option<String>,
        mut columns: Columns,
        ordinality: bool,
    ) -> Source {
        if ordinality {
            columns.list.push(Column {
                name: "ordinality".to_owned(),
                value: Value::built_in("bigint"),
                sources: Vec::new(),
            });
        }
        self.aliased(alias, name, columns)
    }

    /// The columns that a function in FROM gives.
    fn function_columns(
        &mut self,
        call: &ast::CallExpr,
        definitions: Option<ast::ColumnDefList>,
        alias: Option<&ast::FromAlias>,
        level: &Env<'_>,
    ) -> Columns {
        let name = callee(call)
            .unwrap_or_else(|| super::column_name::column_name(&ast::Expr::CallExpr(call.clone())));
        // `unnest` of several arrays is as many calls side by side.
        let args: Vec<ast::Arg> =
            call.arg_list().into_iter().flat_map(|list| list.args().collect::<Vec<_>>()).collect();
        if name == "unnest" && args.len() > 1 {
            let columns: Vec<(String, Value)> = args
                .iter()
                .map(|arg| {
                    let value = arg.expr().map_or_else(Value::opaque, |expr| self.expr(&expr, level));
                    ("unnest".to_owned(), self.built_in_call("unnest", &[value]))
                })
                .collect();
            return Columns::computed(columns);
        }
        let value = self.call(call, level);
        if let Some(definitions) = definitions {
            let columns: Vec<(String, Value)> = definitions
                .column_defs()
                .map(|column| {
                    let name = column.name().map(|name| identifier(name.syntax())).unwrap_or_default();
                    let ty = column.ty().map_or(SqlType::Opaque, |ty| self.sql_type(&ty));
                    (name, Value::new(ty))
                })
                .collect();
            return Columns::computed(columns);
        }
        let scalar = |name: String| Columns::computed([(name, value.clone())]);
        match &value.fields {
            // A single output argument gives the column its name, which nothing but column names overrides.
            Some(fields) if fields.len() == 1 => {
                let name = fields.first().map(|(name, _)| name.clone()).unwrap_or_default();
                if name == "column1" {
                    scalar(alias.and_then(alias_name).unwrap_or(name))
                } else {
                    scalar(name)
                }
            }
            Some(fields) => Columns::computed(fields.iter().cloned()),
            None => {
                let composite = matches!(&value.ty, SqlType::BuiltIn(ty) if ty == "record")
                    || kinds::short(self.fold, &value.ty)
                        .is_none_or(|short| kinds::base(self.fold, &short).starts_with("@c"));
                if !composite {
                    return scalar(alias.and_then(alias_name).unwrap_or(name));
                }
                let mut columns = self.fields(&value);
                for column in &mut columns.list {
                    column.sources.clear();
                }
                columns
            }
        }
    }

    /// The columns that JSON_TABLE and XMLTABLE list; those of NESTED are among them.
    fn typed_columns(&mut self, list: &SyntaxNode, ordinality: &str) -> Vec<(String, Value)> {
        let mut columns = Vec::new();
        for column in list.children() {
            let name = column.children().find_map(ast::ColumnName::cast);
            match name {
                Some(name) => {
                    let value = match column.children().find_map(ast::Type::cast) {
                        Some(ty) => Value::new(self.sql_type(&ty)),
                        None => Value::built_in(ordinality),
                    };
                    columns.push((identifier(name.syntax()), value));
                }
                None => {
                    for nested in column.children().filter_map(ast::JsonTableColumnList::cast) {
                        columns.extend(self.typed_columns(nested.syntax(), ordinality));
                    }
                }
            }
        }
        columns
    }
}

fn alias_name(alias: &ast::FromAlias) -> Option<String> {
    alias.name().map(|name| identifier(name.syntax()))
}

/// The column definitions of `AS alias (a int, b text)`.
fn definitions(alias: &ast::FromAlias) -> Option<ast::ColumnDefList> {
    match alias.columns()? {
        ast::FromAliasColumns::ColumnDefList(list) => Some(list),
        ast::FromAliasColumns::ColumnList(_) => None,
    }
}

/// The last name of what is called.
fn callee(call: &ast::CallExpr) -> Option<String> {
    let path = call.expr().and_then(|callee| name_path(&callee))?;
    path.last().map(|name| identifier(name.syntax()))
}
