//! Pool: memory for results, which is used again.
//!
//! A fresh result of some megabytes costs more in page faults than the work that fills it. So blocks
//! are mapped in eight sizes a doubling and kept when they are freed; the one freed last is given out
//! first. What is kept is bounded, and the system may have most of it back at any time: see
//! `shelves.rs`. What is smaller than [`SMALLEST`] comes from the C library, which has its own ways
//! to use it again.
//!
//! Nobody but the pool needs to know how large a block is. NumPy, whose protocol for allocators
//! (NEP 49) this is made for, gives no old size with `realloc` and a guess with `free`; so the pool
//! has a table of the blocks in use.
//!
//! Any thread may free what another one got. There is one lock, held for some table look-ups: the
//! system is never called under it.

mod block;
mod class;
mod forks;
mod room;
mod shelves;
mod system;

use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use block::Block;
use shelves::{Chores, Shelves};

/// From so many bytes on memory is mapped; below, page faults cost less than the pool's work.
pub const SMALLEST: usize = 64 << 10;

/// Memory that is used again. All methods may be called from any thread.
#[derive(Debug)]
pub struct Pool {
    state: Mutex<State>,
}

/// How much memory a pool has mapped, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// In blocks that somebody uses, in whole. What the C library gave is not counted.
    pub used: usize,
    /// In blocks that nobody uses.
    pub kept: usize,
    /// How much may be kept.
    pub limit: usize,
}

#[derive(Debug)]
struct State {
    shelves: Shelves,
    /// The blocks in use by their address. A block is here or on a shelf, or a thread is doing a
    /// chore with it.
    used: HashMap<NonNull<u8>, Block, Hash>,
    /// The bytes of all of them.
    used_size: usize,
}

/// The same for each process: addresses are chosen by the system, not by somebody who wants to
/// make tables slow.
type Hash = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

// SAFETY: the addresses are keys only, and what they point to belongs to the blocks, which are
// `Send` themselves.
unsafe impl Send for State {}

static SHARED: LazyLock<Pool> = LazyLock::new(|| Pool::new(default_limit()));

/// The pool of this process, which also looks after children of forks. Nobody may fork while it is
/// asked for the first time.
pub fn shared() -> &'static Pool {
    static WATCHED: LazyLock<()> = LazyLock::new(forks::watch);
    // First, so that no child gets a pool that another thread of its parent is still making.
    LazyLock::force(&WATCHED);
    &SHARED
}

/// How many bytes the pool of this process may keep, as long as nobody says otherwise: a share of
/// the memory that the process may have.
pub fn default_limit() -> usize {
    room::share()
}

impl Pool {
    /// A pool that keeps up to `limit` bytes which nobody uses. With it go all its blocks, those in
    /// use as well.
    pub fn new(limit: usize) -> Self {
        let state = State {
            shelves: Shelves::new(limit),
            used: HashMap::default(),
            used_size: 0,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Memory of `size` bytes with anything in it, at the beginning of a page if `size` is at least
    /// [`SMALLEST`]. `None` if there is none.
    pub fn allocate(&self, size: usize) -> Option<NonNull<u8>> {
        if is_small(size) {
            return system::allocate(size);
        }
        self.take(size).map(|(start, _)| start)
    }

    /// The same with zeros in it.
    pub fn allocate_zeroed(&self, size: usize) -> Option<NonNull<u8>> {
        if is_small(size) {
            return system::allocate_zeroed(size);
        }
        let (start, is_fresh) = self.take(size)?;
        if !is_fresh {
            // SAFETY: a block of at least this size, which is this call's alone.
            unsafe { start.write_bytes(0, size) };
        }
        Some(start)
    }

    /// The memory with another size and the same contents, as far as they fit; it may be elsewhere
    /// now. `None` if there is no memory for it; then it is as it was.
    ///
    /// # Safety
    /// The memory is of this pool, has not been freed, and nobody else uses it during the call.
    pub unsafe fn reallocate(&self, start: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
        let Some(capacity) = self.capacity(start) else {
            // SAFETY: the caller's promise; it is not in the table, so the C library gave it.
            return unsafe { system::reallocate(start, size) };
        };
        if !is_small(size) && class::capacity(size) == Some(capacity) {
            return Some(start);
        }
        let new = self.allocate(size)?;
        // SAFETY: the old block has `capacity` bytes, the new one `size`, and they are two. The
        // old one is the caller's, who does not use it any more.
        unsafe {
            start.copy_to_nonoverlapping(new, capacity.min(size));
            self.free(start);
        }
        Some(new)
    }

    /// Gives memory back to the pool.
    ///
    /// # Safety
    /// The memory is of this pool, has not been freed, and nobody uses it any more.
    pub unsafe fn free(&self, start: NonNull<u8>) {
        let now = Instant::now();
        let mut state = self.lock();
        let Some(block) = state.forget(start) else {
            drop(state);
            // SAFETY: the caller's promise; it is not in the table, so the C library gave it.
            return unsafe { system::free(start) };
        };
        let chores = state.shelves.put(block, now);
        drop(state);
        self.carry_out(chores);
    }

    /// Gives all memory that nobody uses back to the system, and says how many bytes that were.
    pub fn trim(&self) -> usize {
        let kept = self.lock().shelves.clear();
        kept.iter().map(Block::size).sum()
    }

    /// Sets how many bytes may be kept that nobody uses. What is beyond it goes at once.
    pub fn set_limit(&self, limit: usize) {
        let _gone = self.lock().shelves.set_limit(limit);
    }

    /// How much memory there is, as of now.
    pub fn stats(&self) -> Stats {
        let state = self.lock();
        Stats {
            used: state.used_size,
            kept: state.shelves.kept(),
            limit: state.shelves.limit(),
        }
    }

    /// A block of at least this size, and whether it is fresh, and so full of zeros.
    fn take(&self, size: usize) -> Option<(NonNull<u8>, bool)> {
        let capacity = class::capacity(size)?;
        let (kept, chores) = self.take_kept(capacity);
        self.carry_out(chores);
        if let Some(start) = kept {
            return Some((start, false));
        }
        // If there is no memory, there may be when what is kept has gone.
        let block = Block::map(capacity).or_else(|| {
            self.trim();
            Block::map(capacity)
        })?;
        Some((self.lock().note(block), true))
    }

    fn take_kept(&self, capacity: usize) -> (Option<NonNull<u8>>, Chores) {
        let now = Instant::now();
        let mut state = self.lock();
        let (block, chores) = state.shelves.take(capacity, now);
        (block.map(|block| state.note(block)), chores)
    }

    /// Does what the shelves want to be done, without the lock.
    fn carry_out(&self, chores: Chores) {
        drop(chores.unmap);
        for kept in chores.discard {
            if kept.block.discard() {
                let _gone = self.lock().shelves.put_cold(kept);
            }
        }
    }

    fn capacity(&self, start: NonNull<u8>) -> Option<usize> {
        self.lock().used.get(&start).map(Block::size)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that is done under the lock leaves it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes that a block is used now.
    fn note(&mut self, block: Block) -> NonNull<u8> {
        let start = block.start();
        self.used_size += block.size();
        let before = self.used.insert(start, block);
        debug_assert!(before.is_none(), "two blocks at one address");
        start
    }

    /// Takes out the block that begins here and is used no more, if it is one.
    fn forget(&mut self, start: NonNull<u8>) -> Option<Block> {
        let block = self.used.remove(&start)?;
        self.used_size -= block.size();
        Some(block)
    }
}

/// Whether memory of this size is not mapped.
fn is_small(size: usize) -> bool {
    size < SMALLEST || !block::AVAILABLE
}
