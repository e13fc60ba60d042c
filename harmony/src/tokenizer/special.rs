//! The special tokens: names of the form `<|…|>` for ids at and above [`ORDINARY`].

use rustc_hash::FxHashMap;

use crate::token::{
    CALL, CHANNEL, CONSTRAIN, END, END_OF_TEXT, MESSAGE, ORDINARY, RETURN, START, START_OF_TEXT,
    VOCABULARY,
};

/// The names with a meaning in Harmony.
pub(super) const HARMONY: [(&str, u32); 8] = [
    ("<|endoftext|>", END_OF_TEXT),
    ("<|return|>", RETURN),
    ("<|constrain|>", CONSTRAIN),
    ("<|channel|>", CHANNEL),
    ("<|start|>", START),
    ("<|end|>", END),
    ("<|message|>", MESSAGE),
    ("<|call|>", CALL),
];

/// `<|endofprompt|>`: in the vocabulary for historical reasons, unused by Harmony.
const END_OF_PROMPT: u32 = 200_018;

/// Names and ids of special tokens, both ways.
pub(super) struct Specials {
    /// By id − [`ORDINARY`].
    names: Vec<Option<Box<str>>>,
    ids: FxHashMap<Box<str>, u32>,
    longest: usize,
}

impl Specials {
    /// All of o200k_harmony, reserved ones included.
    pub(super) fn o200k_harmony() -> Self {
        let mut all = Self::empty();
        for id in START_OF_TEXT..VOCABULARY {
            all.insert(&format!("<|reserved_{id}|>"), id);
        }
        all.insert("<|startoftext|>", START_OF_TEXT);
        all.insert("<|endofprompt|>", END_OF_PROMPT);
        for (name, id) in HARMONY {
            all.insert(name, id);
        }
        all
    }

    pub(super) fn empty() -> Self {
        Self {
            names: vec![None; (VOCABULARY - ORDINARY) as usize],
            ids: FxHashMap::default(),
            longest: 0,
        }
    }

    /// Adds a name; the last one given for an id is the one it is written with.
    pub(super) fn insert(&mut self, name: &str, id: u32) {
        if let Some(slot) = self.names.get_mut((id - ORDINARY) as usize) {
            *slot = Some(name.into());
            self.ids.insert(name.into(), id);
            self.longest = self.longest.max(name.len());
        }
    }

    pub(super) fn name(&self, id: u32) -> Option<&str> {
        self.names.get(id.checked_sub(ORDINARY)? as usize)?.as_deref()
    }

    pub(super) fn id(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    /// The first special token in `text`: what stands before it, its id, what follows.
    pub(super) fn find<'a>(&self, text: &'a str) -> Option<(&'a str, u32, &'a str)> {
        for (at, _) in text.match_indices("<|") {
            let window = &text.as_bytes()[at..text.len().min(at + self.longest)];
            let Some(close) = window.windows(2).position(|pair| pair == b"|>") else { continue };
            let end = at + close + 2;
            if let Some(id) = self.id(&text[at..end]) {
                return Some((&text[..at], id, &text[end..]));
            }
        }
        None
    }
}
