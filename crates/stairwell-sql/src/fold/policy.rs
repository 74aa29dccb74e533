use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_policy(&mut self, it: &ast::CreatePolicy) {
        let _ = it;
    }
    pub(crate) fn alter_policy(&mut self, it: &ast::AlterPolicy) {
        let _ = it;
    }
}
