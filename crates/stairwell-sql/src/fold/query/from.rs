//! FROM: relations, joins, functions and subqueries, with the columns that each of them gives.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Verb};

use super::{
    Analysis,
    expression::{keyword_type, name_path},
    scope::{self, Column, Columns, Env, Item},
    value::Value,
};
use crate::fold::resolve::{identifier, parts};

/// What one item of FROM gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// What can qualify.
    pub(super) items: Vec<Item>,
    /// The columns that need no qualification.
    pub(super) columns: Columns,
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
            let source = self.list_item(&item, level);
            source.add_to(level);
        }
    }

    pub(super) fn list_item(&mut self, item: &ast::FromListItem, level: &Env<'_>) -> Source {
        match item {
            ast::FromListItem::FromItem(item) => self.item(item, level),
            ast::FromListItem::JoinExpr(join) => {
                let left =
                    join.from_list_item().map_or_else(Source::default, |left| self.list_item(&left, level));
                match join.join() {
                    Some(join) => self.join(left, &join, level),
                    None => left,
                }
            }
        }
    }

    fn item(&mut self, item: &ast::FromItem, level: &Env<'_>) -> Source {
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
            (Some(item), _) => self.list_item(&item, level),
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
        self.references.insert(id);
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
            item.relation = Some(relation);
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
}

pub(super) fn alias_name(alias: &ast::FromAlias) -> Option<String> {
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
pub(super) fn callee(call: &ast::CallExpr) -> Option<String> {
    let path = call.expr().and_then(|callee| name_path(&callee))?;
    path.last().map(|name| identifier(name.syntax()))
}
