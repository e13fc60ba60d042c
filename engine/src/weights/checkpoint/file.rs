//! One safetensors file, mapped into memory. The header is checked completely before the data is mapped.

use std::{borrow::Cow, fs::File, io::Read, path::Path};

use memmap2::Mmap;
use safetensors::tensor::{Dtype as FileDtype, Metadata};

use crate::weights::WeightError;

/// Limit of the header, as in the safetensors library.
const MAX_HEADER: u64 = 100_000_000;

/// A safetensors file whose header has been checked: offsets lie within the file, do not overlap, leave no gap and fit the shapes.
pub(super) struct TensorFile {
    /// As shown in errors.
    name: String,
    bytes: Bytes,
    /// Where tensor data begins.
    data: usize,
    header: Metadata,
}

enum Bytes {
    Mapped(Mmap),
    Memory(Cow<'static, [u8]>),
}

/// A tensor as the file has it.
#[derive(Clone, Copy)]
pub(super) struct RawTensor<'a> {
    pub(super) dtype: FileDtype,
    pub(super) shape: &'a [usize],
    pub(super) bytes: &'a [u8],
}

impl TensorFile {
    /// Checks and maps a file. A symbolic link is followed; what it leads to must be a regular file.
    pub(super) fn open(path: &Path) -> Result<Self, WeightError> {
        let name = path.display().to_string();
        let io = |e: std::io::Error| WeightError(format!("{name}: {e}"));
        // Asked before opening: opening a pipe would block.
        if !std::fs::metadata(path).map_err(io)?.is_file() {
            return Err(WeightError(format!("{name}: not a regular file")));
        }
        let mut file = File::open(path).map_err(io)?;
        let len = file.metadata().map_err(io)?.len();
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(|_| truncated(&name, "8 bytes", len))?;
        let header_len = header_length(&name, length, len)?;
        let mut header = vec![0; header_len];
        file.read_exact(&mut header).map_err(io)?;
        let header = check_header(&name, &header, len)?;
        // SAFETY: the map is read-only and lives as long as `Self`. Changing or truncating a model file while it is in use is outside
        // what this program can guard against; the same holds for every program that maps checkpoints.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        if map.len() as u64 != len {
            return Err(WeightError(format!("{name}: the file changed while it was opened")));
        }
        Ok(Self { name, bytes: Bytes::Mapped(map), data: 8 + header_len, header })
    }

    /// Checks a file that is in memory. `name` is shown in errors.
    pub(super) fn from_bytes(name: &str, bytes: Cow<'static, [u8]>) -> Result<Self, WeightError> {
        let len = bytes.len() as u64;
        let length = bytes.first_chunk::<8>().ok_or_else(|| truncated(name, "8 bytes", len))?;
        let header_len = header_length(name, *length, len)?;
        let header = check_header(name, &bytes[8..8 + header_len], len)?;
        Ok(Self { name: name.into(), bytes: Bytes::Memory(bytes), data: 8 + header_len, header })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn tensor_names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    pub(super) fn tensor(&self, name: &str) -> Option<RawTensor<'_>> {
        let info = self.header.info(name)?;
        let (start, end) = info.data_offsets;
        let bytes = self.all().get(self.data + start..self.data + end)?;
        Some(RawTensor { dtype: info.dtype, shape: &info.shape, bytes })
    }

    /// Asks the system to read a tensor's pages ahead of their use.
    pub(super) fn prefetch(&self, name: &str) {
        #[cfg(unix)]
        if let (Bytes::Mapped(map), Some(info)) = (&self.bytes, self.header.info(name)) {
            let (start, end) = info.data_offsets;
            // Advice only: without it the pages are read on first use.
            let _ = map.advise_range(memmap2::Advice::WillNeed, self.data + start, end - start);
        }
        #[cfg(not(unix))]
        let _ = name;
    }

    fn all(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Memory(bytes) => bytes,
        }
    }
}

fn truncated(name: &str, expected: &str, len: u64) -> WeightError {
    WeightError(format!(
        "{name}: expected {expected}, found {len}: the file is truncated or not safetensors; download it again"
    ))
}

fn header_length(name: &str, length: [u8; 8], len: u64) -> Result<usize, WeightError> {
    let header = u64::from_le_bytes(length);
    if header > MAX_HEADER || header > len - 8 {
        return Err(WeightError(format!(
            "{name}: the header claims {header} bytes, expected at most {}: the file is truncated or not safetensors; download it again",
            MAX_HEADER.min(len - 8)
        )));
    }
    usize::try_from(header).map_err(|e| WeightError(format!("{name}: header: {e}")))
}

/// The library checks that offsets are contiguous from 0 and that each tensor's size is its shape times its type.
fn check_header(name: &str, header: &[u8], len: u64) -> Result<Metadata, WeightError> {
    let metadata: Metadata = serde_json::from_slice(header)
        .map_err(|e| WeightError(format!("{name}: the safetensors header is invalid: {e}")))?;
    let data = metadata.data_len() as u64;
    let expected = data.checked_add(8 + header.len() as u64);
    if expected != Some(len) {
        let expected = expected.map_or("more than 2^64 bytes".into(), |n| format!("{n} bytes"));
        return Err(truncated(name, &expected, len));
    }
    Ok(metadata)
}
