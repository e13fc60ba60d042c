//! Harmony, the conversation format of the gpt-oss models: tokens ↔ messages.
//!
//! This crate does no I/O and knows nothing of tensors, HTTP or the execution of tools. The tokenizer is a value that is passed
//! in; nothing here reaches for a global one, because a checkpoint may bring its own.

mod event;
mod message;
mod parser;
mod render;
mod schema;
pub mod token;
mod tokenizer;

pub use event::{End, Event, Header, Repair, Stop};
pub use message::{
    Author, Channel, Content, ContentType, DeveloperContent, Effort, FunctionTool, Message,
    ResponseFormat, Role, SystemContent, ToolNamespace,
};
pub use parser::Parser;
pub use render::{render, render_prompt};
pub use tokenizer::{Decoded, Tokenizer, TokenizerError, Utf8Decoder};
