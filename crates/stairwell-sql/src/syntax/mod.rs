//! Syntax trees of statements, and the first error of each statement that has none.
//!
//! A text is parsed in one piece, so that every range in the trees is a range of the text. What is not
//! to be read, or cannot be, is blanked out first, byte by byte; so one broken statement costs no other
//! one its tree.

mod body;
mod bounds;
mod gaps;
mod single;
mod sound;
mod wording;

use std::ops::Range;

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::plpgsql::Plpgsql;
use squawk_syntax::{Parse, SourceFile, SyntaxNode};

use crate::lex::{Comment, lex};
use crate::problem::Problem;

/// A text that was read. It can go to another thread; the nodes that [`open`](Self::open) gives cannot.
#[derive(Clone, Debug)]
pub struct Parsed {
    tree: Parse<SourceFile>,
    /// In the order of the text; their spans do not overlap.
    pub statements: Vec<Statement>,
    /// In their order.
    pub comments: Vec<Comment>,
    /// Sorted by place; at most one syntax error per statement.
    pub problems: Vec<Problem>,
    bodies: Vec<(usize, Plpgsql)>,
    /// The statements whose bodies the parser has complained about.
    refused: Vec<usize>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Byte range, without surrounding comments and the semicolon.
    pub span: Range<usize>,
    /// How much of it is in the tree.
    pub reading: Reading,
    /// Which statement of the tree it is.
    node: Option<usize>,
}

/// How much of a statement is in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// All of it.
    Whole,
    /// A long `INSERT … VALUES`: everything up to the end of its first row.
    Head,
    /// There is no tree.
    Not(Unread),
}

/// Why a statement has no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// [`Parsed::problems`] says what is wrong with it.
    Problem,
    /// It is too long, or the text before it was, to be read in a time that a build can afford.
    TooLong,
    /// PostgreSQL accepts it and the parser does not know it.
    UnknownGrammar,
}

/// A statement with its tree.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    /// Where it stands, and how much of it was read.
    pub statement: &'a Statement,
    /// Ranges in it are ranges of the text. None unless [`Reading::Whole`] or [`Reading::Head`].
    pub tree: Option<ast::Stmt>,
    /// The body of a function, a procedure or a `DO` block in plpgsql; `source_range` maps its ranges
    /// to those of the text.
    pub plpgsql: Option<&'a Plpgsql>,
    /// Whether the parser had nothing to say against that body.
    pub is_body_sound: bool,
}

impl Parsed {
    /// Every statement with its tree.
    pub fn open(&self) -> Vec<Opened<'_>> {
        let nodes: Vec<ast::Stmt> = self.tree.tree().stmts().collect();
        let mut bodies = self.bodies.iter().peekable();
        let statements = self.statements.iter().enumerate();
        statements
            .map(|(index, statement)| Opened {
                statement,
                tree: statement.node.and_then(|node| nodes.get(node).cloned()),
                is_body_sound: !self.refused.contains(&index),
                plpgsql: bodies.next_if(|(of, _)| *of == index).map(|(_, body)| body),
            })
            .collect()
    }

    /// The tree of the whole text, in which blanks stand for what was not read.
    pub fn root(&self) -> SyntaxNode {
        self.tree.syntax_node()
    }

    /// What squawk's linter takes.
    pub fn tree(&self) -> &Parse<SourceFile> {
        &self.tree
    }
}

/// Reads a text: its statements, their trees, and everything that is wrong with it. Accepts what any
/// of PostgreSQL 14 to 18 accepts.
///
/// Call it inside [`with_stack`](crate::with_stack): the parser recurses about as deep as brackets
/// nest, at most [`MAX_DEPTH`](crate::lex::MAX_DEPTH). Time and memory are linear in the length of
/// the text, up to bounds above which statements are not read.
pub fn parse(text: &str) -> Parsed {
    let lexed = lex(text);
    let mut problems = lexed.problems;
    let mut blanked = Blanked::new(text);
    let mut budget = bounds::Budget::default();
    let mut statements = Vec::with_capacity(lexed.statements.len());
    for statement in lexed.statements {
        let reading = bounds::reading(text, &statement, &mut budget);
        match &reading {
            bounds::Extent::Whole => {}
            bounds::Extent::Head(end) => blanked.blank(*end..statement.span.end),
            bounds::Extent::Not(_) => blanked.blank(statement.span.clone()),
        }
        statements.push(Statement { span: statement.span, reading: reading.into(), node: None });
    }
    for statement in &statements {
        blanked.separate(gaps::swallows_next(text, statement.span.clone()));
    }
    // What is in no statement and not white space: commands of psql, rows of COPY, open comments.
    for problem in &problems {
        if let Some(range) = single::outside(text, problem) {
            blanked.blank(range);
        }
    }
    for comment in &lexed.comments {
        // Only Stairwell's own directives can silence a finding: they take a reason.
        if text[comment.range.clone()].contains("squawk-") {
            blanked.blank(comment.range.start - 2..comment.range.end);
            if comment.is_block {
                blanked.blank(comment.range.end..(comment.range.end + 2).min(text.len()));
            }
        }
    }

    let mut tree = SourceFile::parse(blanked.text());
    let errors = sound::errors(&tree);
    if !errors.is_empty() {
        let mut is_broken = false;
        let mut errors = errors.into_iter().peekable();
        for index in 0..statements.len() {
            // An error that lies behind a statement's end is often about what is missing there.
            let next = statements.get(index + 1).map_or(text.len() + 1, |next| next.span.start);
            let mut has_error = false;
            while errors.next_if(|&at| at < next).is_some() {
                has_error = true;
            }
            let statement = &mut statements[index];
            if !has_error || matches!(statement.reading, Reading::Not(_)) {
                continue;
            }
            if let Some(problem) = single::problem(text, blanked.text(), statement.span.clone()) {
                problems.push(problem);
                statement.reading = Reading::Not(Unread::Problem);
                blanked.blank(statement.span.clone());
                is_broken = true;
            }
        }
        if is_broken {
            tree = SourceFile::parse(blanked.text());
        }
    }

    let mut bodies = assign(&tree, &mut statements);
    let refused: Vec<usize> =
        bodies.iter().filter(|(_, body)| !body.errors().is_empty()).map(|(index, _)| *index).collect();
    let clauses: Vec<Range<usize>> = refused
        .iter()
        .flat_map(|&index| body::into_clauses(blanked.text(), statements[index].span.clone()))
        .collect();
    if !clauses.is_empty() {
        clauses.into_iter().for_each(|clause| blanked.blank(clause));
        tree = SourceFile::parse(blanked.text());
        bodies = assign(&tree, &mut statements);
    }
    for (index, body) in bodies.iter().filter(|(index, _)| refused.contains(index)) {
        problems.extend(body::problem(blanked.text(), statements[*index].span.clone(), body));
    }
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    Parsed { tree, statements, comments: lexed.comments, problems, bodies, refused }
}

/// Gives every statement its node, and finds the bodies in plpgsql, with the statements that have them.
/// Both sides are sorted.
fn assign(tree: &Parse<SourceFile>, statements: &mut [Statement]) -> Vec<(usize, Plpgsql)> {
    let mut bodies = Vec::new();
    let mut index = 0;
    for (node, stmt) in tree.tree().stmts().enumerate() {
        let range = stmt.syntax().text_range();
        let end = usize::from(range.end());
        // A node may begin with comments, so it is the statement that must begin within the node.
        while statements.get(index).is_some_and(|statement| {
            statement.span.start < usize::from(range.start()) || matches!(statement.reading, Reading::Not(_))
        }) {
            index += 1;
        }
        let Some(statement) = statements.get_mut(index).filter(|statement| statement.span.start < end) else {
            continue;
        };
        statement.node = Some(node);
        bodies.extend(plpgsql(&stmt).map(|body| (index, body)));
        index += 1;
    }
    for statement in statements.iter_mut() {
        if statement.node.is_none() && !matches!(statement.reading, Reading::Not(_)) {
            statement.reading = Reading::Not(Unread::UnknownGrammar);
        }
    }
    bodies
}

fn plpgsql(stmt: &ast::Stmt) -> Option<Plpgsql> {
    match stmt {
        ast::Stmt::CreateFunction(function) => function.plpgsql(),
        ast::Stmt::CreateProcedure(procedure) => procedure.plpgsql(),
        ast::Stmt::Do(block) => block.plpgsql(),
        _ => None,
    }
}

/// A text in which parts are replaced by spaces, of the same length in bytes.
struct Blanked<'a> {
    original: &'a str,
    changed: Option<String>,
}

impl<'a> Blanked<'a> {
    fn new(original: &'a str) -> Self {
        Blanked { original, changed: None }
    }

    fn text(&self) -> &str {
        self.changed.as_deref().unwrap_or(self.original)
    }

    /// Ends a statement with a second `;` at `at`, where that is white space.
    fn separate(&mut self, at: Option<usize>) {
        let is_space = |at: &usize| self.text().as_bytes().get(*at).is_some_and(u8::is_ascii_whitespace);
        if let Some(at) = at.filter(is_space) {
            self.changed.get_or_insert_with(|| self.original.to_owned()).replace_range(at..at + 1, ";");
        }
    }

    /// Line ends stay, so that a line comment before the part goes no further.
    fn blank(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let text = self.changed.get_or_insert_with(|| self.original.to_owned());
        let blank: String = text[range.clone()]
            .bytes()
            .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' })
            .collect();
        text.replace_range(range, &blank);
    }
}

#[cfg(test)]
mod tests;
