//! What the log says, and what it must not say.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::Server;
use super::script::Line;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn every_line_has_the_requests_id_and_none_has_its_words() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    let guard = tracing::subscriber::set_default(subscriber.with_writer(log.clone()).finish());
    let server = Server::new([
        Line::says(
            "<|channel|>analysis<|message|>hidden-thought<|end|><|end|><|start|>assistant<|channel|>final<|message|>hidden-answer<|return|>",
        ),
        Line::fails("<|channel|>final<|message|>hidden-answer", "NaN logits"),
    ]);
    let body = json!({"input": [{"role": "user", "content": "hidden-question"}, {"type": "web_search_call", "id": "x"}],
        "instructions": "hidden-instructions", "metadata": {"k": "hidden-metadata"}, "unknown_key": "hidden-value",
        "tools": [{"type": "web_search"}, {"type": "function", "name": "f", "description": "hidden-description"}]});
    server.stream(body.clone()).await;
    server.create(body).await;
    server.refused(json!({"input": "hidden-question", "temperature": 7})).await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for word in [
        "answered",
        "response ended",
        "the response failed",
        "unknown parameter ignored",
        "was left out",
    ] {
        assert!(log.contains(word), "{word} is missing in {log}");
    }
    assert!(!log.contains("hidden"), "{log}");
    for line in log.lines() {
        assert!(line.contains("request_id=\"req_"), "{line}");
    }
}
