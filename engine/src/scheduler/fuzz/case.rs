//! A random trace: an engine's shape, and what happens to it when.

use crate::{Job, SamplingParams, limits::EngineLimits, runner::RunnerSpec, scheduler};

/// SplitMix64.
pub(super) struct Rng(pub(super) u64);

impl Rng {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(super) fn range(&mut self, from: usize, to: usize) -> usize {
        from + (self.next() % (to - from + 1) as u64) as usize
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.range(1, n) == 1
    }
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Submit {
        job: Job,
        /// Tokens that the reader takes a step; 0 is a reader that does nothing until [`Event::Read`].
        pace: usize,
    },
    /// Drops the stream of the n-th submitted job, if it has not ended.
    Drop(usize),
    /// The reader of the n-th job takes everything.
    Read(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) spec: RunnerSpec,
    pub(super) limits: EngineLimits,
    /// In the order of their steps.
    pub(super) events: Vec<(usize, Event)>,
}

impl Case {
    pub(super) fn random(seed: u64) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let spec = random_spec(&mut rng);
        let max_batch_tokens = [1, 2, 3, 5, 8, 16, 64][rng.range(0, 6)];
        let limits = EngineLimits {
            max_batch_tokens,
            max_seqs: rng.range(1, 5),
            stream_capacity: rng.range(1, 6),
            prefix_cache: !rng.one_in(5),
            ..EngineLimits::default()
        };
        let longest = scheduler::max_len(&spec).min(40);
        let shared: Vec<u32> =
            (0..longest).map(|_| rng.range(0, spec.vocabulary - 1) as u32).collect();
        let mut events = Vec::new();
        let mut step = 0;
        let mut jobs = 0;
        for _ in 0..rng.range(1, 9) {
            step += rng.range(0, 6) * rng.range(0, 1);
            let event = match rng.range(0, 9) {
                0 if jobs > 0 => Event::Drop(rng.range(0, jobs - 1)),
                1 if jobs > 0 => Event::Read(rng.range(0, jobs - 1)),
                _ => {
                    jobs += 1;
                    let pace = [0, 1, 1, 2, 9][rng.range(0, 4)];
                    Event::Submit { job: random_job(&mut rng, &spec, &shared), pace }
                }
            };
            events.push((step, event));
        }
        Self { spec, limits, events }
    }
}

fn random_spec(rng: &mut Rng) -> RunnerSpec {
    let block_tokens = rng.range(1, 5);
    // At least what two tokens need, seldom enough for everybody.
    let blocks = |rng: &mut Rng| {
        let most = [6, 12, 40][rng.range(0, 2)];
        rng.range(2usize.div_ceil(block_tokens), most)
    };
    let (full, sliding) = (blocks(rng), blocks(rng));
    let (full_blocks, sliding_blocks) = match rng.range(0, 9) {
        0 => (full, 0),
        1 => (0, sliding),
        _ => (full, sliding),
    };
    // The fake runner's one demand.
    let window = rng.range(if full_blocks == 0 { 2 } else { 1 }, 12);
    RunnerSpec {
        vocabulary: rng.range(2, 24),
        max_tokens: rng.range(2, 60),
        block_tokens,
        full_blocks,
        sliding_blocks,
        window,
    }
}

fn random_job(rng: &mut Rng, spec: &RunnerSpec, shared: &[u32]) -> Job {
    let longest = shared.len() - 1;
    let len = rng.range(1, longest);
    // Most prompts begin alike, for some length.
    let alike = if rng.one_in(4) { 0 } else { rng.range(0, len) };
    let id = |rng: &mut Rng| rng.range(0, spec.vocabulary - 1) as u32;
    let mut prompt = shared[..alike].to_vec();
    prompt.extend((alike..len).map(|_| id(rng)));
    let stop_tokens = (0..rng.range(0, 2)).map(|_| id(rng)).collect();
    let sampling = SamplingParams {
        temperature: [0.0, 1.0, 1.0][rng.range(0, 2)],
        presence_penalty: if rng.one_in(4) { 0.5 } else { 0.0 },
        top_p: if rng.one_in(4) { 0.8 } else { 1.0 },
        // Few seeds, so that generations begin alike too.
        seed: rng.range(0, 2) as u64,
        ..SamplingParams::default()
    };
    Job {
        prompt,
        max_tokens: rng.range(1, 16),
        stop_tokens,
        sampling,
        salt: rng.range(0, 5) as u64 / 4,
    }
}
