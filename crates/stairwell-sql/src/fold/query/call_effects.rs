//! What calls of PostgreSQL's own functions do by themselves: sequences that they write or name, settings.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, Object, ObjectId, Verb};

use super::{Analysis, call::Given, expression::name_path, literal::split_name};
use crate::fold::resolve::{Found, identifier};

impl Analysis<'_> {
    /// What a call of a function of `pg_catalog` does or names beyond its arguments.
    pub(super) fn effects_of_call(&mut self, name: &str, given: &[Given]) {
        match (name, given) {
            ("nextval" | "setval", [sequence, ..]) => self.write_sequence(sequence),
            ("pg_get_serial_sequence", [table, column]) => {
                let (table, column) = (string(table), string(column));
                if let Some((node, table)) = table {
                    self.serial_sequence(&node, &table, column, Verb::Reference);
                }
            }
            ("set_config", [setting, value, ..])
                if self.runs
                    && string(setting).is_some_and(|(_, name)| name.eq_ignore_ascii_case("search_path")) =>
            {
                self.set_search_path(value);
            }
            _ => {}
        }
    }

    /// The sequence of `nextval(pg_get_serial_sequence(…))` and of `nextval('s'::regclass)`; what a plain
    /// string names is seen to with the arguments.
    fn write_sequence(&mut self, sequence: &Given) {
        let Some(expr) = &sequence.expr else { return };
        match expr {
            ast::Expr::CastExpr(cast) if self.runs => {
                let Some((literal, text)) = Self::string_of(&ast::Expr::CastExpr(cast.clone())) else {
                    return;
                };
                if let Some(Found::Object(id)) =
                    split_name(&text).map(|parts| self.fold.find_relation(&parts))
                {
                    self.note(Verb::Write, &id, literal.syntax());
                }
            }
            ast::Expr::CallExpr(call) if self.runs => {
                let callee = call.expr().and_then(|callee| name_path(&callee)).unwrap_or_default();
                let is_serial =
                    callee.last().is_some_and(|name| identifier(name.syntax()) == "pg_get_serial_sequence");
                let mut args = call.arg_list().into_iter().flat_map(|list| list.args().collect::<Vec<_>>());
                let mut next =
                    || args.next().and_then(|arg| arg.expr()).and_then(|expr| Self::string_of(&expr));
                if is_serial && let Some((literal, table)) = next() {
                    let column = next().map(|(literal, text)| (literal.syntax().clone(), text));
                    self.serial_sequence(literal.syntax(), &table, column, Verb::Write);
                }
            }
            _ => {}
        }
    }

    /// The table, the column and the sequence of `pg_get_serial_sequence`.
    fn serial_sequence(
        &mut self,
        node: &SyntaxNode,
        table: &str,
        column: Option<(SyntaxNode, String)>,
        verb: Verb,
    ) {
        let Some(parts) = split_name(table) else { return };
        let table = match self.fold.find_relation(&parts) {
            Found::Object(id) => id,
            Found::Elsewhere(_) => return,
            Found::Nothing(name) => {
                if verb == Verb::Reference {
                    self.fold.missing(&ObjectId::new(Kind::Table, name.schema, name.name), node);
                }
                return;
            }
        };
        // The names are strings, so nothing comes to depend on them.
        if verb == Verb::Reference {
            self.fold.effect(Verb::Reference, &table, node);
        }
        let Some((column_node, column)) = column else { return };
        let id = ObjectId::part(Kind::Column, &table.owner(), column.clone());
        if verb == Verb::Reference && self.fold.state.contains(&id) {
            self.fold.effect(Verb::Reference, &id, &column_node);
        }
        let owner = Some((table.owner(), column));
        let sequence = self.fold.state.catalog().iter().find_map(|(id, entry)| match &entry.object {
            Object::Sequence(sequence) if sequence.owned_by == owner => Some(*id),
            _ => None,
        });
        if let Some(sequence) = sequence {
            self.fold.effect(verb, &sequence, node);
        }
    }

    fn set_search_path(&mut self, value: &Given) {
        let Some((_, path)) = string(value) else {
            let node = value.expr.as_ref().map(|expr| expr.syntax().clone());
            if let Some(node) = node {
                self.fold.opaque("the search_path is computed at run time", &node);
            }
            return;
        };
        self.fold.session.search_path = path
            .split(',')
            .filter_map(split_name)
            .filter_map(|mut parts| parts.pop())
            .filter(|schema| !matches!(schema.as_str(), "$user" | "pg_catalog" | "pg_temp"))
            .map(Into::into)
            .collect();
    }
}

/// The string that an argument is.
fn string(given: &Given) -> Option<(SyntaxNode, String)> {
    Analysis::string_of(given.expr.as_ref()?).map(|(literal, text)| (literal.syntax().clone(), text))
}
