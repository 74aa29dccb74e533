//! What a statement that was cut off has left, and whether it had come to its end.
//!
//! Only for the statements whose end shows in the catalogs: indexes built or dropped, values of an enum, and
//! partitions detached. What was there before the statement began is written down with it, and never counted as its
//! work.

use crate::settings::literal;
use crate::words::Words;

/// What a statement makes or removes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// CREATE INDEX; the name is the server's choice if there is none.
    CreateIndex { name: Option<String>, table: String },
    /// REINDEX … CONCURRENTLY, which builds beside what there is.
    Reindex(Scope),
    /// ALTER TYPE … ADD VALUE.
    AddValue { of_type: String, value: String },
    /// DROP INDEX of a single one.
    DropIndex { index: String },
    /// ALTER TABLE … DETACH PARTITION. `in_two` says that it commits in the middle, as CONCURRENTLY does.
    Detach { table: String, partition: String, in_two: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Index(String),
    Table(String),
    Schema(String),
    Database,
}

/// Something in the catalogs that the statement may have made.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// For SQL: qualified and quoted.
    pub(crate) name: String,
    /// Whether it is complete: a valid index, a partition that nobody has begun to detach.
    pub(crate) whole: bool,
    /// Whether it was there before the statement began.
    pub(crate) earlier: bool,
}

/// What is to be done about a statement that was begun by an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It did not come to its end, or nobody knows.
    Run,
    /// The same, once these indexes are dropped.
    Drop(Vec<String>),
    /// This statement completes it, which cannot be begun anew.
    Complete(String),
    /// It had come to its end.
    Done,
}

impl Subject {
    pub(crate) fn of(statement: &str) -> Option<Self> {
        let mut words = Words::of(statement);
        if words.eat(&["CREATE", "UNIQUE", "INDEX"]) || words.eat(&["CREATE", "INDEX"]) {
            words.eat(&["CONCURRENTLY"]);
            words.eat(&["IF", "NOT", "EXISTS"]);
            let name = if words.eat(&["ON"]) {
                None
            } else {
                let name = words.plain_name()?;
                if !words.eat(&["ON"]) {
                    return None;
                }
                Some(name)
            };
            words.eat(&["ONLY"]);
            return Some(Subject::CreateIndex { name, table: words.name()? });
        }
        if words.eat(&["DROP", "INDEX"]) {
            words.eat(&["CONCURRENTLY"]);
            words.eat(&["IF", "EXISTS"]);
            let index = words.name()?;
            // Of several, some may be gone.
            return (!words.eat_sign(',')).then_some(Subject::DropIndex { index });
        }
        if words.eat(&["ALTER", "TYPE"]) {
            let of_type = words.name()?;
            if !words.eat(&["ADD", "VALUE"]) {
                return None;
            }
            words.eat(&["IF", "NOT", "EXISTS"]);
            return Some(Subject::AddValue { of_type, value: words.text()? });
        }
        if words.eat(&["ALTER", "TABLE"]) {
            words.eat(&["IF", "EXISTS"]);
            let table = words.name()?;
            if !words.eat(&["DETACH", "PARTITION"]) {
                return None;
            }
            let partition = words.name()?;
            return Some(Subject::Detach { table, partition, in_two: words.eat(&["CONCURRENTLY"]) });
        }
        reindex(words)
    }

    /// A query for what bears its name: `oid`, `name`, `whole`.
    pub(crate) fn candidates(&self) -> String {
        const INDEXES: &str = "SELECT x.oid, pg_catalog.format('%I.%I', n.nspname, x.relname) AS name, \
             i.indisvalid AND i.indisready AND i.indislive AS whole FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace WHERE";
        let class = |name: &str| format!("pg_catalog.to_regclass({})", literal(name));
        match self {
            Subject::CreateIndex { name, table } => {
                // The cast cuts a name off as the server does.
                let named =
                    name.as_ref().map(|name| format!(" AND x.relname = {}::pg_catalog.name", literal(name)));
                format!("{INDEXES} i.indrelid = {}{}", class(table), named.unwrap_or_default())
            }
            Subject::DropIndex { index } => format!("{INDEXES} x.oid = {}", class(index)),
            Subject::AddValue { of_type, value } => format!(
                "SELECT e.oid, pg_catalog.quote_literal(e.enumlabel) AS name, true AS whole FROM pg_catalog.pg_enum e \
                 WHERE e.enumtypid = pg_catalog.to_regtype({}) AND e.enumlabel = {}",
                literal(of_type),
                literal(value)
            ),
            // The column is there since PostgreSQL 14, as is the statement that sets it.
            Subject::Detach { table, partition, .. } => format!(
                "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, \
                 pg_catalog.to_jsonb(h) ->> 'inhdetachpending' IS DISTINCT FROM 'true' AS whole \
                 FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE h.inhparent = {} AND c.oid = {}",
                class(table),
                class(partition)
            ),
            Subject::Reindex(scope) => {
                let tables = |table: String| {
                    format!(
                        "i.indrelid IN (SELECT s.oid FROM pg_catalog.pg_class t CROSS JOIN LATERAL \
                         (VALUES (t.oid), (t.reltoastrelid)) AS s (oid) WHERE t.oid = {table} \
                         OR t.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree({table}) AS p))"
                    )
                };
                let scope = match scope {
                    Scope::Table(table) => tables(class(table)),
                    Scope::Index(index) => tables(format!(
                        "(SELECT o.indrelid FROM pg_catalog.pg_index o WHERE o.indexrelid = {})",
                        class(index)
                    )),
                    Scope::Schema(name) => format!("n.nspname = {}::pg_catalog.name", literal(name)),
                    Scope::Database => "true".to_owned(),
                };
                format!("{INDEXES} {scope} AND NOT i.indisvalid AND x.relname ~ '_cc(new|old)[0-9]*$'")
            }
        }
    }

    /// What follows from what is there now. `had` is whether there was something before the statement began.
    pub(crate) fn fate(&self, found: &[Found], had: bool) -> Fate {
        let new = || found.iter().filter(|found| !found.earlier);
        let broken: Vec<String> =
            new().filter(|found| !found.whole).map(|found| found.name.clone()).collect();
        match self {
            Subject::CreateIndex { .. } | Subject::Reindex(_) if !broken.is_empty() => Fate::Drop(broken),
            Subject::CreateIndex { name: Some(_), .. } | Subject::AddValue { .. }
                if new().next().is_some() =>
            {
                Fate::Done
            }
            Subject::DropIndex { .. } | Subject::Detach { .. } if had && found.is_empty() => Fate::Done,
            Subject::Detach { table, in_two: true, .. } => match found.iter().find(|found| !found.whole) {
                Some(partition) => Fate::Complete(format!(
                    "ALTER TABLE {table} DETACH PARTITION {} FINALIZE",
                    partition.name
                )),
                None => Fate::Run,
            },
            _ => Fate::Run,
        }
    }

    /// Indexes that the statement may have built under a name that it did not choose.
    pub(crate) fn unnamed(&self, found: &[Found]) -> Option<String> {
        let Subject::CreateIndex { name: None, .. } = self else { return None };
        found.iter().find(|found| !found.earlier && found.whole).map(|found| found.name.clone())
    }
}

fn reindex(mut words: Words<'_>) -> Option<Subject> {
    if !words.eat(&["REINDEX"]) {
        return None;
    }
    let option = words.parentheses("CONCURRENTLY");
    let kinds = ["INDEX", "TABLE", "SCHEMA", "DATABASE"];
    let kind = kinds.into_iter().find(|kind| words.eat(&[kind]))?;
    if !words.eat(&["CONCURRENTLY"]) && !option {
        return None;
    }
    Some(Subject::Reindex(match kind {
        "INDEX" => Scope::Index(words.name()?),
        "TABLE" => Scope::Table(words.name()?),
        "SCHEMA" => Scope::Schema(words.plain_name()?),
        _ => Scope::Database,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_whose_end_can_be_seen() {
        let index = |name: Option<&str>, table: &str| {
            Some(Subject::CreateIndex { name: name.map(str::to_owned), table: table.to_owned() })
        };
        assert_eq!(
            Subject::of("create unique index concurrently if not exists Sites_Id on only app.sites (id)"),
            index(Some("sites_id"), "app.sites")
        );
        assert_eq!(Subject::of("CREATE INDEX CONCURRENTLY ON \"Sites\" (id)"), index(None, "\"Sites\""));
        assert_eq!(
            Subject::of("ALTER TYPE app.mood ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'"),
            Some(Subject::AddValue { of_type: "app.mood".to_owned(), value: "it's".to_owned() })
        );
        assert_eq!(
            Subject::of("REINDEX (VERBOSE, CONCURRENTLY) TABLE sites"),
            Some(Subject::Reindex(Scope::Table("sites".to_owned())))
        );
        assert_eq!(
            Subject::of("DROP INDEX CONCURRENTLY IF EXISTS a.b"),
            Some(Subject::DropIndex { index: "a.b".to_owned() })
        );
        let detach = |in_two| {
            let [table, partition] = ["m.readings", "\"Old\""].map(str::to_owned);
            Some(Subject::Detach { table, partition, in_two })
        };
        let text = "alter table if exists m.readings detach partition \"Old\" concurrently";
        assert_eq!(Subject::of(text), detach(true));
        let text = "ALTER TABLE m.readings DETACH PARTITION \"Old\" FINALIZE";
        assert_eq!(Subject::of(text), detach(false));
        for other in [
            "ALTER TABLE a ADD b int",
            "REINDEX TABLE sites",
            "DROP INDEX a, b",
            "VACUUM",
            "ALTER TYPE a RENAME TO b",
            "",
        ] {
            assert_eq!(Subject::of(other), None, "{other}");
        }
    }
}
