//! The statements that are neither about tables, queries nor routines.

use squawk_syntax::ast::{AstNode, Stmt};

use stairwell_catalog::Kind;

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
            | Stmt::DropTransform(_)
            | Stmt::DropUserMapping(_) => self.drop_plain(statement),

            // Objects that nothing else hangs on: cast.rs, foreign.rs, language.rs, operator.rs, text_search.rs.
            Stmt::AlterConversion(it) => self.alter_conversion(it),
            Stmt::AlterForeignDataWrapper(it) => self.alter_foreign_data_wrapper(it),
            Stmt::AlterLanguage(it) => self.alter_language(it),
            Stmt::AlterOperator(it) => self.alter_operator(it),
            Stmt::AlterOperatorClass(it) => self.alter_operator_class(it),
            Stmt::AlterOperatorFamily(it) => self.alter_operator_family(it),
            Stmt::AlterServer(it) => self.alter_server(it),
            Stmt::AlterTextSearchConfiguration(it) => self.alter_text_search_configuration(it),
            Stmt::AlterTextSearchDictionary(it) => self.alter_text_search_dictionary(it),
            Stmt::AlterTextSearchParser(it) => {
                let name = it.text_search_parser_ref().map(|it| it.syntax().clone());
                let action = it.action().map(|it| it.syntax().clone());
                self.alter_text_search_part(Kind::TextSearchParser, name, action);
            }
            Stmt::AlterTextSearchTemplate(it) => {
                let name = it.text_search_template_ref().map(|it| it.syntax().clone());
                let action = it.action().map(|it| it.syntax().clone());
                self.alter_text_search_part(Kind::TextSearchTemplate, name, action);
            }
            Stmt::AlterUserMapping(it) => self.alter_user_mapping(it),
            Stmt::CreateAccessMethod(it) => self.create_access_method(it),
            Stmt::CreateCast(it) => self.create_cast(it),
            Stmt::CreateConversion(it) => self.create_conversion(it),
            Stmt::CreateForeignDataWrapper(it) => self.create_foreign_data_wrapper(it),
            Stmt::CreateLanguage(it) => self.create_language(it),
            Stmt::CreateOperator(it) => self.create_operator(it),
            Stmt::CreateOperatorClass(it) => self.create_operator_class(it),
            Stmt::CreateOperatorFamily(it) => self.create_operator_family(it),
            Stmt::CreateServer(it) => self.create_server(it),
            Stmt::CreateTextSearchConfiguration(it) => self.create_text_search_configuration(it),
            Stmt::CreateTextSearchDictionary(it) => self.create_text_search_dictionary(it),
            Stmt::CreateTextSearchParser(it) => {
                let name = it.text_search_parser().map(|it| it.syntax().clone());
                self.create_text_search_part(Kind::TextSearchParser, name, it.attribute_list());
            }
            Stmt::CreateTextSearchTemplate(it) => {
                let name = it.text_search_template().map(|it| it.syntax().clone());
                self.create_text_search_part(Kind::TextSearchTemplate, name, it.attribute_list());
            }
            Stmt::CreateTransform(it) => self.create_transform(it),
            Stmt::CreateUserMapping(it) => self.create_user_mapping(it),

            // Objects that are not followed, and that change no object which is.
            Stmt::AlterLargeObject(_)
            | Stmt::AlterSubscription(_)
            | Stmt::CreateSubscription(_)
            | Stmt::DropSubscription(_)
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
