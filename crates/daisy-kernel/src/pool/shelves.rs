//! Shelves: the blocks that nobody uses, and what becomes of them.
//!
//! A block that was freed a moment ago is the best one for the next result: its pages are there,
//! and parts of it are in the caches. So what is freed last goes first. A block is *hot* until its
//! pages are handed to the system; that happens when it has lain here for a while, and at once
//! where it is large or there are hot ones enough. The system then takes the pages when something else needs them,
//! and if nothing does, the block is as good as before. Beyond the limit blocks go for good.
//!
//! This is the deciding, and there are no calls of the system in it: whoever asks does the
//! [`Chores`] that come with the answer, when it has let go of the lock.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::block::Block;

/// Of so many bytes the pages stay as they are. Little enough to be kept by a process that has
/// nothing to do any more, and enough for all temporaries that fit into a cache.
pub const HOT: usize = 32 << 20;

/// Larger blocks are never hot: they are of huge pages almost to the end, which can be handed over
/// and taken back for nothing. For a small page both together cost half as much as a fresh one.
pub const LARGE: usize = HOT / 4;

/// A block that nobody wanted for so long has had its time.
pub const IDLE: Duration = Duration::from_secs(1);

/// A block that lies here.
#[derive(Debug)]
pub struct Kept {
    pub block: Block,
    since: Instant,
    /// Whether its pages are its own. The system may have taken those of others.
    hot: bool,
}

/// What has to be done without the lock, since it may take the system a while.
#[derive(Debug, Default)]
#[must_use]
pub struct Chores {
    /// These are to be dropped.
    pub unmap: Vec<Block>,
    /// The contents of these are to be discarded; they come back by [`Shelves::put_cold`].
    pub discard: Vec<Kept>,
}

/// Blocks by size.
#[derive(Debug)]
pub struct Shelves {
    /// Each shelf has blocks of one size, in the order in which they were freed.
    by_size: BTreeMap<usize, VecDeque<Kept>>,
    /// The bytes of all blocks that are here; at most `limit` after each call.
    kept: usize,
    /// The bytes of the hot ones among them; at most [`HOT`].
    hot: usize,
    limit: usize,
    /// When idle blocks were looked for last.
    looked: Option<Instant>,
}

impl Shelves {
    pub fn new(limit: usize) -> Self {
        Self {
            by_size: BTreeMap::new(),
            kept: 0,
            hot: 0,
            limit,
            looked: None,
        }
    }

    /// How many bytes lie here.
    pub fn kept(&self) -> usize {
        self.kept
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Sets how many bytes may lie here; gives the blocks that have to go.
    pub fn set_limit(&mut self, limit: usize) -> Vec<Block> {
        self.limit = limit;
        self.shrink()
    }

    /// The block of this size that was freed last.
    pub fn take(&mut self, size: usize, now: Instant) -> (Option<Block>, Chores) {
        let taken = self.by_size.get_mut(&size).and_then(VecDeque::pop_back);
        if let Some(kept) = &taken {
            self.count_out(kept.block.size(), kept.hot);
        }
        let mut chores = Chores::default();
        self.look_for_idle(now, &mut chores);
        (taken.map(|kept| kept.block), chores)
    }

    /// Takes in a block that nobody uses any more.
    pub fn put(&mut self, block: Block, now: Instant) -> Chores {
        let mut chores = Chores::default();
        self.look_for_idle(now, &mut chores);
        let kept = Kept {
            block,
            since: now,
            hot: true,
        };
        if kept.block.size() > self.limit {
            chores.unmap.push(kept.block);
        } else if kept.block.size() > LARGE || self.hot + kept.block.size() > HOT {
            chores.discard.push(kept);
        } else {
            self.add(kept);
            chores.unmap.extend(self.shrink());
        }
        chores
    }

    /// Takes in a block whose contents have been discarded; gives the blocks that have to go.
    pub fn put_cold(&mut self, kept: Kept) -> Vec<Block> {
        self.add(Kept { hot: false, ..kept });
        self.shrink()
    }

    /// All blocks.
    pub fn clear(&mut self) -> Vec<Block> {
        (self.kept, self.hot) = (0, 0);
        let by_size = std::mem::take(&mut self.by_size);
        by_size
            .into_values()
            .flatten()
            .map(|kept| kept.block)
            .collect()
    }

    fn add(&mut self, kept: Kept) {
        let bytes = kept.block.size();
        self.kept += bytes;
        self.hot += if kept.hot { bytes } else { 0 };
        let same = self.by_size.entry(bytes).or_default();
        // Almost always the end; what comes back cold may have been overtaken.
        let place = same.partition_point(|other| other.since <= kept.since);
        same.insert(place, kept);
        debug_assert!(self.adds_up());
    }

    fn count_out(&mut self, size: usize, hot: bool) {
        self.kept -= size;
        self.hot -= if hot { size } else { 0 };
    }

    /// Takes out the blocks that are beyond the limit, those that lie here longest first.
    fn shrink(&mut self) -> Vec<Block> {
        let mut gone = Vec::new();
        while self.kept > self.limit {
            let Some(kept) = self.take_oldest() else {
                break;
            };
            self.count_out(kept.block.size(), kept.hot);
            gone.push(kept.block);
        }
        gone
    }

    fn take_oldest(&mut self) -> Option<Kept> {
        let shelves = self.by_size.values_mut().filter(|shelf| !shelf.is_empty());
        shelves.min_by_key(|shelf| shelf[0].since)?.pop_front()
    }

    /// From time to time, takes out the hot blocks that nobody has wanted for long.
    fn look_for_idle(&mut self, now: Instant, chores: &mut Chores) {
        let looked = *self.looked.get_or_insert(now);
        if now.saturating_duration_since(looked) < IDLE {
            return;
        }
        self.looked = Some(now);
        let shelves = self.by_size.values_mut();
        let idle: Vec<_> = shelves.flat_map(|shelf| drain_idle(shelf, now)).collect();
        for kept in &idle {
            self.count_out(kept.block.size(), true);
        }
        chores.discard.extend(idle);
        debug_assert!(self.adds_up());
    }

    fn adds_up(&self) -> bool {
        let all = || self.by_size.values().flatten();
        let kept: usize = all().map(|kept| kept.block.size()).sum();
        let hot: usize = all()
            .filter(|kept| kept.hot)
            .map(|kept| kept.block.size())
            .sum();
        let sorted = |shelf: &VecDeque<Kept>| shelf.iter().is_sorted_by_key(|kept| kept.since);
        (kept, hot) == (self.kept, self.hot) && hot <= HOT && self.by_size.values().all(sorted)
    }
}

/// Takes the hot blocks out of a shelf that have lain there too long. What is older stands first.
fn drain_idle(shelf: &mut VecDeque<Kept>, now: Instant) -> Vec<Kept> {
    let is_idle = |kept: &Kept| now.saturating_duration_since(kept.since) >= IDLE;
    let idle = shelf.partition_point(is_idle);
    let (hot, cold): (Vec<_>, Vec<_>) = shelf.drain(..idle).partition(|kept| kept.hot);
    for kept in cold.into_iter().rev() {
        shelf.push_front(kept);
    }
    hot
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1 << 10;
    const MIB: usize = 1 << 20;

    /// Shelves that keep all that the tests have, and the time at which the tests begin.
    fn shelves() -> (Shelves, Instant) {
        (Shelves::new(1 << 30), Instant::now())
    }

    fn block(size: usize) -> Block {
        Block::map(size).unwrap()
    }

    /// Puts a new block that causes no chores; gives its address.
    fn put(shelves: &mut Shelves, size: usize, now: Instant) -> usize {
        let block = block(size);
        let address = block.start().addr().get();
        let chores = shelves.put(block, now);
        assert!(chores.unmap.is_empty() && chores.discard.is_empty());
        address
    }

    fn take(shelves: &mut Shelves, size: usize, now: Instant) -> Option<usize> {
        let (block, _chores) = shelves.take(size, now);
        block.map(|block| block.start().addr().get())
    }

    /// What is in the caches is used first.
    #[test]
    fn the_block_freed_last_goes_first() {
        let (mut shelves, now) = shelves();
        let first = put(&mut shelves, 64 * KIB, now);
        let second = put(&mut shelves, 64 * KIB, now);
        assert_eq!(take(&mut shelves, 64 * KIB, now), Some(second));
        assert_eq!(take(&mut shelves, 64 * KIB, now), Some(first));
        assert_eq!(take(&mut shelves, 64 * KIB, now), None);
        assert_eq!(shelves.kept(), 0);
    }

    /// A block of another size would be too small, or waste memory.
    #[test]
    fn a_block_of_another_size_stays() {
        let (mut shelves, now) = shelves();
        put(&mut shelves, 72 * KIB, now);
        assert_eq!(take(&mut shelves, 64 * KIB, now), None);
        assert_eq!(take(&mut shelves, 80 * KIB, now), None);
        assert_eq!(shelves.kept(), 72 * KIB);
    }

    /// After a second the pages are offered to the system, once; the block stays.
    #[test]
    fn an_idle_block_becomes_cold() {
        let (mut shelves, now) = shelves();
        let address = put(&mut shelves, 64 * KIB, now);
        let chores = shelves.put(block(128 * KIB), now + IDLE);
        assert_eq!(chores.discard.len(), 1);
        for kept in chores.discard {
            assert!(shelves.put_cold(kept).is_empty());
        }
        let (_, chores) = shelves.take(MIB, now + 2 * IDLE);
        let sizes: Vec<_> = chores
            .discard
            .iter()
            .map(|kept| kept.block.size())
            .collect();
        assert_eq!(sizes, [128 * KIB]);
        assert_eq!(take(&mut shelves, 64 * KIB, now), Some(address));
    }

    /// Its twin: what is used again and again stays hot.
    #[test]
    fn a_busy_block_stays_hot() {
        let (mut shelves, mut now) = shelves();
        put(&mut shelves, 64 * KIB, now);
        for _ in 0..10 {
            now += IDLE / 2;
            let (block, chores) = shelves.take(64 * KIB, now);
            assert!(chores.discard.is_empty());
            assert!(shelves.put(block.unwrap(), now).discard.is_empty());
        }
    }

    /// A large block is offered at once; smaller ones are not.
    #[test]
    fn a_large_block_becomes_cold_at_once() {
        let (mut shelves, now) = shelves();
        put(&mut shelves, LARGE, now);
        let chores = shelves.put(block(LARGE + MIB), now);
        assert_eq!(chores.discard.len(), 1);
    }

    /// Where many are hot, the next one is offered at once.
    #[test]
    fn beyond_the_hot_part_blocks_become_cold_at_once() {
        let (mut shelves, now) = shelves();
        for _ in 0..HOT / LARGE {
            put(&mut shelves, LARGE, now);
        }
        let chores = shelves.put(block(64 * KIB), now);
        assert_eq!(chores.discard.len(), 1);
        assert_eq!(shelves.kept(), HOT);
    }

    /// A block that came back cold stands before those freed after it.
    #[test]
    fn a_cold_block_goes_last() {
        let (mut shelves, now) = shelves();
        let old = put(&mut shelves, 64 * KIB, now);
        let (_, chores) = shelves.take(MIB, now + IDLE);
        let new = put(&mut shelves, 64 * KIB, now + IDLE);
        for kept in chores.discard {
            assert!(shelves.put_cold(kept).is_empty());
        }
        assert_eq!(take(&mut shelves, 64 * KIB, now), Some(new));
        assert_eq!(take(&mut shelves, 64 * KIB, now), Some(old));
    }

    /// The oldest goes, of whatever size it is.
    #[test]
    fn beyond_the_limit_the_oldest_blocks_go() {
        let now = Instant::now();
        let mut shelves = Shelves::new(300 * KIB);
        put(&mut shelves, 128 * KIB, now);
        put(&mut shelves, 64 * KIB, now + IDLE / 4);
        let chores = shelves.put(block(160 * KIB), now + IDLE / 2);
        let sizes: Vec<_> = chores.unmap.iter().map(Block::size).collect();
        assert_eq!(sizes, [128 * KIB]);
        assert_eq!(shelves.kept(), 224 * KIB);
    }

    /// One that is larger than the limit by itself does not drive the others out.
    #[test]
    fn a_block_beyond_the_limit_is_not_kept() {
        let now = Instant::now();
        let mut shelves = Shelves::new(100 * KIB);
        put(&mut shelves, 64 * KIB, now);
        assert_eq!(shelves.put(block(128 * KIB), now).unmap.len(), 1);
        assert_eq!(shelves.kept(), 64 * KIB);
    }

    /// What is over a new limit goes when it is set, and a limit of nothing keeps nothing.
    #[test]
    fn a_lower_limit_holds_at_once() {
        let (mut shelves, now) = shelves();
        put(&mut shelves, 64 * KIB, now);
        put(&mut shelves, 128 * KIB, now);
        assert_eq!(shelves.set_limit(150 * KIB).len(), 1);
        assert_eq!(shelves.kept(), 128 * KIB);
        assert_eq!(shelves.set_limit(0).len(), 1);
        assert_eq!(shelves.put(block(64 * KIB), now).unmap.len(), 1);
    }

    /// All of it can be had back.
    #[test]
    fn clearing_leaves_nothing() {
        let (mut shelves, now) = shelves();
        put(&mut shelves, 64 * KIB, now);
        put(&mut shelves, 128 * KIB, now);
        assert_eq!(shelves.clear().len(), 2);
        assert_eq!(shelves.kept(), 0);
        put(&mut shelves, 64 * KIB, now);
    }
}
