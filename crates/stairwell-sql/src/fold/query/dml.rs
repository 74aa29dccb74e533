//! INSERT, UPDATE, DELETE and MERGE: what they write, what they read, and what RETURNING gives.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Verb};

use super::{
    Analysis,
    from::Source,
    scope::{self, Columns, Env, Item},
};
use crate::fold::resolve::{identifier, parts};

impl Analysis<'_> {
    /// Analyses a statement that writes rows; the columns are those of RETURNING.
    pub(super) fn write(&mut self, node: &SyntaxNode, env: &Env<'_>) -> Columns {
        let with = node.children().find_map(ast::WithClause::cast);
        let ctes = with.map(|with| self.with(&with, env)).unwrap_or_default();
        let env = Env { outer: Some(env), ctes, ..Env::default() };
        if let Some(it) = ast::Insert::cast(node.clone()) {
            self.insert(&it, &env)
        } else if let Some(it) = ast::Update::cast(node.clone()) {
            self.update(&it, &env)
        } else if let Some(it) = ast::Delete::cast(node.clone()) {
            self.delete(&it, &env)
        } else if let Some(it) = ast::Merge::cast(node.clone()) {
            self.merge(&it, &env)
        } else {
            Columns::opaque()
        }
    }

    /// The relation that is written.
    fn target(&mut self, name: Option<&SyntaxNode>, alias: Option<ast::TableAlias>) -> Item {
        let mut item = Item { alias: String::new(), relation: None, bare: true, columns: Columns::opaque() };
        if let Some(name) = name {
            let verb = if self.runs { Verb::Write } else { Verb::Reference };
            item.alias = parts(name).pop().unwrap_or_default();
            if let Some(id) = self.fold.relation(name, verb) {
                self.references.insert(id);
                item.columns = scope::relation_columns(self.fold, &id.owner());
                item.relation = Some(id.owner());
            }
        }
        if let Some(alias) = alias {
            item.alias = identifier(alias.syntax());
            item.bare = false;
        }
        item
    }

    fn insert(&mut self, it: &ast::Insert, env: &Env<'_>) -> Columns {
        let alias = it.alias().and_then(|alias| alias.name());
        let name = it.relation_name_ref();
        let target = self.target(name.as_ref().map(AstNode::syntax), alias);
        let listed = it.column_target_list().map(|list| self.column_targets(&list, &target, env));
        if let Some(ast::InsertSource::SelectVariant(query)) = it.insert_source() {
            let columns = self.query(&query, env);
            self.check_count(&columns, listed, &target, query.syntax());
        }
        if let Some(conflict) = it.on_conflict_clause() {
            self.on_conflict(&conflict, &target, env);
        }
        let mut level = Env::inside(env);
        level.push(target.clone());
        self.returning(it.returning_clause(), &target, level)
    }

    /// Whether a query gives as many columns as are written.
    fn check_count(&mut self, columns: &Columns, listed: Option<usize>, target: &Item, node: &SyntaxNode) {
        if columns.opaque || columns.list.is_empty() || (listed.is_none() && target.columns.opaque) {
            return;
        }
        let (given, wanted) = (columns.list.len(), listed.unwrap_or(target.columns.list.len()));
        if given > wanted {
            self.invalid(format!("INSERT gives {given} values for {wanted} columns"), node);
        } else if listed.is_some() && given < wanted {
            self.invalid(format!("INSERT names {wanted} columns and gives {given} values"), node);
        }
    }

    /// The columns that are written; gives their number.
    fn column_targets(&mut self, list: &ast::ColumnTargetList, target: &Item, env: &Env<'_>) -> usize {
        list.column_targets().map(|column| self.column_target(&column, target, env)).count()
    }

    fn column_target(&mut self, column: &ast::ColumnTarget, target: &Item, env: &Env<'_>) {
        if let Some(name) = column.name() {
            self.written(&name, target);
        }
        for accessor in column.accessors() {
            self.walk(accessor.syntax(), env);
        }
    }

    fn written(&mut self, node: &ast::ColumnNameRef, target: &Item) {
        let name = identifier(node.syntax());
        let Some(relation) = &target.relation else { return };
        let id = ObjectId::part(Kind::Column, relation, name.clone());
        if target.columns.find(&name).is_some() {
            let verb = if self.runs { Verb::Write } else { Verb::Reference };
            self.note(verb, &id, node.syntax());
        } else if !target.columns.opaque {
            self.fold.missing(&id, node.syntax());
        }
    }

    fn on_conflict(&mut self, it: &ast::OnConflictClause, target: &Item, env: &Env<'_>) {
        let mut level = Env::inside(env);
        level.push(target.clone());
        match it.conflict_target() {
            Some(ast::ConflictTarget::ConflictOnIndex(index)) => self.walk(index.syntax(), &level),
            Some(ast::ConflictTarget::ConflictOnConstraint(constraint)) => {
                if let (Some(name), Some(relation)) = (constraint.constraint_name_ref(), &target.relation) {
                    let constraint = parts(name.syntax()).pop().unwrap_or_default();
                    let id = ObjectId::part(Kind::Constraint, relation, constraint);
                    if self.fold.state.contains(&id) {
                        self.refer(&id, name.syntax());
                    } else if !target.columns.opaque {
                        self.fold.missing(&id, name.syntax());
                    }
                }
            }
            None => {}
        }
        level.items.push(Item { alias: "excluded".to_owned(), bare: false, ..target.clone() });
        match it.conflict_action() {
            Some(ast::ConflictAction::ConflictDoUpdateSet(update)) => {
                if let Some(set) = update.set_clause() {
                    self.set(&set, target, &level);
                }
                if let Some(filter) = update.where_clause() {
                    self.walk(filter.syntax(), &level);
                }
            }
            Some(ast::ConflictAction::ConflictDoSelect(select)) => {
                if let Some(filter) = select.where_clause() {
                    self.walk(filter.syntax(), &level);
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, it: &ast::SetClause, target: &Item, level: &Env<'_>) {
        for column in it.set_column_list().into_iter().flat_map(|list| list.set_columns().collect::<Vec<_>>())
        {
            match column {
                ast::SetColumn::SetSingleColumn(it) => {
                    if let Some(column) = it.column_target() {
                        self.column_target(&column, target, level);
                    }
                    if let Some(expr) = it.set_expr() {
                        self.walk(expr.syntax(), level);
                    }
                }
                ast::SetColumn::SetMultipleColumns(it) => {
                    if let Some(list) = it.column_target_list() {
                        self.column_targets(&list, target, level);
                    }
                    if let Some(list) = it.set_expr_list() {
                        self.walk(list.syntax(), level);
                    }
                    if let Some(query) = it.paren_select() {
                        self.query(&ast::SelectVariant::ParenSelect(query), level);
                    }
                }
            }
        }
    }

    fn update(&mut self, it: &ast::Update, env: &Env<'_>) -> Columns {
        let name = it.relation_name().and_then(|name| name.relation_name_ref());
        let alias = it.alias().and_then(|alias| alias.name());
        let target = self.target(name.as_ref().map(AstNode::syntax), alias);
        let mut level = Env::inside(env);
        level.push(target.clone());
        if let Some(from) = it.from_clause() {
            self.from(from.items(), &mut level);
        }
        if let Some(set) = it.set_clause() {
            self.set(&set, &target, &level);
        }
        if let Some(ast::WhereClauseOrCurrentOf::WhereClause(filter)) = it.where_clause_or_current_of() {
            self.walk(filter.syntax(), &level);
        }
        self.returning(it.returning_clause(), &target, level)
    }

    fn delete(&mut self, it: &ast::Delete, env: &Env<'_>) -> Columns {
        let name = it.relation_name().and_then(|name| name.relation_name_ref());
        let alias = it.alias().and_then(|alias| alias.name());
        let target = self.target(name.as_ref().map(AstNode::syntax), alias);
        let mut level = Env::inside(env);
        level.push(target.clone());
        if let Some(using) = it.using_clause() {
            self.from(using.items(), &mut level);
        }
        if let Some(ast::WhereClauseOrCurrentOf::WhereClause(filter)) = it.where_clause_or_current_of() {
            self.walk(filter.syntax(), &level);
        }
        self.returning(it.returning_clause(), &target, level)
    }

    fn merge(&mut self, it: &ast::Merge, env: &Env<'_>) -> Columns {
        let name = it.table_relation_name().and_then(|name| name.table_name_ref());
        let alias = it.alias().and_then(|alias| alias.name());
        let target = self.target(name.as_ref().map(AstNode::syntax), alias);
        let mut level = Env::inside(env);
        // RETURNING gives the source's columns first.
        if let Some(using) = it.using_on_clause() {
            self.from(using.from_list_item(), &mut level);
            Source::one(target.clone()).add_to(&mut level);
            if let Some(on) = using.on_clause() {
                self.walk(on.syntax(), &level);
            }
        }
        for clause in it.merge_when_clauses() {
            for child in clause.syntax().children() {
                if let Some(condition) = ast::MergeCondition::cast(child.clone()) {
                    self.walk(condition.syntax(), &level);
                } else if let Some(update) = ast::MergeUpdate::cast(child.clone()) {
                    if let Some(set) = update.set_clause() {
                        self.set(&set, &target, &level);
                    }
                } else if let Some(insert) = ast::MergeInsert::cast(child.clone()) {
                    if let Some(list) = insert.column_target_list() {
                        self.column_targets(&list, &target, &level);
                    }
                    if let Some(values) = insert.values() {
                        self.query(&ast::SelectVariant::Values(values), &level);
                    }
                }
            }
        }
        self.returning(it.returning_clause(), &target, level)
    }

    /// The columns of RETURNING; `old` and `new` are the target's rows, under other names if it says so.
    fn returning(&mut self, it: Option<ast::ReturningClause>, target: &Item, mut level: Env<'_>) -> Columns {
        let Some(it) = it else { return Columns::default() };
        let mut names = vec!["old".to_owned(), "new".to_owned()];
        let options = it.returning_option_list();
        for option in options.into_iter().flat_map(|list| list.returning_options().collect::<Vec<_>>()) {
            names.extend(option.name().map(|name| identifier(name.syntax())));
        }
        for name in names {
            if level.items.iter().all(|item| item.alias != name) {
                level.items.push(Item { alias: name, bare: false, ..target.clone() });
            }
        }
        match it.target_list() {
            Some(targets) => self.targets(&targets, &level),
            None => Columns::default(),
        }
    }
}
