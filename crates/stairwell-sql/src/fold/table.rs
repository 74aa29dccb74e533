use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_table(&mut self, it: &ast::CreateTable) {
        let _ = it;
    }
    pub(crate) fn create_foreign_table(&mut self, it: &ast::CreateForeignTable) {
        let _ = it;
    }
}
