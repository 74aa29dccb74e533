//! The rules. One file each, named like the rule; `docs/rules.md` has a section for each.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::draft::{Draft, RuleLevel};

mod bad_down_step;
mod bad_file_name;
pub(crate) mod bad_history_table;
mod bad_manifest;
mod bad_plugin_name;
mod bad_rust_step;
mod copy_data;
mod duplicate_version;
mod empty_chain;
mod empty_migration;
mod foreign_link;
mod identifier_clash;
mod lints;
mod malformed_directive;
mod manifest_name;
mod misplaced_directive;
mod missing_down_step;
mod missing_manifest;
mod missing_owns;
mod mixed_versions;
mod needs_no_transaction;
mod nested_folder;
mod new_value_used;
mod no_chain;
mod no_migration_order;
mod not_utf8;
mod orphan_down_step;
mod psql_command;
mod repeated_directive;
mod requirement_cycle;
mod self_requirement;
mod stray_entry;
mod syntax_error;
mod template_placeholder;
mod too_deep;
mod transaction_control;
mod unhelpful_name;
mod unknown_directive;
mod unknown_ignored_name;
mod unknown_requirement;
mod unknown_rule;
mod unread_statement;
mod unreadable_entry;
mod unterminated_text;
mod unused_allow;
mod useless_no_transaction;
mod version_gap;
mod version_out_of_range;

/// Every rule. The order is of no account: findings are sorted by place.
pub(crate) const RULES: &[Rule] = &[
    bad_down_step::RULE,
    bad_file_name::RULE,
    bad_history_table::RULE,
    bad_manifest::RULE,
    bad_plugin_name::RULE,
    bad_rust_step::RULE,
    copy_data::RULE,
    duplicate_version::RULE,
    empty_chain::RULE,
    empty_migration::RULE,
    foreign_link::RULE,
    identifier_clash::RULE,
    malformed_directive::RULE,
    manifest_name::RULE,
    misplaced_directive::RULE,
    missing_down_step::RULE,
    missing_manifest::RULE,
    missing_owns::RULE,
    mixed_versions::RULE,
    needs_no_transaction::RULE,
    nested_folder::RULE,
    new_value_used::RULE,
    no_chain::RULE,
    no_migration_order::RULE,
    not_utf8::RULE,
    orphan_down_step::RULE,
    psql_command::RULE,
    repeated_directive::RULE,
    requirement_cycle::RULE,
    self_requirement::RULE,
    stray_entry::RULE,
    syntax_error::RULE,
    template_placeholder::RULE,
    too_deep::RULE,
    transaction_control::RULE,
    unhelpful_name::RULE,
    unknown_directive::RULE,
    unknown_ignored_name::RULE,
    unknown_requirement::RULE,
    unknown_rule::RULE,
    unread_statement::RULE,
    unreadable_entry::RULE,
    unterminated_text::RULE,
    unused_allow::RULE,
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
    pub(crate) check: fn(&Draft, &mut Findings),
}

/// Who may lower a rule. Without most rules there would be no sound plan, so nobody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adjustable {
    Never,
    /// `[rules]` of the settings.
    InSettings,
    /// The settings, and `allow` in the migration that the finding is about.
    InMigrations,
}

impl Rule {
    const fn error(name: &'static str, check: fn(&Draft, &mut Findings)) -> Self {
        Rule { name, level: RuleLevel::At(Severity::Error), adjustable: Adjustable::Never, check }
    }

    /// A finding of it leaves a sound plan, and a migration may allow it.
    const fn warning(name: &'static str, check: fn(&Draft, &mut Findings)) -> Self {
        let level = RuleLevel::At(Severity::Warning);
        Rule { name, level, adjustable: Adjustable::InMigrations, check }
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

/// Runs every rule at the level that the settings ask for, honours `allow` directives, and sorts.
pub(crate) fn run(draft: &Draft) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for rule in RULES {
        let level = match draft.settings.rules.get(rule.name) {
            Some(level) if rule.adjustable != Adjustable::Never => level.value,
            _ => rule.level,
        };
        let RuleLevel::At(severity) = level else { continue };
        let mut findings = Findings::default();
        (rule.check)(draft, &mut findings);
        all.extend(findings.found.into_iter().map(|found| Diagnostic { rule: rule.name, severity, ..found }));
    }
    all.extend(lints::run(draft));
    unused_allow::silence(draft, &mut all);
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

    /// Renders what the rules say about a tree held in memory; `core` gets a sound first migration
    /// unless the tree has a `migrations/` of its own.
    #[track_caller]
    pub(crate) fn report(files: &[(&str, &str)]) -> String {
        let mut files: Vec<(&str, &str)> = files.to_vec();
        if !files.iter().any(|(path, _)| path.starts_with("migrations")) {
            files.push(("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint);\n"));
            files.push(("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"));
        }
        match crate::check(crate::parse(crate::SourceTree::from_files(files))) {
            Ok(plan) => format!("sound\n{}", plan.warnings()),
            Err(report) => report.to_string(),
        }
    }

    /// A sound plugin for rules to break.
    pub(crate) const PRINTERS: [(&str, &str); 3] = [
        (
            "plugins/printers/plugin.toml",
            "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\"]\n",
        ),
        ("plugins/printers/migrations/V0001__baseline.sql", "CREATE TABLE printers (id bigint);\n"),
        ("plugins/printers/migrations/V0001__baseline.down.sql", "DROP TABLE printers;\n"),
    ];

    /// [`PRINTERS`] with files added, or replaced where the path is there already.
    pub(crate) fn printers_with<'a>(files: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all: Vec<(&str, &str)> = PRINTERS.to_vec();
        all.retain(|(path, _)| files.iter().all(|(other, _)| other != path));
        all.extend(files);
        all
    }

    #[test]
    fn a_sound_tree_has_no_findings() {
        assert_eq!(report(&PRINTERS), "sound\n");
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
