//! The runner's own threads: one a physical core, so that neither the caller's threads nor a second hyperthread share one.

use std::{collections::BTreeSet, fs, num::NonZero, thread};

/// A pool of `threads` threads, or one a physical core.
pub(crate) fn pool(
    threads: Option<usize>,
) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or_else(physical_cores))
        .thread_name(|i| format!("model-{i}"))
        .build()
}

/// Physical cores that this process may use: what the operating system grants, less the hyperthreads where they can be told apart.
fn physical_cores() -> usize {
    let granted = thread::available_parallelism().map_or(1, NonZero::get);
    distinct_cores().map_or(granted, |cores| cores.clamp(1, granted))
}

/// Cores by the sets of their hyperthreads, on Linux.
fn distinct_cores() -> Option<usize> {
    let mut cores = BTreeSet::new();
    for entry in fs::read_dir("/sys/devices/system/cpu").ok()? {
        let path = entry.ok()?.path().join("topology/thread_siblings_list");
        if let Ok(siblings) = fs::read_to_string(path) {
            cores.insert(siblings);
        }
    }
    (!cores.is_empty()).then_some(cores.len())
}
