use super::*;
use crate::{
    config::ModelConfig,
    weights::{Checkpoint, NoProgress, RandomWeights},
};

fn source() -> RandomWeights {
    let config = ModelConfig {
        hidden: 64,
        layers: ModelConfig::built_in("20b").expect("built in").layers[..2].to_vec(),
        heads: 2,
        kv_heads: 1,
        head_dim: 32,
        experts: 2,
        experts_per_token: 1,
        intermediate: 32,
        vocabulary: 40,
        tied: true,
        stop_tokens: vec![3],
        ..ModelConfig::built_in("20b").expect("built in")
    };
    RandomWeights::new(config, 5)
}

/// Writes with a small limit and config.json, and reads back.
fn sharded(limit: u64) -> (tempfile::TempDir, Vec<Vec<Entry>>, Checkpoint) {
    let dir = tempfile::tempdir().expect("a folder");
    let shards = split(entries(&source(), ExportLayout::HuggingFace).expect("entries"), limit);
    write_shards(&source(), dir.path(), &shards, &NoProgress).expect("written");
    write_json(dir.path(), "config.json", &source().config().to_hugging_face()).expect("written");
    write_json(dir.path(), "generation_config.json", &json!({ "eos_token_id": 3 }))
        .expect("written");
    let read = Checkpoint::open(dir.path(), &NoProgress).expect("opened");
    (dir, shards, read)
}

#[test]
fn a_split_checkpoint_has_an_index_and_the_same_tensors() {
    for limit in [1, 5000, 12_000, u64::MAX] {
        let (dir, shards, read) = sharded(limit);
        assert_eq!(dir.path().join("model.safetensors.index.json").exists(), limit != u64::MAX);
        assert!(
            shards
                .iter()
                .all(|shard| shard.len() == 1
                    || shard.iter().map(Entry::bytes).sum::<u64>() <= limit)
        );
        assert_eq!(read.config(), source().config());
        for id in TensorId::all(read.config()) {
            assert_eq!(
                read.tensor(id).expect("read").bytes,
                source().tensor(id).expect("random").bytes,
                "{id}"
            );
        }
    }
}

#[test]
fn every_tensor_is_aligned_in_its_file() {
    let (dir, ..) = sharded(u64::MAX);
    let bytes = fs::read(dir.path().join("model.safetensors")).expect("read");
    let (header, metadata) = safetensors::SafeTensors::read_metadata(&bytes).expect("valid");
    assert_eq!(header % 8, 0);
    for (name, info) in metadata.tensors() {
        assert_eq!(info.data_offsets.0 % (info.dtype.bitsize() / 8), 0, "{name}");
    }
    assert_eq!(
        metadata.metadata().as_ref().and_then(|m| m.get("format")).map(String::as_str),
        Some("pt"),
        "transformers asks for it"
    );
}

#[test]
fn the_original_layout_repeats_a_tied_embedding() {
    let dir = tempfile::tempdir().expect("a folder");
    export(&source(), dir.path(), ExportLayout::Original, &NoProgress).expect("exported");
    let read = Checkpoint::open(dir.path(), &NoProgress).expect("opened");
    assert!(!read.config().tied);
    let table = source().tensor(TensorId::Embedding).expect("random").bytes.into_owned();
    assert_eq!(read.tensor(TensorId::Unembedding).expect("read").bytes, table);
    assert_eq!(read.tensor(TensorId::Embedding).expect("read").bytes, table);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("file"), "").expect("written");
    let error = export(&source(), &dir.path().join("file"), ExportLayout::HuggingFace, &NoProgress)
        .expect_err("a file");
    assert!(error.to_string().contains("file: "), "{error}");
    let error = export(&source(), dir.path(), ExportLayout::HuggingFace, &NoProgress)
        .expect_err("not empty");
    assert!(error.to_string().contains("not empty"), "{error}");
}
