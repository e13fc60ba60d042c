//! The built-in demo model: a checkpoint in the compact form, compiled into the program.

use super::{Checkpoint, InMemory, WeightError};

/// The model that is compiled in.
fn built_in() -> Option<InMemory> {
    None
}

/// Opens the model that is compiled in.
///
/// # Errors
/// This build has none, or its files do not fit together.
pub fn open() -> Result<Checkpoint, WeightError> {
    let none = || {
        WeightError(
            "this build has no demo model: give a model folder or random:educational".into(),
        )
    };
    Checkpoint::from_memory("demo", built_in().ok_or_else(none)?)
}
