//! What was released, as git remembers `stairwell.lock`.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use super::lock_text::{self, Locked};
use crate::Failure;

const FILE: &str = "stairwell.lock";

/// The states that were released, or why none is known.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Releases {
    /// Oldest first; at least one.
    Known(Vec<Release>),
    /// There is nothing that an upgrade could start from, for this reason.
    None(String),
}

/// A state of the chains that was released, under all names that it was released by.
#[derive(Clone, Debug)]
pub struct Release {
    names: Vec<String>,
    pub(crate) migrations: Vec<Locked>,
}

impl Releases {
    /// How many different states there are.
    pub fn count(&self) -> usize {
        match self {
            Releases::Known(releases) => releases.len(),
            Releases::None(_) => 0,
        }
    }
}

/// `2 released states: v1.0 and v1.1 (1 migration), v2.0 (64 migrations)`.
impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Releases::None(reason) => write!(f, "no release to start from: {reason}"),
            Releases::Known(releases) => {
                let states = if releases.len() == 1 { "state" } else { "states" };
                write!(f, "{} released {states}: ", releases.len())?;
                for (number, release) in releases.iter().enumerate() {
                    let comma = if number == 0 { "" } else { ", " };
                    let migrations = if release.migrations.len() == 1 { "migration" } else { "migrations" };
                    write!(f, "{comma}{release} ({} {migrations})", release.migrations.len())?;
                }
                Ok(())
            }
        }
    }
}

impl Release {
    /// Its tags, oldest first; without tags `commit 1a2b3c4d5e`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many migrations it had.
    pub fn migrations(&self) -> usize {
        self.migrations.len()
    }
}

/// `v1.0`, or `v1.0, v1.1 and v1.2`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names.split_last() {
            Some((last, [])) => f.write_str(last),
            Some((last, others)) => write!(f, "{} and {last}", others.join(", ")),
            None => Ok(()),
        }
    }
}

/// What git knows about the lock file in `folder`, apart from the releases that are called `without`.
///
/// The tags are the releases. Where no tag has a lock file, the commits count that changed it; of these only the ones
/// since the last that changed or took out what was locked before, which says that nobody had it.
pub(crate) fn find(folder: &Path, without: &[&str]) -> Result<Releases, Failure> {
    let none = |reason: String| Ok(Releases::None(reason));
    let git = Git { folder };
    let prefix = match git.run(&["rev-parse", "--show-prefix"], "") {
        Ok(prefix) => prefix.trim_end().to_owned(),
        Err(reason) => return none(reason),
    };
    let tagged = |tag: &str| (tag.to_owned(), format!("{tag}:{prefix}{FILE}"));
    let tags = git.must(&["for-each-ref", "--sort=creatordate", "--format=%(refname:short)", "refs/tags"])?;
    let tags: Vec<_> = tags.lines().map(tagged).collect();
    let mut found = git.texts(&tags)?;
    let by_tag = !found.is_empty();
    if !by_tag {
        if git.must(&["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
            return none("the clone is shallow, and has no tag with a stairwell.lock".to_owned());
        }
        // Before the first commit there is no log.
        let commits = git.run(&["log", "--reverse", "--format=%h", "--abbrev=10", "--", FILE], "");
        let commits = commits.unwrap_or_default();
        let commit = |hash: &str| (format!("commit {hash}"), format!("{hash}:{prefix}{FILE}"));
        found = git.texts(&commits.lines().map(commit).collect::<Vec<_>>())?;
    }
    let mut releases: Vec<Release> = Vec::new();
    let mut known = Vec::new();
    for (name, text) in found {
        let short = name.strip_prefix("commit ").unwrap_or(&name).to_owned();
        let is_left_out = without.contains(&short.as_str());
        known.push(short);
        if is_left_out {
            continue;
        }
        let migrations = match lock_text::read(&text) {
            Ok(migrations) => migrations,
            // Somebody mended it with the next commit.
            Err(_) if !by_tag => continue,
            Err(reason) => {
                return Err(Failure::of(super::upgrade::CHECK, format!("{FILE} of `{name}`: {reason}")));
            }
        };
        if !by_tag && releases.last().is_some_and(|last| !is_kept(&last.migrations, &migrations)) {
            releases.clear();
        }
        match releases.iter_mut().find(|release| release.migrations == migrations) {
            Some(release) => release.names.push(name),
            None => releases.push(Release { names: vec![name], migrations }),
        }
    }
    if let Some(unknown) = without.iter().find(|name| !known.iter().any(|known| known == *name)) {
        let known = known.join(", ");
        let message = format!("`{unknown}` is no release that could be left out; there are: {known}");
        return Err(Failure::of(super::upgrade::CHECK, message));
    }
    match (releases.is_empty(), known.is_empty()) {
        (false, _) => Ok(Releases::Known(releases)),
        (true, false) => none("all that there are are left out".to_owned()),
        (true, true) => none(format!("no tag and no commit has a {FILE}")),
    }
}

/// Whether everything that was locked still is as it was.
fn is_kept(before: &[Locked], after: &[Locked]) -> bool {
    before.iter().all(|locked| after.binary_search(locked).is_ok())
}

struct Git<'f> {
    folder: &'f Path,
}

impl Git<'_> {
    /// The names for which git has a text, with it.
    fn texts(&self, named: &[(String, String)]) -> Result<Vec<(String, String)>, Failure> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = named.iter().map(|(_, object)| format!("{object}\n")).collect();
        let found = self.run(&["cat-file", "--batch-check=%(objectname) %(objecttype)"], &input);
        let found = found.map_err(|reason| Failure::of(super::upgrade::CHECK, reason))?;
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        let mut all = Vec::new();
        for ((name, _), line) in named.iter().zip(found.lines()) {
            // Otherwise the last word is `missing`.
            let Some(object) = line.strip_suffix(" blob") else { continue };
            if !texts.contains_key(object) {
                texts.insert(object, self.must(&["cat-file", "blob", object])?);
            }
            all.extend(texts.get(object).map(|text| (name.clone(), text.clone())));
        }
        Ok(all)
    }

    fn must(&self, arguments: &[&str]) -> Result<String, Failure> {
        self.run(arguments, "").map_err(|reason| Failure::of(super::upgrade::CHECK, reason))
    }

    /// What git prints, or why it does not.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut command = Command::new("git");
        command
            .arg("--no-pager")
            .arg("-C")
            .arg(self.folder)
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C");
        // A hook sets these for its own repository.
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(variable);
        }
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = pipes.spawn().map_err(|error| format!("git cannot be started: {error}"))?;
        let stdin = process.stdin.take();
        let input = input.to_owned();
        // Beside the reading, because either may be more than a pipe takes.
        let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
        let output = process.wait_with_output().map_err(|error| format!("git broke off: {error}"))?;
        let _ = writer.join();
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("git says: {}", said.lines().next().unwrap_or("nothing").trim()))
    }
}
