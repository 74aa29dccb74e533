//! What is done to the migrations, one thing at a time: each operator finds all of its places in one migration.

use std::{collections::BTreeMap, ops::Range};

use crate::edit::{columns, elements, replaced, reworded, statements, without, without_element, words};

/// The files of the application, by their path.
pub(crate) type Files = BTreeMap<String, String>;

/// A migration of the application, and its files.
pub(crate) struct Source<'f> {
    pub(crate) plugin: &'static str,
    pub(crate) version: i64,
    pub(crate) path: &'static str,
    pub(crate) files: &'f Files,
}

/// The application with one thing broken.
pub(crate) struct Mutant {
    pub(crate) operator: &'static str,
    /// The file, and what was done where.
    pub(crate) name: String,
    /// The migration that is broken.
    pub(crate) plugin: &'static str,
    pub(crate) version: i64,
    pub(crate) files: Files,
}

impl Source<'_> {
    fn down_path(&self) -> String {
        format!("{}.down.sql", self.path.trim_end_matches(".sql"))
    }

    fn up(&self) -> &str {
        if self.path.ends_with(".sql") { &self.files[self.path] } else { "" }
    }

    fn down(&self) -> &str {
        self.files.get(&self.down_path()).map_or("", String::as_str)
    }

    fn manifest(&self) -> String {
        match self.plugin {
            "core" => "stairwell.toml".to_owned(),
            plugin => format!("plugins/{plugin}/plugin.toml"),
        }
    }

    /// With one file changed; `None` deletes it.
    fn mutant(&self, operator: &'static str, path: &str, what: &str, text: Option<String>) -> Mutant {
        let mut files = self.files.clone();
        match text {
            Some(text) => files.insert(path.to_owned(), text),
            None => files.remove(path),
        };
        let what: Vec<&str> = what.split_whitespace().collect();
        let mut what = what.join(" ");
        if let Some((end, _)) = what.char_indices().nth(90) {
            what.truncate(end);
            what.push('…');
        }
        let name = format!("{path}: {what}");
        Mutant { operator, name, plugin: self.plugin, version: self.version, files }
    }
}

type Operator = fn(&Source<'_>) -> Vec<Mutant>;

/// All of them, in the order of the table that the test prints.
const OPERATORS: &[Operator] = &[
    drop_statements,
    drop_comments_and_grants,
    swap_statements,
    drop_columns,
    rename_columns,
    retype_columns,
    drop_not_null,
    drop_defaults,
    drop_constraints,
    turn_off_on_delete,
    weaken_indexes,
    shorten_enums,
    remove_requirements,
    lose_the_down_step,
    renumber,
    break_rust_steps,
];

pub(crate) fn mutants(source: &Source<'_>) -> Vec<Mutant> {
    OPERATORS.iter().flat_map(|operator| operator(source)).collect()
}

/// Whether a statement changes nothing but comments and privileges.
fn is_annotation(sql: &str) -> bool {
    ["COMMENT ", "GRANT ", "REVOKE "].iter().any(|word| sql.starts_with(word))
}

fn dropped(
    source: &Source<'_>,
    path: &str,
    text: &str,
    operator: &'static str,
    of: fn(&str) -> bool,
) -> Vec<Mutant> {
    let all = statements(text).into_iter().filter(|part| of(&text[part.clone()]));
    all.map(|part| source.mutant(operator, path, &text[part.clone()], Some(without(text, &part)))).collect()
}

fn drop_statements(source: &Source<'_>) -> Vec<Mutant> {
    let is_statement = |sql: &str| !is_annotation(sql);
    let mut mutants =
        dropped(source, source.path, source.up(), "drop a statement of an up step", is_statement);
    let down = source.down_path();
    mutants.extend(dropped(source, &down, source.down(), "drop a statement of a down step", is_statement));
    mutants
}

fn drop_comments_and_grants(source: &Source<'_>) -> Vec<Mutant> {
    const OPERATOR: &str = "drop a COMMENT or GRANT";
    let mut mutants = dropped(source, source.path, source.up(), OPERATOR, is_annotation);
    mutants.extend(dropped(source, &source.down_path(), source.down(), OPERATOR, is_annotation));
    mutants
}

fn swap_statements(source: &Source<'_>) -> Vec<Mutant> {
    let down = source.down_path();
    let both = [(source.path, source.up()), (down.as_str(), source.down())];
    both.iter()
        .flat_map(|&(path, text)| {
            let parts = statements(text);
            let pairs = parts.windows(2).map(|pair| {
                let [first, second] = [&text[pair[0].clone()], &text[pair[1].clone()]];
                let between = &text[pair[0].end..pair[1].start];
                let swapped = format!("{second}{between}{first}");
                let swapped = replaced(text, &(pair[0].start..pair[1].end), &swapped);
                source.mutant("swap two statements", path, &format!("{first} <-> {second}"), Some(swapped))
            });
            pairs.collect::<Vec<_>>()
        })
        .collect()
}

fn drop_columns(source: &Source<'_>) -> Vec<Mutant> {
    let up = source.up();
    let of_tables = statements(up).into_iter().flat_map(|statement| elements(up, &statement));
    let columns = of_tables.filter(|element| !up[element.clone()].starts_with("CONSTRAINT "));
    columns
        .map(|column| {
            let text = without_element(up, &column);
            source.mutant("drop a column's line", source.path, &up[column], Some(text))
        })
        .collect()
}

fn rename_columns(source: &Source<'_>) -> Vec<Mutant> {
    let (up, down) = (source.up(), source.down());
    let mut mutants = Vec::new();
    for column in columns(up) {
        let name = up[column.clone()].split(' ').next().unwrap();
        let other = format!("{name}_2");
        let place = column.start..column.start + name.len();
        let only_there = Some(replaced(up, &place, &other));
        mutants.push(source.mutant("rename a column in the up step only", source.path, name, only_there));
        let mut everywhere = source.mutant(
            "rename a column everywhere in its migration",
            source.path,
            name,
            Some(reworded(up, name, &other)),
        );
        if !down.is_empty() {
            everywhere.files.insert(source.down_path(), reworded(down, name, &other));
        }
        mutants.push(everywhere);
    }
    for marker in ["DROP COLUMN ", "ALTER COLUMN ", "RENAME COLUMN "] {
        for (at, _) in down.match_indices(marker) {
            let start = at + marker.len();
            let length = down[start..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0);
            let name = &down[start..start + length];
            let text = replaced(down, &(start..start + length), &format!("{name}_2"));
            let path = source.down_path();
            mutants.push(source.mutant("rename a column in the down step only", &path, name, Some(text)));
        }
    }
    mutants
}

fn retype_columns(source: &Source<'_>) -> Vec<Mutant> {
    const TYPES: &[(&str, &str)] = &[
        ("bigint", "integer"),
        ("bigserial", "serial"),
        ("integer", "bigint"),
        ("text", "varchar(200)"),
        ("timestamptz", "timestamp"),
        ("date", "timestamp"),
        ("boolean", "integer"),
        ("jsonb", "json"),
        ("inet", "text"),
        ("cidr", "inet"),
        ("numeric(10, 3)", "numeric(10, 2)"),
    ];
    let up = source.up();
    columns(up)
        .into_iter()
        .filter_map(|column| {
            let definition = &up[column.clone()];
            let (name, rest) = definition.split_once(' ')?;
            let (old, new) = TYPES.iter().find(|(old, _)| {
                rest.strip_prefix(old).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
            })?;
            let start = column.start + name.len() + 1;
            let text = replaced(up, &(start..start + old.len()), new);
            Some(source.mutant("change a column's type", source.path, &format!("{name} {new}"), Some(text)))
        })
        .collect()
}

/// Every place of a phrase in the definitions of columns, without it.
fn cut(source: &Source<'_>, operator: &'static str, phrase: &str, to_the_end: bool) -> Vec<Mutant> {
    let up = source.up();
    columns(up)
        .into_iter()
        .filter_map(|column| {
            let at = column.start + up[column.clone()].find(phrase)?;
            let end = if to_the_end { column.end } else { at + phrase.len() };
            Some(source.mutant(operator, source.path, &up[column], Some(without(up, &(at..end)))))
        })
        .collect()
}

fn drop_not_null(source: &Source<'_>) -> Vec<Mutant> {
    cut(source, "drop a NOT NULL", " NOT NULL", false)
}

/// In the application's texts the default is the last thing that is said of a column.
fn drop_defaults(source: &Source<'_>) -> Vec<Mutant> {
    cut(source, "drop a DEFAULT", " DEFAULT ", true)
}

fn drop_constraints(source: &Source<'_>) -> Vec<Mutant> {
    let up = source.up();
    let of_tables = statements(up).into_iter().flat_map(|statement| elements(up, &statement));
    of_tables
        .filter(|element| up[element.clone()].starts_with("CONSTRAINT "))
        .map(|element| {
            let text = without_element(up, &element);
            source.mutant("drop a CHECK, UNIQUE or REFERENCES", source.path, &up[element], Some(text))
        })
        .collect()
}

fn turn_off_on_delete(source: &Source<'_>) -> Vec<Mutant> {
    let up = source.up();
    ["ON DELETE CASCADE", "ON DELETE SET NULL"]
        .iter()
        .flat_map(|clause| up.match_indices(clause))
        .map(|(at, clause)| {
            let before = up[..at].trim_end();
            let line = before.rsplit('\n').next().unwrap_or_default();
            let text = format!("{before}{}", &up[at + clause.len()..]);
            source.mutant("turn ON DELETE off", source.path, line, Some(text))
        })
        .collect()
}

fn weaken_indexes(source: &Source<'_>) -> Vec<Mutant> {
    let up = source.up();
    let mut mutants = Vec::new();
    for statement in statements(up) {
        let sql = &up[statement.clone()];
        if sql.starts_with("CREATE UNIQUE INDEX ") {
            let text = replaced(up, &statement, &sql.replacen("UNIQUE ", "", 1));
            mutants.push(source.mutant("make an index non-unique", source.path, sql, Some(text)));
        }
        if let Some((index, _)) = sql.split_once("\nWHERE ").filter(|_| sql.contains(" INDEX ")) {
            let text = replaced(up, &statement, &format!("{index};\n"));
            mutants.push(source.mutant("make a partial index whole", source.path, sql, Some(text)));
        }
    }
    mutants
}

fn shorten_enums(source: &Source<'_>) -> Vec<Mutant> {
    let up = source.up();
    let enums = statements(up).into_iter().filter(|statement| up[statement.clone()].contains(" AS ENUM ("));
    enums
        .filter_map(|statement| {
            let sql = &up[statement.clone()];
            let text = format!("{});\n", sql.rsplit_once(", ")?.0);
            let text = replaced(up, &statement, &text);
            Some(source.mutant("drop the last value of an enum", source.path, sql, Some(text)))
        })
        .collect()
}

fn remove_requirements(source: &Source<'_>) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let without_line = |text: &str, line: &str| text.replacen(&format!("{line}\n"), "", 1);
    for line in source.up().lines().filter(|line| line.starts_with("-- stairwell: requires ")) {
        let text = without_line(source.up(), line);
        mutants.push(source.mutant("remove a requirement", source.path, line, Some(text)));
    }
    // The manifest belongs to the first migration.
    let path = source.manifest();
    let manifest = &source.files[&path];
    let is_first = source.version == 1 || source.path.ends_with("__baseline.sql");
    if let Some((_, rest)) = manifest.split_once("[requires]\n").filter(|_| is_first) {
        for line in rest.lines().take_while(|line| line.contains(" = ")) {
            let text = Some(without_line(manifest, line));
            mutants.push(source.mutant("remove a requirement", &path, line, text));
        }
    }
    mutants
}

fn lose_the_down_step(source: &Source<'_>) -> Vec<Mutant> {
    let down = source.down_path();
    if !source.files.contains_key(&down) {
        return Vec::new();
    }
    vec![
        source.mutant("delete the down file", &down, "deleted", None),
        source.mutant("empty the down step", &down, "empty", Some(String::new())),
        source.mutant("empty the down step", &down, "only a comment", Some("-- Nothing to do.\n".to_owned())),
    ]
}

/// Gives a migration the version of the one before it, as two branches do.
fn renumber(source: &Source<'_>) -> Vec<Mutant> {
    let folder = source.path.rsplit_once('/').unwrap().0;
    let earlier = source.files.keys().filter(|path| {
        path.starts_with(&format!("{folder}/V")) && path.as_str() < source.path && !path.contains(".down.")
    });
    let Some(earlier) = earlier.max() else { return Vec::new() };
    let digits = |path: &str| path[folder.len() + 1..].split("__").next().unwrap().to_owned();
    let (own, other) = (digits(source.path), digits(earlier));
    let mut mutant = source.mutant("renumber to a version that exists", source.path, &other, None);
    for path in [source.path.to_owned(), source.down_path()] {
        if let Some(text) = source.files.get(&path) {
            mutant.files.remove(&path);
            mutant.files.insert(path.replacen(&own, &other, 1), text.clone());
        }
    }
    vec![mutant]
}

fn break_rust_steps(source: &Source<'_>) -> Vec<Mutant> {
    const OPERATOR: &str = "break a Rust step";
    if !source.path.ends_with(".rs") {
        return Vec::new();
    }
    let text = &source.files[source.path];
    let mut mutants = Vec::new();
    for name in ["up", "down"] {
        let of = |by: &str| text.replacen(&format!("async fn {name}("), by, 1);
        for by in [format!("async fn {name}_2("), format!("fn {name}(")] {
            mutants.push(source.mutant(OPERATOR, source.path, &by, Some(of(&by))));
        }
    }
    for word in ["computer_interfaces", "origin", "equipment_models", "load_capacity_is_read"] {
        let is_code = |place: &Range<usize>| {
            let line = text[..place.start].rsplit('\n').next().unwrap_or_default();
            !line.trim_start().starts_with("//")
        };
        for place in words(text, word).into_iter().filter(is_code) {
            let mutated = replaced(text, &place, &format!("{word}_2"));
            mutants.push(source.mutant(OPERATOR, source.path, &format!("{word}_2"), Some(mutated)));
        }
    }
    mutants
}
