//! Which file folds which statement.

use squawk_syntax::ast::{AstNode, Stmt};

use super::Fold;

impl Fold {
    /// Folds one statement. A statement that has no effect on what a catalog holds falls through.
    pub(crate) fn statement(&mut self, statement: &Stmt) {
        match statement {
            // Tables: table.rs, alter_table.rs and what they call.
            Stmt::CreateTable(it) => self.create_table(it),
            Stmt::CreateForeignTable(it) => self.create_foreign_table(it),
            Stmt::AlterTable(it) => self.alter_table(it),
            Stmt::AlterForeignTable(it) => self.alter_foreign_table(it),
            Stmt::CreateIndex(it) => self.create_index(it),
            Stmt::AlterIndex(it) => self.alter_index(it),
            Stmt::CreateSequence(it) => self.create_sequence(it),
            Stmt::AlterSequence(it) => self.alter_sequence(it),
            Stmt::CreateStatistics(it) => self.create_statistics(it),

            // Queries and what writes rows: view.rs, rows.rs.
            Stmt::CreateView(it) => self.create_view(it),
            Stmt::CreateMaterializedView(it) => self.create_materialized_view(it),
            Stmt::AlterView(it) => self.alter_view(it),
            Stmt::AlterMaterializedView(it) => self.alter_materialized_view(it),
            Stmt::CreateTableAs(it) => self.create_table_as(it),
            Stmt::SelectInto(it) => self.select_into(it),
            Stmt::Refresh(it) => self.refresh(it),
            Stmt::Select(it) => {
                self.rows(statement);
                self.set_config_calls(it);
            }
            Stmt::CompoundSelect(_)
            | Stmt::ParenSelect(_)
            | Stmt::Values(_)
            | Stmt::Table(_)
            | Stmt::Insert(_)
            | Stmt::Update(_)
            | Stmt::Delete(_)
            | Stmt::Merge(_)
            | Stmt::Copy(_)
            | Stmt::Truncate(_)
            | Stmt::Lock(_)
            | Stmt::Explain(_)
            | Stmt::Prepare(_)
            | Stmt::Declare(_) => self.rows(statement),

            // Routines and what runs them: function.rs, plpgsql.rs, do_block.rs, trigger.rs, policy.rs, rule.rs.
            Stmt::CreateFunction(it) => self.create_function(it),
            Stmt::CreateProcedure(it) => self.create_procedure(it),
            Stmt::CreateAggregate(it) => self.create_aggregate(it),
            Stmt::AlterFunction(_)
            | Stmt::AlterProcedure(_)
            | Stmt::AlterRoutine(_)
            | Stmt::AlterAggregate(_) => self.alter_routine(statement),
            Stmt::Do(it) => self.do_block(it),
            Stmt::Call(it) => self.call(it),
            Stmt::CreateTrigger(it) => self.create_trigger(it),
            Stmt::AlterTrigger(it) => self.alter_trigger(it),
            Stmt::CreateEventTrigger(it) => self.create_event_trigger(it),
            Stmt::AlterEventTrigger(it) => self.alter_event_trigger(it),
            Stmt::CreateRule(it) => self.create_rule(it),
            Stmt::AlterRule(it) => self.alter_rule(it),
            Stmt::CreatePolicy(it) => self.create_policy(it),
            Stmt::AlterPolicy(it) => self.alter_policy(it),
            Stmt::Execute(it) => self.opaque("what a prepared statement does is not followed", it.syntax()),

            // Everything else that a catalog holds: schema.rs, type_definition.rs, extension.rs, comment.rs, grant.rs …
            other => self.other_statement(other),
        }
    }
}
