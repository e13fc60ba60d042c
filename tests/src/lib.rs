//! What the end-to-end tests share: servers to talk to, a client for event streams, the rules every stream keeps, scenario folders.
//!
//! Nothing here knows the inside of the server: the tests would still hold if it were written anew.
#![expect(clippy::unwrap_used, reason = "a test helper may panic")]

use std::path::{Path, PathBuf};

pub mod normalise;
pub mod process;
pub mod random;
pub mod rules;
pub mod scenario;
pub mod scripted;
pub mod sse;

/// The folder of the workspace.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
