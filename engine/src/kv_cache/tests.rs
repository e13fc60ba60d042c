use super::{
    KvCache, Prefix, Room, SequenceKv,
    block_pool::{BlockKey, BlockPool, Keep},
    hash::BlockHasher,
};
use crate::runner::RunnerSpec;

const KEY: [u8; 16] = *b"sixteen bytes ok";

fn key(parent: u32) -> BlockKey {
    let hasher = BlockHasher::new(KEY);
    BlockKey { hash: hasher.next(hasher.root(0), &[parent]), salt: 0 }
}

/// Allocates a block, gives it known contents and frees it.
fn cache(pool: &mut BlockPool, name: u32, keep: Keep) -> u32 {
    let id = pool.allocate().expect("a free block");
    pool.register(id, key(name), &[name, name]);
    pool.release(id, keep);
    id
}

#[test]
fn free_blocks_are_reused_worthless_first_then_cold_then_warm_each_oldest_first() {
    let mut pool = BlockPool::new(5, 2);
    let blank = pool.allocate().expect("a free block");
    let warm: Vec<u32> = [1, 2].map(|name| cache(&mut pool, name, Keep::Warm)).into();
    let cold: Vec<u32> = [3, 4].map(|name| cache(&mut pool, name, Keep::Cold)).into();
    pool.release(blank, Keep::Warm);
    assert_eq!(pool.free_list(), [&[blank][..], &cold, &warm].concat());

    // A hit makes a block the youngest of its list; a cold one that somebody finds worth keeping moves over.
    for (id, keep) in [(warm[0], Keep::Cold), (cold[0], Keep::Warm)] {
        pool.acquire(id);
        pool.release(id, keep);
    }
    assert_eq!(pool.free_list(), [blank, cold[1], warm[1], warm[0], cold[0]]);
    assert_eq!(pool.check_integrity(&[0; 5]), Ok(()));
}

#[test]
fn a_block_is_found_until_it_is_reused() {
    let mut pool = BlockPool::new(1, 2);
    let id = cache(&mut pool, 7, Keep::Warm);
    assert_eq!(pool.lookup(key(7), &[7, 7]), Some(id));
    assert_eq!(pool.lookup(key(7), &[7, 8]), None, "the hash alone does not decide");
    assert_eq!(
        pool.lookup(BlockKey { salt: 1, ..key(7) }, &[7, 7]),
        None,
        "nor does it without the salt"
    );
    assert_eq!(pool.allocate(), Some(id));
    assert_eq!(pool.lookup(key(7), &[7, 7]), None);
    assert_eq!(pool.allocate(), None);
}

#[test]
fn of_two_copies_the_one_in_use_is_known() {
    let mut pool = BlockPool::new(3, 2);
    let free = cache(&mut pool, 1, Keep::Warm);
    let [first, second] = [(); 2].map(|()| pool.allocate().expect("a free block"));
    pool.register(first, key(1), &[1, 1]);
    assert_eq!(pool.lookup(key(1), &[1, 1]), Some(first));
    assert_eq!(pool.key(free), None);
    pool.register(second, key(1), &[1, 1]);
    assert_eq!(pool.lookup(key(1), &[1, 1]), Some(first));
    pool.release(first, Keep::Cold);
    pool.release(second, Keep::Cold);
    assert_eq!(pool.free_list(), [second, free, first], "the known one inherited its worth");
    assert_eq!(pool.check_integrity(&[0; 3]), Ok(()));
}

#[test]
fn the_integrity_check_sees_a_wrong_count() {
    let mut pool = BlockPool::new(2, 2);
    let id = pool.allocate().expect("a free block");
    assert!(pool.check_integrity(&[0, 0]).is_err(), "a leaked block");
    let mut refs = [0, 0];
    refs[id as usize] = 2;
    assert!(pool.check_integrity(&refs).is_err(), "a block in two tables, counted once");
}

/// Two groups, blocks of 4 tokens, a window of 6: a query at the start of block j sees positions of blocks j - 2 and j - 1.
fn cache_of(full: usize, sliding: usize) -> KvCache {
    let spec = RunnerSpec {
        vocabulary: 1000,
        max_tokens: 1000,
        block_tokens: 4,
        full_blocks: full,
        sliding_blocks: sliding,
        window: 6,
    };
    KvCache::new(&spec, Some(KEY))
}

/// Computes `tokens` as the scheduler would, `chunk` tokens a step, and returns what was in the cache.
fn compute(
    cache: &mut KvCache,
    tokens: &[u32],
    prompt: usize,
    chunk: usize,
) -> (SequenceKv, Prefix) {
    let mut kv = SequenceKv::new(0);
    let prefix = cache.longest_prefix(&mut kv, tokens);
    cache.attach(&mut kv, tokens, prefix, prompt);
    let mut computed = prefix.blocks * cache.block_tokens();
    while computed < tokens.len() {
        let end = (computed + chunk).min(tokens.len());
        cache.release_invisible(&mut kv, computed);
        assert!(cache.free().covers(cache.missing(&kv, end)), "the test gives enough blocks");
        cache.extend(&mut kv, end);
        cache.commit(&mut kv, tokens, end);
        computed = end;
    }
    cache.check_integrity([(&kv, computed)].into_iter()).expect("all books agree");
    (kv, prefix)
}

/// Computes and frees; returns the tokens that were in the cache.
fn pass(cache: &mut KvCache, tokens: &[u32], prompt: usize) -> usize {
    let (mut kv, prefix) = compute(cache, tokens, prompt, 5);
    cache.release_all(&mut kv);
    prefix.blocks * cache.block_tokens()
}

fn text(salt: u32, len: usize) -> Vec<u32> {
    (0..len as u32).map(|i| (i * 7 + salt) % 1000).collect()
}

#[test]
fn a_prompt_that_is_cached_whole_leaves_its_last_token_to_compute() {
    let mut cache = cache_of(20, 20);
    assert_eq!(pass(&mut cache, &text(0, 16), 16), 0);
    assert_eq!(pass(&mut cache, &text(0, 16), 16), 12);
    assert_eq!(pass(&mut cache, &text(0, 17), 17), 16);
}

#[test]
fn a_sliding_table_holds_the_window_and_no_more() {
    let mut cache = cache_of(20, 20);
    let (kv, _) = compute(&mut cache, &text(0, 40), 40, 1);
    assert_eq!(kv.full.held().len(), 10);
    assert_eq!(kv.sliding.first, 8, "the query at 39 sees 34 to 39");
    assert_eq!(kv.sliding.held().len(), 2);
    assert_eq!(cache.free(), Room { full: 10, sliding: 18 });
}

#[test]
fn a_hit_needs_the_window_of_the_sliding_group() {
    let mut cache = cache_of(40, 12);
    let prompt = text(0, 32);
    pass(&mut cache, &prompt, 32);
    // Eleven sliding blocks of another sequence push out all but one of the first one's.
    let (mut kv, _) = compute(&mut cache, &text(1, 44), 44, 44);
    cache.release_all(&mut kv);
    let mut again = SequenceKv::new(0);
    assert_eq!(cache.longest_prefix(&mut again, &prompt), Prefix { blocks: 0, branch: 7 });
}

#[test]
fn the_next_turn_of_a_conversation_hits_although_its_sliding_blocks_were_under_pressure() {
    // Eighteen sliding blocks; every prompt of 60 tokens passes fifteen through.
    let mut cache = cache_of(200, 18);
    let turn = text(0, 60);
    let answered = [turn.clone(), text(500, 20)].concat();
    pass(&mut cache, &answered, turn.len());
    for other in 1..4 {
        pass(&mut cache, &text(other, 60), 60);
    }
    // The same prompt, then another rendering of the answer than what was generated.
    let next = [turn.clone(), text(700, 30)].concat();
    let (mut kv, prefix) = compute(&mut cache, &next, next.len(), 5);
    assert_eq!(prefix.blocks, 15, "all of the first prompt");
    cache.release_all(&mut kv);
    // A tool's round goes on from the end of the generation.
    let round = [answered.clone(), text(900, 10)].concat();
    assert_eq!(
        cache.longest_prefix(&mut SequenceKv::new(0), &round).blocks,
        20,
        "prompt and generation"
    );
}

#[test]
fn a_branch_point_that_was_missed_once_is_kept() {
    let mut cache = cache_of(400, 18);
    let system = text(0, 40);
    let question = |n: u32| [system.clone(), text(100 + n, 40)].concat();
    let press = |cache: &mut KvCache, n: u32| pass(cache, &text(300 + n, 60), 60);
    assert_eq!(pass(&mut cache, &question(1), 80), 0);
    press(&mut cache, 1);
    // The window at the end of the system prompt was in the middle of the first prompt and is gone.
    assert_eq!(pass(&mut cache, &question(2), 80), 0);
    press(&mut cache, 2);
    assert_eq!(pass(&mut cache, &question(3), 80), 40);
    press(&mut cache, 3);
    assert_eq!(pass(&mut cache, &question(4), 80), 40);
}

#[test]
fn salts_do_not_share() {
    let mut cache = cache_of(20, 20);
    pass(&mut cache, &text(0, 20), 20);
    assert_eq!(cache.longest_prefix(&mut SequenceKv::new(0), &text(0, 20)).blocks, 4);
    assert_eq!(cache.longest_prefix(&mut SequenceKv::new(1), &text(0, 20)).blocks, 0);
}

#[test]
fn without_a_key_nothing_is_found() {
    let spec = RunnerSpec {
        vocabulary: 9,
        max_tokens: 99,
        block_tokens: 4,
        full_blocks: 9,
        sliding_blocks: 9,
        window: 6,
    };
    let mut cache = KvCache::new(&spec, None);
    pass(&mut cache, &text(0, 20), 20);
    assert_eq!(pass(&mut cache, &text(0, 20), 20), 0);
}

#[test]
fn capacity_is_what_one_sequence_can_compute_alone() {
    assert_eq!(cache_of(20, 3).capacity(), 80, "three blocks hold any window");
    assert_eq!(cache_of(20, 2).capacity(), 8, "two do not, so the sequence must not slide");
    assert_eq!(cache_of(0, 3).capacity(), usize::MAX);
}
