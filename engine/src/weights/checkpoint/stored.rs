//! Finds a tensor in the files of a checkpoint and checks it.

use rustc_hash::FxHashSet;
use safetensors::tensor::Dtype as FileDtype;

use super::{
    Checkpoint, Layout,
    file::{RawTensor, TensorFile},
};
use crate::weights::{Dtype, TensorId, WeightError};

pub(super) const COMPACT_ROWS: &str = "model.embed_tokens.rows";
pub(super) const COMPACT_IDS: &str = "model.embed_tokens.ids";

/// A tensor as stored, and how it becomes [`TensorData`](crate::weights::TensorData).
pub(super) struct Stored<'a> {
    pub(super) file: &'a TensorFile,
    pub(super) name: String,
    pub(super) raw: RawTensor<'a>,
    pub(super) scale: Option<RawTensor<'a>>,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
}

impl Checkpoint {
    fn raw(&self, name: &str) -> Option<(&TensorFile, RawTensor<'_>)> {
        let file = &self.files[*self.places.get(name)?];
        Some((file, file.tensor(name)?))
    }

    /// The ids of a compact embedding: distinct and within the vocabulary.
    pub(super) fn compact_ids(&self) -> Result<Option<Vec<u32>>, WeightError> {
        let Some((file, raw)) = self.raw(COMPACT_IDS) else { return Ok(None) };
        let wrong =
            |expected: &str, found: String| tensor_error(file, COMPACT_IDS, expected, &found);
        let ids: Vec<u64> = match raw.dtype {
            FileDtype::U32 => raw
                .bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|b| u64::from(u32::from_le_bytes(*b)))
                .collect(),
            FileDtype::I64 => {
                raw.bytes.as_chunks::<8>().0.iter().map(|b| u64::from_le_bytes(*b)).collect()
            }
            other => return Err(wrong("U32 or I64", format!("{other:?}"))),
        };
        if raw.shape.len() != 1 {
            return Err(wrong("one dimension", format!("{:?}", raw.shape)));
        }
        let mut seen = FxHashSet::default();
        for id in &ids {
            if *id >= self.beside.config.vocabulary as u64 || !seen.insert(*id) {
                return Err(wrong(
                    &format!("distinct ids below {}", self.beside.config.vocabulary),
                    id.to_string(),
                ));
            }
        }
        Ok(Some(ids.into_iter().map(|id| id as u32).collect()))
    }

    /// Finds a tensor and checks type and shape.
    pub(super) fn stored(&self, id: TensorId) -> Result<Stored<'_>, WeightError> {
        let mut shape = id.shape(&self.beside.config);
        let mut name = match self.layout {
            Layout::HuggingFace => id.hugging_face_name(),
            Layout::Original => id.original_name(),
        };
        if let (TensorId::Embedding, Some(ids)) = (id, &self.shared_rows) {
            COMPACT_ROWS.clone_into(&mut name);
            shape[0] = ids.len() + 1;
        }
        let (file, mut raw) = self.raw(&name).ok_or_else(|| self.absent(id, &name))?;
        let fused =
            if self.layout == Layout::Original { id.fused_rows(&self.beside.config) } else { None };
        let mut expected = shape.clone();
        if let Some((_, total)) = &fused {
            expected[0] = *total;
        }
        if raw.shape != expected {
            return Err(tensor_error(
                file,
                &name,
                &format!("shape {expected:?}"),
                &format!("{:?}", raw.shape),
            ));
        }
        if let Some((rows, total)) = fused {
            // The size is shape times type, checked with the header: a row has the same number of bytes everywhere.
            let row = raw.bytes.len() / total;
            raw.bytes = &raw.bytes[rows.start * row..rows.end * row];
        }
        let (dtype, scale) = self.element_type(id, file, &name, raw)?;
        Ok(Stored { file, name, raw, scale, dtype, shape })
    }

    /// The type that a stored type becomes, and the scales of an I8 tensor.
    fn element_type<'a>(
        &'a self,
        id: TensorId,
        file: &TensorFile,
        name: &str,
        raw: RawTensor<'a>,
    ) -> Result<(Dtype, Option<RawTensor<'a>>), WeightError> {
        match (id.is_mxfp4(), raw.dtype) {
            (true, FileDtype::U8) => Ok((Dtype::U8, None)),
            (true, other) => Err(tensor_error(file, name, "U8", &format!("{other:?}"))),
            (false, FileDtype::BF16) => Ok((Dtype::Bf16, None)),
            (false, FileDtype::F32 | FileDtype::F16) => Ok((Dtype::F32, None)),
            (false, FileDtype::I8)
                if self.layout == Layout::HuggingFace && raw.shape.len() == 2 =>
            {
                Ok((Dtype::Bf16, Some(self.scale(file, name, raw.shape[0])?)))
            }
            (false, other) => Err(tensor_error(
                file,
                name,
                "BF16, F32, F16, or a matrix of I8 with scales",
                &format!("{other:?}"),
            )),
        }
    }

    fn scale(
        &self,
        file: &TensorFile,
        name: &str,
        rows: usize,
    ) -> Result<RawTensor<'_>, WeightError> {
        let scale = name.to_owned() + "_scale";
        let (_, raw) = self
            .raw(&scale)
            .ok_or_else(|| tensor_error(file, &scale, "the scales of an I8 tensor", "nothing"))?;
        if raw.shape != [rows] || !matches!(raw.dtype, FileDtype::BF16 | FileDtype::F32) {
            let found = format!("{:?} {:?}", raw.dtype, raw.shape);
            return Err(tensor_error(
                file,
                &scale,
                &format!("BF16 or F32 of shape [{rows}]"),
                &found,
            ));
        }
        Ok(raw)
    }

    fn absent(&self, id: TensorId, name: &str) -> WeightError {
        let dtype = id.published_dtype().name().to_uppercase();
        let expected = format!("{dtype} {:?}", id.shape(&self.beside.config));
        let plain = name.strip_suffix("_blocks").or_else(|| name.strip_suffix("_scales"));
        if let Some((file, raw)) = plain.and_then(|plain| self.raw(plain)) {
            let found =
                format!("unquantised experts ({:?}, {})", raw.dtype, plain.unwrap_or_default());
            return tensor_error(file, name, &format!("MXFP4 experts, {expected}"), &found);
        }
        WeightError(format!("{}: tensor `{name}`: expected {expected}, found nothing", self.name))
    }
}

fn tensor_error(file: &TensorFile, tensor: &str, expected: &str, found: &str) -> WeightError {
    WeightError(format!("{}: tensor `{tensor}`: expected {expected}, found {found}", file.name()))
}
