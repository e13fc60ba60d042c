//! Hugging Face's `tokenizer.json`, accepted when it is o200k or o200k cut at a rank.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::error::TokenizerError;
use super::special::{HARMONY, Specials};
use crate::token::{ORDINARY, VOCABULARY};

/// o200k's rule for splitting text into the pieces that are encoded one by one.
const SPLIT: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);

#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    normalizer: Option<serde_json::Value>,
    #[serde(default)]
    pre_tokenizer: Option<PreTokenizer>,
    #[serde(borrow)]
    model: Model<'a>,
    #[serde(default, borrow)]
    added_tokens: Vec<AddedToken<'a>>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum PreTokenizer {
    Sequence {
        pretokenizers: Vec<PreTokenizer>,
    },
    Split {
        pattern: Pattern,
        behavior: String,
        #[serde(default)]
        invert: bool,
    },
    ByteLevel {
        #[serde(default)]
        add_prefix_space: bool,
        #[serde(default = "yes")]
        use_regex: bool,
    },
    #[serde(other)]
    Other,
}

/// `{"Regex": …}`; the other form, `{"String": …}`, is never o200k's.
#[derive(Deserialize)]
struct Pattern {
    #[serde(rename = "Regex", default)]
    regex: Option<String>,
}

#[derive(Deserialize)]
struct Model<'a> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    dropout: Option<f64>,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
    #[serde(default)]
    end_of_word_suffix: Option<String>,
    #[serde(borrow)]
    vocab: FxHashMap<Cow<'a, str>, u32>,
    #[serde(borrow)]
    merges: Vec<Merge<'a>>,
}

#[derive(Deserialize)]
struct AddedToken<'a> {
    id: u32,
    #[serde(borrow)]
    content: Cow<'a, str>,
}

/// `["a", "b"]`, or `"a b"` in older files.
struct Merge<'a>(Cow<'a, str>, Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Merge<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MergeVisitor)
    }
}

struct MergeVisitor;

impl<'de> Visitor<'de> for MergeVisitor {
    type Value = Merge<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a merge: two tokens in a list, or in one text with a space between them")
    }

    fn visit_str<E: serde::de::Error>(self, both: &str) -> Result<Self::Value, E> {
        let (left, right) =
            both.split_once(' ').ok_or_else(|| E::custom("a merge without a space"))?;
        Ok(Merge(left.to_owned().into(), right.to_owned().into()))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, both: &'de str) -> Result<Self::Value, E> {
        let (left, right) =
            both.split_once(' ').ok_or_else(|| E::custom("a merge without a space"))?;
        Ok(Merge(left.into(), right.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut halves: A) -> Result<Self::Value, A::Error> {
        let mut next = || {
            halves
                .next_element::<Half<'de>>()?
                .ok_or_else(|| serde::de::Error::custom("a merge of fewer than two tokens"))
        };
        let merge = Merge(next()?.0, next()?.0);
        match halves.next_element::<serde::de::IgnoredAny>()? {
            None => Ok(merge),
            Some(_) => Err(serde::de::Error::custom("a merge of more than two tokens")),
        }
    }
}

#[derive(Deserialize)]
struct Half<'a>(#[serde(borrow)] Cow<'a, str>);

fn yes() -> bool {
    true
}

/// Checks everything and returns how many ordinary ids there are, and the special tokens.
pub(super) fn read(bytes: &[u8]) -> Result<(usize, Specials), TokenizerError> {
    let file: File = serde_json::from_slice(bytes)?;
    check_kind(&file)?;
    let count = check_vocabulary(&file.model.vocab)?;
    check_merges(&file.model, count)?;
    Ok((count, read_specials(&file)?))
}

fn check_kind(file: &File) -> Result<(), TokenizerError> {
    let model = &file.model;
    if model.kind.as_deref().is_some_and(|kind| kind != "BPE") {
        return Err(kind("model", model.kind.clone().unwrap_or_default(), "BPE"));
    }
    if model.dropout.is_some_and(|p| p != 0.0) || model.byte_fallback {
        return Err(kind(
            "model",
            "BPE with dropout or byte fallback".into(),
            "plain byte-level BPE",
        ));
    }
    let affixes = [&model.continuing_subword_prefix, &model.end_of_word_suffix];
    if affixes.into_iter().flatten().any(|affix| !affix.is_empty()) {
        return Err(kind("model", "BPE with affixes".into(), "plain byte-level BPE"));
    }
    if let Some(normalizer) = &file.normalizer {
        return Err(kind("normalizer", normalizer.to_string(), "none"));
    }
    check_split(file.pre_tokenizer.as_ref())
}

fn check_split(pre_tokenizer: Option<&PreTokenizer>) -> Result<(), TokenizerError> {
    const NEEDED: &str =
        "a Split by o200k's pattern followed by ByteLevel without a pattern of its own";
    let Some(PreTokenizer::Sequence { pretokenizers }) = pre_tokenizer else {
        return Err(kind("pre-tokenizer", "something else".into(), NEEDED));
    };
    let [
        PreTokenizer::Split { pattern: Pattern { regex: Some(regex) }, behavior, invert: false },
        PreTokenizer::ByteLevel { add_prefix_space: false, use_regex: false },
    ] = pretokenizers.as_slice()
    else {
        return Err(kind("pre-tokenizer", "another sequence".into(), NEEDED));
    };
    if regex != SPLIT {
        return Err(kind("split pattern", format!("{regex:?}"), "o200k's"));
    }
    if behavior != "Isolated" {
        return Err(kind("split behaviour", behavior.clone(), "Isolated"));
    }
    Ok(())
}

fn kind(what: &'static str, found: String, needed: &'static str) -> TokenizerError {
    TokenizerError::Kind { what, found, needed }
}

/// The ordinary ids must be `0..count` with o200k's bytes. Special tokens may stand in the vocabulary as well.
fn check_vocabulary(vocab: &FxHashMap<Cow<str>, u32>) -> Result<usize, TokenizerError> {
    let ranks = &bpe_openai::o200k_base().bpe;
    let mut count = 0;
    let mut highest = None;
    for (token, &id) in vocab.iter().filter(|(_, id)| **id < ORDINARY) {
        if byte_level(token).as_deref() != Some(ranks.token_bytes(id)) {
            let expected = format!("{:?}", String::from_utf8_lossy(ranks.token_bytes(id)));
            return Err(TokenizerError::Token {
                id,
                found: format!("{token:?} (byte-level)"),
                expected,
            });
        }
        count += 1;
        highest = highest.max(Some(id));
    }
    // Each id below ORDINARY has one spelling, so equal bytes mean distinct ids: a gap shows as a count below the highest id + 1.
    if count < 256 {
        return Err(TokenizerError::Count { found: count });
    }
    if highest.is_some_and(|id| id as usize + 1 != count) {
        return Err(kind(
            "vocabulary",
            format!("{count} tokens with gaps up to id {highest:?}"),
            "ranks without a gap",
        ));
    }
    Ok(count)
}

/// Merging in the order of the file must be merging in rank order, and must reach every token.
fn check_merges(model: &Model, count: usize) -> Result<(), TokenizerError> {
    let mut reached = vec![false; count];
    let mut last = 0;
    let mut joined = String::new();
    for (index, Merge(left, right)) in model.merges.iter().enumerate() {
        let fail = |problem| TokenizerError::Merge {
            index,
            left: left.to_string(),
            right: right.to_string(),
            problem,
        };
        joined.clear();
        joined.push_str(left);
        joined.push_str(right);
        let ordinary = |token: &str| model.vocab.get(token).copied().filter(|id| *id < ORDINARY);
        let (Some(_), Some(_)) = (ordinary(left), ordinary(right)) else {
            return Err(fail("joins something that is not in the vocabulary"));
        };
        let Some(id) = ordinary(&joined) else {
            return Err(fail("makes a token that is not in the vocabulary"));
        };
        if id < last {
            return Err(fail("comes after a merge of higher rank"));
        }
        last = id;
        reached[id as usize] = true;
    }
    match (256..count).find(|&id| !reached[id]) {
        None => Ok(()),
        Some(id) => {
            let token = model.vocab.iter().find(|(_, other)| **other as usize == id);
            Err(TokenizerError::Unreachable {
                id: id as u32,
                token: token.map(|(t, _)| t.to_string()).unwrap_or_default(),
            })
        }
    }
}

fn read_specials(file: &File) -> Result<Specials, TokenizerError> {
    let mut specials = Specials::empty();
    for AddedToken { id, content } in &file.added_tokens {
        if !(ORDINARY..VOCABULARY).contains(id) {
            let needed = "ids from 199998 to 201087";
            return Err(kind("added token", format!("{content:?} with id {id}"), needed));
        }
        if !(content.starts_with("<|") && content.ends_with("|>") && content.len() > 4) {
            return Err(kind("added token", format!("{content:?}"), "names of the form <|name|>"));
        }
        specials.insert(content, *id);
    }
    for (name, id) in HARMONY {
        if specials.id(name) != Some(id) {
            let found = specials.id(name).map_or("none".to_owned(), |id| id.to_string());
            return Err(TokenizerError::Special { name: name.into(), id, found });
        }
    }
    Ok(specials)
}

/// The bytes behind the printable letters of byte-level BPE: printable Latin-1 stands for itself, the other bytes for the letters from
/// U+0100 on, in order. `None` for a letter outside that alphabet.
fn byte_level(token: &str) -> Option<Vec<u8>> {
    token.chars().map(byte_of).collect()
}

fn byte_of(letter: char) -> Option<u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    match u32::from(letter) {
        code @ 0..=0xFF => u8::try_from(code).ok().filter(|byte| printable(*byte)),
        code => (0..=u8::MAX).filter(|byte| !printable(*byte)).nth((code - 0x100) as usize),
    }
}
