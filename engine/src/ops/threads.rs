//! How work is cut: into contiguous ranges of output rows, on the current rayon pool, and not at all when it is small.

/// Below this much work, in bytes of weights read or comparable units, a second thread costs more than it gives.
const WORTH_SPLITTING: usize = 96 << 10;

/// Ranges for each thread; more than one so that a thread that starts late does not hold up the rest.
const RANGES_A_THREAD: usize = 4;

/// Whether `work` units are worth a second thread.
pub(super) fn worth_splitting(work: usize) -> bool {
    work >= WORTH_SPLITTING && rayon::current_num_threads() > 1
}

/// How many of `rows` rows one task takes when a row costs `row_work` units. `rows` itself means: do not split.
pub(super) fn rows_a_task(rows: usize, row_work: usize) -> usize {
    if !worth_splitting(rows * row_work) {
        return rows.max(1);
    }
    let threads = rayon::current_num_threads();
    let smallest = (WORTH_SPLITTING / 2).div_ceil(row_work.max(1));
    let even = rows.div_ceil(threads * RANGES_A_THREAD);
    even.max(smallest).next_multiple_of(8).min(rows)
}
