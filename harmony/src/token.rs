//! The special tokens of `o200k_harmony` that carry Harmony's structure, with their ids.
//!
//! Ordinary ids are `0..199_998`; the embedding has [`VOCABULARY`] rows, the ids in between are reserved and have no meaning.

/// Rows of the embedding: every id is below this.
pub const VOCABULARY: u32 = 201_088;
/// Ids below this are ordinary text (the mergeable ranks of o200k).
pub const ORDINARY: u32 = 199_998;

/// `<|startoftext|>`
pub const START_OF_TEXT: u32 = 199_998;
/// `<|endoftext|>`: ends a generation, like [`RETURN`].
pub const END_OF_TEXT: u32 = 199_999;
/// `<|return|>`: the model has finished its turn.
pub const RETURN: u32 = 200_002;
/// `<|constrain|>`: precedes the content type in a header.
pub const CONSTRAIN: u32 = 200_003;
/// `<|channel|>`: precedes the channel in a header.
pub const CHANNEL: u32 = 200_005;
/// `<|start|>`: begins a header.
pub const START: u32 = 200_006;
/// `<|end|>`: ends a message; the turn goes on.
pub const END: u32 = 200_007;
/// `<|message|>`: ends a header, begins the content.
pub const MESSAGE: u32 = 200_008;
/// `<|call|>`: ends a message that calls a tool; the turn pauses for its output.
pub const CALL: u32 = 200_012;

/// The ids at which a generation stops. `<|end|>` is not among them: it only closes a message.
pub const STOPS: [u32; 3] = [RETURN, CALL, END_OF_TEXT];
