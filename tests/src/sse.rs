//! A client for server-sent events that accepts only what the strictest clients accept.

use futures_util::StreamExt;
use serde_json::Value;

/// One event as it came over the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The `event:` line.
    pub name: String,
    /// The `data:` line.
    pub data: Value,
}

/// What came of a stream.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// In order, without `[DONE]`.
    pub events: Vec<Event>,
    /// Whether `data: [DONE]` ended it.
    pub done: bool,
}

/// Reads an event stream piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    /// What was read so far.
    pub transcript: Transcript,
}

impl Reader {
    /// Takes the next bytes of the body.
    ///
    /// # Errors
    /// A frame that some client would not read: another line than `event:`, `data:` or a comment, several data lines, CR, an event
    /// without its name, anything after `[DONE]`.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.buffer.extend_from_slice(bytes);
        while let Some(end) = find(&self.buffer, b"\n\n") {
            let rest = self.buffer.split_off(end + 2);
            let frame = std::mem::replace(&mut self.buffer, rest);
            let frame = std::str::from_utf8(&frame[..end]).map_err(|error| error.to_string())?;
            self.frame(frame)?;
        }
        Ok(())
    }

    fn frame(&mut self, frame: &str) -> Result<(), String> {
        if self.transcript.done {
            return Err(format!("after [DONE]: {frame:?}"));
        }
        let mut name = None;
        let mut data = None;
        for line in frame.split('\n') {
            let slot = match line.split_once(": ") {
                _ if line.contains('\r') => return Err(format!("a carriage return in {line:?}")),
                _ if line.starts_with(':') => continue,
                Some(("event", value)) if name.is_none() => (&mut name, value),
                Some(("data", value)) if data.is_none() => (&mut data, value),
                _ => return Err(format!("unexpected line {line:?} in {frame:?}")),
            };
            *slot.0 = Some(slot.1);
        }
        match (name, data) {
            (None, None) => {}
            (None, Some("[DONE]")) => self.transcript.done = true,
            (Some(name), Some(data)) => {
                let data =
                    serde_json::from_str(data).map_err(|error| format!("{error}: {data}"))?;
                self.transcript.events.push(Event { name: name.to_owned(), data });
            }
            _ => return Err(format!("an event needs a name and data: {frame:?}")),
        }
        Ok(())
    }

    /// The whole transcript.
    ///
    /// # Errors
    /// The stream ended in the middle of a frame.
    pub fn finish(self) -> Result<Transcript, String> {
        if self.buffer.is_empty() {
            Ok(self.transcript)
        } else {
            Err(format!("the stream ends inside {:?}", String::from_utf8_lossy(&self.buffer)))
        }
    }
}

/// Reads `response` to its end.
///
/// # Errors
/// See [`Reader`]; also a connection that broke.
pub async fn read(response: reqwest::Response) -> Result<Transcript, String> {
    let mut reader = Reader::default();
    let mut body = response.bytes_stream();
    while let Some(bytes) = body.next().await {
        reader.push(&bytes.map_err(|error| error.to_string())?)?;
    }
    reader.finish()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hi\n\nevent: a\ndata: {\"x\":\"é\"}\n\ndata: [DONE]\n\n";

    #[test]
    fn any_split_gives_the_same_events() {
        for split in 0..STREAM.len() {
            let mut reader = Reader::default();
            reader.push(&STREAM.as_bytes()[..split]).unwrap();
            reader.push(&STREAM.as_bytes()[split..]).unwrap();
            let transcript = reader.finish().unwrap();
            assert!(transcript.done);
            assert_eq!(transcript.events.len(), 1);
            assert_eq!(transcript.events[0].data["x"], "é");
        }
    }

    #[test]
    fn what_a_strict_client_refuses_is_an_error() {
        let bad = [
            "id: 1\nevent: a\ndata: {}\n\n",
            "data: {}\n\n",
            "event: a\n\n",
            "event: a\r\ndata: {}\r\n\n",
            "event: a\ndata: {}\ndata: {}\n\n",
            "event: a\ndata: {\n\n",
            "data: [DONE]\n\nevent: a\ndata: {}\n\n",
        ];
        for stream in bad {
            assert!(Reader::default().push(stream.as_bytes()).is_err(), "{stream:?}");
        }
        let mut cut = Reader::default();
        cut.push(b"event: a\ndata: {}\n").unwrap();
        assert!(cut.finish().is_err());
    }
}
