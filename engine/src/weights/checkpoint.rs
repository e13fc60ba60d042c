//! Checkpoints in safetensors files: the Hugging Face layout, the `original/` layout, and the compact form of the first.
//!
//! The compact form differs from the ordinary one in two ways, and is otherwise the same:
//! * a weight may be I8, with one scale a row beside it in `NAME_scale` (bf16 or f32); value = integer × scale, rounded to bf16;
//! * the embedding may be `model.embed_tokens.rows` \[n + 1, h\] with `model.embed_tokens.ids` (u32 or i64, \[n\]): the ids of the first n
//!   rows, in order; the last row belongs to every other id. Its scales, if it is I8, are `model.embed_tokens.rows_scale`.

mod convert;
mod file;
mod folder;
mod stored;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use rustc_hash::FxHashMap;
use safetensors::tensor::Dtype as FileDtype;

pub(super) use self::folder::config_file;
use self::{file::TensorFile, stored::Stored};
use super::{Progress, TensorData, TensorId, TensorInfo, WeightError, WeightSource};
use crate::config::{GenerationConfig, ModelConfig};

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
