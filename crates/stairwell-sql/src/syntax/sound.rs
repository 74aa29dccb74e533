//! A quick look at a tree, to see that squawk will not complain about it.
//!
//! Its own look at what its parser does not check goes through a tree once for each kind of token and asks forty
//! questions about each node, which without optimisation takes nearly as long as parsing.
//! Here the common forms of the common nodes are passed, and whatever is left is for squawk to judge; so this never
//! finds an error, and says "sound" only of a tree that has none.

use std::sync::LazyLock;

use rowan::{GreenNodeData, GreenTokenData, NodeOrToken};
use squawk_parser::{SyntaxKind, is_col_name_keyword, is_reserved_keyword, is_type_func_name_keyword};
use squawk_syntax::{Parse, SourceFile};

/// Where the errors are that squawk finds in a text, sorted.
pub(super) fn errors(tree: &Parse<SourceFile>) -> Vec<usize> {
    if is_sound(tree) {
        return Vec::new();
    }
    tree.errors().iter().map(|error| usize::from(error.range().start())).collect()
}

/// Whether squawk certainly has no complaint.
fn is_sound(tree: &Parse<SourceFile>) -> bool {
    // What the parser itself has found cannot be asked for without everything else, but shows in here.
    // Should that change, squawk is asked about every text, as if there were no such short cut.
    format!("{tree:?}").contains("errors: None,") && is_node_sound(&tree.syntax_node().green(), None)
}

/// What there is to look at in a node of some kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Nothing: squawk has nothing to say about such nodes.
    None,
    /// Its children, as [`is_common`] does.
    Look,
    /// Too rare, or too much.
    Ask,
}

/// By the number of the kind.
static CARE: LazyLock<Vec<Care>> = LazyLock::new(|| {
    use SyntaxKind::*;
    let look = [
        ARRAY_TYPE,
        BIT_TYPE,
        BIT_VARYING_TYPE,
        CHARACTER_TYPE,
        DOUBLE_TYPE,
        INTERVAL_TYPE,
        PATH_TYPE,
        TIME_TYPE,
        TIMESTAMP_TYPE,
        VARCHAR_TYPE,
        BIN_EXPR,
        CALL_EXPR,
        CREATE_FUNCTION,
        CREATE_TABLE,
        FUNC_OPTION_LIST,
        LITERAL,
        NAME_REF,
        PREFIX_EXPR,
        RELATION_FROM_ITEM,
        SELECT,
        SELECT_CLAUSE,
        SET_COLUMN_LIST,
        SET_SINGLE_COLUMN,
        SOURCE_FILE,
        TABLE_NAME,
    ];
    let ask = [
        AGGREGATE,
        ATOMIC_BODY,
        CREATE_AGGREGATE,
        CREATE_PROCEDURE,
        CUSTOM_OP,
        DO,
        DISTINCT_ON,
        EXCEPT_TABLE_CLAUSE,
        FUNCTION_FROM_ITEM,
        FUNCTION_SIG,
        PROCEDURE_SIG,
        ROUTINE_SIG,
        ARRAY_EXPR,
        JOIN_EXPR,
        JSON_ARRAY_FN,
        JSON_OBJECT_FN,
        NON_STANDARD_PARAM,
        PAREN_FROM_ITEM,
        PARTITION_FOR_VALUES_WITH,
        PERCENT_TYPE,
        PARAM_VARIADIC,
        RULE_STMT_LIST,
        SELECT_INTO,
        TO_CONFIG_VALUE,
        STORAGE_MODE,
        ERROR,
    ];
    let mut care = vec![Care::None; usize::from(SyntaxKind::__LAST as u16) + 1];
    for (kinds, how) in [(look.as_slice(), Care::Look), (ask.as_slice(), Care::Ask)] {
        for kind in kinds {
            if let Some(care) = care.get_mut(usize::from(*kind as u16)) {
                *care = how;
            }
        }
    }
    care
});

type Child<'a> = NodeOrToken<&'a GreenNodeData, &'a GreenTokenData>;

fn is_node_sound(node: &GreenNodeData, parent: Option<SyntaxKind>) -> bool {
    let number = node.kind().0;
    let care = CARE.get(usize::from(number)).copied().unwrap_or(Care::Ask);
    if care == Care::Ask {
        return false;
    }
    let kind = SyntaxKind::from(number);
    if care == Care::Look && !is_common(node, kind, parent) {
        return false;
    }
    for child in node.children() {
        let is_sound = match child {
            NodeOrToken::Node(child) => is_node_sound(child, Some(kind)),
            NodeOrToken::Token(token) => is_token_sound(token),
        };
        if !is_sound {
            return false;
        }
    }
    true
}

/// Escapes in names and texts are for squawk.
fn is_token_sound(token: &GreenTokenData) -> bool {
    let number = token.kind().0;
    if number == SyntaxKind::IDENT as u16 {
        return !matches!(token.text().as_bytes(), [b'u' | b'U', b'&', ..]);
    }
    number != SyntaxKind::UESCAPE_KW as u16 && number != SyntaxKind::UNICODE_ESC_STRING as u16
}

/// Whether a node has a form in which there is nothing to complain about.
fn is_common(node: &GreenNodeData, kind: SyntaxKind, parent: Option<SyntaxKind>) -> bool {
    use SyntaxKind::*;
    match kind {
        NAME_REF | TABLE_NAME => first_token(node).is_none_or(|kind| !is_type_func_name_keyword(kind)),
        LITERAL => {
            let mut children = node.children();
            let only = children.next();
            children.next().is_none()
                && only.is_some_and(|it| matches!(it, NodeOrToken::Token(_)) && kind_of(&it) != DEFAULT_KW)
        }
        SOURCE_FILE => are_ended(node),
        SELECT => {
            let is_first = |child: &Child<'_>| matches!(kind_of(child), SELECT_CLAUSE | FROM_CLAUSE);
            !matches!(parent, Some(TUPLE_EXPR | PAREN_EXPR))
                && node.children().find(is_first).is_none_or(|child| kind_of(&child) == SELECT_CLAUSE)
        }
        SELECT_CLAUSE => !has(node, DISTINCT_CLAUSE),
        RELATION_FROM_ITEM => !has(node, LATERAL_KW),
        SET_COLUMN_LIST => node.children().any(|child| matches!(child, NodeOrToken::Node(_))),
        SET_SINGLE_COLUMN => nodes(node, SET_EXPR).all(|expr| !has(expr, DEFAULT_KW)),
        BIN_EXPR => !has(node, IN_KW) && !has(node, NOT_IN) && !has(node, OVERLAPS_KW),
        PREFIX_EXPR => !has(node, CUSTOM_OP),
        CALL_EXPR => {
            !(has(node, ANY_FN) || has(node, SOME_FN) || has(node, ALL_FN))
                && nodes(node, NAME_REF)
                    .filter_map(first_token)
                    .all(|it| !is_col_name_keyword(it) && !is_reserved_keyword(it))
        }
        CREATE_TABLE => {
            let typed = |column: &GreenNodeData| column.children().any(|child| is_type(kind_of(&child)));
            nodes(node, TABLE_ARG_LIST).all(|list| nodes(list, COLUMN).all(typed))
        }
        CREATE_FUNCTION => {
            !has(node, RETURN_STMT) && nodes(node, RET_TYPE).all(|ret_type| !has(ret_type, TABLE_KW))
        }
        FUNC_OPTION_LIST => is_plain_plpgsql(node),
        kind if is_type(kind) => nodes(node, ARG_LIST).all(|list| nodes(list, ARG).all(is_number)),
        _ => false,
    }
}

/// Whether each statement but the last ends with a semicolon.
fn are_ended(file: &GreenNodeData) -> bool {
    let mut is_ended = true;
    for child in file.children() {
        if let NodeOrToken::Node(statement) = child {
            let kind = kind_of(&child);
            if !is_ended && kind != SyntaxKind::EMPTY_STMT {
                return false;
            }
            let last = statement.children().last();
            is_ended = last.is_some_and(|last| kind_of(&last) == SyntaxKind::SEMICOLON)
                || kind == SyntaxKind::EMPTY_STMT;
        }
    }
    true
}

/// Whether there is one body in PL/pgSQL and nothing else.
fn is_plain_plpgsql(options: &GreenNodeData) -> bool {
    use SyntaxKind::*;
    let known = [LANGUAGE_FUNC_OPTION, AS_FUNC_OPTION];
    let count = |kind| nodes(options, kind).count();
    let others = options.children().filter(|child| matches!(child, NodeOrToken::Node(_)));
    let is_plpgsql = |language: &GreenNodeData| {
        last_token(language).is_some_and(|token| token.text().eq_ignore_ascii_case("plpgsql"))
    };
    count(LANGUAGE_FUNC_OPTION) == 1
        && nodes(options, LANGUAGE_FUNC_OPTION).all(is_plpgsql)
        && known.into_iter().all(|kind| count(kind) <= 1)
        && others.map(|child| kind_of(&child)).all(|kind| known.contains(&kind))
}

/// Whether the argument is a number and nothing else.
fn is_number(argument: &GreenNodeData) -> bool {
    let mut children = argument.children();
    let (only, more) = (children.next(), children.next());
    match (only, more) {
        (Some(NodeOrToken::Node(literal)), None) => {
            literal.kind().0 == SyntaxKind::LITERAL as u16 && has(literal, SyntaxKind::INT_NUMBER)
        }
        _ => false,
    }
}

fn is_type(kind: SyntaxKind) -> bool {
    use SyntaxKind::*;
    matches!(
        kind,
        ARRAY_TYPE
            | BIT_TYPE
            | BIT_VARYING_TYPE
            | CHARACTER_TYPE
            | DOUBLE_TYPE
            | INTERVAL_TYPE
            | PATH_TYPE
            | TIME_TYPE
            | TIMESTAMP_TYPE
            | VARCHAR_TYPE
    )
}

fn kind_of(child: &Child<'_>) -> SyntaxKind {
    match child {
        NodeOrToken::Node(node) => SyntaxKind::from(node.kind().0),
        NodeOrToken::Token(token) => SyntaxKind::from(token.kind().0),
    }
}

/// Whether a child is of this kind.
fn has(node: &GreenNodeData, kind: SyntaxKind) -> bool {
    node.children().any(|child| kind_of(&child) == kind)
}

/// The children of this kind.
fn nodes(node: &GreenNodeData, kind: SyntaxKind) -> impl Iterator<Item = &GreenNodeData> {
    node.children().filter_map(move |child| match child {
        NodeOrToken::Node(child) if child.kind().0 == kind as u16 => Some(child),
        _ => None,
    })
}

fn first_token(node: &GreenNodeData) -> Option<SyntaxKind> {
    match node.children().next()? {
        NodeOrToken::Node(node) => first_token(node),
        NodeOrToken::Token(token) => Some(SyntaxKind::from(token.kind().0)),
    }
}

fn last_token(node: &GreenNodeData) -> Option<&GreenTokenData> {
    match node.children().last()? {
        NodeOrToken::Node(node) => last_token(node),
        NodeOrToken::Token(token) => Some(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: [&str; 8] = [
        "CREATE TABLE a (id bigint PRIMARY KEY, name varchar(40) NOT NULL DEFAULT 'x');\nSELECT 1 + 2 FROM a\n",
        "DROP TABLE a; DROP INDEX b;",
        "UPDATE a SET b = lower(c) WHERE d > 3 AND e LIKE 'x%';",
        "INSERT INTO a (b, c) VALUES (1, 'x'), (2, NULL);",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;",
        "ALTER TABLE a ADD COLUMN b numeric(10, 2), ADD CHECK (b > 0);",
        "CREATE VIEW v AS SELECT a.b, count(*) FROM a GROUP BY a.b;",
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); COMMENT ON TYPE mood IS 'x';",
    ];

    /// One for each thing that squawk looks at behind its parser's back, as far as this looks at it too.
    const BROKEN: [&str; 22] = [
        "CREATE TABLE a (b int) CREATE TABLE c (d int);",
        "CREATE TABLE a (b);",
        "CREATE TABLE left (b int);",
        "CREATE TABLE a (b varchar(40 + 2));",
        "CREATE TABLE a (b foo(x => 1));",
        "SELECT left;",
        "SELECT 'a' 'b';",
        "SELECT DEFAULT;",
        "SELECT 1 IN 2;",
        "SELECT 1 OVERLAPS 2;",
        "SELECT coalesce();",
        "SELECT any(1);",
        "SELECT DISTINCT;",
        "FROM a SELECT b;",
        "SELECT (SELECT);",
        "SELECT * FROM LATERAL a;",
        "UPDATE a SET b[1] = DEFAULT;",
        "SELECT U&'\\zzzz';",
        "SELECT a UESCAPE '!';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELEC 1';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql LANGUAGE plpgsql AS '';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS '' RETURN 1;",
    ];

    #[test]
    fn what_is_common_is_not_for_squawk() {
        for text in SOUND {
            assert!(is_sound(&SourceFile::parse(text)), "{text}");
        }
    }

    #[test]
    fn what_squawk_complains_about_is_not_sound() {
        for text in BROKEN {
            let tree = SourceFile::parse(text);
            assert!(!tree.errors().is_empty(), "squawk has no complaint about {text}");
            assert!(!is_sound(&tree), "{text}");
        }
    }

    /// The cases, statement by statement and with every word left out once: many of them are then broken.
    #[test]
    fn squawk_has_no_complaint_about_what_is_sound() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))];
        let (mut sound, mut all) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for statement in text.split_inclusive(';') {
                    let words: Vec<&str> = statement.split_inclusive(char::is_whitespace).collect();
                    // All words, and then without one of them.
                    for left_out in (0..=words.len()).rev().step_by(3) {
                        let text: String =
                            (0..words.len()).filter(|at| *at != left_out).map(|at| words[at]).collect();
                        let tree = SourceFile::parse(&text);
                        all += 1;
                        if is_sound(&tree) {
                            sound += 1;
                            assert!(tree.errors().is_empty(), "{text}\n{:?}", tree.errors());
                        }
                    }
                }
            }
        }
        assert!(sound * 5 > all, "the short cut is of use: {sound} of {all}");
    }
}
