//! End-to-end behaviour over real HTTP and the real binary, in one test binary.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; clippy's exemption misses helpers of test targets"
)]

/// `gpt-oss harmony parse`.
mod harmony;
/// Routes, keys, hosts, limits, leaving and stopping.
mod http;
/// Many clients at once; memory.
mod load;
/// Every way to get a request wrong.
mod rejections;
/// Every folder of `tests-data/scenarios/`.
mod scenarios;
/// The architecture, enforced.
mod tidy;
