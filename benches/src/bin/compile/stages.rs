//! The compiler itself, stage by stage: what a build script adds to a build.

use std::{ffi::OsString, fs, iter::zip, path::PathBuf, process::Command, time::Instant};

use benches::{Corpus, Samples, Table, mebibytes, own_peak, seconds, write};

use crate::{Options, cargo, target};

/// The first argument of the process that runs the compiler once.
pub(crate) const WORD: &str = "stages";

/// What that process prints, in seconds and bytes.
const FIGURES: [&str; 7] = ["scan", "parse", "check", "emit", "write", "peak memory", "generated"];
const STAGES: usize = 5;

/// A build script is built in the first of these, whatever is built of the rest, unless a user changes that.
const PROFILES: [(&str, &str); 2] = [("dev", "debug"), ("release", "release")];

pub(crate) fn run(options: &Options) {
    if options.runs == 0 {
        return;
    }
    let folder = target().join("bench-stages");
    let roots: Vec<PathBuf> = options.migrations.iter().map(|size| folder.join(size.to_string())).collect();
    drop(fs::remove_dir_all(&folder));
    for (root, &size) in zip(&roots, &options.migrations) {
        write(root, &Corpus::new(size, options.plugins).files());
    }
    println!("## The compiler, {} runs\n", options.runs);
    let mut head = vec!["profile", "migrations", "all stages"];
    head.extend(FIGURES);
    let mut table = Table::new(head);
    for (profile, folder) in PROFILES {
        let program = build(profile, folder);
        // Size after size, and again: what disturbs the machine for a while disturbs all of them.
        let mut samples = vec![[const { Vec::new() }; FIGURES.len() + 1]; roots.len()];
        for run in 0..=options.runs {
            for (root, samples) in zip(&roots, &mut samples) {
                let figures = once(&program, root);
                // The first run reads the files from the disk and is not counted.
                if run > 0 {
                    for (samples, figure) in zip(samples, figures) {
                        samples.push(figure);
                    }
                }
            }
        }
        rows(&mut table, profile, &options.migrations, samples);
    }
    table.print();
}

type Figures<T> = [T; FIGURES.len() + 1];

fn rows(table: &mut Table, profile: &str, sizes: &[usize], samples: Vec<Figures<Vec<f64>>>) {
    let samples: Vec<Figures<Samples>> =
        samples.into_iter().map(|figures| figures.map(Samples::from_iter)).collect();
    for (size, [all, figures @ ..]) in zip(sizes, &samples) {
        let mut row = vec![profile.to_owned(), size.to_string(), all.show()];
        row.extend(figures[..STAGES].iter().map(|stage| seconds(stage.median())));
        row.extend(figures[STAGES..].iter().map(|bytes| mebibytes(bytes.median())));
        table.row(row);
    }
    if let ([first_size, .., last_size], [first, .., last]) = (sizes, &samples[..]) {
        let mut row = vec![profile.to_owned(), format!("{last_size} to {first_size}")];
        row.extend(zip(last, first).map(|(last, first)| format!("{:.1}", last.median() / first.median())));
        table.row(row);
    }
}

/// This program in another profile.
fn build(profile: &str, folder: &str) -> PathBuf {
    let target = target();
    let mut command = cargo();
    command.args(["build", "--quiet", "--bin", "compile", "--profile", profile]);
    command.arg("--target-dir").arg(&target).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(command.status().expect("cargo can be run").success(), "{command:?} failed");
    target.join(folder).join("compile")
}

/// Runs the compiler in a process of its own: all stages together, then the figures.
fn once(program: &PathBuf, root: &PathBuf) -> Figures<f64> {
    let output = Command::new(program).arg(WORD).arg(root).output().expect("this program can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = String::from_utf8(output.stdout).expect("figures are ASCII");
    let mut figures = [0.0; FIGURES.len() + 1];
    for (figure, text) in zip(&mut figures[1..], output.split_whitespace()) {
        *figure = text.parse().expect("each is a number");
    }
    figures[0] = figures[1..=STAGES].iter().sum();
    figures
}

/// What the process does that [`once`] starts.
pub(crate) fn report(mut arguments: impl Iterator<Item = OsString>) {
    let root = PathBuf::from(arguments.next().expect("the folder of the tree was given"));
    let out = root.join("stairwell.rs.out");
    drop(fs::remove_file(&out));
    let mut times = vec![Instant::now()];
    let mut lap = || times.push(Instant::now());
    let tree = stairwell_build::scan(&root);
    lap();
    let draft = stairwell_build::parse(tree);
    lap();
    let plan = stairwell_build::check(draft).expect("the corpus is sound");
    lap();
    let text = stairwell_build::emit(&plan);
    lap();
    stairwell_build::write(&out, &text).expect("the tree's folder can be written to");
    lap();
    for pair in times.windows(2) {
        println!("{}", (pair[1] - pair[0]).as_secs_f64());
    }
    println!("{} {}", own_peak(), text.len());
}
