//! `migrate graph`.

use std::collections::HashMap;

use stairwell::{Chain, Migration, Migrator, Requirement, Version};

use crate::error::Error;
use crate::json;
use crate::output::{self, HEAD, QUIET, paint};
use crate::progress::stem;

/// How the graph is drawn.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Graph {
    /// What to print [default: terminal]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A list for people
    Terminal,
    /// A flowchart for Mermaid, which Markdown viewers draw
    Mermaid,
    /// A digraph for Graphviz
    Dot,
}

impl Graph {
    pub(crate) fn run(&self, migrator: &Migrator<'_>, json: bool) -> Result<(), Error> {
        let chains = migrator.chains();
        match (json, self.format) {
            (true, Some(_)) => {
                Err(Error::usage("`--json` and `--format` contradict each other; give one of them"))
            }
            (true, None) => json::print_graph(&chains),
            (false, None | Some(Format::Terminal)) => output::print(&terminal(&chains)),
            (false, Some(Format::Mermaid)) => output::print_exactly(&mermaid(&chains)),
            (false, Some(Format::Dot)) => output::print_exactly(&dot(&chains)),
        }
    }
}

fn terminal(chains: &[&'static Chain]) -> String {
    let mut text = String::new();
    for chain in chains {
        let mut about = Vec::new();
        if !chain.description().is_empty() {
            about.push(chain.description().to_owned());
        }
        if !chain.requires().is_empty() {
            about.push(format!("requires {}", list(chain.requires())));
        }
        let about = paint(QUIET, about.join("; "));
        text += format!("{}  {about}", paint(HEAD, chain.plugin())).trim_end();
        text.push('\n');
        let stems: Vec<String> = chain.migrations().iter().map(stem).collect();
        let width = stems.iter().map(|stem| stem.chars().count()).max().unwrap_or(0);
        for (migration, stem) in chain.migrations().iter().zip(stems) {
            match migration.requires() {
                [] => text += &format!("  {stem}\n"),
                edges => {
                    text +=
                        &format!("  {stem:width$}  {}\n", paint(QUIET, format!("requires {}", list(edges))))
                }
            }
        }
    }
    text
}

fn list(edges: &[Requirement]) -> String {
    edges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Migrations as nodes, numbered in the order of the chains.
struct Nodes(HashMap<(&'static str, Version), usize>);

impl Nodes {
    fn of(chains: &[&'static Chain]) -> Self {
        let migrations = chains.iter().flat_map(|chain| chain.migrations());
        Nodes(migrations.enumerate().map(|(node, migration)| (key(migration), node)).collect())
    }

    fn node(&self, migration: &Migration) -> usize {
        self.0.get(&key(migration)).copied().unwrap_or_default()
    }

    /// From each migration that is required to the one that requires it; what a chain requires, its first one does.
    fn requirements(&self, chains: &[&'static Chain]) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        for chain in chains {
            for (index, migration) in chain.migrations().iter().enumerate() {
                let whole = if index == 0 { chain.requires() } else { &[] };
                for edge in whole.iter().chain(migration.requires()) {
                    let required = self.0.get(&(edge.plugin(), edge.version()));
                    edges.extend(required.map(|required| (*required, self.node(migration))));
                }
            }
        }
        edges
    }

    /// From each migration to the next one of its chain.
    fn successions(&self, chains: &[&'static Chain]) -> Vec<(usize, usize)> {
        let pairs = chains.iter().flat_map(|chain| chain.migrations().windows(2));
        pairs.filter_map(|pair| Some((self.node(pair.first()?), self.node(pair.last()?)))).collect()
    }
}

fn key(migration: &Migration) -> (&'static str, Version) {
    (migration.plugin(), migration.version())
}

/// Arrows go the way in which migrations apply; those between chains are dotted.
fn mermaid(chains: &[&'static Chain]) -> String {
    let nodes = Nodes::of(chains);
    let quoted = |text: &str| text.replace('"', "#quot;");
    let mut text = "flowchart TD\n".to_owned();
    for (index, chain) in chains.iter().enumerate() {
        text += &format!("  subgraph p{index}[\"{}\"]\n", quoted(chain.plugin()));
        for migration in chain.migrations() {
            text += &format!("    m{}[\"{}\"]\n", nodes.node(migration), quoted(&stem(migration)));
        }
        text += "  end\n";
    }
    for (from, to) in nodes.successions(chains) {
        text += &format!("  m{from} --> m{to}\n");
    }
    for (from, to) in nodes.requirements(chains) {
        text += &format!("  m{from} -.-> m{to}\n");
    }
    text
}

fn dot(chains: &[&'static Chain]) -> String {
    let nodes = Nodes::of(chains);
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = "digraph migrations {\n  node [shape=box];\n".to_owned();
    for (index, chain) in chains.iter().enumerate() {
        text += &format!("  subgraph cluster_{index} {{\n    label=\"{}\";\n", quoted(chain.plugin()));
        for migration in chain.migrations() {
            text += &format!("    m{} [label=\"{}\"];\n", nodes.node(migration), quoted(&stem(migration)));
        }
        text += "  }\n";
    }
    for (from, to) in nodes.successions(chains) {
        text += &format!("  m{from} -> m{to};\n");
    }
    for (from, to) in nodes.requirements(chains) {
        text += &format!("  m{from} -> m{to} [style=dashed];\n");
    }
    text + "}\n"
}
