//! Why a file is not a tokenizer that the models understand.

/// What is wrong with a `tokenizer.json`. Each text stands alone and says what was found.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// Not JSON, or not of the shape of a `tokenizer.json`.
    #[error("the tokenizer file cannot be read: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Another kind of tokenizer.
    #[error("the tokenizer's {what} is {found}, but gpt-oss needs {needed}")]
    Kind {
        /// Which part.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What it should say.
        needed: &'static str,
    },
    /// An entry of the vocabulary differs from o200k.
    #[error("token {id} of the tokenizer is {found}, but in o200k it is {expected}")]
    Token {
        /// The id.
        id: u32,
        /// What the file has there.
        found: String,
        /// What o200k has there.
        expected: String,
    },
    /// Too few or too many ordinary ids.
    #[error(
        "the tokenizer has {found} ordinary tokens; it needs the 256 bytes at least and o200k has 199998 at most"
    )]
    Count {
        /// How many there are.
        found: usize,
    },
    /// Merges that cannot give the vocabulary in rank order.
    #[error("merge {index} of the tokenizer ({left:?} + {right:?}) {problem}")]
    Merge {
        /// Its place in the list.
        index: usize,
        /// First half, as written.
        left: String,
        /// Second half, as written.
        right: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A token that no merge makes.
    #[error("token {id} of the tokenizer ({token:?}) is not made by any merge")]
    Unreachable {
        /// The id.
        id: u32,
        /// As written in the file.
        token: String,
    },
    /// A special token is missing or has another id.
    #[error("the special token {name} must have id {id} in the tokenizer; it has {found}")]
    Special {
        /// Its name.
        name: String,
        /// Its id in o200k_harmony.
        id: u32,
        /// What the file says.
        found: String,
    },
}
