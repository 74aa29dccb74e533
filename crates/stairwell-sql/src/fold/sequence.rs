use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_sequence(&mut self, it: &ast::CreateSequence) {
        let _ = it;
    }
    pub(crate) fn alter_sequence(&mut self, it: &ast::AlterSequence) {
        let _ = it;
    }
}
