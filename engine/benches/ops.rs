//! Speed of the CPU ops on the shapes of 20b and of the demo model: `cargo bench -p gpt-oss-engine --bench ops`.
//!
//! With `-- --one-thread` on one thread, by the time that thread spent on a processor (Linux): of use on a busy machine.
//!
//! One token's ops are compared by the bytes of weights that they read, many tokens' by their multiplications. Weights are rotated
//! through more memory than a cache holds.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::{
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use candle_core::{DType, Device, Result, Tensor};
use gpt_oss_engine::{
    ceilings,
    ops::{
        linear::Linear,
        mxfp4_experts::{Experts, Projection},
        route::Routes,
    },
};
use half::bf16;

/// Seconds that this thread spent on a processor (Linux; counted by the scheduler's ticks).
fn processor_time() -> f64 {
    let spent = || {
        fs::read_to_string("/proc/thread-self/schedstat")
            .ok()?
            .split(' ')
            .next()?
            .parse::<f64>()
            .ok()
    };
    spent().unwrap_or(f64::NAN) / 1e9
}

/// Seconds that a run takes, after one that warms up: the fastest within a third of a second, or with `--one-thread` the mean of
/// the thread's own time.
fn time(mut run: impl FnMut(usize)) -> f64 {
    run(0);
    let (start, spent, mut fastest, mut i) = (Instant::now(), processor_time(), f64::INFINITY, 1);
    while i < 4 || start.elapsed() < Duration::from_millis(300) {
        let begin = Instant::now();
        run(i);
        fastest = fastest.min(begin.elapsed().as_secs_f64());
        i += 1;
    }
    if one_thread() { (processor_time() - spent) / (i - 1) as f64 } else { fastest }
}

fn one_thread() -> bool {
    std::env::args().any(|a| a == "--one-thread")
}

fn report(name: &str, n: usize, seconds: f64, bytes: usize, products: usize) {
    let (read, flops) = (bytes as f64 / seconds / 1e9, 2.0 * products as f64 / seconds / 1e9);
    println!("{name:28} n {n:4}  {:9.1} µs  {read:6.1} GB/s  {flops:7.1} GFLOP/s", seconds * 1e6);
}

fn linear(name: &str, rows: usize, columns: usize) -> Result<()> {
    let device = Device::Cpu;
    let bytes = rows * columns * 2;
    let copies = (256_usize << 20).div_ceil(bytes).min(24);
    let layer = || {
        let weight =
            Tensor::from_vec(vec![bf16::from_f32(0.01); rows * columns], (rows, columns), &device)?;
        Linear::new(weight, None)
    };
    let layers = (0..copies).map(|_| layer()).collect::<Result<Vec<_>>>()?;
    for n in [1, 2, 8, 64] {
        let x = Tensor::ones((n, columns), DType::F32, &device)?;
        let seconds = time(|i| {
            black_box(layers[i % copies].forward(&x).ok());
        });
        report(name, n, seconds, bytes, n * rows * columns);
    }
    Ok(())
}

fn experts(name: &str, count: usize, k: usize, width: usize) -> Result<()> {
    let device = Device::Cpu;
    let projection = |rows: usize| -> Result<Projection> {
        let blocks = width / 32;
        let codes: Vec<u8> =
            (0..count * rows * blocks * 16).map(|i| (i * 37 % 251) as u8).collect();
        Ok(Projection {
            blocks: Tensor::from_vec(codes, (count, rows, blocks, 16), &device)?,
            scales: Tensor::full(118u8, (count, rows, blocks), &device)?,
            bias: Tensor::zeros((count, rows), DType::F32, &device)?,
        })
    };
    let layer = Experts::new(projection(2 * width)?, projection(width)?, 7.0)?;
    for n in [1, 8, 64] {
        let x = Tensor::ones((n, width), DType::F32, &device)?;
        let seconds = time(|i| {
            // Other experts in every run, spread as a router would.
            let pick = |slot: usize| ((slot + i * n * k) * 7 % count) as u32;
            let routes =
                Routes { experts: (0..n * k).map(pick).collect(), weights: vec![0.25; n * k], k };
            black_box(layer.forward(&x, &routes).ok());
        });
        let products = 3 * width * width;
        report(name, n, seconds, (n * k).min(count) * products / 32 * 17, n * k * products);
    }
    Ok(())
}

fn main() -> Result<()> {
    if one_thread() {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .map_err(candle_core::Error::wrap)?;
        return pool.install(all);
    }
    let ceilings = ceilings(None)?;
    println!(
        "{} threads, memory read {:.1} GB/s, bf16 × f32 product {:.1} GFLOP/s",
        ceilings.threads,
        ceilings.read_bytes_per_second / 1e9,
        ceilings.matmul_flops / 1e9
    );
    all()
}

fn all() -> Result<()> {
    linear("linear 20b qkv", 5120, 2880)?;
    linear("linear 20b output", 2880, 4096)?;
    linear("linear demo qkv", 768, 384)?;
    experts("experts 20b", 32, 4, 2880)?;
    experts("experts demo", 8, 2, 384)
}
