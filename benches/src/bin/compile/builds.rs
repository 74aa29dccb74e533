//! Whole builds of a small crate that embeds the migrations, with each of the three tools.

use std::{
    fs,
    iter::zip,
    path::{Path, PathBuf},
    process::Command,
};

use benches::{Corpus, Files, Samples, Table, Usage, mebibytes, write};

use crate::{Options, cargo, target};

struct Tool {
    name: &'static str,
    dependencies: &'static str,
    files: fn(&Corpus) -> Files,
    /// `main.rs`, which prints how many migrations it has.
    main: fn(&Corpus) -> String,
    /// How many that is for each migration.
    counted: usize,
}

const TOOLS: [Tool; 3] = [
    Tool {
        name: "stairwell",
        dependencies: "stairwell = { path = \"STAIRWELL\" }\n\
                       [build-dependencies]\nstairwell-build = { path = \"STAIRWELL-build\" }\n",
        files: |corpus| {
            let mut files = corpus.files();
            let script =
                "fn main() -> Result<(), stairwell_build::Report> {\n    stairwell_build::compile()\n}\n";
            files.push(("build.rs".into(), script.to_owned()));
            files
        },
        main: |_| {
            "stairwell::embed!();\n\nfn main() {\n    println!(\"{}\", CHAINS.order().len());\n}\n".to_owned()
        },
        counted: 1,
    },
    Tool {
        name: "refinery",
        dependencies: "refinery = { version = \"0.10\", default-features = false, \
                       features = [\"int8-versions\", \"tokio-postgres\"] }\n",
        files: Corpus::files,
        main: |corpus| {
            let embed =
                |(name, folder)| format!("mod {name} {{\n    refinery::embed_migrations!({folder:?});\n}}\n");
            let modules: String = folders(corpus).map(embed).collect();
            let count =
                |(name, _)| format!("    count += {name}::migrations::runner().get_migrations().len();\n");
            let counts: String = folders(corpus).map(count).collect();
            format!(
                "{modules}\nfn main() {{\n    let mut count = 0;\n{counts}    println!(\"{{count}}\");\n}}\n"
            )
        },
        counted: 1,
    },
    Tool {
        name: "sqlx",
        dependencies: "sqlx = { version = \"0.9\", default-features = false, \
                       features = [\"macros\", \"migrate\", \"postgres\", \"runtime-tokio\"] }\n",
        files: Corpus::files_for_sqlx,
        main: |corpus| {
            let embed =
                |(_, folder): (_, PathBuf)| format!("    sqlx::migrate!(\"./{}\"),\n", folder.display());
            let migrators: String = folders(corpus).map(embed).collect();
            let number = corpus.plugins.len();
            format!(
                "static MIGRATORS: [sqlx::migrate::Migrator; {number}] = [\n{migrators}];\n\nfn main() {{\n    \
                 println!(\"{{}}\", MIGRATORS.iter().map(|migrator| migrator.iter().count()).sum::<usize>());\n}}\n"
            )
        },
        counted: 2,
    },
];

/// What is measured of each build.
const BUILDS: [&str; 3] = ["all files new", "nothing changed", "one file edited"];

pub(crate) fn run(options: &Options) {
    let last = options.rounds.last().copied().unwrap_or_default();
    let rounds = options.rounds.iter().copied().chain(std::iter::repeat(last));
    for (&size, rounds) in zip(&options.migrations, rounds).filter(|(_, rounds)| *rounds > 0) {
        let corpus = Corpus::new(size, options.plugins);
        let start = Corpus::new(options.plugins, options.plugins);
        let workspace = Workspace::new(&start);
        let mut samples: Vec<Vec<[Samples; 3]>> = vec![vec![Default::default(); BUILDS.len()]; TOOLS.len()];
        for round in 1..=rounds {
            for (tool, samples) in zip(&TOOLS, &mut samples) {
                for (usage, samples) in zip(workspace.round(tool, &start, &corpus), samples) {
                    for (sample, figure) in zip(samples, [usage.wall, usage.cpu, usage.peak]) {
                        sample.push(figure);
                    }
                }
                eprintln!("{size} migrations, round {round} of {rounds}: {} is done", tool.name);
            }
        }
        println!("## cargo build of a crate with {size} migrations, {rounds} rounds\n");
        let head = ["", "build", "wall", "to Stairwell", "CPU", "to Stairwell", "largest process"];
        let mut table = Table::new(head);
        for (index, build) in BUILDS.iter().enumerate() {
            for (tool, samples_of_tool) in zip(&TOOLS, &samples) {
                let ([wall, cpu, peak], [base_wall, base_cpu, _]) =
                    (&samples_of_tool[index], &samples[0][index]);
                table.row([
                    tool.name.to_owned(),
                    (*build).to_owned(),
                    wall.show(),
                    format!("{:.2}", wall.median() / base_wall.median()),
                    cpu.show(),
                    format!("{:.2}", cpu.median() / base_cpu.median()),
                    mebibytes(peak.median()),
                ]);
            }
        }
        table.print();
    }
}

/// A workspace of three crates, one per tool.
struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    /// Starts anew, but keeps what was built of the dependencies.
    fn new(start: &Corpus) -> Workspace {
        let folder = target().join("bench-builds");
        for tool in &TOOLS {
            drop(fs::remove_dir_all(folder.join(tool.name)));
        }
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("benches/ lies in it");
        let stairwell = repository.join("crates/stairwell");
        let stairwell = stairwell.to_str().expect("Cargo.toml is UTF-8");
        let mut files = Files::new();
        for Tool { name, dependencies, .. } in &TOOLS {
            let dependencies = dependencies.replace("STAIRWELL", stairwell);
            let manifest = format!(
                "[package]\nname = \"with-{name}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
            );
            files.push((Path::new(name).join("Cargo.toml"), manifest));
        }
        let members = TOOLS.map(|tool| format!("{:?}", tool.name)).join(", ");
        files.push(("Cargo.toml".into(), format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n")));
        // The versions that this program is built with.
        let lock = include_str!("../../../Cargo.lock").to_owned();
        files.push(("Cargo.lock".into(), lock));
        write(&folder, &files);
        let workspace = Workspace { folder };
        // Cargo reads all members, whichever is built.
        for tool in &TOOLS {
            workspace.place(tool, start);
        }
        workspace
    }

    /// Builds `start`, so that the dependencies are there; then what is measured.
    fn round(&self, tool: &Tool, start: &Corpus, corpus: &Corpus) -> [Usage; 3] {
        let root = self.folder.join(tool.name);
        for folder in ["migrations", "plugins", "src"] {
            drop(fs::remove_dir_all(root.join(folder)));
        }
        self.place(tool, start);
        self.build(tool);
        self.expect(tool, start);

        self.place(tool, corpus);
        let all_new = self.build(tool);
        self.expect(tool, corpus);
        let unchanged = self.build(tool);
        let (path, mut text) = (tool.files)(corpus).swap_remove(0);
        text.push_str("-- Edited.\n");
        write(&root, &vec![(path, text)]);
        let edited = self.build(tool);
        self.expect(tool, corpus);
        [all_new, unchanged, edited]
    }

    /// `main.rs` is always written: refinery and sqlx do not notice new files otherwise.
    fn place(&self, tool: &Tool, corpus: &Corpus) {
        let mut files = (tool.files)(corpus);
        files.push(("src/main.rs".into(), (tool.main)(corpus)));
        write(&self.folder.join(tool.name), &files);
    }

    fn build(&self, tool: &Tool) -> Usage {
        let mut command = cargo();
        command.args(["build", "--package", &format!("with-{}", tool.name), "--target-dir"]);
        command.arg(self.target()).current_dir(&self.folder);
        Usage::of(&command)
    }

    /// Makes sure that what was measured is a crate with all the migrations.
    fn expect(&self, tool: &Tool, corpus: &Corpus) {
        let program = self.target().join("debug").join(format!("with-{}", tool.name));
        let output = Command::new(program).output().expect("what was built can be run");
        let migrations: usize = corpus.plugins.iter().map(|plugin| plugin.migrations.len()).sum();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed.trim(), (migrations * tool.counted).to_string(), "migrations of {}", tool.name);
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

/// Each plugin with its folder of migrations.
fn folders(corpus: &Corpus) -> impl Iterator<Item = (&str, PathBuf)> {
    corpus.plugins.iter().map(|plugin| (plugin.name.as_str(), plugin.folder()))
}
