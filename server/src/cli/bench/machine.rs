//! What the machine is, and what it could do at best.

use std::{fs, num::NonZero, thread};

use gpt_oss_engine::{Ceilings, ceilings};
use serde::Serialize;

use crate::cli::failure::Failure;

/// The machine and its ceilings.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    /// As the processor calls itself.
    pub(super) cpu: String,
    /// Threads that the system runs at the same time.
    pub(super) hardware_threads: usize,
    /// Memory in bytes, where the system tells.
    pub(super) memory: Option<u64>,
    /// With the threads that the model has.
    pub(super) ceilings: Ceilings,
}

impl Machine {
    /// Takes a few seconds.
    pub(super) fn measure(threads: Option<usize>) -> Result<Self, Failure> {
        let ceilings = ceilings(threads).map_err(|error| {
            Failure::failed(format!("this machine cannot be measured: {error}"))
        })?;
        Ok(Self {
            cpu: cpu().unwrap_or_else(|| std::env::consts::ARCH.into()),
            hardware_threads: thread::available_parallelism().map_or(1, NonZero::get),
            memory: kilobytes("/proc/meminfo", "MemTotal:"),
            ceilings,
        })
    }
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
