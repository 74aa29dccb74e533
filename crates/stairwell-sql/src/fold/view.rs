//! Views and materialised views.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Column, Expression, Kind, Object, ObjectId, QualifiedName, SqlType, View};

use super::{
    Fold,
    options::{options, reset_options},
    query::{Queried, Scope},
    relation::column_id,
    resolve::{Found, TEMP, identifier, parts, text},
    state::Strength,
};

/// The columns of a new relation that a query fills, by name.
pub(crate) type NewColumns = Vec<(String, Column)>;

impl Fold {
    pub(crate) fn create_view(&mut self, it: &ast::CreateView) {
        let (Some(node), Some(query)) = (it.view(), it.query()) else { return };
        let node = node.syntax();
        let names = column_names(it.column_list());
        let mut name = self.new_name(&parts(node));
        let scope = Scope::empty();
        let queried = if it.recursive_token().is_some() {
            self.recursive_query(&query, &name.name, &names, &scope)
        } else {
            self.query(&query, &scope)
        };
        let temporary = matches!(it.persistence(), Some(ast::Persistence::Temp(_)));
        // A view of something temporary is temporary itself.
        if temporary || queried.references.iter().any(|id| id.schema == TEMP) {
            name.schema = TEMP.into();
        }
        if !self.has_schema(&name.schema, node) {
            return;
        }
        let mut options = options(it.with_params().and_then(|with| with.attribute_list()));
        if let Some(check) = it.with_check_option() {
            let local =
                matches!(check.check_option_level(), Some(ast::CheckOptionLevel::LocalCheckOption(_)));
            let level = if local { "local" } else { "cascaded" };
            options.insert("check_option".to_owned(), level.to_owned());
        }
        let view = View { query: Expression(text(&query)), options, populated: true };
        let id = ObjectId::new(Kind::View, name.schema, name.name);
        let columns = self.columns_of_query(&queried, &names, node);
        if it.or_replace().is_some() && self.state.contains(&id) {
            self.replace_view(&id, view, columns, &queried, node);
        } else if self.may_be_view(&id, node) {
            self.put_query_relation(&id, view, columns, &queried, node);
        }
    }

    pub(crate) fn create_materialized_view(&mut self, it: &ast::CreateMaterializedView) {
        let (Some(node), Some(query)) = (it.view(), it.query()) else { return };
        let node = node.syntax();
        let name = self.new_name(&parts(node));
        let id = ObjectId::new(Kind::MaterializedView, name.schema, name.name);
        if it.if_not_exists().is_some() && self.state.catalog().relation(&name).is_some() {
            return;
        }
        let scope = Scope::empty();
        let populated = !matches!(it.data_option(), Some(ast::DataOption::WithNoData(_)));
        // Its query runs, but it may not write.
        let (queried, calls) = self.run_query(&query, &scope, populated);
        if !self.has_schema(&name.schema, node) || !self.may_be_view(&id, node) {
            return;
        }
        let view = View {
            query: Expression(text(&query)),
            options: options(it.with_params().and_then(|with| with.attribute_list())),
            populated,
        };
        let columns = self.columns_of_query(&queried, &column_names(it.column_list()), node);
        self.put_query_relation(&id, view, columns, &queried, node);
        if populated {
            self.follow_calls(calls);
        }
    }

    /// Whether neither a relation nor a type stands in the way of a view and its row type.
    fn may_be_view(&mut self, id: &ObjectId, node: &SyntaxNode) -> bool {
        if !self.is_free(id, node) {
            return false;
        }
        self.may_be_table(&id.owner(), node)
    }

    /// The columns that a query gives a relation; `None` if they cannot be known.
    pub(crate) fn columns_of_query(
        &mut self,
        queried: &Queried,
        names: &[String],
        node: &SyntaxNode,
    ) -> Option<NewColumns> {
        let columns = queried.columns.as_ref()?;
        if names.len() > columns.len() {
            self.invalid(format!("there are {} names for {} columns", names.len(), columns.len()), node);
        }
        let mut new = NewColumns::new();
        for (index, (name, ty)) in columns.iter().enumerate() {
            let name = names.get(index).unwrap_or(name);
            if new.iter().any(|(other, _)| other == name) {
                self.invalid(format!("there are two columns {name}"), node);
                continue;
            }
            if let SqlType::BuiltIn(pseudo) = ty
                && matches!(pseudo.as_str(), "record" | "void")
            {
                self.invalid(
                    format!("a column cannot be of the pseudo-type {pseudo}, as {name} would be"),
                    node,
                );
            }
            let position = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let mut column = Column::new(position, ty.clone());
            column.collation = queried.collations.get(index).cloned().flatten();
            new.push((name.clone(), column));
        }
        Some(new)
    }

    fn put_query_relation(
        &mut self,
        id: &ObjectId,
        view: View,
        columns: Option<NewColumns>,
        queried: &Queried,
        node: &SyntaxNode,
    ) {
        self.create(id, view, node);
        self.put_new_columns(id, columns, node);
        self.depend_on_all(id, queried.references.clone());
    }

    /// Puts the columns of a relation that a query fills; the relation is opaque if they cannot be known.
    pub(crate) fn put_new_columns(&mut self, id: &ObjectId, columns: Option<NewColumns>, node: &SyntaxNode) {
        let Some(columns) = columns else {
            let reason = "the columns of its query cannot be known".to_owned();
            self.state.change(id, |entry| entry.opaque = entry.opaque.take().or(Some(reason)));
            return;
        };
        for (name, column) in columns {
            self.put_new_column(&id.owner(), &name, column, node);
        }
    }

    fn put_new_column(&mut self, owner: &QualifiedName, name: &str, column: Column, node: &SyntaxNode) {
        let id = column_id(owner, name);
        let ty = column.ty.clone();
        self.create_along(&id, column, node);
        self.depend_on_type(&id, &ty);
    }

    /// CREATE OR REPLACE VIEW: the columns that there are stay, and others may come behind them.
    fn replace_view(
        &mut self,
        id: &ObjectId,
        view: View,
        columns: Option<NewColumns>,
        queried: &Queried,
        node: &SyntaxNode,
    ) {
        self.effect(stairwell_catalog::Verb::Alter, id, node);
        let owner = id.owner();
        let known = self.is_sure(id);
        if let Some(new) = &columns
            && known
        {
            self.check_replacement(&owner, new, node);
        }
        for (on, _) in self.state.uses(id) {
            self.state.release(id, &on);
        }
        self.change(id, |entry| {
            entry.object = Object::View(view);
        });
        self.depend_on_all(id, queried.references.clone());
        let there: Vec<String> =
            self.state.catalog().columns(&owner).into_iter().map(|(name, _)| name.to_string()).collect();
        match columns {
            Some(new) => {
                for (name, column) in new {
                    if there.contains(&name) {
                        // What was not known of the column may be known now.
                        self.change(&column_id(&owner, &name), |entry| {
                            if let Object::Column(old) = &mut entry.object
                                && old.ty.is_opaque()
                            {
                                old.ty = column.ty;
                            }
                        });
                    } else {
                        self.put_new_column(&owner, &name, column, node);
                    }
                }
            }
            None => self.put_new_columns(id, None, node),
        }
    }

    /// What the server demands of the columns of the query that replaces another.
    fn check_replacement(&mut self, owner: &QualifiedName, new: &NewColumns, node: &SyntaxNode) {
        let old: NewColumns = self
            .state
            .catalog()
            .columns(owner)
            .into_iter()
            .map(|(name, column)| (name.to_string(), column.clone()))
            .collect();
        for (index, (name, column)) in old.iter().enumerate() {
            let id = column_id(owner, name);
            if !self.is_sure(&id) {
                return;
            }
            match new.get(index) {
                None => {
                    self.invalid(format!("CREATE OR REPLACE VIEW cannot drop the {id}"), node);
                    return;
                }
                Some((other, _)) if other != name => {
                    self.invalid(
                        format!(
                            "CREATE OR REPLACE VIEW cannot rename the {id} to {other}; new columns go to the end"
                        ),
                        node,
                    );
                    return;
                }
                Some((_, other)) => {
                    let known = !other.ty.is_opaque() && !column.ty.is_opaque();
                    if known && other.ty != column.ty {
                        self.invalid(
                            format!(
                                "CREATE OR REPLACE VIEW cannot change the type of the {id} from {} to {}",
                                column.ty, other.ty
                            ),
                            node,
                        );
                        return;
                    }
                }
            }
        }
    }

    pub(crate) fn alter_view(&mut self, it: &ast::AlterView) {
        let (Some(name), Some(action)) = (it.view_ref(), it.action()) else { return };
        let Some(id) = self.relation_to_alter(name.syntax(), it.if_exists().is_some()) else { return };
        if !self.is_kind(&id, Kind::View, name.syntax()) {
            return;
        }
        match action {
            ast::AlterViewAction::AlterViewColumn(it) => self.alter_view_column(&id, &it),
            ast::AlterViewAction::OwnerTo(it) => self.change_owner(&id, &it),
            ast::AlterViewAction::RenameColumn(it) => {
                if let (Some(from), Some(to)) = (it.column_name_ref(), it.column_name()) {
                    self.rename_column(&id, from.syntax(), to.syntax(), false);
                }
            }
            ast::AlterViewAction::SetOptions(it) => {
                let set = options(it.attribute_list());
                self.change_options(&id, |options| options.extend(set));
            }
            ast::AlterViewAction::ResetOptions(it) => {
                self.change_options(&id, |options| reset_options(options, it.attribute_list()));
            }
            ast::AlterViewAction::SetSchema(it) => {
                if let Some(to) = it.schema_ref() {
                    self.move_relation(&id, to.syntax());
                }
            }
            ast::AlterViewAction::ViewRenameTo(it) => {
                if let Some(to) = it.view() {
                    self.rename_relation(&id, to.syntax());
                }
            }
        }
    }

    fn alter_view_column(&mut self, id: &ObjectId, it: &ast::AlterViewColumn) {
        let Some(name) = it.name() else { return };
        let column = column_id(&id.owner(), &identifier(name.syntax()));
        if !self.state.contains(&column) {
            if self.is_sure(id) {
                self.missing(&column, name.syntax());
            }
            return;
        }
        self.effect(stairwell_catalog::Verb::Alter, &column, name.syntax());
        let defaults: Vec<ObjectId> = self
            .state
            .uses(&column)
            .into_iter()
            .filter(|(_, strength)| *strength == Strength::Default)
            .map(|(on, _)| on)
            .collect();
        for on in defaults {
            self.state.release(&column, &on);
        }
        let default = match it.alter_view_column_action() {
            Some(ast::AlterViewColumnAction::SetDefault(it)) => it.expr(),
            _ => None,
        };
        if let Some(expr) = &default {
            let analysed = self.expression(expr, &Scope::empty());
            for on in analysed.references {
                self.state.depend(&column, &on, Strength::Default);
            }
        }
        let default = default.map(|expr| Expression(text(&expr)));
        self.change(&column, |entry| {
            if let Object::Column(column) = &mut entry.object {
                column.default = default;
            }
        });
    }

    pub(crate) fn alter_materialized_view(&mut self, it: &ast::AlterMaterializedView) {
        let Some(name) = it.view_ref() else { return };
        let Some(id) = self.relation_to_alter(name.syntax(), it.if_exists().is_some()) else { return };
        if !self.is_kind(&id, Kind::MaterializedView, name.syntax()) {
            return;
        }
        for action in it.action() {
            match action {
                ast::AlterMaterializedViewAction::ViewRenameTo(it) => {
                    if let Some(to) = it.view() {
                        self.rename_relation(&id, to.syntax());
                    }
                }
                ast::AlterMaterializedViewAction::RenameColumn(it) => {
                    if let (Some(from), Some(to)) = (it.column_name_ref(), it.column_name()) {
                        self.rename_column(&id, from.syntax(), to.syntax(), false);
                    }
                }
                ast::AlterMaterializedViewAction::SetSchema(it) => {
                    if let Some(to) = it.schema_ref() {
                        self.move_relation(&id, to.syntax());
                    }
                }
                ast::AlterMaterializedViewAction::AlterTableAction(action) => {
                    self.alter_relation(&id, &action, false);
                }
                ast::AlterMaterializedViewAction::DependsOnExtension(it) => {
                    self.depend_on_extension(&id, &it)
                }
                ast::AlterMaterializedViewAction::NoDependsOnExtension(it) => {
                    self.depend_no_longer_on_extension(&id, &it);
                }
            }
        }
    }

    /// Whether the relation is of the kind that the statement is about.
    fn is_kind(&mut self, id: &ObjectId, kind: Kind, node: &SyntaxNode) -> bool {
        if id.kind == kind {
            return true;
        }
        if self.is_sure(id) {
            self.invalid(format!("the {id} is no {kind}"), node);
        }
        false
    }

    pub(crate) fn refresh(&mut self, it: &ast::Refresh) {
        let Some(name) = it.view_ref() else { return };
        let node = name.syntax();
        let Found::Object(found) = self.find_relation(&parts(node)) else {
            self.relation(node, stairwell_catalog::Verb::Write);
            return;
        };
        self.effect(stairwell_catalog::Verb::Write, &found, node);
        if !self.is_kind(&found, Kind::MaterializedView, node) {
            return;
        }
        let populate = !matches!(it.data_option(), Some(ast::DataOption::WithNoData(_)));
        if it.concurrently_token().is_some() && self.is_sure(&found) {
            let populated = matches!(
                self.state.get(&found).map(|entry| &entry.object),
                Some(Object::View(view)) if view.populated
            );
            if !populated {
                self.invalid(
                    format!("the {found} has no rows yet, so it cannot be refreshed concurrently"),
                    node,
                );
                return;
            }
            // Any index under it that cannot be seen may be the one.
            let indexed = self.indexes(&found.owner()).iter().any(|(_, index)| {
                index.unique && index.predicate.is_none() && index.keys.iter().all(|key| key.column.is_some())
            });
            if !indexed {
                self.invalid(format!("the {found} has no unique index on columns"), node);
                return;
            }
        }
        self.change(&found, |entry| {
            if let Object::View(view) = &mut entry.object {
                view.populated = populate;
            }
        });
    }
}

/// The names that a statement gives the columns of its query.
pub(crate) fn column_names(list: Option<ast::ColumnList>) -> Vec<String> {
    list.map(|list| list.column_names().map(|name| identifier(name.syntax())).collect()).unwrap_or_default()
}
