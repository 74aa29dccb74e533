//! Processes of the application that end in their own way.

use std::process::{Child, Command, Output, Stdio};

use crate::app;

/// `app migrate` with these arguments, not started yet.
pub(crate) fn migrate(url: &str, arguments: &[&str]) -> Command {
    let mut app = app();
    app.arg("migrate").args(arguments).args(["--database-url", url]).stdin(Stdio::null());
    app
}

pub(crate) fn start(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[track_caller]
pub(crate) fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Numbers that nobody foresees; the seed stands in what the test prints.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Random {
        let seed = std::env::var("STAIRWELL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = seed.unwrap_or(u64::try_from(now.as_nanos() & 0xffff_ffff).unwrap() | 1);
        println!("STAIRWELL_TEST_SEED={seed}");
        Random(seed)
    }

    /// A number below 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        // xorshift64.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let number = self.0;
        self.fraction();
        usize::try_from(number % u64::try_from(bound).unwrap()).unwrap()
    }
}
