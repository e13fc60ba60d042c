//! Finds a checkpoint's files in a folder. Nothing named inside a file is ever joined to a path unless it is a plain file name.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::config::{GenerationConfig, ModelConfig};
use crate::weights::WeightError;

/// Limits of the small files beside the weights, so that a wrong file is an error and not an allocation.
const MAX_CONFIG: u64 = 1 << 20;
const MAX_INDEX: u64 = 64 << 20;
const MAX_TOKENIZER: u64 = 128 << 20;
/// Limit of shards; `original/` of 120b has 7, the Hugging Face layout 15.
const MAX_SHARDS: usize = 4096;

/// What to give instead, for messages.
const CHOICES: &str = "give a folder with config.json and *.safetensors, or one of demo, random:20b, random:120b, random:CONFIG.json";

/// A checkpoint's files, found but not opened.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) config: ModelConfig,
    /// Safetensors files, in order of name.
    pub(super) shards: Vec<PathBuf>,
    pub(super) tokenizer: Option<PathBuf>,
    /// The checkpoint's own default.
    pub(super) temperature: Option<f32>,
}

/// Looks at `path`, and at its `original/` when there are no weights in `path` itself.
pub(super) fn find(path: &Path) -> Result<Folder, WeightError> {
    let shown = path.display();
    match fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(WeightError(format!("there is no model folder `{shown}`: {CHOICES}")));
        }
        Err(e) => return Err(WeightError(format!("model folder `{shown}`: {e}"))),
        Ok(meta) if !meta.is_dir() => {
            return Err(WeightError(format!(
                "`{shown}` is a file: give the folder that holds config.json and model.safetensors"
            )));
        }
        Ok(_) => {}
    }
    let mut folder = path.to_path_buf();
    let mut shards = shards(&folder)?;
    if shards.is_empty() && path.join("original").is_dir() {
        folder = path.join("original");
        shards = self::shards(&folder)?;
    }
    let config_path = folder.join("config.json");
    if !config_path.exists() {
        return Err(WeightError(no_config(path)));
    }
    if shards.is_empty() {
        return Err(WeightError(no_weights(path)));
    }
    let mut config = config_at(&config_path)?;
    // `original/` has neither file of its own: the folder above it does.
    let beside =
        |name: &str| [folder.join(name), path.join(name)].into_iter().find(|p| p.is_file());
    let mut temperature = None;
    if let Some(path) = beside("generation_config.json") {
        let bytes = read(&path, MAX_CONFIG)?;
        let generation =
            GenerationConfig::from_json(&path.display().to_string(), &bytes, config.vocabulary)?;
        config.stop_tokens = generation.stop_tokens;
        temperature = generation.temperature;
    }
    let tokenizer = beside("tokenizer.json");
    Ok(Folder { path: folder, config, shards, tokenizer, temperature })
}

/// A `config.json` without weights, as named by a user.
pub(in crate::weights) fn config_file(path: &str) -> Result<ModelConfig, WeightError> {
    if !Path::new(path).exists() {
        return Err(WeightError(format!(
            "random:{path} is neither random:20b, random:120b nor random:educational, and there is no file `{path}`"
        )));
    }
    config_at(path.as_ref())
}

/// The bytes of a tokenizer.json.
pub(super) fn read_tokenizer(path: &Path) -> Result<Vec<u8>, WeightError> {
    read(path, MAX_TOKENIZER)
}

fn config_at(path: &Path) -> Result<ModelConfig, WeightError> {
    Ok(ModelConfig::from_json(&path.display().to_string(), &read(path, MAX_CONFIG)?)?)
}

/// A regular file of at most `limit` bytes.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, WeightError> {
    let io = |e: std::io::Error| WeightError(format!("{}: {e}", path.display()));
    let meta = fs::metadata(path).map_err(io)?;
    if !meta.is_file() || meta.len() > limit {
        return Err(WeightError(format!(
            "{}: expected a regular file of at most {limit} bytes, found {}",
            path.display(),
            if meta.is_file() { format!("{} bytes", meta.len()) } else { "something else".into() }
        )));
    }
    fs::read(path).map_err(io)
}

/// The safetensors files of a folder: those of the index if there is one, else all. Every shard must be there.
fn shards(folder: &Path) -> Result<Vec<PathBuf>, WeightError> {
    let index = folder.join("model.safetensors.index.json");
    let names = if index.exists() { indexed(&index)? } else { listed(folder)? };
    let missing: Vec<&str> =
        names.iter().filter(|name| !folder.join(name).exists()).map(String::as_str).collect();
    if let Some(first) = missing.first() {
        return Err(WeightError(format!(
            "{}: {first} is missing ({} of {} weight files are): the download is incomplete, run it again",
            folder.display(),
            missing.len(),
            names.len()
        )));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// File names of an index, sorted. A name with a path in it is refused: an index must not reach outside its folder. The file itself may
/// be a symbolic link, as in the cache of the Hugging Face hub: whoever can place links in the folder can place weights there as well.
fn indexed(index: &Path) -> Result<Vec<String>, WeightError> {
    let shown = index.display();
    let value: Value = serde_json::from_slice(&read(index, MAX_INDEX)?)
        .map_err(|e| WeightError(format!("{shown}: not JSON: {e}")))?;
    let map = value.get("weight_map").and_then(Value::as_object).filter(|map| !map.is_empty());
    let map = map.ok_or_else(|| {
        WeightError(format!(
            "{shown}: weight_map: expected an object of tensor names and file names"
        ))
    })?;
    let mut names = Vec::new();
    for (tensor, name) in map {
        let plain = name
            .as_str()
            .filter(|n| n.ends_with(".safetensors") && !n.contains(['/', '\\', ':', '\0']));
        let name = plain.ok_or_else(|| {
            WeightError(format!("{shown}: weight_map: {tensor}: expected a plain file name that ends in .safetensors, found {name}"))
        })?;
        names.push(name.to_owned());
    }
    names.sort_unstable();
    names.dedup();
    if names.len() > MAX_SHARDS {
        return Err(WeightError(format!(
            "{shown}: expected at most {MAX_SHARDS} files, found {}",
            names.len()
        )));
    }
    Ok(names)
}

/// Names of all safetensors files in the folder, and of those that a name like `…-00001-of-00003.safetensors` says must be there.
fn listed(folder: &Path) -> Result<Vec<String>, WeightError> {
    let io = |e: std::io::Error| WeightError(format!("{}: {e}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        if let Ok(name) = entry.map_err(io)?.file_name().into_string()
            && name.ends_with(".safetensors")
        {
            names.push(name);
        }
    }
    // One file beside a shard set is a second copy of the same tensors.
    if names.iter().any(|name| name == "model.safetensors") {
        return Ok(vec!["model.safetensors".into()]);
    }
    if let Some((stem, count)) = names.iter().find_map(|name| shard_set(name)) {
        // Sets that count from 0 end before `count` or, as the published ones, with it.
        let from_zero = names.contains(&shard_name(&stem, 0, count));
        let set = if from_zero { 0..count } else { 1..count + 1 };
        names.extend(set.map(|i| shard_name(&stem, i, count)));
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn shard_name(stem: &str, number: usize, count: usize) -> String {
    format!("{stem}-{number:05}-of-{count:05}.safetensors")
}

/// `("model", 3)` of `model-00001-of-00003.safetensors`.
fn shard_set(name: &str) -> Option<(String, usize)> {
    let (rest, count) = name.strip_suffix(".safetensors")?.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    number.parse::<usize>().ok()?;
    let count = count.parse().ok().filter(|n| *n <= MAX_SHARDS)?;
    Some((stem.to_owned(), count))
}

fn no_config(path: &Path) -> String {
    let shown = path.display();
    if path.join("snapshots").is_dir() {
        return format!(
            "`{shown}` is a folder of the Hugging Face cache: give one of the folders in `{shown}/snapshots`"
        );
    }
    format!("`{shown}` has no config.json: {CHOICES}")
}

fn no_weights(path: &Path) -> String {
    let shown = path.display();
    let entries: Vec<PathBuf> =
        fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
    let has =
        |extension: &str| entries.iter().any(|p| p.extension().is_some_and(|e| e == extension));
    if has("gguf") || has("bin") || path.join("metal").is_dir() {
        return format!(
            "`{shown}` has no *.safetensors: GGUF and metal/model.bin are other formats, download the safetensors files"
        );
    }
    format!(
        "`{shown}` has a config.json but no *.safetensors: the download is incomplete, run it again"
    )
}
