//! The statements that are neither about tables, queries nor routines.

use squawk_syntax::ast::{AstNode, Stmt};

use super::Fold;

impl Fold {
    pub(crate) fn other_statement(&mut self, statement: &Stmt) {
        match statement {
            // Dropping: drop_statement.rs.
            Stmt::DropTable(_)
            | Stmt::DropForeignTable(_)
            | Stmt::DropView(_)
            | Stmt::DropMaterializedView(_)
            | Stmt::DropIndex(_)
            | Stmt::DropSequence(_)
            | Stmt::DropType(_)
            | Stmt::DropDomain(_)
            | Stmt::DropSchema(_)
            | Stmt::DropExtension(_)
            | Stmt::DropStatistics(_)
            | Stmt::DropCollation(_)
            | Stmt::DropPublication(_)
            | Stmt::DropEventTrigger(_)
            | Stmt::DropFunction(_)
            | Stmt::DropProcedure(_)
            | Stmt::DropRoutine(_)
            | Stmt::DropAggregate(_)
            | Stmt::DropTrigger(_)
            | Stmt::DropRule(_)
            | Stmt::DropPolicy(_) => self.drop_statement(statement),

            // Types: type_definition.rs, enum_type.rs, composite.rs, range.rs, domain.rs.
            Stmt::CreateType(it) => self.create_type(it),
            Stmt::AlterType(it) => self.alter_type(it),
            Stmt::CreateDomain(it) => self.create_domain(it),
            Stmt::AlterDomain(it) => self.alter_domain(it),

            // Where objects live, and what the session says about it: schema.rs, session.rs, extension.rs.
            Stmt::CreateSchema(it) => self.create_schema(it),
            Stmt::AlterSchema(it) => self.alter_schema(it),
            Stmt::CreateExtension(it) => self.create_extension(it),
            Stmt::AlterExtension(it) => self.alter_extension(it),
            Stmt::Set(it) => self.set(it),
            Stmt::Reset(it) => self.reset(it),
            Stmt::SetRole(it) => self.set_role(it),
            Stmt::ResetRole(_) => self.reset_role(),
            Stmt::SetSessionAuth(it) => self.set_session_authorization(it),
            Stmt::ResetSessionAuth(_) => self.reset_session_authorization(),
            Stmt::Discard(it) => self.discard(it),

            // What is said about objects: comment.rs, grant.rs, default_privileges.rs, owned.rs.
            Stmt::CommentOn(it) => self.comment_on(it),
            Stmt::Grant(it) => self.grant(it),
            Stmt::Revoke(it) => self.revoke(it),
            Stmt::AlterDefaultPrivileges(it) => self.alter_default_privileges(it),
            Stmt::DropOwned(it) => self.drop_owned(it),
            Stmt::Reassign(it) => self.reassign_owned(it),

            // Objects of which only the existence is followed: collation.rs, publication.rs,
            // statistics.rs.
            Stmt::CreateCollation(it) => self.create_collation(it),
            Stmt::AlterCollation(it) => self.alter_collation(it),
            Stmt::CreatePublication(it) => self.create_publication(it),
            Stmt::AlterPublication(it) => self.alter_publication(it),
            Stmt::AlterStatistics(it) => self.alter_statistics(it),

            // A step commits as a whole; what takes a part of it back is followed no further.
            Stmt::Rollback(it) => self.opaque("what is rolled back is not followed", it.syntax()),
            Stmt::PrepareTransaction(it) => {
                self.opaque("a prepared transaction takes effect at another time", it.syntax());
            }

            // These create objects that no catalog has (foreign tables that only the other server knows among
            // them), or drop what an object of the catalog may depend on.
            Stmt::ImportForeignSchema(it) => {
                self.opaque("which tables the other server has is not known", it.syntax());
            }
            Stmt::CreatePropertyGraph(it) => self.opaque("property graphs are not followed", it.syntax()),
            Stmt::AlterPropertyGraph(it) => self.opaque("property graphs are not followed", it.syntax()),
            Stmt::DropPropertyGraph(it) => self.opaque("property graphs are not followed", it.syntax()),
            Stmt::DropAccessMethod(_)
            | Stmt::DropCast(_)
            | Stmt::DropConversion(_)
            | Stmt::DropForeignDataWrapper(_)
            | Stmt::DropLanguage(_)
            | Stmt::DropOperator(_)
            | Stmt::DropOperatorClass(_)
            | Stmt::DropOperatorFamily(_)
            | Stmt::DropServer(_)
            | Stmt::DropTextSearchConfig(_)
            | Stmt::DropTextSearchDict(_)
            | Stmt::DropTextSearchParser(_)
            | Stmt::DropTextSearchTemplate(_)
            | Stmt::DropTransform(_) => self.drop_unfollowed(statement),

            // Objects that are not followed, and that change no object which is.
            Stmt::AlterConversion(_)
            | Stmt::AlterForeignDataWrapper(_)
            | Stmt::AlterLanguage(_)
            | Stmt::AlterLargeObject(_)
            | Stmt::AlterOperator(_)
            | Stmt::AlterOperatorClass(_)
            | Stmt::AlterOperatorFamily(_)
            | Stmt::AlterServer(_)
            | Stmt::AlterSubscription(_)
            | Stmt::AlterTextSearchConfiguration(_)
            | Stmt::AlterTextSearchDictionary(_)
            | Stmt::AlterTextSearchParser(_)
            | Stmt::AlterTextSearchTemplate(_)
            | Stmt::AlterUserMapping(_)
            | Stmt::CreateAccessMethod(_)
            | Stmt::CreateCast(_)
            | Stmt::CreateConversion(_)
            | Stmt::CreateForeignDataWrapper(_)
            | Stmt::CreateLanguage(_)
            | Stmt::CreateOperator(_)
            | Stmt::CreateOperatorClass(_)
            | Stmt::CreateOperatorFamily(_)
            | Stmt::CreateServer(_)
            | Stmt::CreateSubscription(_)
            | Stmt::CreateTextSearchConfiguration(_)
            | Stmt::CreateTextSearchDictionary(_)
            | Stmt::CreateTextSearchParser(_)
            | Stmt::CreateTextSearchTemplate(_)
            | Stmt::CreateTransform(_)
            | Stmt::CreateUserMapping(_)
            | Stmt::DropSubscription(_)
            | Stmt::DropUserMapping(_)
            | Stmt::SecurityLabel(_) => {}

            // The cluster's, not the database's.
            Stmt::AlterDatabase(_)
            | Stmt::AlterGroup(_)
            | Stmt::AlterRole(_)
            | Stmt::AlterSystem(_)
            | Stmt::AlterTablespace(_)
            | Stmt::AlterUser(_)
            | Stmt::CreateDatabase(_)
            | Stmt::CreateGroup(_)
            | Stmt::CreateRole(_)
            | Stmt::CreateTablespace(_)
            | Stmt::CreateUser(_)
            | Stmt::DropDatabase(_)
            | Stmt::DropGroup(_)
            | Stmt::DropRole(_)
            | Stmt::DropTablespace(_)
            | Stmt::DropUser(_) => {}

            // Its mark stays at the index: column_settings.rs.
            Stmt::Cluster(it) => self.cluster(it),

            // Nothing about definitions.
            Stmt::Analyze(_)
            | Stmt::Begin(_)
            | Stmt::Checkpoint(_)
            | Stmt::Close(_)
            | Stmt::Commit(_)
            | Stmt::Deallocate(_)
            | Stmt::EmptyStmt(_)
            | Stmt::Fetch(_)
            | Stmt::Listen(_)
            | Stmt::Load(_)
            | Stmt::Move(_)
            | Stmt::Notify(_)
            | Stmt::Reindex(_)
            | Stmt::ReleaseSavepoint(_)
            | Stmt::Repack(_)
            | Stmt::SavepointCreate(_)
            | Stmt::SetConstraints(_)
            | Stmt::SetTransaction(_)
            | Stmt::Show(_)
            | Stmt::Unlisten(_)
            | Stmt::Vacuum(_) => {}

            // Named in statement.rs.
            _ => self.opaque("this statement is not followed", statement.syntax()),
        }
    }
}
