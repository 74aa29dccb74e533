//! `CREATE SCHEMA` with what is created in it, and `ALTER SCHEMA`.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Schema, Verb};

use super::{Fold, lookup::Wanted, resolve::identifier, role::Role};

impl Fold {
    pub(crate) fn create_schema(&mut self, it: &ast::CreateSchema) {
        let Some(node) = it.schema_name() else { return };
        let owner = match it.create_schema_target() {
            Some(ast::CreateSchemaTarget::NamedSchema(named)) => {
                named.role_ref().map(|role| self.role(&role))
            }
            Some(ast::CreateSchemaTarget::AuthorizationSchema(named)) => {
                named.role().map(|role| match identifier(role.syntax()).as_str() {
                    "current_user" | "current_role" | "session_user" => Role::Runner,
                    name => Role::Named(name.to_owned()),
                })
            }
            None => None,
        };
        let named_after_runner = owner == Some(Role::Runner)
            && matches!(it.create_schema_target(), Some(ast::CreateSchemaTarget::AuthorizationSchema(_)));
        if named_after_runner {
            self.opaque("the schema is named after the role that runs the migrations", it.syntax());
            return;
        }
        let id = ObjectId::global(Kind::Schema, identifier(&node));
        if it.if_not_exists().is_some() && self.schema_exists(&id.name) {
            return;
        }
        if id.name.starts_with("pg_") {
            self.invalid("names of schemas that begin with \"pg_\" are reserved", &node);
            return;
        }
        if !self.is_free(&id, &node) {
            return;
        }
        let role = self.session.role.clone();
        if let Some(Role::Named(owner)) = &owner {
            self.session.role = Some(owner.clone());
        }
        self.create(&id, Schema::default(), &node);
        self.schema_elements(&id, it.schema_elements());
        self.session.role = role;
    }

    /// What stands in `CREATE SCHEMA` is created in that schema and by its owner; what refers to something
    /// comes later.
    fn schema_elements(&mut self, schema: &ObjectId, elements: ast::AstChildren<ast::SchemaElement>) {
        let elements: Vec<ast::SchemaElement> = elements.collect();
        let search_path = self.session.search_path.clone();
        self.session.search_path.insert(0, schema.name);
        let mut statements: Vec<(u8, ast::Stmt)> = elements
            .iter()
            .filter_map(|element| Some((turn(element), ast::Stmt::cast(element.syntax().clone())?)))
            .collect();
        statements.sort_by_key(|(turn, _)| *turn);
        for (_, statement) in &statements {
            self.statement(statement);
        }
        self.session.search_path = search_path;
    }

    pub(crate) fn alter_schema(&mut self, it: &ast::AlterSchema) {
        let Some(schema) = it.schema_ref() else { return };
        let Some(id) = self.named(Wanted::Schema, schema.syntax()) else { return };
        self.effect(Verb::Alter, &id, schema.syntax());
        match it.action() {
            Some(ast::AlterSchemaAction::SchemaRenameTo(rename)) => {
                if let Some(name) = rename.schema() {
                    self.rename_schema(&id, name.syntax());
                }
            }
            Some(ast::AlterSchemaAction::OwnerTo(owner)) => self.change_owner(&id, &owner),
            None => {}
        }
    }

    fn rename_schema(&mut self, id: &ObjectId, node: &SyntaxNode) {
        let to = ObjectId::global(Kind::Schema, identifier(node));
        if to.name.starts_with("pg_") {
            self.invalid("names of schemas that begin with \"pg_\" are reserved", node);
        } else if self.is_free(&to, node) {
            self.rename(id, &to, node);
        }
    }
}

/// In which turn PostgreSQL makes the elements of a new schema: sequences, tables, views, indexes, triggers,
/// grants.
fn turn(element: &ast::SchemaElement) -> u8 {
    match element {
        ast::SchemaElement::CreateTable(_) => 1,
        ast::SchemaElement::CreateView(_) => 2,
        ast::SchemaElement::CreateIndex(_) => 3,
        ast::SchemaElement::CreateTrigger(_) => 4,
        ast::SchemaElement::Grant(_) => 5,
        _ => 0,
    }
}
