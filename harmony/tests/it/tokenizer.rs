//! The tokenizer against tiktoken and Hugging Face's library, its limits, its speed on hostile text.

use std::time::{Duration, Instant};

use gpt_oss_harmony::{Decoded, Tokenizer, Utf8Decoder, token};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{data, rows, tokenizer};

#[derive(Deserialize)]
struct Row {
    text: String,
    o200k: Vec<u32>,
    cut: Vec<u32>,
}

fn cut() -> Tokenizer {
    Tokenizer::from_json(&data("tokenizer_1024.json")).expect("o200k cut at 1024")
}

#[test]
fn texts_become_the_ids_of_tiktoken_and_of_the_cut_file() {
    let (whole, cut) = (tokenizer(), cut());
    assert_eq!((whole.ordinary_count(), cut.ordinary_count()), (token::ORDINARY, 1024));
    let rows: Vec<Row> = rows("tokenize.json");
    assert!(rows.len() > 250);
    for Row { text, o200k, cut: expected } in rows {
        assert_eq!(whole.encode(&text), o200k, "{text:?}");
        assert_eq!(cut.encode(&text), expected, "{text:?} with ranks below 1024");
        assert_eq!(whole.decode(&o200k), text.as_bytes());
        assert_eq!(cut.decode(&expected), text.as_bytes());
    }
}

#[test]
fn special_tokens_have_their_ids_and_names() {
    let tokenizer = tokenizer();
    let text = "<|start|>user<|message|>a<|end|><|channel|><|constrain|><|call|><|return|><|endoftext|><|startoftext|><|reserved_201087|>";
    let special: Vec<u32> = tokenizer
        .encode_with_specials(text)
        .into_iter()
        .filter(|id| Tokenizer::is_special(*id))
        .collect();
    assert_eq!(
        special,
        [200_006, 200_008, 200_007, 200_005, 200_003, 200_012, 200_002, 199_999, 199_998, 201_087]
    );
    assert_eq!(tokenizer.decode(&tokenizer.encode_with_specials(text)), text.as_bytes());
    assert_eq!(tokenizer.token_bytes(token::CALL), Some("<|call|>".as_bytes()));
    assert_eq!(tokenizer.special("<|message|>"), Some(token::MESSAGE));
    assert!(
        (0..token::VOCABULARY).all(|id| tokenizer.token_bytes(id).is_some()),
        "every id of the vocabulary has bytes"
    );
    assert_eq!(tokenizer.token_bytes(token::VOCABULARY), None);
    assert_eq!(tokenizer.token_bytes(u32::MAX), None);
    assert_eq!(tokenizer.decode(&[u32::MAX]), "\u{FFFD}".as_bytes());
}

#[test]
fn markers_that_are_none_stay_text() {
    let tokenizer = tokenizer();
    for text in
        ["<|", "<|start", "<|start|", "<|nothing|>", "<|<|start|x|>", "|>", "<| start |>", "<|é|>"]
    {
        assert_eq!(tokenizer.encode_with_specials(text), tokenizer.encode(text), "{text}");
    }
    assert_eq!(
        tokenizer.encode_with_specials("<|<|end|>|>"),
        [tokenizer.encode("<|"), vec![token::END], tokenizer.encode("|>")].concat()
    );
}

#[test]
fn a_cut_tokenizer_has_only_its_own_ids() {
    let cut = cut();
    assert_eq!(cut.token_bytes(1023), tokenizer().token_bytes(1023));
    assert_eq!(cut.token_bytes(1024), None);
    assert_eq!(cut.token_bytes(token::START), Some("<|start|>".as_bytes()));
    assert_eq!(cut.token_bytes(200_018), None, "not in the file");
    assert_eq!(cut.encode_with_specials("<|start|>")[..], [token::START]);
}

/// Any prefix of the ranks is a complete encoding: building one checks that each token encodes to itself.
#[test]
fn every_cut_is_complete() {
    for count in [256, 257, 300, 4096, 20_000] {
        let cut = Tokenizer::from_json(file(count).to_string().as_bytes()).expect("a cut");
        let text = "The quick brown fox — 日本語 👍🏽 jumps\n\n over 12345 lazy dogs";
        let ids = cut.encode(text);
        assert!(ids.iter().all(|id| *id < count), "{count}");
        assert_eq!(cut.decode(&ids), text.as_bytes(), "{count}");
    }
}

/// A `tokenizer.json` with the first `count` ranks.
fn file(count: u32) -> Value {
    let tokenizer = tokenizer();
    let mut file: Value = serde_json::from_slice(&data("tokenizer_1024.json")).expect("JSON");
    let bytes = |id: u32| tokenizer.token_bytes(id).expect("an o200k id").to_vec();
    let ids: std::collections::HashMap<Vec<u8>, u32> =
        (0..count).map(|id| (bytes(id), id)).collect();
    let (mut vocab, mut merges) = (serde_json::Map::new(), Vec::new());
    for id in 0..count {
        let token = bytes(id);
        vocab.insert(spell(&token), id.into());
        let known = |half: &[u8]| ids.get(half).is_some_and(|other| *other < id);
        let at = (1..token.len()).filter(|&at| known(&token[..at]) && known(&token[at..]));
        merges.extend(at.map(|at| json!([spell(&token[..at]), spell(&token[at..])])));
    }
    file["model"]["vocab"] = vocab.into();
    file["model"]["merges"] = merges.into();
    file
}

fn spell(token: &[u8]) -> String {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let other: Vec<u8> = (0..=255).filter(|byte| !printable(byte)).collect();
    let letter = |byte: &u8| match other.iter().position(|o| o == byte) {
        Some(at) => char::from_u32(256 + at as u32).expect("a letter"),
        None => char::from(*byte),
    };
    token.iter().map(letter).collect()
}

#[test]
fn the_demo_model_brings_such_a_file() {
    let file = data("../../engine/demo/tokenizer.json");
    let demo = Tokenizer::from_json(&file).expect("o200k, cut");
    assert_eq!(demo.ordinary_count(), 4096);
    let text = "<|start|>user<|message|>Naïve 日本語?<|end|>";
    let ids = demo.encode_with_specials(text);
    assert_eq!((ids[0], ids.last()), (token::START, Some(&token::END)));
    assert_eq!(demo.decode(&ids), text.as_bytes());
}

#[test]
fn merges_may_be_written_as_one_text() {
    let mut file = file(300);
    for merge in file["model"]["merges"].as_array_mut().expect("a list") {
        *merge =
            format!("{} {}", merge[0].as_str().expect("text"), merge[1].as_str().expect("text"))
                .into();
    }
    let cut = Tokenizer::from_json(file.to_string().as_bytes()).expect("older form");
    assert_eq!(cut.ordinary_count(), 300);
}

#[track_caller]
fn check_refused(change: impl FnOnce(&mut Value), expected: &str) {
    let mut file = file(300);
    change(&mut file);
    let error = Tokenizer::from_json(file.to_string().as_bytes()).expect_err("refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn files_of_other_tokenizers_are_refused_with_a_reason() {
    check_refused(|file| *file = json!({"hello": 1}), "cannot be read: missing field `model`");
    check_refused(
        |file| file["model"]["type"] = "Unigram".into(),
        "model is Unigram, but gpt-oss needs BPE",
    );
    check_refused(|file| file["model"]["dropout"] = 0.1.into(), "dropout");
    check_refused(|file| file["model"]["end_of_word_suffix"] = "</w>".into(), "affixes");
    check_refused(
        |file| file["normalizer"] = json!({"type": "NFC"}),
        "normalizer is {\"type\":\"NFC\"}",
    );
    check_refused(|file| file["pre_tokenizer"] = Value::Null, "pre-tokenizer");
    check_refused(
        |file| file["pre_tokenizer"]["pretokenizers"][1]["use_regex"] = true.into(),
        "pre-tokenizer",
    );
    check_refused(
        |file| file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "\\w+".into(),
        "split pattern is \"\\\\w+\"",
    );
    check_refused(|file| file["model"]["vocab"]["a"] = 5.into(), "token 5 of the tokenizer is");
    check_refused(
        |file| file["model"]["vocab"]["日"] = 299.into(),
        "token 299 of the tokenizer is",
    );
    let remove = |file: &mut Value, token: &str| {
        file["model"]["vocab"].as_object_mut().expect("a map").remove(token)
    };
    check_refused(|file| drop(remove(file, "!")), "gaps");
    check_refused(|file| file["model"]["vocab"] = json!({}), "0 ordinary tokens");
    check_refused(
        |file| file["model"]["merges"].as_array_mut().expect("a list").reverse(),
        "comes after a merge of higher rank",
    );
    check_refused(
        |file| file["model"]["merges"] = json!([]),
        "token 256 of the tokenizer (\"ĠĠ\") is not made by any merge",
    );
    check_refused(
        |file| file["model"]["merges"][0] = json!(["q", "q"]),
        "makes a token that is not in the vocabulary",
    );
    check_refused(
        |file| file["model"]["merges"][0] = json!(["q", "qqq"]),
        "joins something that is not in the vocabulary",
    );
    check_refused(
        |file| file["model"]["merges"][0] = json!(["q"]),
        "a merge of fewer than two tokens",
    );
    check_refused(
        |file| file["added_tokens"][4]["id"] = 200_010.into(),
        "<|start|> must have id 200006 in the tokenizer; it has 200010",
    );
    check_refused(
        |file| file["added_tokens"] = json!([]),
        "<|endoftext|> must have id 199999 in the tokenizer; it has none",
    );
    check_refused(|file| file["added_tokens"][0]["id"] = 5.into(), "ids from 199998 to 201087");
    check_refused(
        |file| file["added_tokens"][0]["content"] = "<pad>".into(),
        "names of the form <|name|>",
    );
    assert!(Tokenizer::from_json(b"\x00\xff").is_err());
}

/// A run of one letter, and other texts without a word boundary, cost about what prose costs.
#[test]
fn hostile_texts_are_linear() {
    let spaces_then_letter = format!("{}x", " ".repeat(100_000));
    let texts = [
        "a".repeat(100_000),
        "A".repeat(100_000),
        spaces_then_letter,
        "!".repeat(100_000),
        "ab".repeat(50_000),
        "\n ".repeat(50_000),
        "\u{301}".repeat(50_000),
        "日".repeat(30_000),
        "<|".repeat(50_000),
    ];
    for tokenizer in [tokenizer(), cut()] {
        for text in &texts {
            let begin = Instant::now();
            let ids = tokenizer.encode(text);
            assert_eq!(tokenizer.encode_with_specials(text), ids);
            let took = begin.elapsed();
            assert!(
                took < Duration::from_secs(2),
                "{took:?} for {:?}…",
                text.chars().take(8).collect::<String>()
            );
            assert_eq!(tokenizer.decode(&ids), text.as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_survives_and_is_never_special(text in any::<String>(), markers in proptest::collection::vec(0usize..4, 0..4)) {
        let mut text = text;
        for marker in markers {
            text.push_str(["<|start|>", "<|call|>", "<|endoftext|>", "<|"][marker]);
        }
        for tokenizer in [tokenizer(), cut()] {
            let ids = tokenizer.encode(&text);
            prop_assert!(ids.iter().all(|id| *id < tokenizer.ordinary_count()));
            prop_assert_eq!(tokenizer.decode(&ids), text.as_bytes());
        }
    }

    #[test]
    fn pieces_of_bytes_decode_like_the_whole(pieces in proptest::collection::vec(proptest::collection::vec(prop_oneof![any::<u8>(), 0xC0u8.., 0x80u8..0xC0], 0..4), 0..12)) {
        let mut decoder = Utf8Decoder::default();
        let mut text = String::new();
        for piece in &pieces {
            decoder.push(piece, &mut text);
        }
        decoder.finish(&mut text);
        let whole = pieces.concat();
        prop_assert_eq!(text, String::from_utf8_lossy(&whole));
    }

    #[test]
    fn characters_come_whole_as_soon_as_they_can(text in "\\PC{0,20}") {
        let mut decoder = Utf8Decoder::default();
        let mut out = String::new();
        for (at, byte) in text.bytes().enumerate() {
            prop_assert_eq!(decoder.push(&[byte], &mut out), Decoded::Whole);
            prop_assert_eq!(&out, &text[..text.floor_char_boundary(at + 1)]);
        }
        prop_assert_eq!(decoder.finish(&mut out), Decoded::Whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// A damaged file is refused, or the damage was where it does not matter.
    #[test]
    fn damaged_files_do_not_break_anything(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut file = data("tokenizer_1024.json");
        let at = at.index(file.len());
        file[at] = byte;
        if let Ok(tokenizer) = Tokenizer::from_json(&file) {
            prop_assert_eq!(tokenizer.encode("Hello, 日本!"), cut().encode("Hello, 日本!"));
        }
    }
}
