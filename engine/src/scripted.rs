//! A runner that says what it was told to say.

use rustc_hash::FxHashMap;

use crate::{
    batch::{Batch, SampleRequest, SeqId},
    runner::{Runner, RunnerError, RunnerSpec, SampleError, SampleResult},
    stream::{Logprob, Sampled},
};

/// Gives the completion of a job from its prompt.
type Script = Box<dyn FnMut(&[u32]) -> Vec<u32> + Send>;

/// Says given completions, for tests of what stands above an engine. It has no KV; sampling parameters do not matter.
pub struct ScriptedRunner {
    spec: RunnerSpec,
    script: Script,
    /// Of the sequences that began and did not end.
    open: FxHashMap<SeqId, Vec<u32>>,
}

impl std::fmt::Debug for ScriptedRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedRunner")
            .field("spec", &self.spec)
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}

impl ScriptedRunner {
    /// `script` is called once a job, in the order in which jobs start, with the job's prompt. A job that wants more tokens than its
    /// completion has fails; completions therefore usually end in a stop token.
    pub fn new(
        vocabulary: usize,
        max_tokens: usize,
        script: impl FnMut(&[u32]) -> Vec<u32> + Send + 'static,
    ) -> Self {
        let spec = RunnerSpec {
            vocabulary,
            max_tokens,
            block_tokens: 1,
            full_blocks: 0,
            sliding_blocks: 0,
            window: 1,
        };
        Self { spec, script: Box::new(script), open: FxHashMap::default() }
    }

    /// Says `completions` one after the other, from the beginning again when all were said.
    pub fn cycle(vocabulary: usize, max_tokens: usize, completions: Vec<Vec<u32>>) -> Self {
        let mut next = 0;
        Self::new(vocabulary, max_tokens, move |_| {
            next += 1;
            completions.get((next - 1) % completions.len().max(1)).cloned().unwrap_or_default()
        })
    }

    fn say(&mut self, id: SeqId, request: &SampleRequest<'_>) -> SampleResult {
        let said = request.history.len() - request.prompt_len;
        let completion = self
            .open
            .entry(id)
            .or_insert_with(|| (self.script)(&request.history[..request.prompt_len]));
        let token = completion.get(said).copied().ok_or(SampleError::ScriptEnded)?;
        // What was written down is certain.
        let logprob =
            request.params.logprobs.map(|_| Logprob { chosen: 0.0, top: vec![(token, 0.0)] });
        Ok(Sampled { token, logprob })
    }
}

impl Runner for ScriptedRunner {
    fn spec(&self) -> RunnerSpec {
        self.spec
    }

    fn device(&self) -> String {
        "scripted".into()
    }

    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError> {
        let asked = batch
            .seqs
            .iter()
            .filter_map(|seq| seq.sample.as_ref().map(|request| (seq.id, request)));
        Ok(asked.map(|(id, request)| self.say(id, request)).collect())
    }

    fn forget(&mut self, id: SeqId) {
        self.open.remove(&id);
    }
}
