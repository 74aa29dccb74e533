use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_table_as(&mut self, it: &ast::CreateTableAs) {
        let _ = it;
    }
    pub(crate) fn select_into(&mut self, it: &ast::SelectInto) {
        let _ = it;
    }
    pub(crate) fn rows(&mut self, it: &ast::Stmt) {
        let _ = it;
    }
}
