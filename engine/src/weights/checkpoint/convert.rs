//! Stored element types to the ones the model takes.

use half::{bf16, f16};
use rayon::prelude::*;
use safetensors::tensor::Dtype as FileDtype;

use super::file::RawTensor;

/// Values a rayon task converts.
const CHUNK: usize = 1 << 16;

/// Half precision to f32, which holds every value.
pub(super) fn f16_to_f32(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; bytes.len() * 2];
    out.par_chunks_mut(CHUNK * 4).zip(bytes.par_chunks(CHUNK * 2)).for_each(|(out, bytes)| {
        for (out, value) in out.as_chunks_mut::<4>().0.iter_mut().zip(bytes.as_chunks::<2>().0) {
            *out = f16::from_le_bytes(*value).to_f32().to_le_bytes();
        }
    });
    out
}

/// Signed bytes times their row's scale, rounded to bf16. `scales` has one value a row.
pub(super) fn i8_rows_to_bf16(bytes: &[u8], scales: &[f32]) -> Vec<u8> {
    let mut out = vec![0; bytes.len() * 2];
    let columns = bytes.len() / scales.len().max(1);
    if columns == 0 {
        return out;
    }
    out.par_chunks_mut(columns * 2).zip(bytes.par_chunks(columns)).zip(scales).for_each(
        |((out, row), scale)| {
            for (out, value) in out.as_chunks_mut::<2>().0.iter_mut().zip(row) {
                *out = bf16::from_f32(f32::from(value.cast_signed()) * scale).to_le_bytes();
            }
        },
    );
    out
}

/// bf16, f32 or f16 values as f32; `None` for other types.
pub(super) fn floats(raw: RawTensor<'_>) -> Option<Vec<f32>> {
    Some(match raw.dtype {
        FileDtype::F32 => {
            raw.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
        }
        FileDtype::BF16 => {
            raw.bytes.as_chunks::<2>().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect()
        }
        FileDtype::F16 => {
            raw.bytes.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect()
        }
        _ => return None,
    })
}
