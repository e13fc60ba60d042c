//! Memory for weights, in pages of 2 MiB where the system allows.
//!
//! Generation reads gigabytes of weights a token, front to back. With pages of 4 KiB every page is a fault when it is filled and a miss in
//! the translation cache when it is read, and in a virtual machine a miss walks two tables. Figures are in BENCHMARKS.md.

use std::mem::MaybeUninit;

/// Below this size a huge page would hardly ever fit in.
const MIN_BYTES: usize = 8 << 20;

/// An empty vector with room for `n` values.
pub(crate) fn with_capacity<T>(n: usize) -> Vec<T> {
    let mut vec = Vec::with_capacity(n);
    advise(vec.spare_capacity_mut());
    vec
}

/// A copy of `values`.
pub(crate) fn copy<T: Copy>(values: &[T]) -> Vec<T> {
    let mut vec = with_capacity(values.len());
    vec.extend_from_slice(values);
    vec
}

/// `n` bytes of zeros, which are not touched yet: a fresh mapping is zero.
pub(crate) fn zeroed(n: usize) -> Vec<u8> {
    let mut vec = vec![0; n];
    // SAFETY: initialised bytes are valid as possibly uninitialised ones, and `advise` writes none.
    advise(unsafe {
        std::slice::from_raw_parts_mut(vec.as_mut_ptr().cast::<MaybeUninit<u8>>(), n)
    });
    vec
}

/// Asks for huge pages. Must come before the memory is used: pages are chosen on first touch.
#[cfg(target_os = "linux")]
fn advise<T>(memory: &mut [MaybeUninit<T>]) {
    const PAGE: usize = 4096;
    let bytes = size_of_val(memory);
    if bytes < MIN_BYTES {
        return;
    }
    let start = memory.as_mut_ptr() as usize;
    let first = start.next_multiple_of(PAGE);
    let len = (start + bytes - first) / PAGE * PAGE;
    // SAFETY: the range lies within `memory`, which is borrowed for the call. MADV_HUGEPAGE changes how it is backed, not what it
    // holds. It is a hint: a kernel without huge pages refuses it, and nothing is lost.
    unsafe { libc::madvise(first as *mut libc::c_void, len, libc::MADV_HUGEPAGE) };
}

/// Other systems choose page sizes by themselves.
#[cfg(not(target_os = "linux"))]
fn advise<T>(_: &mut [MaybeUninit<T>]) {
    let _ = MIN_BYTES;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_those_of_ordinary_memory() {
        for n in [0, 1, 4096, MIN_BYTES - 1, MIN_BYTES, MIN_BYTES + 12_345] {
            let zeros = zeroed(n);
            assert!(zeros.len() == n && zeros.iter().all(|byte| *byte == 0), "{n}");
            let values: Vec<u8> = (0..n).map(|i| (i % 251) as u8).collect();
            assert!(copy(&values) == values, "{n}");
            assert!(with_capacity::<u16>(n).capacity() >= n);
        }
    }
}
