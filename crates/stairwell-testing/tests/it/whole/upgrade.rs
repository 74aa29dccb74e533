//! Upgrades from what git remembers as released.

use std::{hash::Hasher, path::Path, process::Command};

use siphasher::sip::SipHasher13;
use snapbox::str;
use stairwell::{ChainSet, Down, Migration};
use stairwell_testing::{Failure, Releases, Suite, WholeCheck, upgrade_from_every_release};
use tempfile::TempDir;

use crate::support::{chains, migration, of, reversible, text};

/// A repository of git, with a package in a folder of it.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Repository(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        std::fs::create_dir(repository.0.path().join("shop")).unwrap();
        repository
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.0.path());
        git.args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]);
        let output = git.args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn package(&self) -> std::path::PathBuf {
        self.0.path().join("shop")
    }

    /// Commits the lock file of these migrations.
    fn commit(&self, order: &[Migration]) {
        std::fs::write(self.package().join("stairwell.lock"), lock(order)).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "lock"]);
    }

    fn release(&self, tag: &str, order: &[Migration]) {
        self.commit(order);
        self.git(&["tag", tag]);
    }

    async fn upgrade(&self, order: &[Migration]) -> Result<Releases, Failure> {
        upgrade_from_every_release(&chains(order), &self.package()).await
    }

    async fn refused(&self, order: &[Migration]) -> String {
        text(self.upgrade(order).await.map(drop))
    }
}

/// As the compiler writes it.
fn lock(order: &[Migration]) -> String {
    let sum = |text: &str| {
        let mut hasher = SipHasher13::new();
        hasher.write(text.as_bytes());
        format!("{:016x}", hasher.finish())
    };
    let mut text = "# The migrations that are released.\nformat 1\n".to_owned();
    for chain in chains(order).chains() {
        let stem = |migration: &Migration| migration.to_string().rsplit('/').next().unwrap().to_owned();
        let last = stem(chain.migrations().last().unwrap());
        text +=
            &format!("\nchain {}, {} migrations, last {last}\n", chain.plugin(), chain.migrations().len());
        for migration in chain.migrations() {
            let down = match migration.down() {
                Down::Step(step) => sum(step.text()),
                _ => "irreversible".to_owned(),
            };
            text += &format!(
                "{}  up {}  down {down}\n    some effect\n",
                stem(migration),
                sum(migration.up().text())
            );
        }
    }
    text
}

fn sites() -> Migration {
    migration(1, "sites", "CREATE TABLE sites (id bigint PRIMARY KEY); INSERT INTO sites VALUES (1);")
}

fn names() -> Migration {
    reversible(2, "names", "ALTER TABLE sites ADD name text;", "ALTER TABLE sites DROP name;")
}

fn printers() -> Migration {
    of("printers", migration(1, "printers", "CREATE TABLE printers (id bigint);"))
}

#[tokio::test]
async fn each_state_is_tried_once() {
    let repository = Repository::new();
    repository.release("v1.0", &[sites()]);
    repository.release("v1.1", &[sites()]);
    repository.release("v2.0", &[sites(), names()]);
    let releases = repository.upgrade(&[sites(), printers(), names()]).await.unwrap();
    snapbox::assert_data_eq!(
        releases.to_string(),
        str!["2 released states: v1.0 and v1.1 (1 migration), v2.0 (2 migrations)"]
    );
}

#[tokio::test]
async fn without_tags_the_commits_count_since_the_last_rewrite() {
    let repository = Repository::new();
    let before = migration(1, "sites", "CREATE TABLE sites (id int);");
    repository.commit(&[before]);
    repository.commit(&[sites()]);
    repository.commit(&[sites(), names()]);
    let releases = repository.upgrade(&[sites(), printers(), names()]).await.unwrap();
    let Releases::Known(known) = releases else { panic!("{releases}") };
    let counts: Vec<usize> = known.iter().map(|release| release.migrations()).collect();
    assert_eq!(counts, [1, 2]);
    assert!(known[0].to_string().starts_with("commit "));
}

#[tokio::test]
async fn a_migration_that_was_edited_after_its_release() {
    let repository = Repository::new();
    repository.release("v1.0", &[sites()]);
    let edited = migration(1, "sites", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);");
    snapbox::assert_data_eq!(
        repository.refused(&[edited]).await,
        str![[r#"
upgrade_from_every_release: `core/V0001__sites` is not what it was in `v1.0`
 --> migrations/V0001__sites.sql
  = to see what has changed: git diff v1.0 -- migrations/V0001__sites.sql
  = help: databases of this release have applied the text as it was; put it back, and change in a new migration

"#]]
    );
}

#[tokio::test]
async fn a_migration_that_is_gone() {
    let repository = Repository::new();
    repository.release("v1.0", &[sites(), printers()]);
    repository.release("v1.1", &[sites(), printers(), names()]);
    snapbox::assert_data_eq!(
        repository.refused(&[sites(), names()]).await,
        str![[r#"
upgrade_from_every_release: `printers/V0001__printers` of `v1.0` is not among the migrations
  = help: databases of this release have it in their histories, so a run refuses them; put it back

upgrade_from_every_release: `printers/V0001__printers` of `v1.1` is not among the migrations
  = help: databases of this release have it in their histories, so a run refuses them; put it back

"#]]
    );
}

/// A plugin that came later stands before what was released in the plan, and makes something that is there already.
#[tokio::test]
async fn an_upgrade_that_makes_another_database() {
    let labels = |sql| migration(2, "labels", sql);
    let released = labels("CREATE TABLE IF NOT EXISTS labels (id bigint, text text);");
    let later =
        of("api", migration(1, "labels", "CREATE TABLE IF NOT EXISTS labels (id bigint, text varchar(20));"));
    let repository = Repository::new();
    repository.release("v1.0", &[sites(), released]);
    snapbox::assert_data_eq!(
        repository.refused(&[sites(), later, released]).await,
        str![[r#"
upgrade_from_every_release: a database of `v1.0` becomes another one than a fresh install
  ~ column public.labels.text: type: character varying(20) -> text
  = help: `+` is only in the upgraded database, `-` only in a fresh install, `~` is first as in the latter, then as in the former
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_migration_that_has_another_name_now() {
    let repository = Repository::new();
    repository.release("v1.0", &[sites()]);
    let between = migration(1, "a_between", "CREATE TABLE between_them (id int);");
    let order = [between, migration(2, "sites", sites().up().text())];
    snapbox::assert_data_eq!(
        repository.refused(&order).await,
        str![[r#"
upgrade_from_every_release: `core/V0001__a_between` is not what it was in `v1.0`
 --> migrations/V0001__a_between.sql
  = then it was `core/V0001__sites`
  = to see what has changed: git diff v1.0 -- migrations/V0001__a_between.sql
  = help: databases of this release have applied the text as it was; put it back, and change in a new migration

"#]]
    );
}

#[tokio::test]
async fn an_upgrade_that_fails() {
    let repository = Repository::new();
    let released = migration(2, "labels", "CREATE TABLE IF NOT EXISTS labels (id bigint);");
    repository.release("v1.0", &[sites(), released]);
    let later = of("api", migration(1, "labels", "CREATE TABLE labels (id bigint);"));
    snapbox::assert_data_eq!(
        repository.refused(&[sites(), later, released]).await,
        str![[r#"
upgrade_from_every_release: a database of `v1.0` cannot be upgraded
 --> plugins/api/migrations/V0001__labels.sql
  = `api/V0001__labels` (plugins/api/migrations/V0001__labels.sql) failed: relation "labels" already exists (SQLSTATE 42P07)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn nothing_to_start_from_is_said() {
    let chains: ChainSet = chains(&[sites()]);
    let said = async |folder: &Path| upgrade_from_every_release(&chains, folder).await.unwrap().to_string();
    let alone = tempfile::tempdir().unwrap();
    snapbox::assert_data_eq!(
        said(alone.path()).await,
        str![
            "no release to start from: git says: fatal: not a git repository (or any of the parent directories): .git"
        ]
    );
    let empty = Repository::new();
    snapbox::assert_data_eq!(
        said(&empty.package()).await,
        str!["no release to start from: no tag and no commit has a stairwell.lock"]
    );
    let origin = Repository::new();
    origin.commit(&[sites()]);
    origin.commit(&[sites(), names()]);
    let shallow = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.0.path().display());
    let clone =
        Command::new("git").args(["clone", "--quiet", "--depth=1", &url]).arg(shallow.path()).status();
    assert!(clone.unwrap().success());
    snapbox::assert_data_eq!(
        said(&shallow.path().join("shop")).await,
        str!["no release to start from: the clone is shallow, and has no tag with a stairwell.lock"]
    );
}

#[tokio::test]
async fn a_lock_file_that_cannot_be_read() {
    let repository = Repository::new();
    std::fs::write(repository.package().join("stairwell.lock"), "format 7\n").unwrap();
    repository.git(&["add", "--all"]);
    repository.git(&["commit", "--quiet", "--message", "lock"]);
    repository.git(&["tag", "v1.0"]);
    snapbox::assert_data_eq!(
        repository.refused(&[sites()]).await,
        str![[r#"
upgrade_from_every_release: stairwell.lock of `v1.0`: `format 7` is not `format 1`

"#]]
    );
}

/// What the suite asks of the releases.
#[test]
fn releases_that_are_wanted_and_left_out() {
    let repository = Repository::new();
    repository.release("v0.9", &[migration(1, "sites", "CREATE TABLE sites (id int);")]);
    let order = [sites(), printers(), names()];
    let folder = repository.package();
    let run = |suite: fn(Suite) -> Suite| {
        let suite = suite(Suite::new(&chains(&order), "shopdb"));
        suite.whole(WholeCheck::UpgradeFromEveryRelease, folder.to_str().unwrap())
    };
    run(|suite| suite.without_release("v0.9")).unwrap();
    snapbox::assert_data_eq!(
        text(run(|suite| suite.without_release("v0.9").releases_at_least(1))),
        str![[r#"
upgrade_from_every_release: too few releases to start from: 0, where the suite wants 1 or more
  = no release to start from: all that there are are left out
  = to see it again: cargo test -p shopdb upgrade_from_every_release

"#]]
    );
    repository.release("v1.0", &[sites()]);
    run(|suite| suite.without_release("v0.9").releases_at_least(1)).unwrap();
    snapbox::assert_data_eq!(
        text(run(|suite| suite.without_release("v0.8"))),
        str![[r#"
upgrade_from_every_release: `v0.8` is no release that could be left out; there are: v0.9, v1.0
  = to see it again: cargo test -p shopdb upgrade_from_every_release

"#]]
    );
}
