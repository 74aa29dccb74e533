//! `DO`: its statements run now.

use squawk_syntax::ast::{self, AstNode};

use super::{Fold, Via, plpgsql::Frame};

impl Fold {
    pub(crate) fn do_block(&mut self, it: &ast::Do) {
        let languages = it.syntax().children().filter_map(ast::DoLanguage::cast);
        let language = languages.filter_map(|language| language.language_name()).map(|it| it.name).next();
        if let Some(language) = language.filter(|language| language != "plpgsql") {
            self.opaque(format!("a block in {language} is not seen through"), it.syntax());
            return;
        }
        let inner = it.body().and_then(|body| self.decoded(&body));
        let read = inner.and_then(|inner| {
            let body = self.read_plpgsql(&inner.text)?;
            let variables = std::mem::replace(&mut self.within.variables, true);
            let guard = self.guard.clone();
            let folded = self.inside(inner.locate, |fold| fold.plpgsql(&body, Frame::default()));
            self.guard = guard;
            self.within.variables = variables;
            folded
        });
        if read.is_none() {
            if self.via == Via::Body {
                self.unseen("the block cannot be read", it.syntax());
            } else {
                self.opaque("the block cannot be read", it.syntax());
            }
        }
    }
}
