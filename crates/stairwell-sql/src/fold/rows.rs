//! Statements that read or write rows, and tables that a query fills.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Name, Object, ObjectId, Table, Verb};

use super::{
    Fold, Via,
    query::{Call, Scope},
    relation::table_id,
    resolve::{TEMP, identifier, parts},
    table::new_table,
};

impl Fold {
    /// The names that a statement sees from around it: in the body of a function there may be variables.
    fn scope_of_statement(&self) -> Scope {
        Scope { variables: self.via == Via::Body || self.within.variables, ..Scope::empty() }
    }

    /// Follows the functions that a statement called.
    pub(crate) fn follow_calls(&mut self, calls: Vec<Call>) {
        for Call { function, node } in calls {
            self.called(&function, &node);
        }
    }

    pub(crate) fn create_table_as(&mut self, it: &ast::CreateTableAs) {
        let Some(node) = it.table_name() else { return };
        let table = new_table(it.persistence(), it.table_params());
        let names = it.table_arg_list().map(|list| table_columns(&list)).unwrap_or_default();
        self.fill_table(&Filled {
            node: node.syntax().clone(),
            table,
            temporary: matches!(it.persistence(), Some(ast::Persistence::Temp(_))),
            if_not_exists: it.if_not_exists().is_some(),
            names,
            query: it.query().and_then(|query| query.select_variant()),
            runs: !matches!(it.data_option(), Some(ast::DataOption::WithNoData(_))),
        });
    }

    pub(crate) fn select_into(&mut self, it: &ast::SelectInto) {
        let Some(into) = it.into_clause() else { return };
        let Some(node) = into.table_name() else { return };
        self.fill_table(&Filled {
            node: node.syntax().clone(),
            table: new_table(into.persistence(), None),
            temporary: matches!(into.persistence(), Some(ast::Persistence::Temp(_))),
            if_not_exists: false,
            names: Vec::new(),
            query: Some(ast::SelectVariant::SelectInto(it.clone())),
            runs: true,
        });
    }

    fn fill_table(&mut self, filled: &Filled) {
        let node = &filled.node;
        let mut name = self.new_name(&parts(node));
        if filled.temporary {
            name.schema = TEMP.into();
        }
        if filled.if_not_exists && self.state.catalog().relation(&name).is_some() {
            return;
        }
        let scope = self.scope_of_statement();
        let queried = filled.query.as_ref().map(|query| self.run_query(query, &scope, filled.runs));
        if !self.has_schema(&name.schema, node) || !self.may_be_table(&name, node) {
            return;
        }
        let id = table_id(&name);
        let (columns, calls) = match queried {
            Some((queried, calls)) => (self.columns_of_query(&queried, &filled.names, node), calls),
            // The query of a prepared statement is not followed.
            None => (None, Vec::new()),
        };
        self.create(&id, filled.table.clone(), node);
        self.put_new_columns(&id, columns, node);
        if filled.runs {
            self.follow_calls(calls);
        }
    }

    pub(crate) fn rows(&mut self, it: &ast::Stmt) {
        match it {
            ast::Stmt::Copy(it) => self.copy(it),
            ast::Stmt::Truncate(it) => self.truncate(it),
            ast::Stmt::Lock(it) => {
                for relation in
                    it.relation_list().into_iter().flat_map(|list| list.relation_names().collect::<Vec<_>>())
                {
                    if let Some(name) = relation.relation_name_ref() {
                        self.relation(name.syntax(), Verb::Reference);
                    }
                }
            }
            ast::Stmt::Explain(it) => self.explain(it),
            ast::Stmt::Prepare(it) => {
                if let Some(statement) = it.stmt() {
                    self.read_or_write(statement.syntax(), false);
                }
            }
            ast::Stmt::Declare(it) => {
                if let Some(query) = it.query() {
                    self.read_or_write(query.syntax(), true);
                }
            }
            other => self.read_or_write(other.syntax(), true),
        }
    }

    /// A query, or a statement that writes rows.
    fn read_or_write(&mut self, node: &SyntaxNode, runs: bool) {
        let scope = self.scope_of_statement();
        let (_, calls) = match ast::SelectVariant::cast(node.clone()) {
            Some(query) => self.run_query(&query, &scope, runs),
            None => self.write(node, &scope, runs),
        };
        if runs {
            self.follow_calls(calls);
        }
    }

    fn explain(&mut self, it: &ast::Explain) {
        let Some(statement) = it.explain_stmt() else { return };
        let runs = match it.explain_mode() {
            Some(ast::ExplainMode::ExplainAnalyze(_)) => true,
            Some(ast::ExplainMode::ExplainOptionList(list)) => list.explain_options().any(|option| {
                let name = option.explain_option_name().map(|name| identifier(name.syntax()));
                let value = option.explain_option_value().map(|value| value.syntax().text().to_string());
                name.is_some_and(|name| name == "analyze" || name == "analyse")
                    && value.is_none_or(|value| {
                        !matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "off" | "no" | "0")
                    })
            }),
            _ => false,
        };
        match &statement {
            ast::ExplainStmt::CreateTableAs(it) if runs => self.create_table_as(it),
            ast::ExplainStmt::CreateMaterializedView(it) if runs => self.create_materialized_view(it),
            ast::ExplainStmt::SelectInto(it) if runs => self.select_into(it),
            ast::ExplainStmt::CreateTableAs(it) => {
                if let Some(query) = it.query().and_then(|query| query.select_variant()) {
                    self.read_or_write(query.syntax(), false);
                }
            }
            ast::ExplainStmt::CreateMaterializedView(it) => {
                if let Some(query) = it.query() {
                    self.read_or_write(query.syntax(), false);
                }
            }
            ast::ExplainStmt::Declare(it) => {
                if let Some(query) = it.query() {
                    self.read_or_write(query.syntax(), false);
                }
            }
            ast::ExplainStmt::Execute(it) if runs => {
                self.opaque("what a prepared statement does is not followed", it.syntax());
            }
            ast::ExplainStmt::Execute(_) => {}
            other => self.read_or_write(other.syntax(), runs),
        }
    }

    fn copy(&mut self, it: &ast::Copy) {
        if let Some(query) = it.copy_query().and_then(|query| query.preparable_stmt()) {
            self.read_or_write(query.syntax(), true);
            return;
        }
        let Some(table) = it.copy_table() else { return };
        let Some(name) = table.table_name_ref() else { return };
        let writes = matches!(it.copy_direction(), Some(ast::CopyDirection::CopyFrom(_)));
        let verb = if writes { Verb::Write } else { Verb::Reference };
        let Some(id) = self.relation(name.syntax(), verb) else { return };
        for column in
            table.column_ref_list().into_iter().flat_map(|list| list.column_name_refs().collect::<Vec<_>>())
        {
            let part = ObjectId::part(Kind::Column, &id.owner(), identifier(column.syntax()));
            if self.state.contains(&part) {
                self.effect(verb, &part, column.syntax());
            } else if self.is_sure(&id) {
                self.missing(&part, column.syntax());
            }
        }
        if let Some(expr) = it.where_clause().and_then(|filter| filter.expr()) {
            let scope = Scope::of_relation(self, &id.owner());
            self.expression(&expr, &scope);
        }
    }

    fn truncate(&mut self, it: &ast::Truncate) {
        let mut named = Vec::new();
        for table in
            it.table_list().into_iter().flat_map(|list| list.table_relation_names().collect::<Vec<_>>())
        {
            let Some(name) = table.table_name_ref() else { continue };
            let Some(id) = self.relation(name.syntax(), Verb::Write) else { continue };
            if id.kind != Kind::Table {
                if self.is_sure(&id) {
                    self.invalid(format!("the {id} is no table"), name.syntax());
                }
                continue;
            }
            if table.only_token().is_none() {
                for child in self.descendants(&id.owner()) {
                    let child = table_id(&child);
                    self.consequence(Verb::Write, &child, name.syntax());
                    named.push((child, name.syntax().clone()));
                }
            }
            named.push((id, name.syntax().clone()));
        }
        let cascade = matches!(it.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        let mut next = 0;
        while let Some((table, node)) = named.get(next).cloned() {
            next += 1;
            let mut in_the_way = Vec::new();
            for constraint in self.foreign_keys_to(&table) {
                let owner = table_id(&constraint.owner());
                if named.iter().any(|(id, _)| *id == owner) {
                    continue;
                }
                if cascade {
                    self.consequence(Verb::Write, &owner, &node);
                    named.push((owner, node.clone()));
                } else if self.is_sure(&constraint) && self.is_sure(&owner) {
                    in_the_way.push(constraint);
                }
            }
            if !in_the_way.is_empty() && self.is_certain() {
                let origin = in_the_way.first().and_then(|id| self.state.created(id)).cloned();
                let kind = super::ProblemKind::InUse { object: table, by: in_the_way };
                self.problem(kind, &node, origin);
            }
        }
        if matches!(it.identity_action(), Some(ast::IdentityAction::RestartIdentity(_))) {
            self.restart_identity(&named);
        }
    }

    /// The sequences of the truncated tables start again.
    fn restart_identity(&mut self, named: &[(ObjectId, SyntaxNode)]) {
        for (table, node) in named {
            let columns: Vec<Name> =
                self.state.catalog().columns(&table.owner()).into_iter().map(|(name, _)| name).collect();
            for column in columns {
                for sequence in self.owned_sequences(&table.owner(), &column) {
                    self.consequence(Verb::Write, &sequence, node);
                }
            }
        }
    }

    /// The foreign keys of whichever tables that reference this one.
    fn foreign_keys_to(&self, table: &ObjectId) -> Vec<ObjectId> {
        let name = table.owner();
        self.state
            .catalog()
            .iter()
            .filter(|(_, entry)| match &entry.object {
                Object::Constraint(constraint) => matches!(
                    &constraint.rule,
                    stairwell_catalog::ConstraintRule::ForeignKey(key) if key.references == name
                ),
                _ => false,
            })
            .map(|(id, _)| *id)
            .collect()
    }
}

/// A table that a query fills.
struct Filled {
    node: SyntaxNode,
    table: Table,
    temporary: bool,
    if_not_exists: bool,
    names: Vec<String>,
    query: Option<ast::SelectVariant>,
    /// Whether the query runs; it does not WITH NO DATA.
    runs: bool,
}

/// The names in `CREATE TABLE t (a, b) AS`.
fn table_columns(list: &ast::TableArgList) -> Vec<String> {
    list.args()
        .filter_map(|argument| match argument {
            ast::TableArg::Column(column) => column.name().map(|name| identifier(name.syntax())),
            _ => None,
        })
        .collect()
}
