use squawk_syntax::ast;

use super::Fold;

impl Fold {
    pub(crate) fn create_trigger(&mut self, it: &ast::CreateTrigger) {
        let _ = it;
    }
    pub(crate) fn alter_trigger(&mut self, it: &ast::AlterTrigger) {
        let _ = it;
    }
    pub(crate) fn create_event_trigger(&mut self, it: &ast::CreateEventTrigger) {
        let _ = it;
    }
    pub(crate) fn alter_event_trigger(&mut self, it: &ast::AlterEventTrigger) {
        let _ = it;
    }
}
