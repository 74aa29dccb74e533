//! The five verbs in a row, as a build script calls them.

use std::path::Path;

use crate::cargo::{self, Cargo};
use crate::emit::{emit_suite, emit_suite_models, emit_suite_tables};
use crate::plan::Plan;
use crate::report::Report;
use crate::{check, emit, lock, parse, scan, write};

/// The name of the generated file in `OUT_DIR`, which `stairwell::embed!()` includes.
const GENERATED: &str = "stairwell.rs";

type Emit = fn(&Plan) -> String;

/// The files beside it that `stairwell_testing::suite!` includes: lists of tests, of migrations, wanted states and
/// tables. Nobody else reads them, so that they cost nothing where there is no suite.
const SUITE: [(&str, Emit); 3] = [
    ("stairwell-suite.rs", emit_suite),
    ("stairwell-suite-models.rs", emit_suite_models),
    ("stairwell-suite-tables.rs", emit_suite_tables),
];

/// Where the findings of a failing build are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Diagnostics {
    /// The build script fails and prints the report to stderr.
    #[default]
    Stderr,
    /// The build script succeeds, and the generated file is a `compile_error!` with the report, which
    /// editors show where `stairwell::embed!()` stands. An application that does not embed the file
    /// is not stopped by it.
    CompileError,
}

/// [`compile`] with settings.
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    diagnostics: Diagnostics,
}

impl Compiler {
    /// The settings of [`compile`].
    pub fn new() -> Self {
        Compiler::default()
    }

    /// Shows findings elsewhere than on stderr.
    #[must_use]
    pub fn diagnostics(mut self, diagnostics: Diagnostics) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// Like [`compile`].
    ///
    /// # Errors
    ///
    /// Like [`compile`].
    pub fn compile(self) -> Result<(), Report> {
        let cargo = Cargo::from_env()?;
        let tree = scan(&cargo.root);
        let roots = tree.roots();
        let path = cargo.out_dir.join(GENERATED);
        match check(parse(tree).with_lock_mode(cargo.lock_mode)) {
            Ok(plan) => {
                put(GENERATED, &path, &emit(&plan))?;
                for (name, emit) in SUITE {
                    put(name, &cargo.out_dir.join(name), &emit(&plan))?;
                }
                if cargo.lock_mode.writes() {
                    put(lock::FILE, &cargo.root.join(lock::FILE), &lock::lock(&plan))?;
                }
                cargo::watch(&roots, cargo.lock_mode);
                cargo::announce(plan.warnings());
                Ok(())
            }
            // A script that failed is always run again, so there is nothing to watch, and the lines
            // would only push the report out of sight.
            Err(report) if self.diagnostics == Diagnostics::Stderr => {
                // A file of an earlier run would be stale.
                drop(std::fs::remove_file(&path));
                cargo::announce(&report);
                Err(report.coloured(cargo.colour))
            }
            Err(report) => {
                put(GENERATED, &path, &format!("::core::compile_error!({:?});\n", report.to_string()))?;
                // The error stands in the other file already.
                for (name, _) in SUITE {
                    put(name, &cargo.out_dir.join(name), "")?;
                }
                cargo::run_again(&cargo.out_dir);
                Ok(())
            }
        }
    }
}

/// Compiles the chains of the package whose build script this is.
///
/// Reads `migrations/`, `plugins/`, `stairwell.toml` and `stairwell.lock`, proves the set sound, writes
/// the constants for `stairwell::embed!()`, and tells Cargo when to run the script again. Warnings are shown and
/// do not stop the build.
///
/// # Errors
///
/// A [`Report`] of all findings, which `main` of the build script returns.
pub fn compile() -> Result<(), Report> {
    Compiler::new().compile()
}

fn put(name: &str, path: &Path, text: &str) -> Result<(), Report> {
    match write(path, text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!("the file `{name}` cannot be written: {error}");
            Err(Report::environment(name, message, "make its directory writable"))
        }
    }
}
