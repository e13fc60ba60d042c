//! Events → Server-Sent Events.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};

use crate::wire::event::Event;

/// The line after the terminal event, which the Open Responses specification asks for.
const DONE: &[u8] = b"data: [DONE]\n\n";
/// Most deltas are shorter.
const USUAL_BYTES: usize = 320;

/// An event in one piece, as clients' parsers need it: `event:`, `data:`, an empty line; no id, no carriage return.
pub fn encode(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_BYTES);
    bytes.extend_from_slice(b"event: ");
    bytes.extend_from_slice(event.kind.name().as_bytes());
    bytes.extend_from_slice(b"\ndata: ");
    event.write_json(&mut bytes);
    bytes.extend_from_slice(b"\n\n");
    bytes
}

/// The answer that streams `events`.
pub fn answer(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let chunks = events.map(|event| Bytes::from(encode(&event)));
    let chunks = chunks.chain(stream::iter([Bytes::from_static(DONE)]));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        // nginx would gather the events otherwise.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(chunks.map(Ok::<_, Infallible>))).into_response()
}
