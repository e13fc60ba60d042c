//! Checks on the machine at hand: every kernel against its reference, on every instruction set that is there.

use candle_core::Result;

use super::{linear, mxfp4_experts, paged_attention, simd::Isa};

/// Largest difference over the largest value that a kernel in f32 may have from its reference in f64.
const TOLERANCE: f64 = 5e-6;

/// How far a kernel is from its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct OpCheck {
    /// The op, by its folder's name.
    pub op: &'static str,
    /// The instruction set.
    pub instructions: String,
    /// Largest difference over the largest value.
    pub error: f64,
}

impl OpCheck {
    /// Whether the kernel is as exact as f32 allows.
    pub fn passed(&self) -> bool {
        self.error <= TOLERANCE
    }
}

/// Checks every kernel that has a reference; takes well under a second.
///
/// # Errors
/// A kernel refuses its own test's shapes.
pub fn selftest() -> Result<Vec<OpCheck>> {
    let mut checks = Vec::new();
    for isa in Isa::available() {
        for (op, error) in [
            ("linear", linear::selftest::error(isa)),
            ("mxfp4_experts", mxfp4_experts::selftest::error(isa)?),
            ("paged_attention", paged_attention::selftest::error(isa)?),
        ] {
            checks.push(OpCheck { op, instructions: format!("{isa:?}").to_lowercase(), error });
        }
    }
    Ok(checks)
}
