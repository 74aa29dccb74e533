//! Turns a [`SourceTree`] into a [`Draft`]. Never fails: what is wrong is written down as such.

mod directive;
mod file_name;
mod manifest;
mod rust_step;
mod sql;
mod toml;

use std::collections::BTreeMap;

pub(crate) use directive::DIRECTIVES;
pub(crate) use file_name::MAX_DIGITS;

use crate::draft::{
    CORE, Chain, Draft, FileKind, FileName, Manifest, Migration, Plugin, Rejection, StepText,
};
use crate::source::{Entry, FileId, Kind, SourceTree, Sources, decode};

/// Reads names, manifests, directives and statement ends out of the tree.
///
/// After this point every entry of the tree stands in the draft exactly once: as a manifest, as one
/// step of a migration, or as something that a rule will report.
pub fn parse(tree: SourceTree) -> Draft {
    let mut draft = Draft::default();
    let mut core = Folder { exists: true, ..Folder::default() };
    let mut plugins: BTreeMap<String, Folder> = BTreeMap::new();
    let has_root = |name: &str| tree.entries.iter().any(|entry| entry.path == name);
    draft.is_empty = !has_root("migrations") && !has_root("plugins");

    for entry in tree.entries {
        let path = entry.path.clone();
        let parts: Vec<&str> = path.split('/').collect();
        match (&parts[..], &entry.kind) {
            (["stairwell.toml"], Kind::File(_)) => core.manifest = Some(entry),
            (["migrations"], Kind::Folder) => core.has_chain = true,
            (["migrations", _], _) => core.chain.push(entry),
            (["plugins"], Kind::Folder) => {}
            (["plugins", name], Kind::Folder) => plugins.entry((*name).to_owned()).or_default().exists = true,
            (["plugins", name, "plugin.toml"], Kind::File(_) | Kind::Unreadable { .. }) => {
                plugins.entry((*name).to_owned()).or_default().manifest = Some(entry);
            }
            (["plugins", name, "migrations"], Kind::Folder) => {
                plugins.entry((*name).to_owned()).or_default().has_chain = true;
            }
            (["plugins", name, "migrations", _], _) => {
                plugins.entry((*name).to_owned()).or_default().chain.push(entry);
            }
            (["plugins", _, file], _) if BESIDE_THE_CHAIN.contains(file) => {}
            (["plugins", name, _], _) => plugins.entry((*name).to_owned()).or_default().stray.push(entry),
            // The folder above has been sorted out already, and is reported if it should not be there.
            (["migrations", _, _, ..] | ["plugins", _, _, _, ..], _) => {}
            _ => draft.stray.push(entry),
        }
    }

    let (settings, core_manifest) = match core.manifest.take() {
        Some(entry) => match read_text(&entry, &mut draft.sources) {
            Ok(file) => manifest::settings(draft.sources.text(file), file),
            Err(unreadable) => {
                (Default::default(), Manifest { unreadable: Some(unreadable), ..Manifest::default() })
            }
        },
        None => Default::default(),
    };
    draft.settings = settings;
    draft.plugins.push(plugin(CORE.to_owned(), core, Some(core_manifest), &mut draft.sources));
    for (name, folder) in plugins {
        if folder.exists {
            draft.plugins.push(plugin(name, folder, None, &mut draft.sources));
        }
    }
    draft
}

/// What may stand in a plugin's folder beside its manifest and its chain: the code of the plugin
/// and words about it. Everything else there is reported.
const BESIDE_THE_CHAIN: [&str; 6] = ["schema.sql", "Cargo.toml", "README.md", "docs", "src", "tests"];

/// The entries of one plugin, sorted out.
#[derive(Default)]
struct Folder {
    exists: bool,
    manifest: Option<Entry>,
    has_chain: bool,
    chain: Vec<Entry>,
    stray: Vec<Entry>,
}

fn plugin(name: String, folder: Folder, core: Option<Manifest>, sources: &mut Sources) -> Plugin {
    let path = if core.is_some() { String::new() } else { format!("plugins/{name}") };
    let manifest = core.unwrap_or_else(|| match &folder.manifest {
        Some(entry) => match read_text(entry, sources) {
            Ok(file) => manifest::plugin(sources.text(file), file),
            Err(unreadable) => Manifest { unreadable: Some(unreadable), ..Manifest::default() },
        },
        None => Manifest::default(),
    });
    let chain_folder = if path.is_empty() { "migrations".to_owned() } else { format!("{path}/migrations") };
    let mut chain = chain(folder.chain, sources);
    (chain.folder, chain.exists) = (chain_folder, folder.has_chain);
    Plugin { name, folder: path, manifest, chain, stray: folder.stray }
}

/// The text of a manifest, or why there is none.
fn read_text(entry: &Entry, sources: &mut Sources) -> Result<FileId, String> {
    match &entry.kind {
        Kind::File(bytes) => match decode(bytes) {
            Ok(text) => Ok(sources.add(&entry.path, text)),
            Err((_, reason)) => Err(reason),
        },
        Kind::Unreadable { reason } => Err(reason.clone()),
        Kind::Folder | Kind::Link { .. } | Kind::Special => Err("it is not a file".to_owned()),
    }
}

fn chain(entries: Vec<Entry>, sources: &mut Sources) -> Chain {
    let mut chain = Chain::default();
    let mut downs: BTreeMap<(String, String), (Entry, FileName, FileId)> = BTreeMap::new();
    for entry in entries {
        let rejection = match &entry.kind {
            Kind::Folder => Rejection::Nested,
            Kind::Link { .. } => Rejection::Link,
            Kind::Special => Rejection::Stray,
            Kind::Unreadable { .. } => Rejection::Unreadable,
            Kind::File(bytes) => match file_name::parse(entry.file_name()) {
                Err(rejection) => rejection,
                Ok(file_name) => match decode(bytes) {
                    Err((text, reason)) => {
                        Rejection::NotUtf8 { file: sources.add(&entry.path, text), reason }
                    }
                    Ok(text) => {
                        let file = sources.add(&entry.path, text);
                        if file_name.kind == FileKind::DownSql {
                            let stem = (file_name.digits.clone(), file_name.name.clone());
                            downs.insert(stem, (entry, file_name, file));
                        } else {
                            let up = step(file, file_name.kind, sources);
                            chain.migrations.push(Migration { file_name, path: entry.path, up, down: None });
                        }
                        continue;
                    }
                },
            },
        };
        chain.rejected.push((entry, rejection));
    }
    for migration in &mut chain.migrations {
        // A Rust step carries its own down; a `.down.sql` beside it is an orphan.
        if migration.file_name.kind == FileKind::UpSql {
            let stem = (migration.file_name.digits.clone(), migration.file_name.name.clone());
            migration.down = downs.remove(&stem).map(|(_, _, file)| step(file, FileKind::DownSql, sources));
        }
    }
    chain.orphans = downs.into_values().map(|(entry, file_name, _)| (entry.path, file_name)).collect();
    chain.migrations.sort_by(|a, b| (a.file_name.version, &a.path).cmp(&(b.file_name.version, &b.path)));
    chain
}

fn step(file: FileId, kind: FileKind, sources: &Sources) -> StepText {
    let text = sources.text(file);
    if kind == FileKind::Rust {
        let directives = rust_step::comments(text)
            .into_iter()
            .filter_map(|(offset, comment, behind)| directive::parse(comment, file, offset, behind))
            .collect();
        return StepText {
            file,
            statements: Vec::new(),
            directives,
            rust: Some(rust_step::parse(text, file)),
        };
    }
    let lexed = sql::lex(text);
    let directives = lexed
        .comments
        .iter()
        .filter_map(|&(start, end, behind)| directive::parse(&text[start + 2..end], file, start + 2, behind))
        .collect();
    StepText { file, statements: lexed.statements, directives, rust: None }
}
