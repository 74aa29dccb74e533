//! Who notices a mutant.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use shopdb::schema::CHAINS;
use stairwell::ChainSet;
use stairwell_build::{Severity, SourceTree, check, parse};
use stairwell_catalog::{Catalog, Scope, read};
use stairwell_testing::{Failure, Trial, models_match};
use tokio_postgres::Client;

use crate::{
    application::{answers, trial},
    chains::chain_set,
    operators::{Files, Mutant},
};

pub(crate) enum Verdict {
    /// By this rule.
    Build(String),
    /// By this check.
    Suite(&'static str),
    /// There is no difference, at any place that can be seen.
    Equivalent,
    Survived,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Build(rule) => write!(f, "build: {rule}"),
            Verdict::Suite(check) => write!(f, "suite: {check}"),
            Verdict::Equivalent => f.write_str("equivalent"),
            Verdict::Survived => f.write_str("survived"),
        }
    }
}

/// What a database is like.
#[derive(PartialEq)]
struct State {
    catalog: Catalog,
    /// One line for each, apart from the times of today.
    rows: Vec<String>,
}

/// The application as it is.
pub(crate) struct Original {
    files: Files,
    end: State,
    answers: String,
    /// Right after each migration, as far as somebody wanted to know.
    behind: Mutex<BTreeMap<usize, Arc<State>>>,
}

impl Original {
    pub(crate) async fn new(files: Files) -> Original {
        let plan = check(parse(SourceTree::from_files(files.clone()))).unwrap();
        let chains = chain_set(&plan).unwrap();
        assert_eq!(chains.order(), CHAINS.order(), "the application is made of these files");
        let database = trial(&chains).reached(0, chains.order().len()).await.unwrap();
        let client = database.connect().await.unwrap();
        let (end, answers) = (state(&client).await.unwrap(), answers(&client).await.unwrap());
        let behind = Mutex::default();
        Original { files, end, answers, behind }
    }

    /// Whether the lock file alone would notice: every migration of the application is in it, and no manifest.
    pub(crate) fn is_locked(&self, mutant: &Mutant) -> bool {
        let is_same = |path: &String| self.files.get(path) == mutant.files.get(path);
        let mut paths = self.files.keys().chain(mutant.files.keys());
        paths.any(|path| !path.ends_with(".toml") && !is_same(path))
    }

    pub(crate) async fn judge(&self, mutant: &Mutant) -> Verdict {
        let files = mutant.files.clone();
        let plan = tokio::task::spawn_blocking(|| check(parse(SourceTree::from_files(files)))).await.unwrap();
        let plan = match plan {
            Ok(plan) => plan,
            Err(report) => {
                let is_error = |finding: &stairwell_build::Finding<'_>| finding.severity() == Severity::Error;
                let rule = report.findings().find(is_error).map(|finding| finding.rule().to_owned());
                return Verdict::Build(rule.unwrap_or_default());
            }
        };
        // A Rust step that another text would have compiled to cannot be run here.
        let Some(chains) = chain_set(&plan) else { return Verdict::Survived };
        match self.run(mutant, &chains).await {
            Ok(verdict) => verdict,
            Err(failure) => Verdict::Suite(failure.check().unwrap_or("applies_from_empty")),
        }
    }

    /// An error is a check that fails.
    async fn run(&self, mutant: &Mutant, chains: &ChainSet) -> Result<Verdict, Failure> {
        let trial = trial(chains);
        let count = chains.order().len();
        let place = trial.place(mutant.plugin, mutant.version).unwrap();
        trial.walk(place..place + 1).await?;
        let database = trial.reached(place, count).await?;
        let client = database.connect().await?;
        if answers(&client).await.ok().as_ref() != Some(&self.answers) {
            return Ok(Verdict::Suite("an_old_database_is_brought_along"));
        }
        let end = state(&client).await.unwrap();
        self.require_declared(mutant, chains).await?;
        if end == self.end
            && prerequisites(chains) == prerequisites(&CHAINS)
            && self.is_same_behind(&trial, mutant, place).await
        {
            // So is the rest of the way.
            return Ok(Verdict::Equivalent);
        }
        trial.walk(place + 1..count).await?;
        Ok(Verdict::Survived)
    }

    /// The check of the wanted state of the mutant's plugin; what other plugins have is theirs alone.
    async fn require_declared(&self, mutant: &Mutant, chains: &ChainSet) -> Result<(), Failure> {
        let path = match mutant.plugin {
            "core" => "schema.sql".to_owned(),
            plugin => format!("plugins/{plugin}/schema.sql"),
        };
        let (chain, sql) = (chains.chain(mutant.plugin).unwrap(), &self.files[&path]);
        models_match(chains, *chain, &path, sql).await
    }

    /// Whether the state right after the migration is that of the application there.
    ///
    /// The way back leads to the same state too: for both, the checks have compared it with that before.
    async fn is_same_behind(&self, mutated: &Trial, mutant: &Mutant, place: usize) -> bool {
        let own = trial(&CHAINS);
        if own.place(mutant.plugin, mutant.version) != Some(place) {
            return false;
        }
        let known = self.behind.lock().unwrap().get(&place).cloned();
        let known = match known {
            Some(known) => known,
            None => {
                let found = Arc::new(behind(&own, place).await.unwrap());
                self.behind.lock().unwrap().insert(place, Arc::clone(&found));
                found
            }
        };
        behind(mutated, place).await.is_ok_and(|state| state == *known)
    }
}

/// What has to be applied before each migration, over all requirements of requirements: by it what is selected for a
/// run is completed, and by it a migration is not pulled away from under another.
fn prerequisites(chains: &ChainSet) -> BTreeMap<(&'static str, i64), BTreeSet<(&'static str, i64)>> {
    let mut all: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for migration in chains.order() {
        let chain = chains.chain(migration.plugin()).unwrap();
        let earlier = chain.migrations().iter().map(|earlier| (earlier.plugin(), earlier.version()));
        let earlier = earlier.filter(|(_, version)| *version < migration.version());
        let required = chain.requires().iter().chain(migration.requires());
        let required = required.map(|required| (required.plugin(), required.version()));
        let mut before = BTreeSet::new();
        for direct in earlier.chain(required) {
            // The order has every prerequisite earlier, so that it is complete already.
            before.extend(all.get(&direct).into_iter().flatten().copied());
            before.insert(direct);
        }
        all.insert((migration.plugin(), migration.version()), before);
    }
    all
}

async fn behind(trial: &Trial, place: usize) -> Result<State, Box<dyn std::error::Error>> {
    let database = trial.reached(place, place + 1).await?;
    state(&database.connect().await?).await
}

async fn state(client: &Client) -> Result<State, Box<dyn std::error::Error>> {
    let scope = Scope::database().without_schema(stairwell::SCHEMA);
    let catalog = read(client, &scope).await?;
    let sql = "SELECT format('SELECT %L || to_jsonb(t)::text FROM %I.%I t', relname, nspname, relname) \
               FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public'";
    let tables: Vec<String> = client.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect();
    let mut rows = Vec::new();
    if !tables.is_empty() {
        let sql = format!(
            "SELECT regexp_replace(line, '\"' || to_char(now(), 'YYYY-MM-DD') || 'T[^\"]*\"', 'now', 'g') \
             FROM ({}) AS lines (line) ORDER BY 1",
            tables.join(" UNION ALL ")
        );
        rows = client.query(&sql, &[]).await?.iter().map(|row| row.get(0)).collect();
    }
    Ok(State { catalog, rows })
}
