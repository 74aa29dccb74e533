use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_index(&mut self, it: &ast::CreateIndex) {
        let _ = it;
    }
    pub(crate) fn alter_index(&mut self, it: &ast::AlterIndex) {
        let _ = it;
    }
}
