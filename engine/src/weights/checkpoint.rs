//! Checkpoints in safetensors files: the Hugging Face layout, the `original/` layout, and the compact form of the first.
//!
//! The compact form differs from the ordinary one in two ways, and is otherwise the same:
//! * a weight may be I8, with one scale a row beside it in `NAME_scale` (bf16 or f32); value = integer × scale, rounded to bf16;
//! * the embedding may be `model.embed_tokens.rows` \[n + 1, h\] with `model.embed_tokens.ids` (u32 or i64, \[n\]): the ids of the first n
//!   rows, in order; the last row belongs to every other id. Its scales, if it is I8, are `model.embed_tokens.rows_scale`.

use std::{borrow::Cow, path::Path, path::PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};
use safetensors::tensor::Dtype as FileDtype;

use super::{
    Dtype, Progress, TensorData, TensorId, TensorInfo, WeightError, WeightSource, convert,
    file::{RawTensor, TensorFile},
    folder,
};
use crate::config::{GenerationConfig, ModelConfig};

const COMPACT_ROWS: &str = "model.embed_tokens.rows";
const COMPACT_IDS: &str = "model.embed_tokens.ids";

/// A checkpoint whose every tensor has been checked for presence, type and shape.
pub struct Checkpoint {
    /// Shown in errors about tensors that no file has.
    name: String,
    files: Vec<TensorFile>,
    /// Which file has a tensor.
    places: FxHashMap<String, usize>,
    layout: Layout,
    beside: Beside,
    shared_rows: Option<Vec<u32>>,
}

/// The files of a checkpoint that is not in a folder. A tokenizer is optional, as are generation defaults.
pub struct InMemory {
    /// `config.json`.
    pub config: Cow<'static, [u8]>,
    /// `generation_config.json`.
    pub generation_config: Option<Cow<'static, [u8]>>,
    /// `model.safetensors`.
    pub weights: Cow<'static, [u8]>,
    /// `tokenizer.json`.
    pub tokenizer: Option<Cow<'static, [u8]>>,
}

/// What the files beside the weights say.
struct Beside {
    config: ModelConfig,
    temperature: Option<f32>,
    tokenizer: Tokenizer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    HuggingFace,
    Original,
}

enum Tokenizer {
    None,
    At(PathBuf),
    Bytes(Cow<'static, [u8]>),
}

/// A tensor as stored, and how it becomes [`TensorData`].
struct Stored<'a> {
    file: &'a TensorFile,
    name: String,
    raw: RawTensor<'a>,
    scale: Option<RawTensor<'a>>,
    dtype: Dtype,
    shape: Vec<usize>,
}

impl Checkpoint {
    /// Opens a folder with `config.json` and safetensors files; maps the files without reading them.
    ///
    /// # Errors
    /// A file is missing, truncated or inconsistent, or a tensor is absent or of the wrong type or shape.
    pub fn open(path: &Path, progress: &dyn Progress) -> Result<Self, WeightError> {
        let folder = folder::find(path)?;
        progress.begin("checking weight files", folder.shards.len() as u64);
        let files = folder.shards.iter().map(|shard| {
            let file = TensorFile::open(shard);
            progress.advance(1);
            file
        });
        let files = files.collect::<Result<Vec<_>, _>>();
        progress.end();
        let tokenizer = folder.tokenizer.map_or(Tokenizer::None, Tokenizer::At);
        let beside = Beside { config: folder.config, temperature: folder.temperature, tokenizer };
        Self::new(folder.path.display().to_string(), files?, beside)
    }

    /// A checkpoint whose files are in memory. `name` is shown in errors.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn from_memory(name: &str, files: InMemory) -> Result<Self, WeightError> {
        let file = |file: &str| format!("{name}/{file}");
        let mut config = ModelConfig::from_json(&file("config.json"), &files.config)?;
        let mut temperature = None;
        if let Some(bytes) = &files.generation_config {
            let generation = GenerationConfig::from_json(
                &file("generation_config.json"),
                bytes,
                config.vocabulary,
            )?;
            config.stop_tokens = generation.stop_tokens;
            temperature = generation.temperature;
        }
        let weights = TensorFile::from_bytes(&file("model.safetensors"), files.weights)?;
        let tokenizer = files.tokenizer.map_or(Tokenizer::None, Tokenizer::Bytes);
        Self::new(name.to_owned(), vec![weights], Beside { config, temperature, tokenizer })
    }

    fn new(name: String, files: Vec<TensorFile>, beside: Beside) -> Result<Self, WeightError> {
        let places = places(&files)?;
        let layout = if places.contains_key("embedding.weight") {
            Layout::Original
        } else {
            Layout::HuggingFace
        };
        let mut this = Self { name, files, beside, places, layout, shared_rows: None };
        this.shared_rows = this.compact_ids()?;
        for id in TensorId::all(&this.beside.config) {
            this.stored(id)?;
        }
        Ok(this)
    }

    fn raw(&self, name: &str) -> Option<(&TensorFile, RawTensor<'_>)> {
        let file = &self.files[*self.places.get(name)?];
        Some((file, file.tensor(name)?))
    }

    /// The ids of a compact embedding: distinct and within the vocabulary.
    fn compact_ids(&self) -> Result<Option<Vec<u32>>, WeightError> {
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
    fn stored(&self, id: TensorId) -> Result<Stored<'_>, WeightError> {
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

/// Which file has each tensor; none may be in two.
fn places(files: &[TensorFile]) -> Result<FxHashMap<String, usize>, WeightError> {
    let mut places = FxHashMap::default();
    let all = files
        .iter()
        .enumerate()
        .flat_map(|(i, file)| file.tensor_names().into_iter().map(move |tensor| (i, tensor)));
    for (i, tensor) in all {
        if let Some(&other) = places.get(&tensor) {
            let (a, b): (&TensorFile, _) = (&files[other], &files[i]);
            return Err(WeightError(format!(
                "tensor `{tensor}` is in both {} and {}: remove one",
                a.name(),
                b.name()
            )));
        }
        places.insert(tensor, i);
    }
    Ok(places)
}

fn tensor_error(file: &TensorFile, tensor: &str, expected: &str, found: &str) -> WeightError {
    WeightError(format!("{}: tensor `{tensor}`: expected {expected}, found {found}", file.name()))
}

impl WeightSource for Checkpoint {
    fn config(&self) -> &ModelConfig {
        &self.beside.config
    }

    fn tensor(&self, id: TensorId) -> Result<TensorData<'_>, WeightError> {
        let Stored { file, name, raw, scale, dtype, shape } = self.stored(id)?;
        file.prefetch(&name);
        let bytes = match (raw.dtype, scale.and_then(convert::floats)) {
            (FileDtype::I8, Some(scales)) => {
                Cow::Owned(convert::i8_rows_to_bf16(raw.bytes, &scales))
            }
            (FileDtype::F16, _) => Cow::Owned(convert::f16_to_f32(raw.bytes)),
            _ => Cow::Borrowed(raw.bytes),
        };
        Ok(TensorData { dtype, shape, bytes })
    }

    fn describe(&self, id: TensorId) -> Result<TensorInfo, WeightError> {
        let Stored { raw, scale, dtype, shape, .. } = self.stored(id)?;
        let stored_bytes = (raw.bytes.len() + scale.map_or(0, |scale| scale.bytes.len())) as u64;
        Ok(TensorInfo { dtype, shape, stored_bytes })
    }

    fn shared_rows(&self) -> Option<&[u32]> {
        self.shared_rows.as_deref()
    }

    fn temperature(&self) -> Option<f32> {
        self.beside.temperature
    }

    fn tokenizer_json(&self) -> Result<Option<Cow<'_, [u8]>>, WeightError> {
        match &self.beside.tokenizer {
            Tokenizer::None => Ok(None),
            Tokenizer::At(path) => {
                folder::read_tokenizer(path).map(|bytes| Some(Cow::Owned(bytes)))
            }
            Tokenizer::Bytes(bytes) => Ok(Some(Cow::Borrowed(bytes))),
        }
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
