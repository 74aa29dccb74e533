//! The options of routines: language, volatility, settings.

use squawk_syntax::ast::{self, AstNode};
use stairwell_catalog::{Function, FunctionKind};

use super::{
    resolve,
    settings::{self, Assigned},
};

/// Sets what the options say; whether one of them takes a value that is not known.
pub(crate) fn apply_options(
    function: &mut Function,
    options: impl IntoIterator<Item = ast::FuncOption>,
) -> bool {
    let mut from_current = false;
    for option in options {
        match option {
            ast::FuncOption::LanguageFuncOption(it) => {
                function.language = it.language_name().map(|language| language.name).unwrap_or_default();
            }
            ast::FuncOption::VolatilityFuncOption(it) => {
                let volatility = match it {
                    ast::VolatilityFuncOption::Immutable(_) => "immutable",
                    ast::VolatilityFuncOption::Stable(_) => "stable",
                    ast::VolatilityFuncOption::Volatile(_) => "volatile",
                };
                volatility.clone_into(&mut function.volatility);
            }
            ast::FuncOption::StrictFuncOption(_) | ast::FuncOption::ReturnsNullOnNullInputFuncOption(_) => {
                function.strict = true;
            }
            ast::FuncOption::CalledOnNullInputFuncOption(_) => function.strict = false,
            ast::FuncOption::SecurityDefinerFuncOption(_) => function.security_definer = true,
            ast::FuncOption::SecurityInvokerFuncOption(_) => function.security_definer = false,
            ast::FuncOption::LeakproofFuncOption(_) => function.leakproof = true,
            ast::FuncOption::NotLeakproofFuncOption(_) => function.leakproof = false,
            ast::FuncOption::ParallelFuncOption(it) => {
                if let Some(word) = it.ident_token() {
                    function.parallel = word.text().to_ascii_lowercase();
                }
            }
            ast::FuncOption::WindowFuncOption(_) => function.kind = FunctionKind::Window,
            ast::FuncOption::SetFuncOption(it) => {
                match it.set_config_param().as_ref().and_then(settings::assignment) {
                    Some((name, Assigned::Values(values))) => {
                        let value = settings::flattened(&name, &values);
                        function.settings.insert(name, value);
                    }
                    Some((name, Assigned::Default)) => {
                        function.settings.remove(&name);
                    }
                    Some((_, Assigned::Current)) | None => from_current = true,
                }
            }
            ast::FuncOption::ResetFuncOption(it) => match it.config_parameter_ref() {
                Some(name) => {
                    let name = resolve::parts(name.syntax()).join(".");
                    function.settings.remove(&settings::canonical_name(&name));
                }
                None => function.settings.clear(),
            },
            ast::FuncOption::AsFuncOption(_)
            | ast::FuncOption::CostFuncOption(_)
            | ast::FuncOption::RowsFuncOption(_)
            | ast::FuncOption::SupportFuncOption(_)
            | ast::FuncOption::TransformFuncOption(_) => {}
        }
    }
    from_current
}

/// The literal of `AS '…'`.
pub(crate) fn definition(options: &[ast::FuncOption]) -> Option<ast::Literal> {
    options.iter().find_map(|option| match option {
        ast::FuncOption::AsFuncOption(it) => match it.as_func_target()? {
            ast::AsFuncTarget::AsDefinition(it) => it.literal(),
            ast::AsFuncTarget::AsObjFile(_) => None,
        },
        _ => None,
    })
}

/// The second literal of `AS 'file', 'symbol'`.
pub(crate) fn link_symbol(options: &[ast::FuncOption]) -> Option<String> {
    options.iter().find_map(|option| match option {
        ast::FuncOption::AsFuncOption(it) => match it.as_func_target()? {
            ast::AsFuncTarget::AsObjFile(it) => it.link_symbol()?.string_value(),
            ast::AsFuncTarget::AsDefinition(_) => None,
        },
        _ => None,
    })
}
