//! The rules. One file each, named like the rule; `docs/rules.md` has a section for each.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::draft::{Draft, RuleLevel};
use crate::lock::LockMode;
use crate::prove::Proof;

mod bad_down_step;
mod bad_file_name;
pub(crate) mod bad_history_table;
mod bad_lock;
mod bad_manifest;
mod bad_plugin_name;
mod bad_rust_step;
mod bad_share;
mod changed_expression;
mod copy_data;
mod data_loss;
mod deleted_chain;
mod deleted_migration;
mod dropped_too_early;
mod duplicate_version;
mod edited_migration;
mod empty_chain;
mod empty_migration;
mod existing_object;
mod foreign_link;
mod foreign_object;
mod identifier_clash;
mod incomplete_down_step;
mod inserted_migration;
mod lints;
mod lock_conflict;
mod malformed_directive;
mod manifest_name;
mod misplaced_directive;
mod missing_down_step;
mod missing_lock;
mod missing_manifest;
mod missing_owns;
mod missing_requirement;
mod mixed_versions;
mod needs_no_transaction;
mod nested_folder;
mod new_value_used;
mod no_chain;
mod no_migration_order;
mod not_utf8;
mod object_in_use;
mod opaque_statement;
mod orphan_down_step;
mod owned_twice;
mod psql_command;
mod refused_statement;
mod renamed_migration;
mod renumbered_migration;
mod repeated_directive;
mod requirement_cycle;
mod self_requirement;
mod stray_entry;
mod syntax_error;
mod template_placeholder;
mod too_deep;
mod transaction_control;
mod uncreated_object;
mod unhelpful_name;
mod unknown_directive;
mod unknown_ignored_name;
mod unknown_object;
mod unknown_requirement;
mod unknown_rule;
mod unlocked_migration;
mod unread_statement;
mod unreadable_entry;
mod unregistered_object;
mod unterminated_text;
mod unused_allow;
mod unused_compatible;
mod unused_requirement;
mod useless_no_transaction;
mod version_gap;
mod version_out_of_range;

/// Every rule. The order is of no account: findings are sorted by place.
pub(crate) const RULES: &[Rule] = &[
    bad_down_step::RULE,
    bad_file_name::RULE,
    bad_history_table::RULE,
    bad_lock::RULE,
    bad_manifest::RULE,
    bad_plugin_name::RULE,
    bad_rust_step::RULE,
    bad_share::RULE,
    changed_expression::RULE,
    copy_data::RULE,
    data_loss::RULE,
    deleted_chain::RULE,
    deleted_migration::RULE,
    dropped_too_early::RULE,
    duplicate_version::RULE,
    edited_migration::RULE,
    empty_chain::RULE,
    empty_migration::RULE,
    existing_object::RULE,
    foreign_link::RULE,
    foreign_object::RULE,
    identifier_clash::RULE,
    incomplete_down_step::RULE,
    inserted_migration::RULE,
    lock_conflict::RULE,
    malformed_directive::RULE,
    manifest_name::RULE,
    misplaced_directive::RULE,
    missing_down_step::RULE,
    missing_lock::RULE,
    missing_manifest::RULE,
    missing_owns::RULE,
    missing_requirement::RULE,
    mixed_versions::RULE,
    needs_no_transaction::RULE,
    nested_folder::RULE,
    new_value_used::RULE,
    no_chain::RULE,
    no_migration_order::RULE,
    not_utf8::RULE,
    object_in_use::RULE,
    opaque_statement::RULE,
    orphan_down_step::RULE,
    owned_twice::RULE,
    psql_command::RULE,
    refused_statement::RULE,
    renamed_migration::RULE,
    renumbered_migration::RULE,
    repeated_directive::RULE,
    requirement_cycle::RULE,
    self_requirement::RULE,
    stray_entry::RULE,
    syntax_error::RULE,
    template_placeholder::RULE,
    too_deep::RULE,
    transaction_control::RULE,
    uncreated_object::RULE,
    unhelpful_name::RULE,
    unknown_directive::RULE,
    unknown_ignored_name::RULE,
    unknown_object::RULE,
    unknown_requirement::RULE,
    unknown_rule::RULE,
    unlocked_migration::RULE,
    unread_statement::RULE,
    unreadable_entry::RULE,
    unregistered_object::RULE,
    unterminated_text::RULE,
    unused_allow::RULE,
    unused_compatible::RULE,
    unused_requirement::RULE,
    useless_no_transaction::RULE,
    version_gap::RULE,
    version_out_of_range::RULE,
];

/// One check.
pub(crate) struct Rule {
    /// Kebab-case; also the file, the section of the documentation and the name in `[rules]`.
    pub(crate) name: &'static str,
    pub(crate) level: RuleLevel,
    pub(crate) adjustable: Adjustable,
    pub(crate) check: Check,
}

/// What a rule reads.
pub(crate) enum Check {
    /// What was written.
    Written(fn(&Draft, &mut Findings)),
    /// What the SQL does. Such a rule runs only where files, versions and requirements are sound.
    Proven(fn(&Draft, &Proof<'_>, &mut Findings)),
}

/// Who may lower a rule. Without most rules there would be no sound plan, so nobody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adjustable {
    Never,
    /// `STAIRWELL_LOCK=rewrite`, and nothing that is committed: it is about what `stairwell.lock` says.
    ByRewriting,
    /// `[rules]` of the settings.
    InSettings,
    /// The settings, and `allow` in the migration that the finding is about.
    InMigrations,
}

impl Adjustable {
    /// Whether `[rules]` may say something of it.
    pub(crate) fn is_a_setting(self) -> bool {
        matches!(self, Adjustable::InSettings | Adjustable::InMigrations)
    }
}

impl Rule {
    /// How much its findings weigh in this run.
    fn level(&self, draft: &Draft) -> RuleLevel {
        match draft.lock_mode {
            LockMode::Rewrite if self.adjustable == Adjustable::ByRewriting => {
                RuleLevel::At(Severity::Warning)
            }
            LockMode::Locked if self.name == unlocked_migration::RULE.name => RuleLevel::At(Severity::Error),
            _ => match draft.settings.rules.get(self.name) {
                Some(level) if self.adjustable.is_a_setting() => level.value,
                _ => self.level,
            },
        }
    }

    const fn error(name: &'static str, check: fn(&Draft, &mut Findings)) -> Self {
        Rule {
            name,
            level: RuleLevel::At(Severity::Error),
            adjustable: Adjustable::Never,
            check: Check::Written(check),
        }
    }

    const fn proven(name: &'static str, check: fn(&Draft, &Proof<'_>, &mut Findings)) -> Self {
        Rule {
            name,
            level: RuleLevel::At(Severity::Error),
            adjustable: Adjustable::Never,
            check: Check::Proven(check),
        }
    }

    /// Its findings are shown and fail no build.
    const fn into_warning(mut self) -> Self {
        self.level = RuleLevel::At(Severity::Warning);
        self
    }

    /// A finding of it leaves a sound plan, and a migration may allow it.
    const fn warning(name: &'static str, check: fn(&Draft, &mut Findings)) -> Self {
        Rule::error(name, check).into_warning().adjustable(Adjustable::InMigrations)
    }

    const fn adjustable(mut self, adjustable: Adjustable) -> Self {
        self.adjustable = adjustable;
        self
    }
}

/// Where a rule puts what it finds.
#[derive(Default)]
pub(crate) struct Findings {
    found: Vec<Diagnostic>,
}

impl Findings {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// What can be said about a rule or a lint by its name.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) adjustable: Adjustable,
}

/// Every name that `[rules]` and `allow` can have.
pub(crate) fn known() -> impl Iterator<Item = Known> {
    let rules = RULES.iter().map(|rule| Known { name: rule.name, adjustable: rule.adjustable });
    let lints = lints::LINTS.iter();
    rules.chain(lints.map(|lint| Known { name: lint.name, adjustable: Adjustable::InMigrations }))
}

/// Runs the rules about what was written, at the levels that the settings ask for.
pub(crate) fn run_written(draft: &Draft) -> Vec<Diagnostic> {
    run(draft, |rule, findings| {
        if let Check::Written(check) = rule.check {
            check(draft, findings);
        }
    })
}

/// What squawk's linter finds.
pub(crate) fn run_lints(draft: &Draft) -> Vec<Diagnostic> {
    lints::run(draft)
}

/// Runs the rules about what the SQL does.
pub(crate) fn run_proven(draft: &Draft, proof: &Proof<'_>) -> Vec<Diagnostic> {
    run(draft, |rule, findings| {
        if let Check::Proven(check) = rule.check {
            check(draft, proof, findings);
        }
    })
}

/// Every rule by itself, on every core; what they find comes in the order of the rules.
fn run(draft: &Draft, check: impl Fn(&Rule, &mut Findings) + Sync) -> Vec<Diagnostic> {
    let found = stairwell_sql::map_with_stack(RULES, |rule| {
        let mut findings = Findings::default();
        let RuleLevel::At(severity) = rule.level(draft) else { return findings.found };
        check(rule, &mut findings);
        for found in &mut findings.found {
            (found.rule, found.severity) = (rule.name, severity);
        }
        findings.found
    });
    found.into_iter().flatten().collect()
}

/// Honours `allow` directives, and sorts.
///
/// `is_complete`: every rule has run, so a permission that silenced nothing is not needed.
pub(crate) fn conclude(draft: &Draft, mut all: Vec<Diagnostic>, is_complete: bool) -> Vec<Diagnostic> {
    unused_allow::silence(draft, &mut all, is_complete);
    sort(draft, &mut all);
    all
}

/// By file, place, rule and message: equal input gives an equal report.
fn sort(draft: &Draft, diagnostics: &mut [Diagnostic]) {
    use crate::diagnostic::Place;
    let key = |diagnostic: &Diagnostic| {
        let (path, offset, end) = match &diagnostic.primary.place {
            Place::Path(path) => (path.clone(), 0, 0),
            Place::Span(span) => (draft.sources.path(span.file).to_owned(), span.range.start, span.range.end),
        };
        (path, offset, diagnostic.rule, diagnostic.message.clone(), end)
    };
    diagnostics.sort_by_cached_key(key);
}

/// Groups values by key, in order; for rules that look for clashes.
fn grouped<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders what the rules about what was written say about a tree held in memory, and nothing of what its
    /// SQL does; `core` gets a sound first migration unless the tree has a `migrations/` of its own.
    #[track_caller]
    pub(crate) fn report(files: &[(&str, &str)]) -> String {
        report_under(LockMode::Compare, files)
    }

    /// [`report`] with `stairwell.lock` judged in another way.
    #[track_caller]
    pub(crate) fn report_under(mode: LockMode, files: &[(&str, &str)]) -> String {
        let draft = crate::parse(tree(files)).with_lock_mode(mode);
        let written = run_written(&draft).into_iter().chain(run_lints(&draft)).collect();
        let findings = conclude(&draft, written, false);
        let is_sound = findings.iter().all(|found| found.severity != Severity::Error);
        let report = crate::Report::new(findings, draft.sources).to_string();
        if is_sound { format!("sound\n{report}") } else { report }
    }

    /// Like [`report`], with the rules about what the SQL does as well, but no lints.
    #[track_caller]
    pub(crate) fn proof(files: &[(&str, &str)]) -> String {
        let draft = crate::parse(tree(files));
        let mut findings = run_written(&draft);
        assert!(findings.iter().all(|found| found.severity != Severity::Error), "{findings:?}");
        let waits = crate::order::waits(&draft);
        let order = crate::order::order(&waits);
        findings
            .extend(stairwell_sql::with_stack(|| run_proven(&draft, &Proof::new(&draft, &order, &waits))));
        drop(waits);
        let findings = conclude(&draft, findings, true);
        let is_sound = findings.iter().all(|found| found.severity != Severity::Error);
        let report = crate::Report::new(findings, draft.sources).to_string();
        if is_sound { format!("sound\n{report}") } else { report }
    }

    fn tree(files: &[(&str, &str)]) -> crate::SourceTree {
        let mut files: Vec<(&str, &str)> = files.to_vec();
        if !files.iter().any(|(path, _)| path.starts_with("migrations")) {
            files.push(("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY);\n"));
            files.push(("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"));
        }
        crate::SourceTree::from_files(files)
    }

    /// A sound plugin for rules to break.
    pub(crate) const PRINTERS: [(&str, &str); 3] = [
        (
            "plugins/printers/plugin.toml",
            "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\"]\n",
        ),
        (
            "plugins/printers/migrations/V0001__baseline.sql",
            "CREATE TABLE printers (id bigint, site bigint REFERENCES sites);\n",
        ),
        ("plugins/printers/migrations/V0001__baseline.down.sql", "DROP TABLE printers;\n"),
    ];

    /// [`PRINTERS`] with files added, or replaced where the path is there already.
    pub(crate) fn printers_with<'a>(files: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all: Vec<(&str, &str)> = PRINTERS.to_vec();
        all.retain(|(path, _)| files.iter().all(|(other, _)| other != path));
        all.extend(files);
        all
    }

    /// The lock file of [`PRINTERS`] with two more migrations, and those migrations.
    pub(crate) fn locked_printers() -> (String, Vec<(&'static str, &'static str)>) {
        let tree = printers_with(&[
            ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY);\n"),
            ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
            (
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\", \"trays\"]\n",
            ),
            ("plugins/printers/migrations/V0002__trays.sql", "CREATE TABLE trays (id bigint);\n"),
            ("plugins/printers/migrations/V0002__trays.down.sql", "DROP TABLE trays;\n"),
            ("plugins/printers/migrations/V0003__toner.sql", "ALTER TABLE printers ADD toner int;\n"),
            ("plugins/printers/migrations/V0003__toner.down.sql", "ALTER TABLE printers DROP toner;\n"),
        ]);
        let plan = crate::check(crate::parse(crate::SourceTree::from_files(tree.clone()))).unwrap();
        (crate::lock(&plan), tree)
    }

    /// What the rules say of [`locked_printers`] after files were taken away and others added.
    #[track_caller]
    pub(crate) fn report_locked(mode: LockMode, without: &[&str], with: &[(&str, &str)]) -> String {
        let (lock, tree) = locked_printers();
        let is_taken = |path: &str| without.contains(&path) || with.iter().any(|(other, _)| *other == path);
        let mut files: Vec<(&str, &str)> = tree.into_iter().filter(|(path, _)| !is_taken(path)).collect();
        files.push(("stairwell.lock", &lock));
        files.extend(with);
        report_under(mode, &files)
    }

    #[test]
    fn a_sound_tree_has_no_findings() {
        assert_eq!(proof(&PRINTERS), "sound\n");
    }

    /// A rule has a file, a section and tests under one name; this holds rule and section together.
    #[test]
    fn every_rule_is_named_once_and_documented() {
        let documentation =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md")).unwrap();
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        let sections: Vec<&str> = documentation.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, names, "docs/rules.md has one section per rule, sorted by name");
    }
}
