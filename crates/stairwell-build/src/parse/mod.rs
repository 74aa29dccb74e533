//! Turns a [`SourceTree`] into a [`Draft`]. Never fails: what is wrong is written down as such.

mod directive;
mod file_name;
mod lock;
mod manifest;
mod rust_comments;
mod rust_step;
mod toml;

use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) use directive::DIRECTIVES;
pub(crate) use file_name::MAX_DIGITS;

/// Whether a file of this name is a step of a migration.
pub(crate) fn is_migration_name(file_name: &str) -> bool {
    file_name::parse(file_name).is_ok()
}

use crate::checksum;
use crate::draft::{
    CORE, Chain, Directive, Draft, FileKind, FileName, Manifest, Migration, Plugin, Rejection, StepText,
    Wanted,
};
use crate::lock::LockFile;
use crate::scan::WANTED;
use crate::source::{Entry, FileId, Kind, SourceTree, Sources, decode};

/// Reads names, manifests, directives and statement ends out of the tree.
///
/// After this point every entry of the tree stands in the draft exactly once, as a manifest, as one
/// step of a migration, or as something that a rule will report; only the code of a plugin and the
/// words about it (`belongs_beside_the_chain`) are left alone.
pub fn parse(tree: SourceTree) -> Draft {
    let mut draft = sort_out(tree);
    read_sql(&mut draft);
    draft
}

/// Reads all SQL at once, on every core: it is most of what the compiler does.
fn read_sql(draft: &mut Draft) {
    let Draft { sources, plugins, .. } = draft;
    let migrations = plugins.iter_mut().flat_map(|plugin| &mut plugin.chain.migrations);
    let steps =
        migrations.flat_map(|migration| std::iter::once(&mut migration.up).chain(&mut migration.down));
    let mut steps: Vec<&mut StepText> = steps.filter(|step| step.rust.is_none()).collect();
    let texts: Vec<&str> = steps.iter().map(|step| sources.text(step.file)).collect();
    let read = stairwell_sql::map_with_stack(&texts, |text| stairwell_sql::parse(text));
    for ((step, text), sql) in steps.iter_mut().zip(texts).zip(read) {
        let comments = sql.comments.iter();
        step.directives = comments
            .flat_map(|comment| {
                directives(text, step.file, comment.range.clone(), comment.is_behind, comment.is_block)
            })
            .collect();
        step.statements = sql.statements.iter().map(|one| (one.span.start, one.span.end)).collect();
        step.sql = Some(sql);
    }
}

fn sort_out(tree: SourceTree) -> Draft {
    let mut draft = Draft::default();
    let mut core = Folder { exists: true, ..Folder::default() };
    let mut plugins: BTreeMap<String, Folder> = BTreeMap::new();

    for entry in tree.entries {
        let path = entry.path.clone();
        let parts: Vec<&str> = path.split('/').collect();
        let is_folder = matches!(entry.kind, Kind::Folder);
        match parts[..] {
            ["stairwell.toml"] if !is_folder => core.manifest = Some(entry),
            [crate::lock::FILE] => draft.lock = read_lock(&entry, &mut draft.sources),
            // It is no file, which is reported.
            [crate::lock::FILE, ..] => {}
            [WANTED] if matches!(entry.kind, Kind::File(_)) => core.wanted = Some(entry),
            ["migrations"] if is_folder => core.has_chain = true,
            ["migrations"] => {
                core.is_broken = true;
                draft.stray.push(entry);
            }
            ["migrations", _] => core.chain.push(entry),
            ["plugins"] if is_folder => {}
            // Its chain is `migrations/`; bad-plugin-name says so.
            ["plugins", CORE] => draft.stray.push(entry),
            ["plugins", CORE, ..] => {}
            ["plugins", name] if is_folder => plugins.entry(name.to_owned()).or_default().exists = true,
            ["plugins", name] => {
                // A folder that cannot be listed comes twice: as a folder, and as unreadable.
                if let Some(folder) = plugins.get_mut(name) {
                    folder.is_broken = true;
                }
                draft.stray.push(entry);
            }
            ["plugins", name, "plugin.toml"] => {
                plugins.entry(name.to_owned()).or_default().manifest = Some(entry);
            }
            ["plugins", name, WANTED] if matches!(entry.kind, Kind::File(_)) => {
                plugins.entry(name.to_owned()).or_default().wanted = Some(entry);
            }
            ["plugins", name, "migrations"] => {
                let folder = plugins.entry(name.to_owned()).or_default();
                if is_folder {
                    folder.has_chain = true;
                } else {
                    folder.is_broken = true;
                    folder.stray.push(entry);
                }
            }
            ["plugins", name, "migrations", _] => {
                plugins.entry(name.to_owned()).or_default().chain.push(entry);
            }
            ["plugins", name, beside] => {
                if !belongs_beside_the_chain(beside, &entry.kind) {
                    plugins.entry(name.to_owned()).or_default().stray.push(entry);
                }
            }
            // The folder above has been sorted out already, and is reported if it should not be there.
            ["migrations", _, _, ..] | ["plugins", _, _, _, ..] => {}
            _ => draft.stray.push(entry),
        }
    }

    // What is there but not as it should be has findings of its own.
    draft.is_empty = !core.has_chain && !core.is_broken && plugins.is_empty() && draft.stray.is_empty();

    let (settings, core_manifest) = match core.manifest.take() {
        Some(entry) => match read_text(&entry, &mut draft.sources) {
            Ok(file) => manifest::settings(draft.sources.text(file), file),
            Err(unreadable) => (Default::default(), Manifest::unreadable(unreadable)),
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

/// What may stand in a plugin's folder beside its manifest, its chain and its wanted state: the code of the plugin
/// and words about it. Everything else there is reported.
///
/// A `Cargo.toml` is not among them, because `cargo package` leaves nested packages out, chain and all.
fn belongs_beside_the_chain(name: &str, kind: &Kind) -> bool {
    match kind {
        Kind::File(_) => name == "README.md",
        Kind::Folder => matches!(name, "docs" | "src" | "tests"),
        Kind::Link { .. } | Kind::Special | Kind::Unreadable { .. } => false,
    }
}

/// The entries of one plugin, sorted out.
#[derive(Default)]
struct Folder {
    exists: bool,
    manifest: Option<Entry>,
    has_chain: bool,
    wanted: Option<Entry>,
    /// The folder, or that of its chain, is not what it should be, which is reported.
    is_broken: bool,
    chain: Vec<Entry>,
    stray: Vec<Entry>,
}

fn plugin(name: String, folder: Folder, core: Option<Manifest>, sources: &mut Sources) -> Plugin {
    let path = if core.is_some() { String::new() } else { format!("plugins/{name}") };
    let manifest = core.unwrap_or_else(|| match &folder.manifest {
        Some(entry) => match read_text(entry, sources) {
            Ok(file) => manifest::plugin(sources.text(file), file),
            Err(unreadable) => Manifest::unreadable(unreadable),
        },
        None => Manifest::default(),
    });
    let chain_folder = if path.is_empty() { "migrations".to_owned() } else { format!("{path}/migrations") };
    let mut chain = chain(folder.chain, sources);
    (chain.folder, chain.exists, chain.is_broken) = (chain_folder, folder.has_chain, folder.is_broken);
    let wanted = folder.wanted.map(|entry| wanted(&entry, sources));
    Plugin { name, folder: path, manifest, chain, wanted, stray: folder.stray }
}

fn wanted(entry: &Entry, sources: &mut Sources) -> Wanted {
    let Kind::File(bytes) = &entry.kind else { return Wanted::default() };
    match decode(bytes) {
        Ok(text) => Wanted { file: sources.add(&entry.path, text), problem: None },
        Err((text, reason)) => Wanted { file: sources.add(&entry.path, text), problem: Some(reason) },
    }
}

fn read_lock(entry: &Entry, sources: &mut Sources) -> LockFile {
    match read_text(entry, sources) {
        Ok(file) => lock::parse(sources.text(file), file),
        Err(reason) => LockFile::Unreadable(reason),
    }
}

/// The text of a manifest or of the lock file, or why there is none.
fn read_text(entry: &Entry, sources: &mut Sources) -> Result<FileId, String> {
    match &entry.kind {
        Kind::File(bytes) => match decode(bytes) {
            Ok(text) => Ok(sources.add(&entry.path, text)),
            Err((_, reason)) => Err(reason),
        },
        Kind::Unreadable { reason } => Err(reason.clone()),
        Kind::Folder => Err("it is a folder".to_owned()),
        Kind::Link { target, .. } => {
            Err(format!("it is a symbolic link to `{target}`, which is not followed"))
        }
        Kind::Special => Err("it is neither a file nor a folder".to_owned()),
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

/// A step with what its Rust says; its SQL is read with that of all others.
fn step(file: FileId, kind: FileKind, sources: &Sources) -> StepText {
    let checksum = checksum::text(sources.text(file));
    let mut step =
        StepText { file, checksum, statements: Vec::new(), sql: None, directives: Vec::new(), rust: None };
    if kind == FileKind::Rust {
        let text = sources.text(file);
        let (comments, depth) = rust_comments::scan(text);
        step.directives = comments
            .iter()
            .flat_map(|c| directives(text, file, c.range.0..c.range.1, c.is_behind, c.is_doc_or_block))
            .collect();
        step.rust = Some(rust_step::parse(text, file, depth));
    }
    step
}

/// The directives in a comment.
fn directives(
    text: &str,
    file: FileId,
    range: Range<usize>,
    is_behind: bool,
    is_other_kind: bool,
) -> impl Iterator<Item = Directive> {
    comment_lines(&text[range.clone()]).filter_map(move |(offset, line)| {
        let place = directive::Place { file, offset: range.start + offset, is_behind, is_other_kind };
        directive::parse(line, place)
    })
}

/// The lines of a comment with their offsets; a block comment has several, often with a `*` in front.
fn comment_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = offset;
        offset += line.len();
        let mark = line.len() - line.trim_start().trim_start_matches('*').len();
        (start + mark, &line[mark..])
    })
}
