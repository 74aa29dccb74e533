use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn alter_table(&mut self, it: &ast::AlterTable) {
        let _ = it;
    }
    pub(crate) fn alter_foreign_table(&mut self, it: &ast::AlterForeignTable) {
        let _ = it;
    }
}
