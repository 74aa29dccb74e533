//! What a session can set for itself: where names are looked up, whether bodies are checked, for whom it runs.

use squawk_syntax::ast::{self, AstNode};

use super::{
    Fold, Session,
    resolve::{TEMP, identifier, is_system, parts, truncate},
    role::Role,
};

impl Fold {
    pub(crate) fn set(&mut self, it: &ast::Set) {
        match it.set_target() {
            Some(ast::SetTarget::SetConfig(config)) => {
                let Some(parameter) = config.config_parameter_ref() else { return };
                let parameter = parts(parameter.syntax()).join(".");
                match config.config_assignment() {
                    Some(ast::ConfigAssignment::ToConfigValue(value)) if value.default_token().is_some() => {
                        self.reset_parameter(&parameter);
                    }
                    Some(ast::ConfigAssignment::ToConfigValue(value)) => {
                        let values: Vec<String> =
                            value.config_values().filter_map(|value| config_value(&value)).collect();
                        self.set_parameter(&parameter, &values);
                    }
                    // `FROM CURRENT` sets what is set.
                    Some(ast::ConfigAssignment::FromCurrent(_)) | None => {}
                }
            }
            Some(ast::SetTarget::SetSchemaValue(it)) => {
                if let Some(schema) = it.literal().and_then(|literal| literal.string_value()) {
                    self.set_parameter("search_path", &[schema]);
                }
            }
            _ => {}
        }
    }

    /// Sets a parameter to a list of values, each one as PostgreSQL reads it.
    pub(crate) fn set_parameter(&mut self, parameter: &str, values: &[String]) {
        match parameter {
            "search_path" => {
                self.session.search_path = values
                    .iter()
                    .map(|schema| truncate(schema.clone()))
                    // Which schema `$user` is depends on who runs it; system and temporary schemas are always
                    // looked into.
                    .filter(|schema| {
                        !schema.is_empty() && schema != "$user" && schema != TEMP && !is_system(schema)
                    })
                    .map(Into::into)
                    .collect();
            }
            "check_function_bodies" => {
                self.session.check_function_bodies = !values.first().is_some_and(|value| is_off(value));
            }
            "role" => {
                self.session.role = match values {
                    [role] if role != "none" => Some(role.clone()),
                    _ => self.session.user.clone(),
                };
            }
            "session_authorization" => {
                self.session.user = values.first().cloned();
                self.session.role = self.session.user.clone();
            }
            _ => {}
        }
    }

    fn reset_parameter(&mut self, parameter: &str) {
        let usual = Session::default();
        match parameter {
            "search_path" => self.session.search_path = usual.search_path,
            "check_function_bodies" => self.session.check_function_bodies = usual.check_function_bodies,
            "role" => self.session.role = self.session.user.clone(),
            "session_authorization" => {
                self.session.user = None;
                self.session.role = None;
            }
            _ => {}
        }
    }

    pub(crate) fn reset(&mut self, it: &ast::Reset) {
        match it.reset_target() {
            Some(ast::ResetTarget::ConfigParameterRef(parameter)) => {
                self.reset_parameter(&parts(parameter.syntax()).join("."));
            }
            // Neither the role nor the user is among `ALL`.
            Some(ast::ResetTarget::All(_)) => {
                self.reset_parameter("search_path");
                self.reset_parameter("check_function_bodies");
            }
            _ => {}
        }
    }

    pub(crate) fn set_role(&mut self, it: &ast::SetRole) {
        match it.set_role_target() {
            Some(ast::SetRoleTarget::RoleRef(role)) => {
                if let Role::Named(role) = self.role(&role) {
                    self.set_parameter("role", &[role]);
                }
            }
            Some(ast::SetRoleTarget::Literal(literal)) => {
                if let Some(role) = literal.string_value() {
                    self.set_parameter("role", &[role]);
                }
            }
            Some(ast::SetRoleTarget::SetRoleNone(_)) => self.reset_role(),
            None => {}
        }
    }

    pub(crate) fn reset_role(&mut self) {
        self.reset_parameter("role");
    }

    pub(crate) fn set_session_authorization(&mut self, it: &ast::SetSessionAuth) {
        match it.set_session_auth_target() {
            Some(ast::SetSessionAuthTarget::RoleRef(role)) => {
                if let Role::Named(role) = self.role(&role) {
                    self.set_parameter("session_authorization", &[role]);
                }
            }
            Some(ast::SetSessionAuthTarget::Literal(literal)) => {
                if let Some(role) = literal.string_value() {
                    self.set_parameter("session_authorization", &[role]);
                }
            }
            Some(ast::SetSessionAuthTarget::SetSessionAuthDefault(_)) => self.reset_session_authorization(),
            None => {}
        }
    }

    pub(crate) fn reset_session_authorization(&mut self) {
        self.reset_parameter("session_authorization");
    }

    pub(crate) fn discard(&mut self, it: &ast::Discard) {
        let target = it.discard_target();
        if matches!(target, Some(ast::DiscardTarget::DiscardAll(_) | ast::DiscardTarget::DiscardTemp(_))) {
            self.drop_temporary_objects();
        }
        if matches!(target, Some(ast::DiscardTarget::DiscardAll(_))) {
            self.session = Session::default();
        }
    }

    /// `SELECT set_config('search_path', '…', …)`, which is how dumps begin.
    pub(crate) fn set_config_calls(&mut self, it: &ast::Select) {
        let Some(targets) = it.select_clause().and_then(|clause| clause.target_list()) else { return };
        // Over the rows of a table it may be called for none of them.
        if it.from_clause().is_some() || it.where_clause().is_some() {
            return;
        }
        for target in targets.targets() {
            let Some(ast::Expr::CallExpr(call)) = target.expr() else { continue };
            let Some(function) = call.expr() else { continue };
            let name = parts(function.syntax());
            if !matches!(
                name.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
                ["set_config"] | ["pg_catalog", "set_config"]
            ) {
                continue;
            }
            let mut arguments = call.arg_list().into_iter().flat_map(|list| list.args()).map(|arg| match arg
                .func_arg_expr()
            {
                Some(ast::FuncArgExpr::Expr(ast::Expr::Literal(literal))) => literal.string_value(),
                _ => None,
            });
            let (parameter, value) = (arguments.next().flatten(), arguments.next().flatten());
            match (parameter, value) {
                (Some(parameter), Some(value)) => {
                    let parameter = parameter.to_ascii_lowercase();
                    let values = if parameter == "search_path" { identifiers(&value) } else { vec![value] };
                    self.set_parameter(&parameter, &values);
                }
                (Some(parameter), None) if parameter.eq_ignore_ascii_case("search_path") => {
                    self.opaque("the search path is put together at run time", call.syntax());
                }
                _ => {}
            }
        }
    }
}

/// One value of a list: a word as PostgreSQL folds it, or a literal as it is.
fn config_value(value: &ast::ConfigValue) -> Option<String> {
    match value {
        ast::ConfigValue::Literal(literal) => {
            literal.string_value().or_else(|| Some(literal.syntax().text().to_string()))
        }
        ast::ConfigValue::ConfigValueName(name) => Some(identifier(name.syntax())),
        ast::ConfigValue::PrefixExpr(_) => None,
    }
}

/// Whether PostgreSQL reads the value as `false`.
fn is_off(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    // `o` alone could be `on` as well, which the server refuses.
    let begins = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
    begins("off", 2) || begins("false", 1) || begins("no", 1) || value == "0"
}

/// The identifiers in a list as a setting stores it: `app, "Other"`.
fn identifiers(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut chars = list.chars().peekable();
    let (mut name, mut quoted, mut inside) = (String::new(), false, false);
    while let Some(char) = chars.next() {
        match char {
            '"' if inside && chars.peek() == Some(&'"') => {
                chars.next();
                name.push('"');
            }
            '"' => {
                inside = !inside;
                quoted = true;
            }
            ',' if !inside => {
                names.push(std::mem::take(&mut name));
                quoted = false;
            }
            char if inside => name.push(char),
            char if char.is_whitespace() => {}
            char if !quoted => name.extend(char.to_lowercase()),
            _ => {}
        }
    }
    names.push(name);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identifiers_of_a_setting() {
        assert_eq!(identifiers(""), [""]);
        assert_eq!(identifiers("App, \"Other, \"\"one\""), ["app", "Other, \"one"]);
    }

    #[test]
    fn what_is_off() {
        let off: Vec<&str> =
            ["off", "of", "o", "OFF", "false", "f", "no", "n", "0", "on", "true", "1", "yes", ""]
                .into_iter()
                .filter(|value| is_off(value))
                .collect();
        assert_eq!(off, ["off", "of", "OFF", "false", "f", "no", "n", "0"]);
    }
}
