//! Decides, step by step, which tokens of which sequences are computed. Knows no tensors, no threads and no readers.
//!
//! There is no prefill or decode: a sequence has computed some of its tokens, and a step computes some more. Three queues, each
//! in the order of age:
//!
//! ```text
//! submit ─▶ waiting ──admit──▶ running ──last token──▶ finished
//!              ▲  ▲               │ │
//!              │  └──preempt──────┘ └─reader too slow─▶ stalled
//!              └───────────────reader is back (as the newest)┘
//! ```
//!
//! * Every running sequence is older than every waiting one. The oldest advances in every step: it may take the blocks of all others.
//! * A sequence takes blocks from newer ones only; stalled and waiting ones lose theirs first, then the newest running one.
//! * A sequence starts when its known tokens fit beside what the running ones still need, so that starting it preempts nobody.

#[cfg(test)]
mod fuzz;
mod schedule;
#[cfg(test)]
mod tests;
mod update;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

pub(crate) use schedule::Plan;
pub(crate) use update::Output;

use crate::{
    batch::SeqId,
    job::{EngineStats, Job},
    kv_cache::{KvCache, Prefix, Room},
    limits::EngineLimits,
    runner::RunnerSpec,
    sequence::{Sequence, Status, Ticket},
};

/// Ids in the order of age.
type Queue = BTreeMap<Ticket, SeqId>;

#[derive(Debug)]
pub(crate) struct Scheduler {
    max_batch_tokens: usize,
    max_seqs: usize,
    /// Prompt and generation together.
    max_len: usize,
    kv: KvCache,
    sequences: FxHashMap<SeqId, Sequence>,
    waiting: Queue,
    running: Queue,
    stalled: Queue,
    next_ticket: Ticket,
    preemptions: u64,
    generated: u64,
}

/// The longest sequence, prompt and generation together, that a runner of this shape can ever finish.
pub(crate) fn max_len(spec: &RunnerSpec) -> usize {
    // The last token is never computed, so it needs no KV.
    spec.max_tokens.min(KvCache::new(spec, None).capacity().saturating_add(1))
}

impl Scheduler {
    /// `cache_key` turns the prefix cache on.
    pub(crate) fn new(
        spec: &RunnerSpec,
        limits: &EngineLimits,
        cache_key: Option<[u8; 16]>,
    ) -> Self {
        let limits = limits.clone().normalised();
        Self {
            max_batch_tokens: limits.max_batch_tokens,
            max_seqs: limits.max_seqs,
            max_len: max_len(spec),
            kv: KvCache::new(spec, cache_key),
            sequences: FxHashMap::default(),
            waiting: Queue::new(),
            running: Queue::new(),
            stalled: Queue::new(),
            next_ticket: 0,
            preemptions: 0,
            generated: 0,
        }
    }

    /// Queues a job that was checked at the door: its prompt is not empty, one more token fits, and it wants at least one.
    pub(crate) fn submit(&mut self, job: Job) -> SeqId {
        let id = self.take_ticket();
        debug_assert!(
            !job.prompt.is_empty() && job.prompt.len() < self.max_len && job.max_tokens > 0
        );
        self.waiting.insert(id, id);
        self.sequences.insert(id, Sequence::new(id, job, self.max_len));
        id
    }

    /// Forgets a sequence and frees its blocks. Unknown ids are ignored: the sequence may have finished.
    pub(crate) fn abort(&mut self, id: SeqId) {
        if let Some(mut sequence) = self.sequences.remove(&id) {
            self.queue(sequence.status).remove(&sequence.ticket);
            self.kv.release_all(&mut sequence.kv);
        }
    }

    /// Takes a running sequence out of the steps until its reader is back.
    pub(crate) fn stall(&mut self, id: SeqId) {
        self.shift(id, Status::Stalled, None);
    }

    /// The reader of a stalled sequence is back. It lost its place: it is the newest now.
    pub(crate) fn resume(&mut self, id: SeqId) {
        let ticket = self.take_ticket();
        self.shift(id, Status::Waiting, Some(ticket));
    }

    /// Whether a step would compute something. Somebody can always run unless all are stalled.
    pub(crate) fn has_work(&self) -> bool {
        !self.running.is_empty() || !self.waiting.is_empty()
    }

    /// Whether nothing is left, not even stalled sequences.
    pub(crate) fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    pub(crate) fn stats(&self) -> EngineStats {
        EngineStats {
            running: self.running.len(),
            waiting: self.waiting.len(),
            stalled: self.stalled.len(),
            blocks_used: self.kv.blocks_used(),
            blocks_total: self.kv.blocks_total(),
            preemptions: self.preemptions,
            generated: self.generated,
        }
    }

    /// Whether a sequence has started, that is, left the queue at the door.
    pub(crate) fn has_started(&self, id: SeqId) -> bool {
        self.sequences.get(&id).is_none_or(|sequence| sequence.cached.is_some())
    }

    /// Whether queues, tables and pools agree.
    ///
    /// # Errors
    /// The first disagreement, in words.
    pub(crate) fn check_integrity(&self) -> Result<(), String> {
        let queued = self.waiting.len() + self.running.len() + self.stalled.len();
        if queued != self.sequences.len() {
            return Err(format!("{} sequences, {queued} in queues", self.sequences.len()));
        }
        for sequence in self.sequences.values() {
            let queue = match sequence.status {
                Status::Waiting => &self.waiting,
                Status::Running => &self.running,
                Status::Stalled => &self.stalled,
            };
            if queue.get(&sequence.ticket) != Some(&sequence.id) {
                return Err(format!("sequence {} is not in the queue of its status", sequence.id));
            }
        }
        if let (Some((newest, _)), Some((oldest, _))) =
            (self.running.last_key_value(), self.waiting.first_key_value())
            && newest > oldest
        {
            return Err("a running sequence is newer than a waiting one".into());
        }
        self.kv.check_integrity(
            self.sequences.values().map(|sequence| (&sequence.kv, sequence.computed)),
        )
    }

    fn take_ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket - 1
    }

    fn queue(&mut self, status: Status) -> &mut Queue {
        match status {
            Status::Waiting => &mut self.waiting,
            Status::Running => &mut self.running,
            Status::Stalled => &mut self.stalled,
        }
    }

    fn sequence(&self, id: SeqId) -> &Sequence {
        &self.sequences[&id]
    }

    /// Moves a sequence to another queue. Unknown ids are ignored.
    fn shift(&mut self, id: SeqId, to: Status, ticket: Option<Ticket>) {
        let Some(sequence) = self.sequences.get_mut(&id) else { return };
        let (from, old) = (sequence.status, sequence.ticket);
        sequence.status = to;
        sequence.ticket = ticket.unwrap_or(old);
        let new = sequence.ticket;
        self.queue(from).remove(&old);
        self.queue(to).insert(new, id);
    }

    /// Blocks that running sequences other than `but` still need for the tokens they have.
    fn committed(&self, but: SeqId) -> Room {
        let others = self.running.values().filter(|&&id| id != but).map(|&id| self.sequence(id));
        others.fold(Room::default(), |sum, other| {
            sum.plus(self.kv.outstanding(&other.kv, other.tokens.len()))
        })
    }

    /// Blocks of sequences other than `but` that take no part in steps.
    fn idle_blocks(&self, but: SeqId) -> Room {
        let idle = self.stalled.values().chain(self.waiting.values()).filter(|&&id| id != but);
        idle.fold(Room::default(), |sum, &id| sum.plus(self.kv.held(&self.sequence(id).kv)))
    }

    /// Free blocks that a newcomer must leave: what the running sequences need for the tokens they have and one block for each to
    /// grow into, doubled each time the newcomer was preempted before, so that it is not preempted over and over.
    fn reserve(&self, newcomer: SeqId) -> Room {
        let each = self.running.len() << self.sequence(newcomer).preemptions.min(16);
        self.committed(newcomer).plus(self.kv.room_of(each))
    }

    /// Gives a sequence that holds nothing the blocks of `prefix`.
    fn start(&mut self, id: SeqId, prefix: Prefix) {
        let Some(sequence) = self.sequences.get_mut(&id) else { return };
        self.kv.attach(&mut sequence.kv, &sequence.tokens, prefix, sequence.prompt_len);
        sequence.computed = prefix.blocks * self.kv.block_tokens();
        sequence.cached.get_or_insert(sequence.computed.min(sequence.prompt_len));
    }

    /// Takes all blocks of a sequence; it will compute its tokens again, or find them in the prefix cache.
    fn evict(&mut self, id: SeqId) {
        if let Some(sequence) = self.sequences.get_mut(&id) {
            self.kv.release_all(&mut sequence.kv);
            sequence.computed = 0;
            sequence.preemptions += 1;
            self.preemptions += 1;
        }
        if self.sequence(id).status == Status::Running {
            self.shift(id, Status::Waiting, None);
        }
    }
}
