//! What a step's results change.

use super::{Plan, Scheduler};
use crate::{
    batch::SeqId,
    runner::SampleResult,
    stream::{Finish, FinishReason, Sampled},
};

/// News for one sequence's reader.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Output {
    pub(crate) id: SeqId,
    /// The next token; none when sampling failed.
    pub(crate) token: Option<Sampled>,
    /// The sequence is over, its blocks are free.
    pub(crate) finish: Option<Finish>,
}

impl Scheduler {
    /// Takes over the results of `plan`: one per sequence whose last token was computed, in the plan's order.
    ///
    /// # Errors
    /// The runner gave a number of results that does not fit the plan, or a token outside the vocabulary. The state is unusable.
    pub(crate) fn update(
        &mut self,
        plan: &Plan,
        results: Vec<SampleResult>,
    ) -> Result<Vec<Output>, String> {
        let mut results = results.into_iter();
        let mut outputs = Vec::new();
        for planned in &plan.seqs {
            let Some(sequence) = self.sequences.get_mut(&planned.id) else { continue };
            sequence.computed = planned.span.end;
            self.kv.commit(&mut sequence.kv, &sequence.tokens, sequence.computed);
            if sequence.pending() > 0 {
                continue;
            }
            let result =
                results.next().ok_or("the runner gave fewer tokens than were asked for")?;
            outputs.push(self.apply(planned.id, result));
        }
        match results.next() {
            None => Ok(outputs),
            Some(_) => Err("the runner gave more tokens than were asked for".into()),
        }
    }

    fn apply(&mut self, id: SeqId, result: SampleResult) -> Output {
        let Some(sequence) = self.sequences.get_mut(&id) else {
            return Output { id, token: None, finish: None };
        };
        let (token, reason) = match result {
            Ok(sampled) => {
                self.generated += 1;
                let reason = sequence.push(sampled.token);
                (Some(sampled), reason)
            }
            Err(error) => (None, Some(FinishReason::Failed(error.to_string()))),
        };
        let finish = reason.map(|reason| sequence.finish(reason));
        if finish.is_some() {
            self.abort(id);
        }
        Output { id, token, finish }
    }
}
