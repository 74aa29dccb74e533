use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn do_block(&mut self, it: &ast::Do) {
        let _ = it;
    }
    pub(crate) fn call(&mut self, it: &ast::Call) {
        let _ = it;
    }
}
