//! Replaces what differs between two equal runs: ids by their order of appearance, times by zero, the date in a prompt.

use std::collections::HashMap;

use serde_json::Value;

/// Prefixes of the ids that the server mints.
const PREFIXES: [&str; 6] = ["resp_", "rs_", "msg_", "fc_", "call_", "ctc_"];
/// Random characters of a minted id, at least; a shorter word with such a prefix is text.
const RANDOM: usize = 20;

/// Names ids in the order in which it sees them: `resp_1`, `msg_1`, `msg_2`. One normaliser serves one run, so that an id keeps its name.
#[derive(Debug, Default)]
pub struct Normaliser {
    names: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Normaliser {
    /// A JSON value with ids and times replaced.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| {
                    let timed = ["created_at", "completed_at", "created"].contains(&key.as_str());
                    let value =
                        if timed && value.is_number() { 0.into() } else { self.value(value) };
                    (key.clone(), value)
                })
                .collect(),
            other => other.clone(),
        }
    }

    /// Text with every id in it replaced.
    pub fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, prefix, end)) = next_id(rest) {
            out.push_str(&rest[..start]);
            out.push_str(&self.name(&rest[start..end], prefix));
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }

    fn name(&mut self, id: &str, prefix: &'static str) -> String {
        let counts = &mut self.counts;
        let name = self.names.entry(id.to_owned()).or_insert_with(|| {
            let count = counts.entry(prefix).or_default();
            *count += 1;
            format!("{prefix}{count}")
        });
        name.clone()
    }
}

/// The first minted id in `text`: start, prefix, end.
fn next_id(text: &str) -> Option<(usize, &'static str, usize)> {
    let is_random = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        // An id stands alone: what precedes it is no part of a word.
        let at_word = start == 0 || !is_random(bytes[start - 1]);
        let prefix =
            PREFIXES.into_iter().find(|prefix| bytes[start..].starts_with(prefix.as_bytes()));
        if let Some(prefix) = prefix.filter(|_| at_word) {
            let tail = &bytes[start + prefix.len()..];
            let length = tail.iter().position(|&byte| !is_random(byte)).unwrap_or(tail.len());
            if length >= RANDOM {
                return Some((start, prefix, start + prefix.len() + length));
            }
        }
        start += 1;
    }
    None
}

/// A rendered prompt with its date replaced.
pub fn prompt(text: &str) -> String {
    const LINE: &str = "Current date: ";
    let Some(at) = text.find(LINE).map(|at| at + LINE.len()) else { return text.to_owned() };
    let date = text[at..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
    format!("{}DATE{}", &text[..at], &text[at + date..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_name_and_words_stay() {
        let id = format!("msg_{}", "a1".repeat(16));
        let other = format!("msg_{}", "b2".repeat(16));
        let mut normaliser = Normaliser::default();
        let text = format!("'{id}' {other} {id} call_me x{id}");
        assert_eq!(normaliser.text(&text), format!("'msg_1' msg_2 msg_1 call_me x{id}"));
        let value = serde_json::json!({"created_at": 12, "completed_at": null, "id": other});
        let expected = serde_json::json!({"created_at": 0, "completed_at": null, "id": "msg_2"});
        assert_eq!(normaliser.value(&value), expected);
    }

    #[test]
    fn dates_are_replaced() {
        assert_eq!(prompt("a\nCurrent date: 2026-11-22\n\nb"), "a\nCurrent date: DATE\n\nb");
    }
}
