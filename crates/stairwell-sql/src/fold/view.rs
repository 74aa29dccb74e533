use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_view(&mut self, it: &ast::CreateView) {
        let _ = it;
    }
    pub(crate) fn create_materialized_view(&mut self, it: &ast::CreateMaterializedView) {
        let _ = it;
    }
    pub(crate) fn alter_view(&mut self, it: &ast::AlterView) {
        let _ = it;
    }
    pub(crate) fn alter_materialized_view(&mut self, it: &ast::AlterMaterializedView) {
        let _ = it;
    }
    pub(crate) fn refresh(&mut self, it: &ast::Refresh) {
        let _ = it;
    }
}
