//! The pool that programs run in.

/// How many CPUs the process is allowed to use.
pub fn allowed() -> usize {
    core_affinity::get_core_ids().map_or(1, |ids| ids.len().max(1))
}

/// A pool of `threads` workers, each pinned to a CPU that the process is allowed to use; workers
/// without work sleep. Run training inside `install`.
pub fn pinned(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .start_handler(move |k| {
            if !cores.is_empty() {
                core_affinity::set_for_current(cores[k % cores.len()]);
            }
        })
        .build()
}
