//! Room for a recursive parser.

/// Enough, without optimisation, for everything that the lexer's bounds let through, and twenty times
/// that. It is address space; only what is used becomes memory.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// For systems that do not give that much.
const SMALL_STACK_BYTES: usize = 32 * 1024 * 1024;

/// Runs `work` on a thread with a large stack and gives back what it returns.
///
/// One call around a whole run is right: a thread per file costs more than the files. On a system
/// that starts no thread at all, `work` runs on the caller's stack. A panic of `work` goes on in
/// the caller.
pub fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    // A thread that cannot be started takes the closure with it, so the closure stays here.
    let work = std::sync::Mutex::new(Some(work));
    let run = || {
        let taken = work.lock().ok().and_then(|mut work| work.take());
        taken.map(|work| work())
    };
    let result = std::thread::scope(|scope| {
        for bytes in [STACK_BYTES, SMALL_STACK_BYTES] {
            if let Ok(thread) = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, run) {
                return thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
        }
        run()
    });
    match result {
        Some(result) => result,
        // The closure is taken once: by the thread, or here.
        None => unreachable!("the work was taken before it ran"),
    }
}
