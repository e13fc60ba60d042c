//! gpt-oss models through the OpenAI Responses API.

mod config;
pub mod serve;
pub mod telemetry;
