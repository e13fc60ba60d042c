//! The API's JSON, and the only place that knows it.
//!
//! Requests are read from a [`serde_json::Value`] by hand ([`node`]), because every rejection must name its place the way OpenAI
//! does (`input[2].content[0].type`), which untagged serde enums cannot. Answers and events are plain serde types with an explicit
//! policy for nulls: the keys of a response are always there, `phase`, `encrypted_content`, `namespace` and `logprobs` of an item
//! are left out rather than null.

pub mod event;
pub mod input;
pub mod json;
pub mod node;
pub mod request;
pub mod response;
pub mod tool;
