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

/// Does two things at once, each on a thread with a large stack, and gives both results. A panic goes on in the
/// caller.
///
/// Where no thread can be started the second begins when the first has ended, so the first must not wait for it.
pub fn both_with_stack<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    // A thread that cannot be started takes its closure with it, so the closure stays here.
    let second = std::sync::Mutex::new(Some(second));
    let run = || second.lock().ok().and_then(|mut second| second.take()).map(|second| second());
    let (first, beside) = std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run).ok();
        let first = with_stack(first);
        (
            first,
            beside.and_then(|beside| beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        )
    });
    match beside.or_else(|| with_stack(run)) {
        Some(beside) => (first, beside),
        // The closure is taken once: by the thread, or here.
        None => unreachable!("the work was taken before it ran"),
    }
}

/// Fewer pieces of work than this are not worth a second thread.
const WORTH_A_THREAD: usize = 32;

/// Does `work` on every item, on as many threads with large stacks as the machine has cores, and gives
/// the results in the order of the items. A panic of `work` goes on in the caller.
pub fn map_with_stack<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(items.len() / WORTH_A_THREAD).max(1);
    if threads == 1 {
        return with_stack(|| items.iter().map(&work).collect());
    }
    // Items differ in size, so a thread takes the next few when it is ready for them.
    let few = (items.len() / threads / 16).clamp(1, WORTH_A_THREAD / 4);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let take = || {
        let mut results = Vec::new();
        loop {
            let start = next.fetch_add(few, std::sync::atomic::Ordering::Relaxed);
            let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { return results };
            let some = &rest[..rest.len().min(few)];
            results.extend(some.iter().enumerate().map(|(offset, item)| (start + offset, work(item))));
        }
    };
    let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| {
                let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
                thread.spawn_scoped(scope, take).ok()
            })
            .collect();
        let mut results = with_stack(take);
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_gets_what_the_first_sends() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let send = move || (0..3).filter(|number| sender.send(*number).is_ok()).count();
        assert_eq!(both_with_stack(send, || receiver.into_iter().collect::<Vec<_>>()), (3, vec![0, 1, 2]));
    }

    #[test]
    fn results_keep_the_order_of_the_items() {
        for count in [0, 1, 31, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(
                map_with_stack(&items, |item| item * 2),
                (0..count).map(|item| item * 2).collect::<Vec<_>>()
            );
        }
    }
}
