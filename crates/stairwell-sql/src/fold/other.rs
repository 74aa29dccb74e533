use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn other_statement(&mut self, it: &ast::Stmt) {
        let _ = it;
    }
}
