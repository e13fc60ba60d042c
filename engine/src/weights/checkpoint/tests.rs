use std::{fs, path::PathBuf};

use safetensors::tensor::TensorView;
use tempfile::TempDir;

use super::{
    stored::{COMPACT_IDS, COMPACT_ROWS},
    *,
};
use crate::{
    config::LayerKind,
    weights::{Dtype, ExportLayout, LayerTensor, NoProgress, RandomWeights, export, open},
};

/// A small shape with an odd number of heads and layers that do not alternate as in the published models.
fn small() -> ModelConfig {
    ModelConfig {
        hidden: 64,
        layers: vec![LayerKind::Sliding, LayerKind::Full, LayerKind::Sliding],
        heads: 3,
        kv_heads: 1,
        head_dim: 10,
        experts: 3,
        experts_per_token: 2,
        intermediate: 32,
        vocabulary: 50,
        stop_tokens: vec![1],
        ..ModelConfig::built_in("20b").expect("built in")
    }
}

fn source() -> RandomWeights {
    RandomWeights::new(small(), 1)
}

/// A model file in pieces, for taking something out or putting something wrong in.
struct Pieces(Vec<(String, FileDtype, Vec<usize>, Vec<u8>)>);

impl Pieces {
    fn new() -> Self {
        let source = source();
        Self(
            TensorId::all(source.config())
                .into_iter()
                .map(|id| {
                    let data = source.tensor(id).expect("tensor");
                    let dtype = if id.is_mxfp4() { FileDtype::U8 } else { FileDtype::BF16 };
                    (id.hugging_face_name(), dtype, data.shape, data.bytes.into_owned())
                })
                .collect(),
        )
    }

    fn piece(&mut self, name: &str) -> &mut (String, FileDtype, Vec<usize>, Vec<u8>) {
        self.0.iter_mut().find(|piece| piece.0 == name).expect(name)
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|piece| piece.0 != name);
        self
    }

    fn and(mut self, name: &str, dtype: FileDtype, shape: &[usize], bytes: Vec<u8>) -> Self {
        self.0.push((name.into(), dtype, shape.to_vec(), bytes));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.0.iter().map(|(name, dtype, shape, bytes)| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor"))
        });
        safetensors::serialize(views, None).expect("a file")
    }

    fn open(&self) -> Result<Checkpoint, WeightError> {
        in_memory(self.bytes())
    }

    /// The error on opening.
    fn error(&self) -> String {
        message(self.open())
    }
}

fn in_memory(weights: Vec<u8>) -> Result<Checkpoint, WeightError> {
    let config = small().to_hugging_face().to_string().into_bytes();
    let generation_config = Some(Cow::Borrowed(br#"{"eos_token_id": 1}"#.as_slice()));
    Checkpoint::from_memory(
        "m",
        InMemory {
            config: Cow::Owned(config),
            generation_config,
            weights: Cow::Owned(weights),
            tokenizer: None,
        },
    )
}

fn message<T>(result: Result<T, WeightError>) -> String {
    match result {
        Ok(_) => panic!("opened"),
        Err(e) => e.to_string(),
    }
}

/// A file of the given header and as many data bytes.
fn raw_file(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

/// The error on opening this file in memory; on disk there is one as well.
fn file_error(bytes: &[u8]) -> String {
    let (_dir, path) = folder(bytes);
    let on_disk = message(Checkpoint::open(&path, &NoProgress));
    assert!(
        on_disk.starts_with(&path.join("model.safetensors").display().to_string()),
        "{on_disk}"
    );
    message(in_memory(bytes.to_vec()))
}

/// A folder with a config and this model.safetensors.
fn folder(weights: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().to_path_buf();
    fs::write(path.join("config.json"), small().to_hugging_face().to_string()).expect("written");
    fs::write(path.join("model.safetensors"), weights).expect("written");
    (dir, path)
}

fn same_tensors(a: &dyn WeightSource, b: &dyn WeightSource) {
    for id in TensorId::all(a.config()) {
        let (a, b) = (a.tensor(id).expect("a"), b.tensor(id).expect("b"));
        assert_eq!((a.dtype, &a.shape, &a.bytes), (b.dtype, &b.shape, &b.bytes), "{id}");
    }
}

#[test]
fn both_layouts_give_the_exported_tensors() {
    for layout in [ExportLayout::HuggingFace, ExportLayout::Original] {
        let dir = tempfile::tempdir().expect("a folder");
        let to = dir.path().join("new/model");
        export(&source(), &to, layout, &NoProgress).expect("exported");
        let read = Checkpoint::open(&to, &NoProgress).expect("opened");
        assert_eq!(read.config(), source().config(), "{layout:?}");
        same_tensors(&read, &source());
        assert!(
            matches!(read.tensor(TensorId::Embedding).expect("tensor").bytes, Cow::Borrowed(_)),
            "read from the map"
        );
        let query = read.tensor(TensorId::Layer(1, LayerTensor::KeyWeight)).expect("tensor");
        assert!(matches!(query.bytes, Cow::Borrowed(_)), "rows of a fused tensor are not copied");
        let again = message(export(&source(), &to, layout, &NoProgress));
        assert!(again.contains("not empty"), "{again}");
    }
}

#[test]
fn a_folder_with_only_original_inside_opens() {
    let dir = tempfile::tempdir().expect("a folder");
    export(&source(), &dir.path().join("original"), ExportLayout::Original, &NoProgress)
        .expect("exported");
    fs::write(dir.path().join("config.json"), small().to_hugging_face().to_string())
        .expect("written");
    // As published: these files are beside `original/`, not in it.
    fs::remove_file(dir.path().join("original/generation_config.json")).expect("removed");
    fs::write(dir.path().join("generation_config.json"), r#"{"eos_token_id": [9]}"#)
        .expect("written");
    fs::write(dir.path().join("tokenizer.json"), "{}").expect("written");
    let read = open(dir.path().to_str().expect("UTF-8"), &NoProgress).expect("opened");
    assert_eq!(read.config().stop_tokens, [9]);
    assert_eq!(read.tokenizer_json().expect("readable").as_deref(), Some(b"{}".as_slice()));
    same_tensors(&*read, &source());
}

#[test]
fn shards_with_and_without_an_index_give_the_same_tensors() {
    let (front, back) = (Pieces::new(), Pieces::new());
    let half = front.0.len() / 2;
    let front = Pieces(front.0.into_iter().take(half).collect());
    let back = Pieces(back.0.into_iter().skip(half).collect());
    let (dir, path) = folder(&[]);
    fs::remove_file(path.join("model.safetensors")).expect("removed");
    // The published sets count from 0 up to and with the number they name.
    for first in [0, 1] {
        let names = [first, 2].map(|i| path.join(format!("model-{i:05}-of-00002.safetensors")));
        fs::write(&names[0], front.bytes()).expect("written");
        fs::write(path.join("model-00001-of-00002.safetensors"), raw_file("{}", 0))
            .expect("written");
        fs::write(&names[0], front.bytes()).expect("written");
        fs::write(&names[1], back.bytes()).expect("written");
        same_tensors(&Checkpoint::open(dir.path(), &NoProgress).expect("opened"), &source());
        fs::remove_file(&names[0]).expect("removed");
        let cut = message(Checkpoint::open(dir.path(), &NoProgress));
        let expected = if first == 0 {
            "tensor `model.embed_tokens.weight`"
        } else {
            "model-00001-of-00002.safetensors is missing (1 of 2"
        };
        assert!(cut.contains(expected), "{cut}");
    }
    fs::write(path.join("model-00001-of-00002.safetensors"), front.bytes()).expect("written");
    fs::write(path.join("other.safetensors"), back.bytes()).expect("written");
    assert!(message(Checkpoint::open(&path, &NoProgress)).contains("is in both"));
    let files = front.0.iter().map(|p| (&p.0, 1)).chain(back.0.iter().map(|p| (&p.0, 2)));
    let map: serde_json::Map<_, _> = files
        .map(|(name, i)| (name.clone(), format!("model-{i:05}-of-00002.safetensors").into()))
        .collect();
    let index = serde_json::json!({ "weight_map": map });
    fs::write(path.join("model.safetensors.index.json"), index.to_string()).expect("written");
    same_tensors(
        &Checkpoint::open(&path, &NoProgress).expect("only what the index names"),
        &source(),
    );
}

#[test]
fn a_damaged_file_is_refused() {
    let good = Pieces::new().bytes();
    let len = good.len();
    let cases = [
        (
            good[..len - 1].to_vec(),
            format!(
                "m/model.safetensors: expected {len} bytes, found {}: the file is truncated",
                len - 1
            ),
        ),
        (
            good[..len / 2].to_vec(),
            format!(
                "m/model.safetensors: expected {len} bytes, found {}: the file is truncated",
                len / 2
            ),
        ),
        (good[..100].to_vec(), "bytes, expected at most 92: the file is truncated".into()),
        (good[..7].to_vec(), "m/model.safetensors: expected 8 bytes, found 7".into()),
        (Vec::new(), "m/model.safetensors: expected 8 bytes, found 0".into()),
        (
            [good.as_slice(), b"x"].concat(),
            format!("m/model.safetensors: expected {len} bytes, found {}", len + 1),
        ),
        (
            u64::MAX.to_le_bytes().to_vec(),
            format!(
                "m/model.safetensors: the header claims {} bytes, expected at most 0",
                u64::MAX
            ),
        ),
        (
            [&200_000_000u64.to_le_bytes()[..], &[b' '; 64]].concat(),
            "m/model.safetensors: the header claims 200000000 bytes, expected at most 64".into(),
        ),
        (
            raw_file("not json", 0),
            "m/model.safetensors: the safetensors header is invalid: expected".into(),
        ),
        (raw_file("[]", 0), "m/model.safetensors: the safetensors header is invalid".into()),
        (
            b"<html><body>404 Not Found</body></html>".to_vec(),
            "m/model.safetensors: the header claims".into(),
        ),
    ];
    for (bytes, expected) in cases {
        let error = file_error(&bytes);
        assert!(error.contains(&expected), "{error}\n{expected}");
    }
}

#[test]
fn inconsistent_offsets_are_refused() {
    let tensor = |dtype: &str, shape: &str, from: u64, to: u64| {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let two = |a: String, b: String| format!(r#"{{"a":{a},"b":{b}}}"#);
    let cases = [
        ("overlap", two(tensor("BF16", "[4]", 0, 8), tensor("BF16", "[4]", 4, 12)), 12),
        ("the same bytes twice", two(tensor("BF16", "[4]", 0, 8), tensor("BF16", "[4]", 0, 8)), 8),
        ("a gap", two(tensor("BF16", "[4]", 0, 8), tensor("BF16", "[4]", 12, 20)), 20),
        ("a late start", two(tensor("BF16", "[4]", 8, 16), tensor("BF16", "[4]", 16, 24)), 24),
        (
            "an end before the start",
            two(tensor("U8", "[0]", 0, 0), tensor("U8", "[0]", 0, 0).replace("[0,0]", "[8,0]")),
            8,
        ),
        (
            "past the end of the file",
            two(tensor("BF16", "[4]", 0, 8), tensor("U8", "[1000]", 8, 1008)),
            16,
        ),
        ("size against shape", two(tensor("BF16", "[4]", 0, 8), tensor("BF16", "[5]", 8, 16)), 16),
        (
            "product overflow",
            two(
                tensor("BF16", "[4]", 0, 8),
                tensor("BF16", "[4611686018427387904,4611686018427387904]", 8, 16),
            ),
            16,
        ),
        (
            "offset overflow",
            two(tensor("BF16", "[4]", 0, 8), tensor("U8", "[18446744073709551607]", 8, u64::MAX)),
            16,
        ),
        ("a negative extent", two(tensor("BF16", "[4]", 0, 8), tensor("BF16", "[-4]", 8, 16)), 16),
        ("an unknown type", two(tensor("BF16", "[4]", 0, 8), tensor("PICKLE", "[4]", 8, 16)), 16),
    ];
    for (what, header, data) in cases {
        let error = file_error(&raw_file(&header, data));
        let expected = ["the safetensors header is invalid", "the file is truncated"];
        assert!(expected.iter().any(|e| error.contains(e)), "{what}: {error}");
    }
}

#[test]
fn a_wrong_tensor_is_named_with_expected_and_found() {
    let name = "model.layers.1.self_attn.q_proj.weight";
    let mut shape = Pieces::new();
    shape.piece(name).2 = vec![64, 30];
    assert_eq!(
        shape.error(),
        format!("m/model.safetensors: tensor `{name}`: expected shape [30, 64], found [64, 30]")
    );
    let mut dtype = Pieces::new();
    dtype.piece(name).1 = FileDtype::I16;
    assert_eq!(
        dtype.error(),
        format!(
            "m/model.safetensors: tensor `{name}`: expected BF16, F32, F16, or a matrix of I8 with scales, found I16"
        )
    );
    let blocks = "model.layers.0.mlp.experts.down_proj_blocks";
    let mut signed = Pieces::new();
    signed.piece(blocks).1 = FileDtype::I8;
    assert_eq!(
        signed.error(),
        format!("m/model.safetensors: tensor `{blocks}`: expected U8, found I8")
    );
    assert_eq!(
        Pieces::new().without(name).error(),
        format!("m: tensor `{name}`: expected BF16 [30, 64], found nothing")
    );
    let plain = "model.layers.0.mlp.experts.down_proj";
    let unquantised = Pieces::new().without(blocks).and(
        plain,
        FileDtype::BF16,
        &[3, 32, 64],
        vec![0; 3 * 32 * 64 * 2],
    );
    assert_eq!(
        unquantised.error(),
        format!(
            "m/model.safetensors: tensor `{blocks}`: expected MXFP4 experts, U8 [3, 64, 1, 16], found unquantised experts (BF16, {plain})"
        )
    );
}

#[test]
fn an_index_cannot_reach_outside_its_folder() {
    let (_outside, secret) = folder(&Pieces::new().bytes());
    let (dir, path) = folder(&Pieces::new().bytes());
    let index = path.join("model.safetensors.index.json");
    let outside = secret.join("model.safetensors").display().to_string();
    let names = [
        "../model.safetensors",
        outside.as_str(),
        "sub/model.safetensors",
        "..",
        ".",
        "",
        "C:model.safetensors",
        "a\\b.safetensors",
        "x\0.safetensors",
        "config.json",
    ];
    for name in names {
        fs::write(
            &index,
            serde_json::json!({ "weight_map": { "model.norm.weight": name } }).to_string(),
        )
        .expect("written");
        let error = message(Checkpoint::open(dir.path(), &NoProgress));
        assert!(
            error.contains(
                "model.norm.weight: expected a plain file name that ends in .safetensors, found"
            ),
            "{name}: {error}"
        );
    }
    for wrong in [
        "",
        "[]",
        "{}",
        r#"{"weight_map": {}}"#,
        r#"{"weight_map": ["model.safetensors"]}"#,
        r#"{"weight_map": {"a": 1}}"#,
    ] {
        fs::write(&index, wrong).expect("written");
        assert!(
            message(Checkpoint::open(dir.path(), &NoProgress))
                .contains("model.safetensors.index.json"),
            "{wrong}"
        );
    }
    fs::write(
        &index,
        serde_json::json!({ "weight_map": { "a": "x.safetensors", "b": "model.safetensors" } })
            .to_string(),
    )
    .expect("written");
    let error = message(Checkpoint::open(dir.path(), &NoProgress));
    assert!(
        error.contains(
            "x.safetensors is missing (1 of 2 weight files are): the download is incomplete"
        ),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn links_to_regular_files_are_followed_and_nothing_else() {
    use std::os::unix::fs::symlink;
    let (dir, path) = folder(&[]);
    let weights = path.join("model.safetensors");
    // The cache of the Hugging Face hub: snapshots/HASH/model.safetensors is a link to ../../blobs/HASH.
    fs::create_dir(path.join("blobs")).expect("made");
    fs::write(path.join("blobs/0123"), Pieces::new().bytes()).expect("written");
    let link = |target: &str| {
        fs::remove_file(&weights).expect("removed");
        symlink(target, &weights).expect("linked");
        Checkpoint::open(dir.path(), &NoProgress)
    };
    same_tensors(&link("blobs/0123").expect("opened"), &source());
    for target in ["blobs", "/dev/zero", "/dev/null"] {
        assert!(
            message(link(target)).ends_with("model.safetensors: not a regular file"),
            "{target}"
        );
    }
    assert!(message(link("blobs/gone")).contains("model.safetensors is missing"));
    assert!(
        message(link("model.safetensors")).contains("model.safetensors is missing"),
        "a link to itself"
    );
}

#[test]
fn a_folder_that_is_no_checkpoint_says_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    let error = |path: &std::path::Path| message(open(path.to_str().expect("UTF-8"), &NoProgress));
    assert!(
        error(&path.join("gone")).contains("there is no model folder"),
        "{}",
        error(&path.join("gone"))
    );
    assert!(error(path).contains(
        "has no config.json: give a folder with config.json and *.safetensors, or one of demo"
    ));
    fs::create_dir(path.join("snapshots")).expect("made");
    assert!(
        error(path).contains("is a folder of the Hugging Face cache: give one of the folders in")
    );
    fs::write(path.join("config.json"), small().to_hugging_face().to_string()).expect("written");
    assert!(error(path).contains("no *.safetensors: the download is incomplete, run it again"));
    fs::write(path.join("model.gguf"), "GGUF").expect("written");
    assert!(error(path).contains("GGUF and metal/model.bin are other formats"));
    assert!(error(&path.join("config.json")).contains("is a file: give the folder"));
    fs::write(path.join("model.safetensors"), Pieces::new().bytes()).expect("written");
    assert!(open(path.to_str().expect("UTF-8"), &NoProgress).is_ok());
    fs::write(path.join("config.json"), vec![b' '; 2 << 20]).expect("written");
    assert!(error(path).contains("config.json: expected a regular file of at most 1048576 bytes"));
    assert!(
        message(open("a\0b", &NoProgress)).contains("nul byte")
            || message(open("a\0b", &NoProgress)).contains("NUL")
    );
    assert!(message(open("random:7b", &NoProgress)).contains("random:7b is neither random:20b"));
    let shape = path.join("shape.json");
    fs::write(&shape, small().to_hugging_face().to_string()).expect("written");
    assert_eq!(
        open(&format!("random:{}", shape.display()), &NoProgress).expect("opened").config().hidden,
        64
    );
}

#[test]
fn floats_of_other_widths_are_taken() {
    let name = "model.norm.weight";
    let values = |n: usize| (0..n).map(|i| i as f32 * 0.375 - 3.0);
    let mut f32s = Pieces::new();
    *f32s.piece(name) =
        (name.into(), FileDtype::F32, vec![64], values(64).flat_map(f32::to_le_bytes).collect());
    let mut f16s = Pieces::new();
    *f16s.piece(name) = (
        name.into(),
        FileDtype::F16,
        vec![64],
        values(64).flat_map(|x| half::f16::from_f32(x).to_le_bytes()).collect(),
    );
    let expected: Vec<u8> = values(64).flat_map(f32::to_le_bytes).collect();
    for pieces in [f32s, f16s] {
        let read = pieces.open().expect("opened");
        let data = read.tensor(TensorId::FinalNorm).expect("tensor");
        assert_eq!((data.dtype, data.bytes.as_ref()), (Dtype::F32, expected.as_slice()));
        assert_eq!(read.describe(TensorId::FinalNorm).expect("info").dtype, Dtype::F32);
    }
}

#[test]
fn signed_bytes_are_multiplied_by_their_rows_scale() {
    let name = "model.layers.2.self_attn.o_proj.weight";
    let codes: Vec<u8> = (0..64 * 30).map(|i| i as u8).collect();
    let scales: Vec<f32> = (0..64).map(|i| (i as f32 - 20.0) * 0.25).collect();
    let scale_bytes: Vec<u8> =
        scales.iter().flat_map(|s| half::bf16::from_f32(*s).to_le_bytes()).collect();
    let scale_name = format!("{name}_scale");
    let pieces = |shape: usize| {
        let mut pieces = Pieces::new();
        *pieces.piece(name) = (name.into(), FileDtype::I8, vec![64, 30], codes.clone());
        pieces.and(&scale_name, FileDtype::BF16, &[shape], scale_bytes[..2 * shape].to_vec())
    };
    let read = pieces(64).open().expect("opened");
    let data = read.tensor(TensorId::Layer(2, LayerTensor::OutputWeight)).expect("tensor");
    assert_eq!(data.dtype, Dtype::Bf16);
    for (i, value) in data.bytes.as_chunks::<2>().0.iter().enumerate() {
        let expected = half::bf16::from_f32(f32::from(codes[i] as i8) * scales[i / 30]);
        assert_eq!(half::bf16::from_le_bytes(*value), expected, "{i}");
    }
    assert_eq!(
        read.describe(TensorId::Layer(2, LayerTensor::OutputWeight)).expect("info").stored_bytes,
        64 * 30 + 128
    );
    assert!(pieces(63).error().contains("expected BF16 or F32 of shape [64], found BF16 [63]"));
    assert!(
        pieces(64)
            .without(&scale_name)
            .error()
            .contains("expected the scales of an I8 tensor, found nothing")
    );
}

/// The compact embedding: rows of ids 7, 3 and 49, and one row for the rest.
fn compact(ids: &[u32]) -> Pieces {
    let rows: Vec<u8> = (0..(ids.len() + 1) * 64)
        .flat_map(|i| half::bf16::from_f32(i as f32).to_le_bytes())
        .collect();
    Pieces::new()
        .without("model.embed_tokens.weight")
        .and(COMPACT_ROWS, FileDtype::BF16, &[ids.len() + 1, 64], rows)
        .and(
            COMPACT_IDS,
            FileDtype::U32,
            &[ids.len()],
            ids.iter().flat_map(|id| id.to_le_bytes()).collect(),
        )
}

#[test]
fn a_compact_embedding_keeps_its_rows_and_is_exported_in_full() {
    let ids = [7, 3, 49];
    let read = compact(&ids).open().expect("opened");
    assert_eq!(read.shared_rows(), Some(ids.as_slice()));
    let rows = read.tensor(TensorId::Embedding).expect("tensor");
    assert_eq!(rows.shape, [4, 64]);
    let dir = tempfile::tempdir().expect("a folder");
    export(&read, dir.path(), ExportLayout::HuggingFace, &NoProgress).expect("exported");
    let full = Checkpoint::open(dir.path(), &NoProgress).expect("opened");
    assert_eq!(full.shared_rows(), None);
    let table = full.tensor(TensorId::Embedding).expect("tensor");
    for (id, row) in table.bytes.chunks(128).enumerate() {
        let stored = ids.iter().position(|i| *i as usize == id).unwrap_or(3);
        assert_eq!(row, &rows.bytes[stored * 128..(stored + 1) * 128], "{id}");
    }
    assert!(
        compact(&[7, 50])
            .error()
            .contains("tensor `model.embed_tokens.ids`: expected distinct ids below 50, found 50")
    );
    assert!(compact(&[7, 3, 7]).error().contains("expected distinct ids below 50, found 7"));
    let mut short = compact(&ids);
    short.0.retain(|piece| piece.0 != COMPACT_IDS);
    assert!(
        short
            .and(COMPACT_IDS, FileDtype::U32, &[2], vec![0, 0, 0, 0, 1, 0, 0, 0])
            .error()
            .contains("expected shape [3, 64], found [4, 64]")
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    /// A file with changed bytes, most of them in the header, or cut anywhere, is refused or gives tensors of the right size.
    #[test]
    fn a_changed_file_cannot_do_harm(
        changes in proptest::collection::vec((0usize..6000, proptest::prelude::any::<u8>()), 0..4),
        cut in proptest::option::of(0usize..100_000),
    ) {
        let mut bytes = GOOD.clone();
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes.truncate(cut.unwrap_or(usize::MAX));
        if let Ok(read) = in_memory(bytes) {
            for id in TensorId::all(read.config()) {
                let data = read.tensor(id).expect("checked when it was opened");
                assert_eq!(data.bytes.len(), data.shape.iter().product::<usize>() * data.dtype.size());
            }
        }
    }
}

static GOOD: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| Pieces::new().bytes());
