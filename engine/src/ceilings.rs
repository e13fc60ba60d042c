//! What this machine can do at best: the speeds that the model's are compared with.

use std::{hint::black_box, time::Instant};

use candle_core::{Device, Result, Tensor};
use half::bf16;
use rayon::prelude::*;

use crate::{candle_runner::threads, huge_pages, ops::linear::Linear};

/// Bytes read to measure the memory: larger than most last-level caches.
const READ_BYTES: usize = 1 << 30;
/// Places from which a thread reads at once.
const STREAMS: usize = 8;

/// Measurements of one machine; each is the best of several.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Ceilings {
    /// Threads that were used.
    pub threads: usize,
    /// Memory read by all threads, in bytes a second.
    pub read_bytes_per_second: f64,
    /// Our own product of a large bf16 matrix with many f32 rows, in floating-point operations a second.
    pub matmul_flops: f64,
}

/// Measures for about two seconds, with one thread a physical core unless `threads` says otherwise. Takes 1 GiB of memory.
///
/// # Errors
/// The threads could not be started.
pub fn ceilings(threads: Option<usize>) -> Result<Ceilings> {
    let pool = threads::pool(threads).map_err(candle_core::Error::wrap)?;
    pool.install(|| {
        Ok(Ceilings {
            threads: rayon::current_num_threads(),
            read_bytes_per_second: read_speed(),
            matmul_flops: matmul_speed()?,
        })
    })
}

/// Best of `runs` in units a second.
fn best(runs: usize, units: f64, mut run: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            units / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}

/// Reads as the model reads its weights: memory in huge pages, every thread front to back through parts of its own.
fn read_speed() -> f64 {
    let mut words = huge_pages::with_capacity(READ_BYTES / 8);
    words.resize(READ_BYTES / 8, 1u64);
    let part = words.len() / rayon::current_num_threads() / 4;
    best(6, READ_BYTES as f64, || {
        black_box(words.par_chunks(part.max(STREAMS)).map(sum).sum::<u64>());
    })
}

/// The sum of `part`, read as several streams at once: one alone waits for the memory's latency more than for its width.
fn sum(part: &[u64]) -> u64 {
    const LINE: usize = 8;
    let stream = part.len() / STREAMS / LINE * LINE;
    let (streams, rest) = part.split_at(stream * STREAMS);
    let mut lanes = [[0u64; LINE]; STREAMS];
    for at in (0..stream).step_by(LINE) {
        for (n, lanes) in lanes.iter_mut().enumerate() {
            let line = &streams[n * stream + at..][..LINE];
            lanes.iter_mut().zip(line).for_each(|(lane, word)| *lane = lane.wrapping_add(*word));
        }
    }
    lanes.iter().flatten().chain(rest).fold(0, |sum, word| sum.wrapping_add(*word))
}

fn matmul_speed() -> Result<f64> {
    let (n, columns, rows) = (192, 2880, 2880);
    let device = Device::Cpu;
    let weight = Tensor::from_vec(vec![bf16::ONE; rows * columns], (rows, columns), &device)?;
    let linear = Linear::new(weight, None)?;
    let x = Tensor::from_vec(vec![1.0f32; n * columns], (n, columns), &device)?;
    let mut result = Ok(());
    let speed = best(5, 2.0 * (n * columns * rows) as f64, || {
        if let Err(error) = linear.forward(&x).map(black_box) {
            result = Err(error);
        }
    });
    result.map(|()| speed)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sum_leaves_nothing_out() {
        for n in [0, 1, 31, 32, 33, 1000] {
            let words: Vec<u64> = (0..n).collect();
            assert_eq!(super::sum(&words), words.iter().sum::<u64>(), "{n} words");
        }
    }

    #[test]
    fn speeds_are_positive() {
        let ceilings = super::ceilings(Some(1)).unwrap();
        assert_eq!(ceilings.threads, 1);
        assert!(
            ceilings.read_bytes_per_second > 1e8 && ceilings.matmul_flops > 1e7,
            "{ceilings:?}"
        );
    }
}
