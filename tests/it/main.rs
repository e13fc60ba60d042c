//! End-to-end behaviour over real HTTP and the real binary, in one test binary.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; clippy's exemption misses helpers of test targets"
)]

mod tidy;
