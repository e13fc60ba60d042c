//! One step's decision.

use std::ops::Range;

use super::Scheduler;
use crate::{
    batch::{Batch, BatchSeq, SampleRequest, SeqId},
    kv_cache::{Prefix, Room},
    sequence::Status,
};

/// What one step computes, oldest sequence first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) seqs: Vec<Planned>,
}

/// One sequence's part of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) id: SeqId,
    /// Positions to compute.
    pub(crate) span: Range<usize>,
}

impl Plan {
    fn tokens(&self) -> usize {
        self.seqs.iter().map(|planned| planned.span.len()).sum()
    }
}

impl Scheduler {
    /// Chooses the next step's tokens and allocates their blocks. [`Self::update`] must follow.
    ///
    /// First every running sequence gets one token, oldest first, so that long prompts hold up nobody's decoding; what the budget
    /// has left goes to the running sequences that have more to compute, then to waiting ones.
    pub(crate) fn schedule(&mut self) -> Plan {
        let mut plan = Plan::default();
        let preempted = self.preemptions;
        for id in self.running.values().copied().collect::<Vec<_>>() {
            // It may have lost its blocks to an older one in this very loop.
            if self.sequence(id).status == Status::Running && self.make_room_for_one(id) {
                let start = self.sequence(id).computed;
                plan.seqs.push(Planned { id, span: start..start + 1 });
            }
        }
        let mut budget = self.max_batch_tokens - plan.tokens();
        for planned in &mut plan.seqs {
            let more = self.grow(planned.id, planned.span.end, budget);
            planned.span.end += more;
            budget -= more;
        }
        // After a preemption memory is short: admitting now would only preempt again.
        if self.preemptions == preempted || plan.seqs.is_empty() {
            self.admit(&mut plan, budget);
        }
        plan
    }

    /// The arrays that a runner needs for `plan`.
    pub(crate) fn batch(&self, plan: &Plan) -> Batch<'_> {
        let n = plan.tokens();
        let mut batch = Batch {
            tokens: Vec::with_capacity(n),
            positions: Vec::with_capacity(n),
            seqs: Vec::with_capacity(plan.seqs.len()),
        };
        for Planned { id, span } in &plan.seqs {
            let sequence = self.sequence(*id);
            let row = batch.tokens.len();
            batch.tokens.extend_from_slice(&sequence.tokens[span.clone()]);
            batch.positions.extend(span.clone().map(|position| position as u32));
            let request = SampleRequest {
                params: &sequence.sampling,
                history: &sequence.tokens,
                prompt_len: sequence.prompt_len,
            };
            batch.seqs.push(BatchSeq {
                id: *id,
                rows: row..row + span.len(),
                full: &sequence.kv.full.blocks,
                sliding: &sequence.kv.sliding.blocks,
                sample: (span.end == sequence.tokens.len()).then_some(request),
            });
        }
        batch
    }

    /// Allocates the block of a running sequence's next token, from newer sequences if need be. `false`: it has to sit this step out,
    /// because older ones hold the memory.
    fn make_room_for_one(&mut self, id: SeqId) -> bool {
        loop {
            let Some(sequence) = self.sequences.get_mut(&id) else { return false };
            let start = sequence.computed;
            self.kv.release_invisible(&mut sequence.kv, start);
            if self.kv.free().covers(self.kv.missing(&sequence.kv, start + 1)) {
                self.kv.extend(&mut sequence.kv, start + 1);
                return true;
            }
            let Some(victim) = self.victim(id) else { return false };
            self.evict(victim);
        }
    }

    /// Who gives up its blocks for `id`: the newest that does not take part in steps, else the newest running one that is newer.
    fn victim(&self, id: SeqId) -> Option<SeqId> {
        let holds = |other: &&SeqId| **other != id && self.sequence(**other).computed > 0;
        let ticket = self.sequence(id).ticket;
        let idle = self.stalled.values().rev().chain(self.waiting.values().rev()).find(holds);
        let newer = || self.running.range(ticket + 1..).map(|(_, other)| other).next_back();
        idle.or_else(newer).copied()
    }

    /// Adds up to `budget` tokens behind `end` to a running sequence's step, as far as blocks are free that no other running
    /// sequence will need for the tokens it has. Returns how many.
    fn grow(&mut self, id: SeqId, end: usize, budget: usize) -> usize {
        let more = budget.min(self.sequence(id).tokens.len() - end);
        if more == 0 {
            return 0;
        }
        let spare = self.kv.free().minus(self.committed(id));
        let Some(sequence) = self.sequences.get_mut(&id) else { return 0 };
        let reach = self.kv.reach(&sequence.kv, spare).clamp(end, end + more);
        self.kv.extend(&mut sequence.kv, reach);
        reach - end
    }

    /// Starts waiting sequences, oldest first, while budget, places and blocks last.
    fn admit(&mut self, plan: &mut Plan, mut budget: usize) {
        while budget > 0 && self.running.len() < self.max_seqs {
            let Some(id) = self.waiting.values().next().copied() else { return };
            if !self.try_start(id) {
                return;
            }
            self.shift(id, Status::Running, None);
            let start = self.sequence(id).computed;
            let count = match self.make_room_for_one(id) {
                true => 1 + self.grow(id, start + 1, budget - 1),
                false => return,
            };
            plan.seqs.push(Planned { id, span: start..start + count });
            budget -= count;
        }
    }

    /// Gives a waiting sequence what the prefix cache has, if all its tokens fit beside the running sequences.
    fn try_start(&mut self, id: SeqId) -> bool {
        loop {
            let (prefix, entry) = self.entry(id);
            if prefix.is_some_and(|prefix| self.is_being_computed(id, prefix)) {
                return false;
            }
            let need = entry.plus(self.reserve(id));
            if self.kv.free().covers(need) {
                prefix.into_iter().for_each(|prefix| self.start(id, prefix));
                return true;
            }
            // Only those who take no part in steps give way to a newcomer, and only if that is enough.
            let enough = self.kv.free().plus(self.idle_blocks(id)).covers(need);
            let idle = |&victim: &SeqId| enough && self.sequence(victim).status != Status::Running;
            match self.victim(id).filter(idle) {
                Some(victim) => self.evict(victim),
                None => return false,
            }
        }
    }

    /// The blocks that a waiting sequence takes until its tokens are computed, and the cached prefix to start from if it holds none.
    fn entry(&mut self, id: SeqId) -> (Option<Prefix>, Room) {
        let Some(sequence) = self.sequences.get_mut(&id) else { return Default::default() };
        if sequence.computed > 0 {
            return (None, self.kv.outstanding(&sequence.kv, sequence.tokens.len()));
        }
        let prefix = self.kv.longest_prefix(&mut sequence.kv, &sequence.tokens);
        (Some(prefix), self.kv.entry(&sequence.kv, &sequence.tokens, prefix))
    }

    /// Whether a running sequence is about to compute the block that follows `prefix` in a waiting one. Then it pays to wait: jobs
    /// that arrive together with one long beginning compute it once. It does not delay anybody for long, since a sequence with more
    /// to compute takes the step's budget anyway.
    fn is_being_computed(&self, id: SeqId, prefix: Prefix) -> bool {
        let sequence = self.sequence(id);
        // The last token is computed in any case, and its block with it.
        let of_use = (prefix.branch + 1) * self.kv.block_tokens() < sequence.tokens.len();
        let mut running = self.running.values().map(|&id| self.sequence(id));
        of_use
            && running.any(|other| {
                self.kv.will_compute(&other.kv, other.computed, &sequence.kv, prefix.branch)
            })
    }
}
