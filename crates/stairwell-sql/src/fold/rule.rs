use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_rule(&mut self, it: &ast::CreateRule) {
        let _ = it;
    }
    pub(crate) fn alter_rule(&mut self, it: &ast::AlterRule) {
        let _ = it;
    }
}
