//! The command that runs the present test again.

/// `None` outside cargo, and where the thread does not tell which test it runs.
pub(crate) fn this_test() -> Option<String> {
    let package = std::env::var("CARGO_PKG_NAME").ok()?;
    // libtest gives each test a thread with its name.
    let thread = std::thread::current();
    let test = thread.name().filter(|name| *name != "main" && !name.contains("tokio"))?;
    Some(format!("cargo test -p {package} {test}"))
}
