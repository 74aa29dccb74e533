//! Copies of the application's tree, built by a real Cargo.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package with the application's `migrations/`, `plugins/` and `stairwell.toml`, and a build
/// script that calls the compiler.
///
/// A test borrows one of a few folders and finds it as the application's tree is. In a folder of
/// its own every test would link a build script of its own: a second and 40 MB each.
pub(crate) struct Tree {
    directory: PathBuf,
    package: String,
    /// Nobody else has the folder, in this process or another, while this file is locked.
    _lock: File,
}

impl Tree {
    pub(crate) fn copy() -> Tree {
        let trees = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trees");
        std::fs::create_dir_all(&trees).unwrap();
        let (lock, package) = (0..)
            .map(|number| format!("tree-{number}"))
            .find_map(|package| {
                let lock = File::create(trees.join(format!("{package}.lock"))).unwrap();
                lock.try_lock().is_ok().then_some((lock, package))
            })
            .expect("the search ends at a folder that is free");
        let tree = Tree { directory: trees.join(&package), package, _lock: lock };
        tree.empty();
        let application = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["migrations", "plugins", "stairwell.toml", "Cargo.lock"] {
            copy(&application.join(name), &tree.path(name));
        }
        // Cargo compiles what is newer than its last build.
        let build_script = std::fs::read(application.join("build.rs")).unwrap();
        if std::fs::read(tree.path("build.rs")).ok().as_ref() != Some(&build_script) {
            tree.write_bytes("build.rs", &build_script);
        }
        let compiler = application.join("crates/stairwell-build");
        tree.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [build-dependencies]\nstairwell-build = {{ path = {compiler:?} }}\n",
                tree.package
            ),
        );
        tree.write("src/lib.rs", "");
        tree
    }

    /// Removes all but the build script.
    fn empty(&self) {
        std::fs::create_dir_all(&self.directory).unwrap();
        for entry in std::fs::read_dir(&self.directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "build.rs" {
                remove(&entry.path());
            }
        }
    }

    /// A copy with the `stairwell.lock` of the application.
    pub(crate) fn locked() -> Tree {
        let tree = Tree::copy();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("stairwell.lock"), &tree.path("stairwell.lock"));
        tree
    }

    /// The name of the package, which Cargo prints.
    pub(crate) fn package(&self) -> &str {
        &self.package
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        self.write_bytes(relative, text.as_bytes());
    }

    pub(crate) fn write_bytes(&self, relative: &str, bytes: &[u8]) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// A migration with a down step.
    pub(crate) fn write_migration(&self, stem: &str, up: &str) {
        self.write(&format!("{stem}.sql"), up);
        self.write(&format!("{stem}.down.sql"), "SELECT 1;\n");
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).unwrap()
    }

    #[track_caller]
    pub(crate) fn replace(&self, relative: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(relative)).unwrap();
        assert!(text.contains(from), "{relative} does not contain {from:?}");
        self.write(relative, &text.replacen(from, to, 1));
    }

    #[track_caller]
    pub(crate) fn rename(&self, from: &str, to: &str) {
        std::fs::rename(self.path(from), self.path(to)).unwrap();
    }

    #[track_caller]
    pub(crate) fn remove(&self, relative: &str) {
        remove(&self.path(relative));
    }

    /// `cargo build` with a target directory that all trees share, so that only the first one pays
    /// for the compiler's dependencies.
    pub(crate) fn build(&self, arguments: &[&str]) -> Output {
        self.build_with(&[], arguments)
    }

    /// [`Tree::build`] with variables in the environment.
    pub(crate) fn build_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--offline"]).args(arguments).current_dir(&self.directory);
        cargo.env("CARGO_TARGET_DIR", self.directory.with_file_name("target"));
        let of_stairwell = ["STAIRWELL_LOCK", "STAIRWELL_LOCKED"];
        let of_cargo = ["CARGO_TERM_COLOR", "CLICOLOR_FORCE", "RUSTFLAGS", "RUSTC_WRAPPER"];
        for inherited in of_cargo.into_iter().chain(of_stairwell) {
            cargo.env_remove(inherited);
        }
        cargo.envs(variables.iter().copied());
        cargo.output().unwrap()
    }

    /// What the compiler generated in the last build that succeeded.
    pub(crate) fn generated(&self) -> String {
        let output = self.build(&["--message-format=json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let stdout = String::from_utf8(output.stdout).unwrap();
        let out_dir = stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find(|message| {
                message["reason"] == "build-script-executed"
                    && message["package_id"].as_str().is_some_and(|id| id.contains(&self.package))
            })
            .and_then(|message| message["out_dir"].as_str().map(PathBuf::from))
            .expect("the build script ran");
        std::fs::read_to_string(out_dir.join("stairwell.rs")).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).unwrap();
    }
}

#[track_caller]
fn remove(path: &Path) {
    if path.is_symlink() || !path.is_dir() {
        std::fs::remove_file(path)
    } else {
        std::fs::remove_dir_all(path)
    }
    .unwrap();
}
