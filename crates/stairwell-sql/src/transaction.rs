//! Which statements a transaction refuses, and which would end the transaction that they run in.
//!
//! Everything here looks at words, not at trees, so that it holds for a statement that was not parsed
//! as well.

use std::ops::Range;

use crate::lex::{Token, TokenKind, Tokens};

/// How a statement behaves inside a transaction block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// It runs.
    Runs,
    /// The server refuses it; this is what the server calls it.
    Refused(&'static str),
    /// That depends on what the statement is applied to, such as what a procedure does.
    Unknown,
    /// It begins, ends or marks a transaction itself; this is its command.
    Controls(&'static str),
}

/// How the statement at `span` behaves inside a transaction block, on PostgreSQL 14 to 18.
pub fn conduct(text: &str, span: Range<usize>) -> Conduct {
    let words = Words { text, tokens: significant(text, span).collect() };
    words.control().map_or_else(|| words.refusal(), Conduct::Controls)
}

fn significant(text: &str, span: Range<usize>) -> impl Iterator<Item = Token> + '_ {
    Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment())
}

struct Words<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl Words<'_> {
    /// Whether the words from `at` are these.
    fn are(&self, at: usize, words: &str) -> bool {
        words.split(' ').enumerate().all(|(offset, word)| self.is(at + offset, word))
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_word(self.text, word))
    }

    fn any(&self, words: &str) -> bool {
        (0..self.tokens.len()).any(|at| self.are(at, words))
    }

    /// `name`, `name = on`, `name true` among the options in brackets, `default` if it is not there.
    fn option(&self, name: &str, default: bool) -> bool {
        let Some(at) = (1..self.tokens.len()).find(|&at| {
            self.is(at, name)
                && self.tokens.get(at - 1).is_some_and(|token| token.is_punct(b'(') || token.is_punct(b','))
        }) else {
            return default;
        };
        let equals = self.tokens.get(at + 1).is_some_and(|token| token.is_punct(b'='));
        let value = self.tokens.get(at + 1 + usize::from(equals)).map_or("", |token| token.text(self.text));
        let value = value.trim_matches('\'');
        !["false", "off", "0", "none"].iter().any(|no| value.eq_ignore_ascii_case(no))
    }

    fn control(&self) -> Option<&'static str> {
        const CONTROLS: [(&str, &str); 11] = [
            ("begin", "BEGIN"),
            ("start transaction", "START TRANSACTION"),
            ("commit", "COMMIT"),
            ("end", "END"),
            ("rollback", "ROLLBACK"),
            ("abort", "ABORT"),
            ("savepoint", "SAVEPOINT"),
            ("release", "RELEASE SAVEPOINT"),
            ("prepare transaction", "PREPARE TRANSACTION"),
            ("set transaction", "SET TRANSACTION"),
            ("set local transaction", "SET LOCAL TRANSACTION"),
        ];
        CONTROLS.iter().find(|(words, _)| self.are(0, words)).map(|(_, name)| *name)
    }

    fn refusal(&self) -> Conduct {
        let last = self.tokens.len().saturating_sub(1);
        let refused = |what, is: bool| is.then_some(what);
        let found = match () {
            () if self.is(0, "create") => self.create(),
            () if self.is(0, "drop") => match () {
                () if self.are(1, "index concurrently") => Some("DROP INDEX CONCURRENTLY"),
                () if self.is(1, "database") => Some("DROP DATABASE"),
                () if self.is(1, "tablespace") => Some("DROP TABLESPACE"),
                // It drops the slot on the publisher, unless the subscription has none.
                () if self.is(1, "subscription") => return Conduct::Unknown,
                () => None,
            },
            () if self.is(0, "alter") => match () {
                () if self.is(1, "system") => Some("ALTER SYSTEM"),
                () if self.is(1, "database") => {
                    refused("ALTER DATABASE SET TABLESPACE", self.are(3, "set tablespace"))
                }
                () if self.is(1, "table") => {
                    let is_detach = self.any("detach partition") && self.is(last, "concurrently");
                    refused("ALTER TABLE … DETACH CONCURRENTLY", is_detach)
                }
                () if self.is(1, "subscription") => {
                    let changes = ["set publication", "add publication", "drop publication"];
                    let refreshes = self.are(3, "refresh publication")
                        || (changes.iter().any(|words| self.are(3, words)) && self.option("refresh", true));
                    refused("ALTER SUBSCRIPTION with refresh", refreshes)
                }
                () => None,
            },
            () if self.is(0, "reindex") => {
                let is_wide = ["schema", "database", "system"].iter().any(|scope| {
                    (1..self.tokens.len().min(12)).any(|at| self.is(at, scope) && !self.is_name(at))
                });
                let is_concurrent = match self.tokens.get(1) {
                    Some(token) if token.is_punct(b'(') && self.option("concurrently", false) => true,
                    _ => (1..last).any(|at| self.is(at, "concurrently") && !self.in_brackets(at)),
                };
                refused("REINDEX CONCURRENTLY", is_concurrent)
                    .or(refused("REINDEX of a schema or a database", is_wide))
            }
            () if self.is(0, "vacuum") => Some("VACUUM"),
            () if self.are(0, "discard all") => Some("DISCARD ALL"),
            () if self.is(0, "cluster") => {
                let is_bare = self.tokens.len() == 1
                    || (self.tokens.len() == 2 && self.is(1, "verbose"))
                    || (self.tokens[1].is_punct(b'(') && self.tokens[last].is_punct(b')'));
                refused("CLUSTER without a table", is_bare)
            }
            () if self.is(0, "do") => refused("a DO block that ends transactions", self.block_commits()),
            () if self.is(0, "call") => return Conduct::Unknown,
            () => None,
        };
        found.map_or(Conduct::Runs, Conduct::Refused)
    }

    fn create(&self) -> Option<&'static str> {
        match () {
            () if self.are(1, "index concurrently") || self.are(1, "unique index concurrently") => {
                Some("CREATE INDEX CONCURRENTLY")
            }
            () if self.is(1, "database") => Some("CREATE DATABASE"),
            () if self.is(1, "tablespace") => Some("CREATE TABLESPACE"),
            () if self.is(1, "subscription") => {
                let makes_slot = self.option("connect", true) && self.option("create_slot", true);
                makes_slot.then_some("CREATE SUBSCRIPTION with a replication slot")
            }
            () => None,
        }
    }

    /// A word of a qualified name, or the last one: `REINDEX TABLE schema`.
    fn is_name(&self, at: usize) -> bool {
        let is_dot = |at: usize| self.tokens.get(at).is_some_and(|token| token.is_punct(b'.'));
        is_dot(at + 1) || is_dot(at - 1) || ["table", "index"].iter().any(|scope| self.is(at - 1, scope))
    }

    fn in_brackets(&self, at: usize) -> bool {
        let count = |byte| self.tokens[..at].iter().filter(|token| token.is_punct(byte)).count();
        count(b'(') > count(b')')
    }

    /// Whether the body of a `DO` block has `COMMIT` or `ROLLBACK` as a statement.
    fn block_commits(&self) -> bool {
        let bodies = self.tokens.iter().filter_map(|token| token.enclosed(self.text));
        bodies.into_iter().any(|(_, body)| {
            let tokens: Vec<Token> = significant(body, 0..body.len()).collect();
            tokens.iter().enumerate().any(|(at, token)| {
                let begins = at.checked_sub(1).is_none_or(|before| {
                    let before = tokens[before];
                    let openings = ["begin", "then", "else", "loop"];
                    before.is_punct(b';') || openings.iter().any(|word| before.is_word(body, word))
                });
                begins && (token.is_word(body, "commit") || token.is_word(body, "rollback"))
            })
        })
    }
}

/// A value added to an enum and written as a literal later in the same text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewValueUse {
    /// The value without quotes.
    pub value: String,
    /// Where it is added.
    pub added: Range<usize>,
    /// The literal that is the same text. Whether it is of that type, only a catalog can tell.
    pub used: Range<usize>,
}

/// Values that are added to an enum by one statement and written by a later one: inside one
/// transaction the server refuses to use them (SQLSTATE 55P04), unless the type was created in the
/// same transaction. One use per value is reported: the first.
pub fn new_value_uses(text: &str, statements: &[Range<usize>]) -> Vec<NewValueUse> {
    let mut created: Vec<String> = Vec::new();
    let mut added: Vec<(String, Range<usize>, bool)> = Vec::new();
    let mut uses = Vec::new();
    for span in statements {
        let words = Words { text, tokens: significant(text, span.clone()).take(16).collect() };
        if words.are(0, "create type") {
            created.push(words.name(2));
        } else if words.are(0, "alter type") {
            let name = words.name(2);
            let value = (3..words.tokens.len())
                .find(|&at| words.are(at, "add value"))
                .map(|at| if words.are(at + 2, "if not exists") { at + 5 } else { at + 2 })
                .and_then(|at| words.tokens.get(at).copied())
                .filter(|token| token.kind == TokenKind::Text);
            if let Some(token) = value.filter(|_| !created.contains(&name)) {
                let literal = token.enclosed(text).map_or("", |(_, literal)| literal).to_owned();
                added.push((literal, token.start..token.end, false));
            }
        } else if !added.is_empty() && !words.are(0, "comment on") {
            for token in significant(text, span.clone()).filter(|token| token.kind == TokenKind::Text) {
                let literal = token.enclosed(text).map_or("", |(_, literal)| literal);
                for (value, at, is_used) in &mut added {
                    if !*is_used && value == literal {
                        *is_used = true;
                        let used = token.start..token.end;
                        uses.push(NewValueUse { value: value.clone(), added: at.clone(), used });
                    }
                }
            }
        }
    }
    uses
}

impl Words<'_> {
    /// The qualified name that begins at `at`, folded as far as it has no quotes.
    fn name(&self, at: usize) -> String {
        let mut name = String::new();
        let mut is_name = true;
        for token in self.tokens.iter().skip(at) {
            let is_part = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
            if is_part != is_name || !(is_part || token.is_punct(b'.')) {
                break;
            }
            let part = token.text(self.text);
            name += &if token.kind == TokenKind::Word { part.to_lowercase() } else { part.to_owned() };
            is_name = !is_name;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lex::lex;

    #[test]
    fn tells_what_a_transaction_refuses() {
        let table = [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "CREATE INDEX CONCURRENTLY"),
            (
                "create unique index /* x */ concurrently if not exists i ON t (a)",
                "CREATE INDEX CONCURRENTLY",
            ),
            ("DROP INDEX CONCURRENTLY IF EXISTS i", "DROP INDEX CONCURRENTLY"),
            ("REINDEX TABLE CONCURRENTLY t", "REINDEX CONCURRENTLY"),
            ("REINDEX (VERBOSE, CONCURRENTLY) INDEX i", "REINDEX CONCURRENTLY"),
            ("REINDEX SCHEMA s", "REINDEX of a schema or a database"),
            ("REINDEX (VERBOSE) DATABASE d", "REINDEX of a schema or a database"),
            ("VACUUM (ANALYZE) t", "VACUUM"),
            ("ALTER SYSTEM SET wal_level = logical", "ALTER SYSTEM"),
            ("CREATE DATABASE d", "CREATE DATABASE"),
            ("DROP DATABASE d", "DROP DATABASE"),
            ("CREATE TABLESPACE t LOCATION '/x'", "CREATE TABLESPACE"),
            ("ALTER DATABASE d SET TABLESPACE t", "ALTER DATABASE SET TABLESPACE"),
            ("ALTER TABLE m DETACH PARTITION p CONCURRENTLY", "ALTER TABLE … DETACH CONCURRENTLY"),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
                "CREATE SUBSCRIPTION with a replication slot",
            ),
            ("ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER SUBSCRIPTION with refresh"),
            ("CLUSTER", "CLUSTER without a table"),
            ("CLUSTER (VERBOSE)", "CLUSTER without a table"),
            ("DISCARD ALL", "DISCARD ALL"),
            ("DO $$ BEGIN DELETE FROM t; COMMIT; END $$", "a DO block that ends transactions"),
        ];
        for (sql, expected) in table {
            assert_eq!(conduct(sql, 0..sql.len()), Conduct::Refused(expected), "{sql}");
        }
    }

    #[test]
    fn leaves_alone_what_runs_in_a_transaction() {
        for sql in [
            "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
            "CREATE INDEX concurrently_used ON t (a)",
            "CREATE TABLE concurrently (vacuum int)",
            "REINDEX TABLE t",
            "REINDEX TABLE schema.database",
            "REINDEX (CONCURRENTLY false) TABLE t",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = off, slot_name = NONE)",
            "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)",
            "ALTER TABLE m DETACH PARTITION p",
            "CLUSTER t USING i",
            "ALTER TYPE mood ADD VALUE 'new'",
            "ANALYZE t",
            "DISCARD PLANS",
            "ALTER DATABASE d SET search_path = a",
            "DO $$ BEGIN RAISE NOTICE 'COMMIT;'; END $$",
            "SET LOCAL lock_timeout = '5s'",
            "PREPARE p AS SELECT 1",
            "",
        ] {
            assert_eq!(conduct(sql, 0..sql.len()), Conduct::Runs, "{sql}");
        }
        for sql in ["CALL p()", "DROP SUBSCRIPTION s"] {
            assert_eq!(conduct(sql, 0..sql.len()), Conduct::Unknown, "{sql}");
        }
    }

    #[test]
    fn tells_transaction_control() {
        for sql in [
            "BEGIN",
            "START TRANSACTION",
            "COMMIT",
            "END",
            "ROLLBACK",
            "ABORT",
            "SAVEPOINT",
            "PREPARE TRANSACTION",
            "SET TRANSACTION",
        ] {
            assert_eq!(conduct(sql, 0..sql.len()), Conduct::Controls(sql), "{sql}");
        }
        let sql = "ROLLBACK TO SAVEPOINT x";
        assert_eq!(conduct(sql, 0..sql.len()), Conduct::Controls("ROLLBACK"));
    }

    #[test]
    fn finds_a_new_value_that_is_used_at_once() {
        let uses = |text: &str| -> Vec<String> {
            let spans: Vec<_> = lex(text).statements.into_iter().map(|statement| statement.span).collect();
            let uses = new_value_uses(text, &spans);
            uses.iter().map(|found| format!("{} {}", found.value, &text[found.used.clone()])).collect()
        };
        let added = "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new' AFTER 'old';";
        assert_eq!(uses(&format!("{added} UPDATE t SET m = 'new' WHERE m = 'new';")), ["new 'new'"]);
        assert_eq!(uses(&format!("{added} UPDATE t SET m = 'old';")), [""; 0]);
        assert_eq!(uses(&format!("UPDATE t SET m = 'new'; {added}")), [""; 0]);
        assert_eq!(uses(&format!("CREATE TYPE mood AS ENUM (); {added} SELECT 'new'::mood;")), [""; 0]);
        assert_eq!(uses(&format!("{added} DO $$ BEGIN PERFORM 'new'; END $$;")), [""; 0]);
    }
}
