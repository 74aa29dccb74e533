//! `DROP` of the kinds of objects that nothing else hangs on.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode, Stmt},
};
use stairwell_catalog::Kind;

use super::Fold;

macro_rules! drops {
    ($fold:expr, $it:expr, $kind:expr, $names:expr) => {{
        let names: Vec<SyntaxNode> = $names.into_iter().map(|name| name.syntax().clone()).collect();
        $fold.drop_plain_named($kind, names, $it.if_exists().is_some(), $it.drop_behavior(), $it.syntax());
    }};
}

impl Fold {
    pub(crate) fn drop_plain(&mut self, statement: &Stmt) {
        match statement {
            Stmt::DropAccessMethod(it) => drops!(self, it, Kind::AccessMethod, it.access_method_ref()),
            Stmt::DropConversion(it) => drops!(self, it, Kind::Conversion, it.conversion_ref()),
            Stmt::DropForeignDataWrapper(it) => {
                drops!(self, it, Kind::ForeignDataWrapper, it.foreign_data_wrapper_refs())
            }
            Stmt::DropLanguage(it) => drops!(self, it, Kind::Language, it.language_ref()),
            Stmt::DropServer(it) => drops!(self, it, Kind::Server, it.server_refs()),
            Stmt::DropTextSearchConfig(it) => {
                drops!(self, it, Kind::TextSearchConfiguration, it.text_search_configuration_ref())
            }
            Stmt::DropTextSearchDict(it) => {
                drops!(self, it, Kind::TextSearchDictionary, it.text_search_dictionary_ref())
            }
            Stmt::DropTextSearchParser(it) => {
                drops!(self, it, Kind::TextSearchParser, it.text_search_parser_ref())
            }
            Stmt::DropTextSearchTemplate(it) => {
                drops!(self, it, Kind::TextSearchTemplate, it.text_search_template_ref())
            }
            Stmt::DropCast(it) => self.drop_cast(it),
            Stmt::DropTransform(it) => self.drop_transform(it),
            Stmt::DropOperator(it) => self.drop_operator(it),
            Stmt::DropOperatorClass(it) => self.drop_operator_class(it),
            Stmt::DropOperatorFamily(it) => self.drop_operator_family(it),
            Stmt::DropUserMapping(it) => self.drop_user_mapping(it),
            _ => {}
        }
    }

    fn drop_plain_named(
        &mut self,
        kind: Kind,
        names: Vec<SyntaxNode>,
        quiet: bool,
        behavior: Option<ast::DropBehavior>,
        statement: &SyntaxNode,
    ) {
        let is_global =
            matches!(kind, Kind::AccessMethod | Kind::ForeignDataWrapper | Kind::Language | Kind::Server);
        let mut named = Vec::new();
        for name in names {
            let id = if is_global {
                self.made(kind, &name, quiet)
            } else {
                self.made_in_schema(kind, &name, "", quiet)
            };
            named.push((id, name));
        }
        self.drop_made(named, behavior, statement);
    }
}
