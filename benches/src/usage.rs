//! What a command, or this process, took of the machine.

use std::{
    ffi::OsString,
    process::{Command, Stdio},
    time::Instant,
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};

/// What one command took, its child processes included.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub wall: f64,
    /// User and system time in seconds.
    pub cpu: f64,
    /// The resident size, in bytes, of the largest single process.
    pub peak: f64,
}

impl Usage {
    /// Runs `command` by way of another process of this program, which has to hand its arguments to
    /// [`Usage::report`]: the system's account of child processes cannot be set to zero.
    pub fn of(command: &Command) -> Usage {
        // Not by its path: cargo may have built it anew since.
        let mut meter = Command::new("/proc/self/exe");
        meter.arg(Self::WORD).arg(command.get_program()).args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            meter.current_dir(folder);
        }
        let output = meter.stderr(Stdio::inherit()).output().expect("this program can be run");
        assert!(output.status.success(), "{command:?} failed");
        let figures = String::from_utf8(output.stdout).expect("figures are ASCII");
        let figures: Vec<f64> = figures.split_whitespace().map(|f| f.parse().expect("a number")).collect();
        let [wall, cpu, peak] = figures[..] else { panic!("three figures were expected, not {figures:?}") };
        Usage { wall, cpu, peak }
    }

    /// The first argument of the process that [`Usage::of`] starts.
    pub const WORD: &str = "measure";

    /// Runs the command and prints what it took; if it fails, what it wrote.
    pub fn report(mut command: impl Iterator<Item = OsString>) {
        let program = command.next().expect("a command was given");
        let before = Instant::now();
        let output = Command::new(&program).args(command).output();
        let wall = before.elapsed().as_secs_f64();
        let output = output.unwrap_or_else(|error| panic!("cannot run {program:?}: {error}"));
        if !output.status.success() {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            std::process::exit(1);
        }
        let used = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system keeps accounts");
        let cpu = (used.user_time() + used.system_time()).num_microseconds() as f64 / 1e6;
        println!("{wall} {cpu} {}", used.max_rss() * 1024);
    }
}

/// The largest resident size that this process has had, in bytes.
pub fn own_peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has this file");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.expect("the kernel says so") * 1024.0
}
