//! Foreign data wrappers, servers and user mappings.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Kind, ObjectId, Plain, QualifiedName, Value};

use super::{
    Fold,
    constant::literal_text,
    extension, foreign_options,
    plain::set_fact,
    resolve::{identifier, is_system, parts},
    role::Role,
};

/// The options of a fact, changed, as a fact.
fn changed(
    plain: &Plain,
    changes: impl Iterator<Item = ast::AlterOption>,
) -> (String, Result<(), (String, SyntaxNode)>) {
    let mut options = super::plain::items(plain, "options")
        .into_iter()
        .filter_map(|it| it.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let result = foreign_options::apply(&mut options, changes);
    let list: Vec<String> = options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (list.join(", "), result)
}

impl Fold {
    /// The function that a wrapper names: as a fact tells it, and as an object.
    fn wrapper_function(&mut self, name: Option<ast::FunctionNameRef>) -> (Value, Option<ObjectId>) {
        let Some(name) = name else { return (Value::Opaque, None) };
        if let Some(id) = self.function_named(name.syntax()) {
            return (Value::Exact(format!("{}.{}", id.schema, id.name)), Some(id));
        }
        match parts(name.syntax()).as_slice() {
            [.., schema, name] => (Value::Exact(format!("{schema}.{name}")), None),
            _ => (Value::Opaque, None),
        }
    }

    /// Puts what the options of a wrapper say into its facts.
    fn wrapper_options(
        &mut self,
        plain: &mut Plain,
        list: Option<ast::FdwOptionList>,
    ) -> (Vec<ObjectId>, Vec<ast::AlterOption>) {
        let (mut uses, mut options) = (Vec::new(), Vec::new());
        for option in list.iter().flat_map(ast::FdwOptionList::fdw_options) {
            let (fact, function) = match option {
                ast::FdwOption::OptionAlterOptionList(it) => {
                    options.extend(it.alter_options());
                    continue;
                }
                ast::FdwOption::OptionHandler(it) => ("handler", it.function_name_ref()),
                ast::FdwOption::OptionValidator(it) => ("validator", it.function_name_ref()),
                ast::FdwOption::OptionNoHandler(_) => {
                    set_fact(plain, "handler", String::new(), false);
                    continue;
                }
                ast::FdwOption::OptionNoValidator(_) => {
                    set_fact(plain, "validator", String::new(), false);
                    continue;
                }
                _ => continue,
            };
            let (value, used) = self.wrapper_function(function);
            *plain = std::mem::take(plain).with_value(fact, value);
            uses.extend(used);
        }
        (uses, options)
    }

    pub(crate) fn create_foreign_data_wrapper(&mut self, it: &ast::CreateForeignDataWrapper) {
        let Some(name) = it.foreign_data_wrapper() else { return };
        let id = ObjectId::global(Kind::ForeignDataWrapper, identifier(name.syntax()));
        let mut plain = Plain::new();
        let (uses, options) = self.wrapper_options(&mut plain, it.fdw_option_list());
        let more = it.alter_option_list();
        let options = options.into_iter().chain(more.iter().flat_map(ast::AlterOptionList::alter_options));
        let plain = plain.with_options(&foreign_options::given(options));
        self.make(&id, plain, &uses, name.syntax());
    }

    pub(crate) fn alter_foreign_data_wrapper(&mut self, it: &ast::AlterForeignDataWrapper) {
        let Some(name) = it.foreign_data_wrapper_ref() else { return };
        let Some(id) = self.made(Kind::ForeignDataWrapper, name.syntax(), false) else { return };
        let Some(action) = it.action() else { return };
        if self.alter_name_or_owner(&id, action.syntax()) {
            return;
        }
        if let ast::AlterForeignDataWrapperAction::FdwOptionList(list) = action {
            let Some(mut plain) = self.plain(&id).cloned() else { return };
            let (uses, options) = self.wrapper_options(&mut plain, Some(list));
            for used in uses {
                self.state.depend(&id, &used, super::state::Strength::Normal);
            }
            self.alter_plain(&id, name.syntax(), |it| *it = plain);
            self.alter_foreign(&id, options.into_iter(), name.syntax());
        }
    }

    fn alter_foreign(
        &mut self,
        id: &ObjectId,
        changes: impl Iterator<Item = ast::AlterOption>,
        node: &SyntaxNode,
    ) {
        let Some((options, result)) = self.plain(id).map(|plain| changed(plain, changes)) else { return };
        if let Err((reason, node)) = result
            && self.is_sure(id)
        {
            self.invalid(reason, &node);
        }
        self.alter_plain(id, node, |plain| set_fact(plain, "options", options, false));
    }

    pub(crate) fn create_server(&mut self, it: &ast::CreateServer) {
        let (Some(name), Some(wrapper)) = (it.server(), it.foreign_data_wrapper_ref()) else { return };
        let id = ObjectId::global(Kind::Server, identifier(name.syntax()));
        if it.if_not_exists().is_some() && self.state.contains(&id) {
            return;
        }
        let mut used: Vec<ObjectId> =
            self.made(Kind::ForeignDataWrapper, wrapper.syntax(), false).into_iter().collect();
        if used.is_empty() {
            used.extend(extension::of_wrapper(self, &identifier(wrapper.syntax())));
        }
        let literal = |literal: Option<ast::Literal>| literal.as_ref().and_then(literal_text);
        let options = it.alter_option_list();
        let server = Plain::new()
            .with("wrapper", identifier(wrapper.syntax()))
            .with_list("type", literal(it.server_type().and_then(|it| it.literal())))
            .with_list("version", literal(it.server_version().and_then(|it| it.literal())))
            .with_options(&foreign_options::given(
                options.iter().flat_map(ast::AlterOptionList::alter_options),
            ));
        self.make(&id, server, &used, name.syntax());
    }

    pub(crate) fn alter_server(&mut self, it: &ast::AlterServer) {
        let Some(name) = it.server_ref() else { return };
        let Some(id) = self.made(Kind::Server, name.syntax(), false) else { return };
        for action in it.actions() {
            match &action {
                ast::AlterServerAction::AlterOptionList(list) => {
                    self.alter_foreign(&id, list.alter_options(), name.syntax());
                }
                ast::AlterServerAction::ServerVersion(version) => {
                    let version = version.literal().as_ref().and_then(literal_text).unwrap_or_default();
                    self.alter_plain(&id, name.syntax(), |it| set_fact(it, "version", version, false));
                }
                _ => {
                    self.alter_name_or_owner(&id, action.syntax());
                }
            }
        }
    }

    /// The identity of a user mapping.
    fn mapping(
        &mut self,
        role: Option<ast::RoleRef>,
        server: &ast::ServerClause,
    ) -> Option<(ObjectId, ast::ServerRef)> {
        let server = server.server_ref()?;
        // Without a role it is `USER`, who is the current one.
        let role = role.map_or(Role::Runner, |role| self.role(&role));
        Some((ObjectId::user_mapping(role.name(), identifier(server.syntax())), server))
    }

    pub(crate) fn create_user_mapping(&mut self, it: &ast::CreateUserMapping) {
        let role = it.user_mapping_role().and_then(|role| role.role_ref());
        let Some((id, server)) = it.server_clause().and_then(|clause| self.mapping(role, &clause)) else {
            return;
        };
        if it.if_not_exists().is_some() && self.state.contains(&id) {
            return;
        }
        let used = self.made(Kind::Server, server.syntax(), false);
        let options = it.alter_option_list();
        let options = foreign_options::given(options.iter().flat_map(ast::AlterOptionList::alter_options));
        let mapping = Plain::new().with_list("options", options.into_keys());
        self.make(&id, mapping, used.as_slice(), server.syntax());
    }

    pub(crate) fn alter_user_mapping(&mut self, it: &ast::AlterUserMapping) {
        let Some((id, server)) = it.server_clause().and_then(|clause| self.mapping(it.role_ref(), &clause))
        else {
            return;
        };
        let Some(plain) = self.plain(&id) else { return };
        let mut options =
            super::plain::items(plain, "options").into_iter().map(|it| (it, String::new())).collect();
        let list = it.alter_option_list();
        let result =
            foreign_options::apply(&mut options, list.iter().flat_map(ast::AlterOptionList::alter_options));
        if let Err((reason, node)) = result
            && self.is_sure(&id)
        {
            self.invalid(reason, &node);
        }
        let names: Vec<String> = options.into_keys().collect();
        self.alter_plain(&id, server.syntax(), |it| set_fact(it, "options", names.join(", "), false));
    }

    pub(crate) fn drop_user_mapping(&mut self, it: &ast::DropUserMapping) {
        let role = it.user_mapping_role().and_then(|role| role.role_ref());
        let Some((id, server)) = it.server_clause().and_then(|clause| self.mapping(role, &clause)) else {
            return;
        };
        let quiet = it.if_exists().is_some();
        let id = self.made_of(vec![id], server.syntax(), quiet);
        self.drop_made(vec![(id, server.syntax().clone())], None, it.syntax());
    }

    /// The function behind a language, which without a schema and a migration that made it is PostgreSQL's own.
    pub(crate) fn language_function(
        &mut self,
        name: Option<ast::FunctionNameRef>,
        uses: &mut Vec<ObjectId>,
    ) -> Option<ObjectId> {
        let name = name?;
        let found = self.function_named(name.syntax());
        uses.extend(found);
        let name = match (found, parts(name.syntax()).as_slice()) {
            (Some(id), _) => id.owner(),
            (None, [.., schema, name]) if !is_system(schema) => QualifiedName::new(schema, name),
            (None, parts) => QualifiedName::new("pg_catalog", parts.last()?),
        };
        Some(ObjectId::function(&name, ""))
    }
}
