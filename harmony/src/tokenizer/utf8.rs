//! Bytes that arrive in pieces, as whole characters.

/// How a decoding went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// All bytes were characters, or the beginning of one.
    Whole,
    /// Some were not and became U+FFFD.
    Replaced,
}

/// Turns a stream of bytes into text: an incomplete sequence at the end is held back, invalid bytes become U+FFFD as in
/// [`String::from_utf8_lossy`]. Whatever the pieces, all outputs joined equal the lossy decoding of all bytes joined.
#[derive(Clone, Debug, Default)]
pub struct Utf8Decoder {
    /// The beginning of a character, at most three bytes.
    held: Vec<u8>,
}

impl Utf8Decoder {
    /// Appends to `out` the characters that `bytes` completes.
    pub fn push(&mut self, bytes: &[u8], out: &mut String) -> Decoded {
        if self.held.is_empty() {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    out.push_str(text);
                    Decoded::Whole
                }
                Err(_) => self.decode(bytes, out),
            }
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.extend_from_slice(bytes);
            self.decode(&joined, out)
        }
    }

    /// Appends what was held back, which will never be completed now.
    pub fn finish(&mut self, out: &mut String) -> Decoded {
        if self.held.is_empty() {
            return Decoded::Whole;
        }
        out.push_str(&String::from_utf8_lossy(&std::mem::take(&mut self.held)));
        Decoded::Replaced
    }

    /// Whether a character is incomplete.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    fn decode(&mut self, mut bytes: &[u8], out: &mut String) -> Decoded {
        let mut decoded = Decoded::Whole;
        loop {
            let error = match std::str::from_utf8(bytes) {
                Ok(text) => {
                    out.push_str(text);
                    return decoded;
                }
                Err(error) => error,
            };
            let (good, rest) = bytes.split_at(error.valid_up_to());
            out.push_str(&String::from_utf8_lossy(good));
            let Some(bad) = error.error_len() else {
                self.held.extend_from_slice(rest);
                return decoded;
            };
            out.push(char::REPLACEMENT_CHARACTER);
            decoded = Decoded::Replaced;
            bytes = &rest[bad..];
        }
    }
}
