//! The parser's messages in words of SQL: `expected SEMICOLON, got INT_NUMBER` says nothing to
//! somebody who has never seen its source.

use std::ops::Range;

use crate::lex::{Token, TokenKind, Tokens};
use crate::problem::{Problem, ProblemKind};

/// What `CREATE`, `ALTER` and `DROP` take.
const OBJECTS: &[&str] = &[
    "ACCESS",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DATABASE",
    "DEFAULT",
    "DOMAIN",
    "EVENT",
    "EXTENSION",
    "FOREIGN",
    "FUNCTION",
    "GROUP",
    "INDEX",
    "LANGUAGE",
    "MATERIALIZED",
    "OPERATOR",
    "OWNED",
    "POLICY",
    "PROCEDURE",
    "PUBLICATION",
    "ROLE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "SYSTEM",
    "TABLE",
    "TABLESPACE",
    "TEXT",
    "TRIGGER",
    "TYPE",
    "USER",
    "VIEW",
];

const OBJECT_VERBS: [&str; 3] = ["create", "alter", "drop"];

/// What may stand between `CREATE` and the kind of object.
const MODIFIERS: [&str; 14] = [
    "or",
    "replace",
    "temp",
    "temporary",
    "unlogged",
    "unique",
    "global",
    "local",
    "recursive",
    "constraint",
    "trusted",
    "procedural",
    "default",
    "if",
];

/// What a statement begins with.
const COMMANDS: &[&str] = &[
    "ABORT",
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "CHECKPOINT",
    "CLOSE",
    "CLUSTER",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DISCARD",
    "DO",
    "DROP",
    "END",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "IMPORT",
    "INSERT",
    "LISTEN",
    "LOAD",
    "LOCK",
    "MERGE",
    "MOVE",
    "NOTIFY",
    "PREPARE",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SECURITY",
    "SELECT",
    "SET",
    "SHOW",
    "START",
    "TABLE",
    "TRUNCATE",
    "UNLISTEN",
    "UPDATE",
    "VACUUM",
    "VALUES",
    "WITH",
];

/// What a statement of plpgsql begins with.
const BLOCK_COMMANDS: &[&str] = &[
    "ASSERT",
    "BEGIN",
    "CALL",
    "CASE",
    "CLOSE",
    "COMMIT",
    "CONTINUE",
    "DECLARE",
    "DELETE",
    "ELSE",
    "ELSIF",
    "END",
    "EXCEPTION",
    "EXECUTE",
    "EXIT",
    "FETCH",
    "FOR",
    "FOREACH",
    "GET",
    "IF",
    "INSERT",
    "LOOP",
    "MERGE",
    "MOVE",
    "NULL",
    "OPEN",
    "PERFORM",
    "RAISE",
    "RETURN",
    "ROLLBACK",
    "SELECT",
    "UPDATE",
    "WHILE",
    "WITH",
];

/// What other databases have, and what PostgreSQL has instead.
const HINTS: [(&str, &str); 9] = [
    ("auto_increment", "PostgreSQL writes `GENERATED ALWAYS AS IDENTITY`"),
    ("autoincrement", "PostgreSQL writes `GENERATED ALWAYS AS IDENTITY`"),
    ("engine", "PostgreSQL has no storage engines; leave the option out"),
    ("unsigned", "PostgreSQL has no unsigned numbers; take a larger type, or a CHECK"),
    ("identity", "PostgreSQL writes `GENERATED ALWAYS AS IDENTITY`"),
    ("go", "PostgreSQL ends a statement with `;`"),
    ("modify", "PostgreSQL writes `ALTER COLUMN … TYPE …`"),
    ("`", "PostgreSQL quotes names with \", not with backticks"),
    ("replace", "PostgreSQL writes `INSERT … ON CONFLICT … DO UPDATE`"),
];

/// Puts an error of the parser into words. `at` is where the parser stood, often behind the token
/// before the one that it did not expect.
pub(super) fn problem(text: &str, span: Range<usize>, at: usize, message: &str) -> Problem {
    judge(text, span, at, message, false)
}

/// The same for a statement of plpgsql.
pub(super) fn problem_in_block(text: &str, span: Range<usize>, at: usize, message: &str) -> Problem {
    judge(text, span, at, message, true)
}

fn judge(text: &str, span: Range<usize>, at: usize, message: &str, is_block: bool) -> Problem {
    // Inside of a body `at` lies within one token of the statement, so tokens are looked for from there.
    let found = Tokens::between(text, at.min(span.end), span.end).find(|token| !token.is_comment());
    if (message.starts_with("expected command") || message.starts_with("expected a statement"))
        && let Some(problem) = no_command(text, span.clone(), at, is_block)
    {
        return problem;
    }
    if let Some(found) = found
        && let Some(problem) = misspelt_object(text, span.clone(), found)
    {
        return problem;
    }
    let span = found.map_or(span.end..span.end, |token| shortened(text, token));
    let written = &text[span.clone()];
    let message = match expectation(message) {
        Some(expected) if written.is_empty() => format!("expected {expected} at the end of the statement"),
        Some(expected) => format!("expected {expected} before {}", quoted(written)),
        None if written.is_empty() => format!("syntax error at the end of the statement: {}", plain(message)),
        None => format!("syntax error at {}: {}", quoted(written), plain(message)),
    };
    let help = HINTS
        .iter()
        .find(|(word, _)| written.eq_ignore_ascii_case(word))
        .map(|(_, hint)| (*hint).to_owned())
        .or_else(|| reserved(&message, found, text));
    Problem { span, kind: ProblemKind::Syntax { message, help, expected: &[] } }
}

/// What begins as no statement does.
fn no_command(text: &str, span: Range<usize>, at: usize, is_block: bool) -> Option<Problem> {
    let mut tokens = Tokens::between(text, at.clamp(span.start, span.end), span.end);
    let first = tokens.find(|token| !token.is_comment()).filter(|first| first.kind == TokenKind::Word)?;
    if OBJECT_VERBS.iter().any(|verb| first.is_word(text, verb)) {
        let object = tokens
            .find(|token| !token.is_comment() && !MODIFIERS.iter().any(|word| token.is_word(text, word)))?;
        return misspelt_object(text, first.start..span.end, object);
    }
    if COMMANDS.iter().chain(BLOCK_COMMANDS).any(|command| first.is_word(text, command)) {
        return None;
    }
    if !begins_statement(text, span, first) {
        return Some(syntax(text, first, format!("syntax error at {}", quoted(first.text(text))), &[]));
    }
    let message = format!("no statement begins with {}", quoted(first.text(text)));
    let expected = if is_block { BLOCK_COMMANDS } else { COMMANDS };
    Some(syntax(text, first, message, expected))
}

/// Whether nothing stands between a token and the beginning of its text, or the `;` before it. The
/// text is the statement, or the body in which the token is.
fn begins_statement(text: &str, span: Range<usize>, token: Token) -> bool {
    let mut before = None;
    for outer in Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment()) {
        if outer.end > token.start {
            if let Some((start, _)) = outer.enclosed(text).filter(|(start, _)| *start <= token.start) {
                let inner = Tokens::between(text, start, token.start).filter(|token| !token.is_comment());
                before = inner.last();
            }
            break;
        }
        before = Some(outer);
    }
    let openings = ["begin", "then", "else", "loop"];
    before.is_none_or(|token| {
        token.is_punct(b';') || openings.iter().any(|opening| token.is_word(text, opening))
    })
}

/// `CREATE TABEL`: the parser stops at `CREATE`, or expects one kind of object of many.
fn misspelt_object(text: &str, span: Range<usize>, found: Token) -> Option<Problem> {
    let mut words = Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment());
    let first = words.next()?;
    let verb = OBJECT_VERBS.iter().find(|verb| first.is_word(text, verb))?;
    let object = words.find(|token| !MODIFIERS.iter().any(|word| token.is_word(text, word)))?;
    let is_known = OBJECTS.iter().any(|known| object.is_word(text, known));
    if object != found || is_known || object.kind != TokenKind::Word {
        return None;
    }
    let (verb, written) = (verb.to_uppercase(), quoted(object.text(text)));
    Some(syntax(text, object, format!("expected a kind of object behind {verb}, not {written}"), OBJECTS))
}

fn syntax(text: &str, token: Token, message: String, expected: &'static [&'static str]) -> Problem {
    let help = HINTS.iter().find(|(word, _)| token.is_word(text, word)).map(|(_, hint)| (*hint).to_owned());
    Problem { span: shortened(text, token), kind: ProblemKind::Syntax { message, help, expected } }
}

/// A reserved word where a name is expected.
fn reserved(message: &str, found: Option<Token>, text: &str) -> Option<String> {
    let word = found.filter(|token| token.kind == TokenKind::Word)?.text(text);
    const PARTS: [&str; 14] = [
        "and", "as", "for", "from", "in", "into", "not", "on", "or", "select", "to", "using", "when", "where",
    ];
    let is_part = PARTS.iter().any(|part| word.eq_ignore_ascii_case(part));
    (message.starts_with("expected a name") && !is_part)
        .then(|| format!("if `{word}` is meant as a name, write it in double quotes: it is a reserved word"))
}

/// The range of a token; of a long literal, only its first line.
fn shortened(text: &str, token: Token) -> Range<usize> {
    let first_line = token.text(text).split(['\n', '\r']).next().unwrap_or_default();
    token.start..token.start + first_line.len()
}

/// What was written, in quotes that are not part of it.
fn quoted(written: &str) -> String {
    if written == "`" {
        return "a backtick".to_owned();
    }
    const LONGEST: usize = 40;
    match written.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &written[..end]),
        None => format!("`{written}`"),
    }
}

/// What `expected …` says was expected, if the message is of that form.
fn expectation(message: &str) -> Option<String> {
    let rest = message.strip_prefix("expected ").or_else(|| message.strip_prefix("Expected "))?;
    let end =
        [", got ", ", found ", " but got ", " but found "].iter().filter_map(|but| rest.find(but)).min();
    Some(match &rest[..end.unwrap_or(rest.len())] {
        "name" | "path" | "path name" | "name or path" => "a name".to_owned(),
        "command" => "a statement".to_owned(),
        "expr" | "expression" => "an expression".to_owned(),
        "function option" => "an option of the function".to_owned(),
        "type" | "type name" => "a type".to_owned(),
        other => plain(other),
    })
}

/// Replaces the parser's names of tokens, which are all in capitals.
fn plain(message: &str) -> String {
    let words = message.split(' ').map(|word| {
        let (name, tail) = word.split_at(word.trim_end_matches([',', ';', '.', ')']).len());
        let name = match name {
            "SEMICOLON" => "`;`",
            "COMMA" => "`,`",
            "L_PAREN" => "`(`",
            "R_PAREN" => "`)`",
            "L_BRACK" => "`[`",
            "R_BRACK" => "`]`",
            "L_ANGLE" => "`<`",
            "R_ANGLE" => "`>`",
            "EQ" => "`=`",
            "FAT_ARROW" => "`=>`",
            "COLON_EQ" => "`:=`",
            "DOT" => "`.`",
            "DOT_DOT" => "`..`",
            "COLON" => "`:`",
            "STAR" => "`*`",
            "EOF" => "the end of the statement",
            "IDENT" => "a name",
            "STRING" => "a string",
            "INT_NUMBER" | "NUMERIC_NUMBER" => "a number",
            other => return format!("{}{tail}", keyword(other)),
        };
        format!("{name}{tail}")
    });
    words.collect::<Vec<_>>().join(" ")
}

fn keyword(word: &str) -> String {
    match word.strip_suffix("_KW") {
        Some(keyword) => keyword.to_owned(),
        None => word.to_owned(),
    }
}
