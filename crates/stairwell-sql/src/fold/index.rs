//! CREATE INDEX and ALTER INDEX.

use std::collections::{BTreeMap, BTreeSet};

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
    column_name::ColumnName,
};
use stairwell_catalog::{
    Constraint, Expression, Index, IndexKey, Kind, Object, ObjectId, QualifiedName, TableKind, Verb,
};

use super::{
    Fold,
    implicit_name::{distinct, joined},
    operator_class,
    options::{options, reset_options},
    query::Scope,
    relation::{column_id, constraint_id, index_id},
    resolve::{identifier, parts, text},
    state::Strength,
};

/// An index before it has a name.
#[derive(Debug, Clone)]
pub(crate) struct NewIndex {
    pub(crate) index: Index,
    /// The names of its columns: of an expression the one that PostgreSQL infers.
    pub(crate) names: Vec<String>,
    /// What its expressions and its predicate refer to.
    pub(crate) references: BTreeSet<ObjectId>,
    /// Why it may not be as it is.
    pub(crate) opaque: Option<String>,
}

impl NewIndex {
    pub(crate) fn new(table: &QualifiedName, method: String) -> Self {
        let index = Index {
            table: *table,
            method,
            unique: false,
            nulls_not_distinct: false,
            keys: Vec::new(),
            include: Vec::new(),
            predicate: None,
            columns: BTreeSet::new(),
            valid: true,
            constraint: false,
            clustered: false,
            parent: None,
            options: BTreeMap::new(),
        };
        Self { index, names: Vec::new(), references: BTreeSet::new(), opaque: None }
    }

    /// Adds a column of the table to the key.
    pub(crate) fn push_column(&mut self, column: &str) {
        self.names.push(column.to_owned());
        self.index.columns.insert(column.to_owned());
        self.index.keys.push(IndexKey { column: Some(column.to_owned()), ..IndexKey::default() });
    }

    /// Adds a column that is stored and not part of the key.
    pub(crate) fn push_included(&mut self, column: &str) {
        self.names.push(column.to_owned());
        self.index.columns.insert(column.to_owned());
        self.index.include.push(column.to_owned());
    }

    /// The column names joined, as they go into the index's implicit name.
    pub(crate) fn joined_names(&self) -> String {
        joined(distinct(self.names.iter().cloned()).iter().map(String::as_str))
    }
}

/// The column that an expression is nothing but, in parentheses or with a collation perhaps.
pub(crate) fn plain_column(expr: &ast::Expr) -> Option<Named> {
    match expr {
        ast::Expr::NameRef(name) => Some((identifier(name.syntax()), name.syntax().clone())),
        ast::Expr::ParenExpr(paren) => plain_column(&paren.expr()?),
        ast::Expr::Collate(collate) => plain_column(&collate.expr()?),
        _ => None,
    }
}

/// The collation that is named around an expression.
fn collate_of(expr: ast::Expr) -> Option<ast::Collate> {
    match expr {
        ast::Expr::ParenExpr(paren) => collate_of(paren.expr()?),
        ast::Expr::Collate(collate) => Some(collate),
        _ => None,
    }
}

type Named = (String, SyntaxNode);

/// The name that PostgreSQL infers for an expression, by which it names the index's column.
fn inferred_name(expr: &ast::Expr) -> String {
    let file = squawk_syntax::SourceFile::parse(&format!("select {}", text(expr)));
    let target = file.tree().syntax().descendants().find_map(ast::Target::cast);
    let name = target.and_then(ColumnName::inferred_from_target).and_then(|(name, _)| match name {
        ColumnName::UnknownColumn(None) | ColumnName::Star => None,
        name => name.to_string(),
    });
    name.map_or_else(|| "expr".to_owned(), super::resolve::truncate)
}

impl Fold {
    pub(crate) fn create_index(&mut self, it: &ast::CreateIndex) {
        let Some(relation) = it.table_relation_name() else { return };
        let Some(table_node) = relation.table_name_ref() else { return };
        let given = it.index().and_then(|name| Some((parts(name.syntax()).pop()?, name.syntax().clone())));
        let Some(table_id) = self.relation_to_alter(table_node.syntax(), false) else { return };
        let table = table_id.owner();
        if let (Some((name, _)), Some(_)) = (&given, it.if_not_exists())
            && self.state.catalog().relation(&QualifiedName::new(table.schema, name)).is_some()
        {
            return;
        }
        match self.state.get(&table_id).map(|entry| &entry.object) {
            Some(Object::Table(table)) if !matches!(table.kind, TableKind::Foreign { .. }) => {}
            Some(Object::View(_)) if table_id.kind == Kind::MaterializedView => {}
            _ => {
                self.invalid(format!("there can be no index on the {table_id}"), table_node.syntax());
                return;
            }
        }
        let method =
            it.using_method().and_then(|using| using.access_method_ref()).map(|m| identifier(m.syntax()));
        let method = method.unwrap_or_else(|| "btree".to_owned());
        // The old name is still understood.
        let method = if method == "rtree" { "gist".to_owned() } else { method };
        let mut new = NewIndex::new(&table, method);
        new.index.unique = it.unique_token().is_some();
        new.index.nulls_not_distinct =
            matches!(it.nulls_distinct_option(), Some(ast::NullsDistinctOption::NullsNotDistinct(_)));
        let items = it.partition_item_list().map(|list| list.partition_items().collect::<Vec<_>>());
        for item in items.unwrap_or_default() {
            if !self.push_key(&mut new, &item) {
                return;
            }
        }
        let included = it.index_include_clause().and_then(|include| include.partition_item_list());
        for item in included.iter().flat_map(ast::PartitionItemList::partition_items) {
            let Some((column, node)) = item.expr().as_ref().and_then(plain_column) else { continue };
            if !self.has_columns(&table, &[(column.clone(), node)]) {
                return;
            }
            new.push_included(&column);
        }
        new.index.options = options(it.with_params().and_then(|with| with.attribute_list()));
        if let Some(condition) = it.where_clause().and_then(|clause| clause.expr()) {
            self.set_predicate(&mut new, &condition);
        }
        let (name, node) = match given {
            Some(given) => given,
            None => {
                let columns = new.joined_names();
                let name = self.free_relation_name(&table.schema, &table.name, Some(&columns), "idx", false);
                (name, it.syntax().clone())
            }
        };
        let name = QualifiedName::new(table.schema, name);
        let id = index_id(&name);
        if !self.is_free(&id, &node) {
            return;
        }
        let only = relation.only_token().is_some();
        if self.is_partitioned(&table) {
            if it.concurrently_token().is_some() {
                self.invalid("an index on a partitioned table cannot be created CONCURRENTLY", &node);
                return;
            }
            if new.index.unique && !self.covers_partition_key(&new, &table_id, &node) {
                return;
            }
            new.index.valid = !only || self.children(&table).is_empty();
        }
        self.put_index(&name, new, None, &node, false);
        if !only {
            self.propagate_index(&name, &node);
        }
    }

    /// Whether a unique index on a partitioned table contains the columns by which it is partitioned.
    pub(crate) fn covers_partition_key(
        &mut self,
        new: &NewIndex,
        table: &ObjectId,
        node: &SyntaxNode,
    ) -> bool {
        let Some(Object::Table(it)) = self.state.get(table).map(|entry| &entry.object) else { return true };
        let TableKind::Partitioned { key, .. } = &it.kind else { return true };
        let keys: Vec<&str> = new.index.keys.iter().filter_map(|key| key.column.as_deref()).collect();
        let lacking = key.iter().flatten().find(|column| !keys.contains(&column.as_str())).cloned();
        match lacking {
            Some(column) if self.is_sure(table) => {
                let reason = format!(
                    "a unique index on a partitioned table must contain its partition key, here {column}"
                );
                self.invalid(reason, node);
                false
            }
            _ => true,
        }
    }

    /// Adds one key of CREATE INDEX or EXCLUDE.
    fn push_key(&mut self, new: &mut NewIndex, item: &ast::PartitionItem) -> bool {
        let Some(expr) = item.expr() else { return true };
        if !self.push_expression(new, &expr) {
            return false;
        }
        self.set_key_collation(new, item);
        let class = item.op_class_ref().and_then(|class| parts(class.syntax()).pop());
        let class = class.and_then(|class| match operator_class::is_default(&class, &new.index.method) {
            Some(true) => None,
            Some(false) => Some(class),
            None => {
                new.opaque = Some(format!("nobody knows whether {class} is a default operator class"));
                Some(class)
            }
        });
        let descending = matches!(item.sort_order(), Some(ast::SortOrder::SortDesc(_)));
        if let Some(key) = new.index.keys.last_mut() {
            key.operator_class = class;
            key.operator_class_options = options(item.attribute_list());
            key.descending = descending;
            key.nulls_first = match item.nulls_order() {
                Some(ast::NullsOrder::NullsFirst(_)) => true,
                Some(ast::NullsOrder::NullsLast(_)) => false,
                None => descending,
            };
        }
        true
    }

    /// The collation of the last key, if it is a column and the collation is not the column's own.
    fn set_key_collation(&mut self, new: &mut NewIndex, item: &ast::PartitionItem) {
        let inner = item.expr().and_then(collate_of);
        let Some(collate) = item.collate().or(inner) else { return };
        let (name, made) = self.collation(&collate);
        new.references.extend(made);
        let Some(key) = new.index.keys.last_mut() else { return };
        let Some(column) = key.column.as_ref().and_then(|column| self.own_column(&new.index.table, column))
        else {
            return;
        };
        let of_domain = self.type_object(&column.ty).and_then(|id| match &self.state.get(&id)?.object {
            Object::Domain(domain) => domain.collation.clone(),
            _ => None,
        });
        let of_type = if column.ty.to_string() == "name" { Some("C".to_owned()) } else { of_domain };
        let default = || "default".to_owned();
        let own = column.collation.clone().or(of_type).unwrap_or_else(default);
        let name = name.unwrap_or_else(default);
        if column.ty.is_opaque() {
            new.opaque = Some("the collation of a column is not known".to_owned());
        }
        key.collation = (name != own).then_some(name);
    }

    /// The column that an expression is nothing but; the name of the table, which stands for the whole row, is
    /// none.
    pub(crate) fn column_or_row(&self, table: &QualifiedName, expr: &ast::Expr) -> Option<Named> {
        plain_column(expr).filter(|(name, _)| self.own_column(table, name).is_some() || *name != table.name)
    }

    /// Adds a column or an expression to the key.
    pub(crate) fn push_expression(&mut self, new: &mut NewIndex, expr: &ast::Expr) -> bool {
        let table = new.index.table;
        if let Some((column, node)) = self.column_or_row(&table, expr) {
            new.push_column(&column);
            return self.has_columns(&table, &[(column, node)]);
        }
        let analysed = self.expression(expr, &Scope::of_relation(self, &table));
        note_columns(new, &table, &analysed.references);
        new.references.extend(analysed.references);
        new.names.push(inferred_name(expr));
        let key = match self.unconverted(&table, expr) {
            Some(column) => IndexKey { column: Some(column), ..IndexKey::default() },
            None => IndexKey { expression: Some(Expression(text(expr))), ..IndexKey::default() },
        };
        new.index.keys.push(key);
        true
    }

    /// The condition of a partial index.
    pub(crate) fn set_predicate(&mut self, new: &mut NewIndex, condition: &ast::Expr) {
        let table = new.index.table;
        let analysed = self.expression(condition, &Scope::of_relation(self, &table));
        note_columns(new, &table, &analysed.references);
        new.references.extend(analysed.references);
        new.index.predicate = Some(Expression(text(condition)));
    }

    /// Puts an index into the catalog, and the constraint that it belongs to if there is one.
    pub(crate) fn put_index(
        &mut self,
        name: &QualifiedName,
        new: NewIndex,
        constraint: Option<Constraint>,
        node: &SyntaxNode,
        along: bool,
    ) {
        let NewIndex { mut index, names, references, opaque } = new;
        let id = index_id(name);
        let table = index.table;
        let columns: Vec<ObjectId> = index.columns.iter().map(|column| column_id(&table, column)).collect();
        index.constraint = constraint.is_some();
        if let Some(constraint) = constraint {
            let constraint_id = constraint_id(&table, &name.name);
            if along {
                self.create_along(&constraint_id, constraint, node);
            } else {
                self.create(&constraint_id, constraint, node);
            }
            for column in &columns {
                self.state.depend(&constraint_id, column, Strength::Auto);
            }
        }
        if along || index.constraint {
            self.create_along(&id, index, node);
        } else {
            self.create(&id, index, node);
        }
        if let Some(opaque) = opaque {
            self.state.change(&id, |entry| entry.opaque = Some(opaque));
        }
        self.state.set_inner_names(&id, distinct(names));
        if let Some(relation) = self.state.catalog().relation(&table).cloned() {
            self.state.depend(&id, &relation, Strength::Auto);
        }
        for column in &columns {
            self.state.depend(&id, column, Strength::Auto);
        }
        for reference in references {
            if reference.owner() != table {
                self.state.depend(&id, &reference, Strength::Normal);
            }
        }
    }

    pub(crate) fn alter_index(&mut self, it: &ast::AlterIndex) {
        let Some(name_node) = it.index_ref() else { return };
        let Some(id) = self.relation_to_alter(name_node.syntax(), it.if_exists().is_some()) else { return };
        match it.action() {
            // PostgreSQL renames any relation here, but sets options of indexes only.
            Some(ast::AlterIndexAction::IndexRenameTo(to)) => {
                if let Some(to) = to.index() {
                    self.rename_relation(&id, to.syntax());
                }
            }
            Some(ast::AlterIndexAction::DependsOnExtension(it)) => self.depend_on_extension(&id, &it),
            Some(ast::AlterIndexAction::NoDependsOnExtension(it)) => {
                self.depend_no_longer_on_extension(&id, &it);
            }
            Some(ast::AlterIndexAction::SetOptions(it)) => {
                let set = options(it.attribute_list());
                self.change_index(&id.owner(), |index| index.options.extend(set));
            }
            Some(ast::AlterIndexAction::ResetOptions(it)) => {
                self.change_index(&id.owner(), |index| {
                    reset_options(&mut index.options, it.attribute_list());
                });
            }
            Some(ast::AlterIndexAction::AttachIndexPartition(it)) => {
                let Some(child_node) = it.index_ref() else { return };
                let Some(child) = self.relation(child_node.syntax(), Verb::Alter) else { return };
                self.attach_index(&id.owner(), &child.owner());
            }
            Some(ast::AlterIndexAction::AlterSetStatistics(it)) => self.set_key_statistics(&id, &it),
            _ => {}
        }
    }
}

/// Notes the table's columns among the references.
fn note_columns(new: &mut NewIndex, table: &QualifiedName, references: &BTreeSet<ObjectId>) {
    let columns = references.iter().filter(|id| id.kind == Kind::Column && id.owner() == *table);
    new.index.columns.extend(columns.map(|id| id.part.to_string()));
}
