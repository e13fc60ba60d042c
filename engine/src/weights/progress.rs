//! What a long load tells whoever waits for it.

use std::borrow::Cow;

use super::{TensorData, TensorId, TensorInfo, WeightError, WeightSource, memory};
use crate::config::ModelConfig;

/// Receives the progress of reading or writing weights; a command line draws a bar. Calls come from the thread that does the work.
pub trait Progress: Send + Sync {
    /// Work of `bytes` bytes begins. `what` is a short phrase such as "loading weights".
    fn begin(&self, what: &str, bytes: u64);
    /// `bytes` more are done.
    fn advance(&self, bytes: u64);
    /// The work that began is over, done or failed.
    fn end(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
}

/// A source that reports every tensor taken from it, for loading a whole model. Dropping it ends the report.
pub struct Tracked<'a> {
    source: &'a dyn WeightSource,
    progress: &'a dyn Progress,
}

impl<'a> Tracked<'a> {
    /// Begins a report of all of `source`'s tensors under the name `what`.
    ///
    /// # Errors
    /// The source lacks a tensor, or all of them together need more memory than is free.
    pub fn new(
        source: &'a dyn WeightSource,
        what: &str,
        progress: &'a dyn Progress,
    ) -> Result<Self, WeightError> {
        let mut bytes = 0;
        for id in TensorId::all(source.config()) {
            bytes += source.describe(id)?.bytes();
        }
        memory::check(bytes)?;
        progress.begin(what, bytes);
        Ok(Self { source, progress })
    }
}

impl Drop for Tracked<'_> {
    fn drop(&mut self) {
        self.progress.end();
    }
}

impl WeightSource for Tracked<'_> {
    fn config(&self) -> &ModelConfig {
        self.source.config()
    }

    fn tensor(&self, id: TensorId) -> Result<TensorData<'_>, WeightError> {
        let data = self.source.tensor(id)?;
        self.progress.advance(data.bytes.len() as u64);
        Ok(data)
    }

    fn describe(&self, id: TensorId) -> Result<TensorInfo, WeightError> {
        self.source.describe(id)
    }

    fn shared_rows(&self) -> Option<&[u32]> {
        self.source.shared_rows()
    }

    fn temperature(&self) -> Option<f32> {
        self.source.temperature()
    }

    fn tokenizer_json(&self) -> Result<Option<Cow<'_, [u8]>>, WeightError> {
        self.source.tokenizer_json()
    }
}

impl TensorInfo {
    /// Bytes of the [`TensorData`] that `tensor` gives.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64 * self.dtype.size() as u64
    }
}
