//! Runs every rule and turns a sound [`Draft`] into a [`Plan`].

use crate::diagnostic::{Diagnostic, Severity};
use crate::draft::{Draft, FileKind};
use crate::order::{Node, order, waits};
use crate::plan::{Down, Migration, Plan, Plugin, Step};
use crate::prove::{Folded, Proof};
use crate::report::Report;
use crate::rules::{self, bad_history_table};
use crate::tables::tables;
use crate::{checksum, draft, ident};

/// Judges a draft by every rule.
///
/// # Errors
///
/// All findings at once, if one of them is an error; warnings travel in [`Plan::warnings`].
pub fn check(draft: Draft) -> Result<Plan, Report> {
    let mut findings = rules::run_written(&draft);
    if has_error(&findings) {
        findings.extend(rules::run_lints(&draft));
        return Err(Report::new(rules::conclude(&draft, findings, false), draft.sources));
    }
    // After this point: every file of a chain is one step of one migration, versions are unique within
    // a chain and positive, every requirement points to a migration, and an order exists.
    let waits = waits(&draft);
    let order = order(&waits);
    if order.len() < waits.len() {
        let help = "please report this with the tree that caused it";
        let message = "the rules let a circle of requirements pass".to_owned();
        return Err(Report::environment("migrations", message, help));
    }
    // The fold goes from migration to migration on one core; the linter has the others.
    let plugins = std::thread::scope(|scope| {
        let lints = scope.spawn(|| rules::run_lints(&draft));
        let plugins = stairwell_sql::with_stack(|| {
            let proof = Proof::new(&draft, &order, &waits);
            findings.extend(rules::run_proven(&draft, &proof));
            let tables = tables(draft.plugins.len(), &proof);
            let plugins: Vec<_> = draft.plugins.iter().enumerate().collect();
            let compiled = stairwell_sql::map_with_stack(&plugins, |(index, plugin)| {
                compile(*index, plugin, &draft, &proof)
            });
            compiled.into_iter().zip(tables).map(|(plugin, tables)| Plugin { tables, ..plugin }).collect()
        });
        findings.extend(lints.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        plugins
    });
    drop(waits);
    let findings = rules::conclude(&draft, findings, true);
    if has_error(&findings) {
        return Err(Report::new(findings, draft.sources));
    }
    // After this point: each chain touches what it owns or was given a share of, references only what it
    // requires, and its down steps lead back.
    Ok(Plan { plugins, order, warnings: Report::new(findings, draft.sources) })
}

fn has_error(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// A plugin, its tables left out.
fn compile(index: usize, plugin: &draft::Plugin, draft: &Draft, proof: &Proof<'_>) -> Plugin {
    let (schema, table) = bad_history_table::table(plugin);
    let requires = plugin.manifest.requires.iter();
    Plugin {
        name: plugin.name.clone(),
        module: ident::module(&plugin.name),
        description: plugin.manifest.description.clone(),
        requires: requires.map(|r| (r.plugin.value.clone(), r.version.value)).collect(),
        history: plugin.manifest.history.as_ref().map(|_| (schema.to_owned(), table.to_owned())),
        migrations: plugin
            .chain
            .migrations
            .iter()
            .enumerate()
            .map(|(number, migration)| compile_migration((index, number), migration, draft, proof))
            .collect(),
        tables: Vec::new(),
        wanted: plugin.wanted.as_ref().map(|wanted| {
            (draft.sources.path(wanted.file).to_owned(), draft.sources.text(wanted.file).to_owned())
        }),
    }
}

fn compile_migration(
    node: Node,
    migration: &draft::Migration,
    draft: &Draft,
    proof: &Proof<'_>,
) -> Migration {
    let folded = proof.folded(node);
    let name = &migration.file_name;
    let text = draft.sources.text(migration.up.file);
    let step = |step: &draft::StepText| {
        let text = draft.sources.text(step.file).to_owned();
        if step.no_transaction() {
            Step::Statements { text, bounds: step.statements.clone() }
        } else {
            Step::Sql(text)
        }
    };
    let is_rust = name.kind == FileKind::Rust;
    let down = match (migration.irreversible(), &migration.down) {
        (Some((_, reason)), _) => Down::Irreversible(reason.to_owned()),
        (None, Some(down)) => Down::Step(step(down)),
        (None, None) if migration.has_down() => Down::Rust,
        (None, None) => Down::Irreversible(NO_DOWN_STEP.to_owned()),
    };
    Migration {
        version: name.version,
        name: name.name.clone(),
        digits: name.digits.clone(),
        path: migration.path.clone(),
        checksum: checksum::refinery(&name.name, name.version, text),
        checksums: migration.checksums(),
        // The seam for the analysis of the SQL; `lock` writes whatever stands here.
        effects: folded.map(Folded::effects_in_short).unwrap_or_default(),
        breaking: folded.and_then(Folded::breaking),
        up: if is_rust { Step::Rust(text.to_owned()) } else { step(&migration.up) },
        statements: migration.up.statements.iter().map(|(start, _)| *start).collect(),
        down,
        requires: migration.requires().map(|r| (r.plugin.value.clone(), r.version.value)).collect(),
    }
}

/// The reason of a migration whose missing down step was allowed.
const NO_DOWN_STEP: &str = "it has no down step";
