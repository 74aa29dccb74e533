//! `plugin.toml` and `stairwell.toml`.

use toml_spanner::Table;

use super::toml::{self, Reader};
use crate::diagnostic::Severity;
use crate::draft::{Manifest, Owns, Requirement, RuleLevel, Settings, Share, SharedRight, VersionPolicy};
use crate::source::{FileId, Spanned};

/// The kinds of objects that `[owns]` registers, by PostgreSQL's names for them.
pub(crate) const OBJECT_KINDS: [&str; 9] =
    ["tables", "types", "views", "functions", "sequences", "schemas", "extensions", "triggers", "policies"];

/// The kinds of objects that `[outside]` may name.
const OUTSIDE_KINDS: [&str; 5] = ["schemas", "tables", "views", "types", "functions"];

const POLICIES: [(&str, VersionPolicy); 2] =
    [("counter", VersionPolicy::Counter), ("timestamp", VersionPolicy::Timestamp)];

const LEVELS: [(&str, RuleLevel); 3] = [
    ("allow", RuleLevel::Allow),
    ("warning", RuleLevel::At(Severity::Warning)),
    ("error", RuleLevel::At(Severity::Error)),
];

/// `plugins/<name>/plugin.toml`
pub(crate) fn plugin(text: &str, file: FileId) -> Manifest {
    let mut problems = Vec::new();
    let manifest = toml::read(text, file, &mut problems, |reader, root| {
        reader.only(root, "a plugin.toml", &["plugin", "requires", "names", "owns", "shares"]);
        let mut manifest = about(reader, root, "plugin", &["name", "description", "history", "versions"]);
        manifest.requires = requires(reader, root);
        manifest.owns = owns(reader, root);
        manifest.shares = shares(reader, root);
        manifest.ignored_names = ignored_names(reader, root);
        manifest
    });
    Manifest { exists: true, file: Some(file), problems, ..manifest.unwrap_or_default() }
}

/// `stairwell.toml`: the settings, and what a manifest would say of `core`.
pub(crate) fn settings(text: &str, file: FileId) -> (Settings, Manifest) {
    let mut problems = Vec::new();
    let read = toml::read(text, file, &mut problems, |reader, root| {
        reader.only(
            root,
            "a stairwell.toml",
            &["core", "names", "owns", "shares", "outside", "rules", "versions"],
        );
        let mut manifest = about(reader, root, "core", &["description", "history", "versions"]);
        manifest.owns = owns(reader, root);
        manifest.shares = shares(reader, root);
        manifest.ignored_names = ignored_names(reader, root);
        let mut settings = Settings::default();
        if let Some(versions) = reader.table(root, "versions") {
            reader.only(versions, "[versions]", &["policy"]);
            settings.versions = reader.choice(versions, "policy", &POLICIES);
        }
        if let Some(outside) = reader.table(root, "outside") {
            reader.only(outside, "[outside]", &OUTSIDE_KINDS);
            settings.outside = objects(reader, outside, &OUTSIDE_KINDS);
        }
        if let Some(rules) = reader.table(root, "rules") {
            for (key, _) in rules {
                if let Some(mut level) = reader.choice(rules, key.as_str(), &LEVELS) {
                    level.span = reader.span(key.span);
                    settings.rules.insert(key.as_str().to_owned(), level);
                }
            }
        }
        (settings, manifest)
    });
    let (settings, manifest) = read.unwrap_or_default();
    (Settings { problems, ..settings }, Manifest { exists: true, file: Some(file), ..manifest })
}

/// `[plugin]`, or `[core]` of the settings.
fn about(reader: &mut Reader<'_>, root: &Table<'_>, key: &'static str, known: &[&'static str]) -> Manifest {
    let mut manifest = Manifest::default();
    if let Some(table) = reader.table(root, key) {
        reader.only(table, &format!("[{key}]"), known);
        manifest.name = reader.string(table, "name");
        manifest.description =
            reader.string(table, "description").map_or_else(String::new, |text| text.value);
        manifest.history = reader.string(table, "history");
        manifest.versions = reader.choice(table, "versions", &POLICIES);
    }
    manifest
}

/// `[names] ignore`
fn ignored_names(reader: &mut Reader<'_>, root: &Table<'_>) -> Vec<Spanned<String>> {
    let Some(names) = reader.table(root, "names") else { return Vec::new() };
    reader.only(names, "[names]", &["ignore"]);
    reader.strings(names, "ignore")
}

fn requires(reader: &mut Reader<'_>, root: &Table<'_>) -> Vec<Requirement> {
    match reader.table(root, "requires") {
        Some(table) => {
            let pairs = reader.versions(table).into_iter();
            pairs.map(|(plugin, version)| Requirement { plugin, version }).collect()
        }
        None => Vec::new(),
    }
}

fn owns(reader: &mut Reader<'_>, root: &Table<'_>) -> Option<Owns> {
    let table = reader.table(root, "owns")?;
    reader.only(table, "[owns]", &OBJECT_KINDS);
    let objects = objects(reader, table, &OBJECT_KINDS);
    let span = reader.first_line(table.span());
    Some(Owns { span, objects })
}

/// Lists of names under the kinds of the objects.
fn objects(
    reader: &mut Reader<'_>,
    table: &Table<'_>,
    kinds: &[&'static str],
) -> Vec<(&'static str, Spanned<String>)> {
    let mut objects = Vec::new();
    for kind in kinds {
        objects.extend(reader.strings(table, kind).into_iter().map(|name| (*kind, name)));
    }
    objects
}

/// `[shares.write]` and `[shares.alter]`: an object, and the plugins that may.
fn shares(reader: &mut Reader<'_>, root: &Table<'_>) -> Vec<Share> {
    let mut shares = Vec::new();
    let Some(table) = reader.table(root, "shares") else { return shares };
    reader.only(table, "[shares]", &["write", "alter"]);
    for right in [SharedRight::Write, SharedRight::Alter] {
        let Some(objects) = reader.table(table, right.word()) else { continue };
        for (key, _) in objects {
            let object = Spanned { value: key.as_str().to_owned(), span: reader.span(key.span) };
            let plugins = reader.strings(objects, key.as_str());
            shares.push(Share { right, object, plugins });
        }
    }
    shares
}
