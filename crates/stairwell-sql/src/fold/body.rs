//! Texts within texts: bodies of routines and of `DO` blocks, and what `EXECUTE` is given.
//!
//! Each is parsed into a tree of its own, whose positions lead back to the file.

use std::{ops::Range, sync::Arc};

use squawk_lexer::TokenKind;
use squawk_syntax::{
    SourceFile, SyntaxNode,
    ast::{self, AstNode},
};

use super::{Fold, Place, Via};

/// The way back from positions in a text to positions in the step's text.
pub(crate) type Locate = Arc<dyn Fn(Range<usize>) -> Range<usize> + Send + Sync>;

/// A text within a text.
pub(crate) struct Inner {
    pub(crate) text: String,
    pub(crate) locate: Locate,
}

/// Texts within texts within texts: deeper ones are not looked into.
const MAX_DEPTH: usize = 8;

/// A text that is longer, or nests brackets and blocks deeper, is not looked into: the parser recurses.
const MAX_BYTES: usize = 4 * 1024 * 1024;
const MAX_NESTING: usize = 200;
const MAX_CHAIN: usize = 2_000;

impl Fold {
    /// The way back from the tree that is being folded.
    pub(crate) fn locate(&self) -> Locate {
        match &self.place {
            Place::Text => Arc::new(|range| range),
            Place::Body(locate) => Arc::clone(locate),
        }
    }

    /// What a string literal says, with the way back through its escapes.
    pub(crate) fn decoded(&self, literal: &ast::Literal) -> Option<Inner> {
        let decoded = literal.decoded_value()?;
        let text = decoded.text().to_owned();
        let outer = self.locate();
        let position =
            move |at: usize| u32::try_from(at).map_or(at, |at| usize::from(decoded.source_pos(at.into())));
        let locate = Arc::new(move |range: Range<usize>| outer(position(range.start)..position(range.end)));
        Some(Inner { text, locate })
    }

    /// A text that stands nowhere: every position in it is that of `node`.
    pub(crate) fn composed(&self, text: String, node: &SyntaxNode) -> Inner {
        let span = self.span(node);
        Inner { text, locate: Arc::new(move |_| span.clone()) }
    }

    /// Does something in a text within this one; `None` if that lies too deep.
    pub(crate) fn inside<T>(&mut self, locate: Locate, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.within.depth >= MAX_DEPTH {
            return None;
        }
        let place = std::mem::replace(&mut self.place, Place::Body(locate));
        self.within.depth += 1;
        let result = work(self);
        self.within.depth -= 1;
        self.place = place;
        Some(result)
    }

    /// Does something as in a body that does not run now: what it creates for itself does not stay.
    ///
    /// `checked` says whether the server reads the body now, and refuses what is wrong in it.
    pub(crate) fn in_body<T>(&mut self, checked: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.state.mark();
        let via = std::mem::replace(&mut self.via, Via::Body);
        let within = self.within.clone();
        self.within.variables = true;
        self.within.checked = checked;
        let session = self.session.clone();
        let result = work(self);
        self.session = session;
        self.within = within;
        self.via = via;
        self.state.undo_to(mark);
        result
    }
}

/// The statements of an SQL text; `None` if it is not one that can be read.
pub(crate) fn statements(text: &str) -> Option<Vec<ast::Stmt>> {
    if !is_readable(text) {
        return None;
    }
    let parse = SourceFile::parse(text);
    parse.errors().is_empty().then(|| parse.tree().stmts().collect())
}

impl Fold {
    /// The tree of a text in PL/pgSQL; `None` if it is not one that can be read.
    pub(crate) fn read_plpgsql(&self, text: &str) -> Option<Plpgsql> {
        plpgsql(text, self.body.as_ref())
    }
}

/// A body in PL/pgSQL.
pub(crate) struct Plpgsql {
    pub(crate) tree: ast::Plpgsql,
    /// The variables of `INTO`, with the place of each such clause.
    pub(crate) targets: Arc<[(usize, Vec<String>)]>,
}

/// As [`Fold::read_plpgsql`]. The tree of `known`, in which there is nothing wrong, is taken where it is of the
/// same text.
fn plpgsql(text: &str, known: Option<&squawk_syntax::plpgsql::Plpgsql>) -> Option<Plpgsql> {
    if !is_readable(text) {
        return None;
    }
    let (blanked, targets) = without_into(text);
    if let Some(known) = known.filter(|known| known.text() == blanked) {
        return Some(Plpgsql { tree: known.tree(), targets: targets.into() });
    }
    let quote =
        (0..).map(|number| format!("$stairwell{number}$")).find(|quote| !blanked.contains(quote.as_str()))?;
    let block = SourceFile::parse(&format!("DO {quote}{blanked}{quote}"));
    let body = block.tree().syntax().children().find_map(ast::Do::cast)?.plpgsql()?;
    body.errors().is_empty().then(|| Plpgsql { tree: body.tree(), targets: targets.into() })
}

/// Whether the parser can be given the text: it recurses, and is slow on long chains of operators.
fn is_readable(text: &str) -> bool {
    if text.len() > MAX_BYTES {
        return false;
    }
    let (mut open, mut chain, mut at) = (0_usize, 0_usize, 0_usize);
    let mut before = "";
    for token in squawk_lexer::tokenize(text) {
        let end = at + token.len as usize;
        let word = text.get(at..end).unwrap_or_default();
        at = end;
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => continue,
            TokenKind::OpenParen | TokenKind::OpenBracket => open += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket => open = open.saturating_sub(1),
            TokenKind::Comma => chain = 0,
            TokenKind::Semi => chain = 0,
            TokenKind::Ident => {
                let is = |words: &[&str]| words.iter().any(|it| word.eq_ignore_ascii_case(it));
                let after = |words: &[&str]| words.iter().any(|it| before.eq_ignore_ascii_case(it));
                if is(&["end"]) {
                    open = open.saturating_sub(1);
                } else if is(&["case", "begin", "loop"]) && !after(&["end"]) {
                    open += 1;
                } else if is(&["if"]) && after(&["", ";", "begin", "then", "else", "loop", ">"]) {
                    // Not the one of `DROP TABLE IF EXISTS`.
                    open += 1;
                } else if is(&["and", "or", "not", "is", "union", "except", "intersect", "join"]) {
                    chain += 1;
                }
            }
            TokenKind::Literal { .. } => {}
            _ => chain += 1,
        }
        before = word;
        if open > MAX_NESTING || chain > MAX_CHAIN {
            return false;
        }
    }
    true
}

/// The text with every clause `INTO target` of PL/pgSQL blanked out, which the parser knows in some
/// statements only; and where these clauses stood, with the names of the variables.
fn without_into(text: &str) -> (String, Vec<(usize, Vec<String>)>) {
    let mut tokens = Vec::new();
    let mut at = 0;
    for token in squawk_lexer::tokenize(text) {
        let end = at + token.len as usize;
        let is_trivia = matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } | TokenKind::Eof
        );
        if !is_trivia {
            tokens.push((token.kind, at..end));
        }
        at = end;
    }
    let word = |index: usize, words: &[&str]| {
        tokens.get(index).is_some_and(|(kind, range): &(TokenKind, Range<usize>)| {
            *kind == TokenKind::Ident
                && text.get(range.clone()).is_some_and(|it| words.iter().any(|w| it.eq_ignore_ascii_case(w)))
        })
    };
    let is = |index: usize, kind: TokenKind| tokens.get(index).is_some_and(|(it, _)| *it == kind);
    let name = |index: usize| {
        tokens.get(index).is_some_and(|(kind, _)| {
            matches!(
                kind,
                TokenKind::Ident | TokenKind::QuotedIdent { .. } | TokenKind::PositionalParam { .. }
            )
        })
    };
    let mut blanked = text.as_bytes().to_vec();
    let mut targets = Vec::new();
    // Whether the present statement is one that may have the clause.
    let (mut takes, mut begins) = (false, true);
    let mut declares = false;
    for index in 0..tokens.len() {
        if word(index, &["declare"]) {
            // Another DECLARE may stand in front of any declaration; the parser knows the first.
            if declares {
                let range = tokens[index].1.clone();
                blanked.iter_mut().take(range.end).skip(range.start).for_each(|byte| *byte = b' ');
            }
            declares = true;
        } else if word(index, &["begin"]) {
            declares = false;
        }
        if begins {
            const WITH_INTO: [&str; 8] =
                ["select", "with", "insert", "update", "delete", "merge", "values", "perform"];
            takes = word(index, &WITH_INTO);
            begins = false;
        }
        if is(index, TokenKind::Semi) || (!takes && word(index, &["begin", "then", "else", "loop"])) {
            begins = true;
        }
        if !takes || !word(index, &["into"]) || index == 0 || word(index - 1, &["insert", "merge"]) {
            continue;
        }
        let mut next = index + 1 + usize::from(word(index + 1, &["strict"]));
        let mut last = None;
        let mut names = Vec::new();
        let mut begins_name = true;
        while name(next) {
            last = Some(next);
            if begins_name {
                let written = text.get(tokens[next].1.clone()).unwrap_or_default();
                names.push(written.trim_matches('"').to_ascii_lowercase());
            }
            next += 1;
            if is(next, TokenKind::OpenBracket) {
                let Some(length) =
                    tokens.iter().skip(next).take(50).position(|(kind, _)| *kind == TokenKind::CloseBracket)
                else {
                    break;
                };
                next += length + 1;
                last = Some(next - 1);
            }
            if !is(next, TokenKind::Dot) && !is(next, TokenKind::Comma) {
                break;
            }
            begins_name = is(next, TokenKind::Comma);
            next += 1;
        }
        if let Some(last) = last {
            let range = tokens[index].1.start..tokens[last].1.end;
            targets.push((range.start, names));
            blanked.iter_mut().take(range.end).skip(range.start).for_each(|byte| {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            });
        }
    }
    (String::from_utf8(blanked).unwrap_or_else(|_| text.to_owned()), targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_of_into_are_blanked() {
        let text = "SELECT a INTO STRICT x, r.y[1] FROM t; INSERT INTO t VALUES (1) RETURNING a INTO b;";
        let (blanked, targets) = without_into(text);
        assert_eq!(
            blanked,
            "SELECT a                       FROM t; INSERT INTO t VALUES (1) RETURNING a       ;"
        );
        assert_eq!(format!("{targets:?}"), r#"[(9, ["x", "r"]), (76, ["b"])]"#);
    }

    #[test]
    fn what_is_nested_too_deep_is_not_read() {
        assert!(statements(&format!("SELECT {}1{}", "(".repeat(100), ")".repeat(100))).is_some());
        assert!(statements(&format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000))).is_none());
        assert!(
            plpgsql(&format!("BEGIN {}{}END", "IF a THEN ".repeat(5), "END IF; ".repeat(5)), None).is_some()
        );
    }
}
