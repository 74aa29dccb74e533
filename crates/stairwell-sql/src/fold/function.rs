use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_function(&mut self, it: &ast::CreateFunction) {
        let _ = it;
    }
    pub(crate) fn create_procedure(&mut self, it: &ast::CreateProcedure) {
        let _ = it;
    }
    pub(crate) fn create_aggregate(&mut self, it: &ast::CreateAggregate) {
        let _ = it;
    }
    pub(crate) fn alter_routine(&mut self, it: &ast::Stmt) {
        let _ = it;
    }
}
