//! Writes any source as an ordinary checkpoint folder, which transformers and this program load.

#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use safetensors::tensor::{Dtype as FileDtype, Metadata, TensorInfo as FileInfo};
use serde_json::{Value, json};

use super::{Dtype, LayerTensor, Progress, TensorId, WeightError, WeightSource};

/// Weight files are split above this size, as on the Hugging Face hub.
const SHARD_BYTES: u64 = 5_000_000_000;

/// Which names and which config an exported checkpoint has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportLayout {
    /// `GptOssForCausalLM` of transformers.
    HuggingFace,
    /// The `original/` folder of the published repositories: query, key and value fused, nothing tied.
    Original,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Every file, weights first.
    pub files: Vec<PathBuf>,
    /// Bytes of the weight files.
    pub weight_bytes: u64,
}

/// A tensor of the new checkpoint.
struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    /// The tensors whose rows follow each other in it.
    parts: Vec<TensorId>,
}

impl Entry {
    fn bytes(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64 * self.dtype.size() as u64
    }
}

/// Writes `source` into `folder`, which is created and must be empty. An embedding with shared rows is written out in full. The tokenizer is
/// written if the source has its own. `config.json` comes last, so that a folder whose export was cut short does not load.
///
/// # Errors
/// The folder is not empty or cannot be written, the source cannot be read, or the layout cannot express the model.
pub fn export(
    source: &dyn WeightSource,
    folder: &Path,
    layout: ExportLayout,
    progress: &dyn Progress,
) -> Result<Exported, WeightError> {
    let config = match layout {
        ExportLayout::HuggingFace => Some(source.config().to_hugging_face()),
        ExportLayout::Original => source.config().to_original(),
    };
    let config = config.ok_or_else(|| {
        WeightError("the original/ layout cannot express this model's layers or constants".into())
    })?;
    fs::create_dir_all(folder).map_err(|e| io(folder, &e))?;
    if fs::read_dir(folder).map_err(|e| io(folder, &e))?.next().is_some() {
        return Err(WeightError(format!(
            "{}: the folder is not empty: give a new one",
            folder.display()
        )));
    }
    let shards = split(entries(source, layout)?, SHARD_BYTES);
    let mut exported = write_shards(source, folder, &shards, progress)?;
    if let Some(tokenizer) = source.tokenizer_json()? {
        exported.files.push(write(folder, "tokenizer.json", &tokenizer)?);
        exported.files.push(write_json(
            folder,
            "tokenizer_config.json",
            &tokenizer_config(source.config().max_positions),
        )?);
    }
    let generation = source.config().to_generation_config(source.temperature());
    exported.files.push(write_json(folder, "generation_config.json", &generation)?);
    exported.files.push(write_json(folder, "config.json", &config)?);
    Ok(exported)
}

/// Names the special tokens that transformers asks for.
fn tokenizer_config(max_positions: usize) -> Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<|startoftext|>",
        "eos_token": "<|return|>",
        "pad_token": "<|endoftext|>",
        "clean_up_tokenization_spaces": false,
        "model_max_length": max_positions,
    })
}

/// The new checkpoint's tensors, in the order of the forward pass.
fn entries(source: &dyn WeightSource, layout: ExportLayout) -> Result<Vec<Entry>, WeightError> {
    use LayerTensor as L;
    let config = source.config();
    let mut entries = Vec::new();
    for id in TensorId::all(config) {
        let (name, parts) = match (layout, id) {
            (ExportLayout::HuggingFace, _) => (id.hugging_face_name(), vec![id]),
            (_, TensorId::Layer(_, L::KeyWeight | L::KeyBias | L::ValueWeight | L::ValueBias)) => {
                continue;
            }
            (_, TensorId::Layer(n, L::QueryWeight)) => (
                id.original_name(),
                [L::QueryWeight, L::KeyWeight, L::ValueWeight]
                    .map(|t| TensorId::Layer(n, t))
                    .to_vec(),
            ),
            (_, TensorId::Layer(n, L::QueryBias)) => (
                id.original_name(),
                [L::QueryBias, L::KeyBias, L::ValueBias].map(|t| TensorId::Layer(n, t)).to_vec(),
            ),
            _ => (id.original_name(), vec![id]),
        };
        entries.push(entry(source, name, parts)?);
    }
    if layout == ExportLayout::Original && config.tied {
        entries.push(entry(
            source,
            TensorId::Unembedding.original_name(),
            vec![TensorId::Embedding],
        )?);
    }
    Ok(entries)
}

fn entry(
    source: &dyn WeightSource,
    name: String,
    parts: Vec<TensorId>,
) -> Result<Entry, WeightError> {
    let mut shape = parts[0].shape(source.config());
    shape[0] = parts.iter().map(|part| part.shape(source.config())[0]).sum();
    let dtype = source.describe(parts[0])?.dtype;
    for part in &parts {
        if source.describe(*part)?.dtype != dtype {
            return Err(WeightError(format!("tensor `{name}`: its parts differ in element type")));
        }
    }
    Ok(Entry { name, dtype, shape, parts })
}

/// Writes the weight files and, if there are several, their index.
fn write_shards(
    source: &dyn WeightSource,
    folder: &Path,
    shards: &[Vec<Entry>],
    progress: &dyn Progress,
) -> Result<Exported, WeightError> {
    let weight_bytes = shards.iter().flatten().map(Entry::bytes).sum();
    let mut exported = Exported { files: Vec::new(), weight_bytes };
    let mut weight_map = BTreeMap::new();
    progress.begin("writing weights", weight_bytes);
    for (i, shard) in shards.iter().enumerate() {
        let name = match shards.len() {
            1 => "model.safetensors".to_owned(),
            n => format!("model-{:05}-of-{n:05}.safetensors", i + 1),
        };
        let path = folder.join(&name);
        let written = write_shard(source, &path, shard, progress);
        written.inspect_err(|_| progress.end())?;
        exported.files.push(path);
        weight_map.extend(shard.iter().map(|entry| (&entry.name, name.clone())));
    }
    progress.end();
    if shards.len() > 1 {
        let index = json!({ "metadata": { "total_size": weight_bytes }, "weight_map": weight_map });
        exported.files.push(write_json(folder, "model.safetensors.index.json", &index)?);
    }
    Ok(exported)
}

/// Files of at most `limit` bytes, unless one tensor is larger. Within a file wide elements come first, so that all are aligned.
fn split(entries: Vec<Entry>, limit: u64) -> Vec<Vec<Entry>> {
    let mut shards: Vec<Vec<Entry>> = Vec::new();
    let mut room = 0;
    for entry in entries {
        let bytes = entry.bytes();
        match shards.last_mut() {
            Some(shard) if bytes <= room => shard.push(entry),
            _ => {
                shards.push(vec![entry]);
                room = limit;
            }
        }
        room = room.saturating_sub(bytes);
    }
    for shard in &mut shards {
        shard.sort_by_key(|entry| std::cmp::Reverse(entry.dtype.size()));
    }
    shards
}

fn write_shard(
    source: &dyn WeightSource,
    path: &Path,
    shard: &[Entry],
    progress: &dyn Progress,
) -> Result<(), WeightError> {
    let header = header(shard).map_err(|e| WeightError(format!("{}: {e}", path.display())))?;
    let mut file = File::create_new(path).map_err(|e| io(path, &e))?;
    file.write_all(&(header.len() as u64).to_le_bytes())
        .and_then(|()| file.write_all(&header))
        .map_err(|e| io(path, &e))?;
    for part in shard.iter().flat_map(|entry| &entry.parts) {
        let bytes = whole(source, *part)?;
        file.write_all(&bytes).map_err(|e| io(path, &e))?;
        progress.advance(bytes.len() as u64);
    }
    Ok(())
}

/// The safetensors header, padded with spaces so that the data begins at a multiple of 8.
fn header(shard: &[Entry]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut offset = 0;
    let mut tensors = Vec::new();
    for entry in shard {
        let end = offset + usize::try_from(entry.bytes())?;
        let dtype = match entry.dtype {
            Dtype::F32 => FileDtype::F32,
            Dtype::Bf16 => FileDtype::BF16,
            Dtype::U8 => FileDtype::U8,
        };
        tensors.push((
            entry.name.clone(),
            FileInfo { dtype, shape: entry.shape.clone(), data_offsets: (offset, end) },
        ));
        offset = end;
    }
    let format = [("format".to_owned(), "pt".to_owned())].into();
    let mut header = serde_json::to_vec(&Metadata::new(Some(format), tensors)?)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok(header)
}

/// A tensor's bytes; an embedding with shared rows in full.
fn whole(source: &dyn WeightSource, id: TensorId) -> Result<Cow<'_, [u8]>, WeightError> {
    let data = source.tensor(id)?;
    let (TensorId::Embedding, Some(ids)) = (id, source.shared_rows()) else {
        return Ok(data.bytes);
    };
    let row = source.config().hidden * data.dtype.size();
    let shared = &data.bytes[ids.len() * row..];
    let mut full = shared.repeat(source.config().vocabulary);
    for (i, id) in ids.iter().enumerate() {
        let at = *id as usize * row;
        full[at..at + row].copy_from_slice(&data.bytes[i * row..(i + 1) * row]);
    }
    Ok(Cow::Owned(full))
}

fn write_json(folder: &Path, name: &str, value: &Value) -> Result<PathBuf, WeightError> {
    write(folder, name, format!("{value:#}\n").as_bytes())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, WeightError> {
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(|e| io(&path, &e))?;
    Ok(path)
}

fn io(path: &Path, e: &std::io::Error) -> WeightError {
    WeightError(format!("{}: {e}", path.display()))
}
