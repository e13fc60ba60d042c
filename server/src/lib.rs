//! gpt-oss models through the OpenAI Responses API.

pub mod cli;
mod config;
mod replay;
pub mod serve;
pub mod telemetry;

pub use replay::{RecordingError, ReplayEngine};
