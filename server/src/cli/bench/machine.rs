//! What the machine is, and what it could do at best.

use std::{fs, hint::black_box, num::NonZero, thread, time::Instant};

use serde::Serialize;

/// Bytes read per measurement: far more than any cache.
const BUFFER: usize = 512 << 20;

/// The machine and its ceilings.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// As the processor calls itself.
    pub(super) cpu: String,
    /// Threads that run at the same time.
    pub(super) threads: usize,
    /// Memory in bytes, where the system tells.
    pub(super) memory: Option<u64>,
    /// Bytes a second that all threads together read from memory.
    pub(super) read_bandwidth: f64,
}

impl Machine {
    /// Takes a second: reads memory with all threads and keeps the best of four.
    pub(super) fn measure() -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let buffer = vec![1u64; BUFFER / size_of::<u64>()];
        let best = (0..4).map(|_| read_all(&buffer, threads)).fold(f64::INFINITY, f64::min);
        Self {
            cpu: cpu().unwrap_or_else(|| std::env::consts::ARCH.into()),
            threads,
            memory: kilobytes("/proc/meminfo", "MemTotal:"),
            read_bandwidth: BUFFER as f64 / best,
        }
    }
}

/// Seconds in which `threads` threads read all of `buffer`.
fn read_all(buffer: &[u64], threads: usize) -> f64 {
    let began = Instant::now();
    thread::scope(|scope| {
        for part in buffer.chunks(buffer.len().div_ceil(threads)) {
            scope.spawn(move || {
                black_box(part.iter().fold(0u64, |sum, word| sum.wrapping_add(*word)))
            });
        }
    });
    began.elapsed().as_secs_f64()
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Largest memory that this process had so far, in bytes.
pub(super) fn peak_memory() -> Option<u64> {
    kilobytes("/proc/self/status", "VmHWM:")
}

/// Memory that this process has now, in bytes.
pub(super) fn memory() -> Option<u64> {
    kilobytes("/proc/self/status", "VmRSS:")
}

/// A line like `VmHWM:  1234 kB` of one of Linux's files, in bytes.
fn kilobytes(file: &str, label: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
    rest.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
