//! Where figures were taken. Without that they mean nothing.

use std::{fs, process::Command, thread};

/// One line of Markdown about machine and compiler, and `more`, such as a server.
pub fn facts(more: &[&str]) -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let field = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':'))
            .map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let memory = field("/proc/meminfo", "MemTotal");
    let memory: f64 = memory.split(' ').next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc
        .map_or_else(|_| "rustc ?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    let mut facts = vec![
        format!("{cores} cores"),
        field("/proc/cpuinfo", "model name"),
        format!("{:.0} GiB memory", memory / 1024.0 / 1024.0),
        rustc.trim().to_owned(),
    ];
    facts.extend(more.iter().map(|fact| (*fact).to_owned()));
    // Figures from a machine that does something else are worth less.
    facts.push(format!("load before the run {load}"));
    facts.join("; ")
}
