//! Random use from several threads: contents are kept, no two pieces overlap, sums are right.

use std::ptr::NonNull;
use std::sync::Mutex;
use std::thread;

use daisy_kernel::pool::{Pool, SMALLEST};
use proptest::prelude::*;

/// Where a mark is written: pages are mapped as a whole, so two pieces that overlap share a mark.
const STEP: usize = 4096;

/// What one thread does; a number names one of the pieces that it has, or of those given away.
#[derive(Clone, Debug)]
enum Step {
    Allocate(usize),
    AllocateZeroed(usize),
    Reallocate(usize, usize),
    Free(usize),
    /// Leaves a piece to the other threads.
    Give(usize),
    /// Takes one over that another thread left.
    Take,
    Trim,
    SetLimit(usize),
}

fn size() -> impl Strategy<Value = usize> {
    // Few sizes, so that pieces are used again; small ones, and ones with huge pages.
    prop_oneof![
        1..SMALLEST,
        (0..4_usize).prop_map(|more| SMALLEST + more * 5000),
        Just(300 << 10),
        Just((2 << 20) + 1),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => size().prop_map(Step::Allocate),
        2 => size().prop_map(Step::AllocateZeroed),
        2 => (0..8_usize, size()).prop_map(|(which, size)| Step::Reallocate(which, size)),
        4 => (0..8_usize).prop_map(Step::Free),
        1 => (0..8_usize).prop_map(Step::Give),
        1 => Just(Step::Take),
        1 => Just(Step::Trim),
        1 => (0..4_usize).prop_map(|limit| Step::SetLimit(limit << 20)),
    ]
}

/// A piece of memory that is marked all over.
struct Piece {
    start: NonNull<u8>,
    size: usize,
    mark: u8,
}

// SAFETY: whoever has the piece has the memory, and the pool does not mind where it is used.
unsafe impl Send for Piece {}

impl Piece {
    fn new(start: NonNull<u8>, size: usize, mark: u8) -> Self {
        let piece = Self { start, size, mark };
        for place in piece.places(0, size) {
            // SAFETY: inside of the piece, which nobody else has.
            unsafe { start.add(place).write(mark) };
        }
        piece
    }

    /// The first byte of each page, and the last byte.
    fn places(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + use<> {
        let last = self.size.checked_sub(1);
        let last = last.filter(|&last| from <= last && last < to);
        (from..to).step_by(STEP).chain(last)
    }

    fn check(&self, upto: usize) {
        for place in self.places(0, upto) {
            // SAFETY: inside of the piece, and `new` wrote here.
            let found = unsafe { self.start.add(place).read() };
            assert_eq!(found, self.mark, "at {place} of {}", self.size);
        }
    }

    fn free(self, pool: &Pool) {
        self.check(self.size);
        // SAFETY: nobody has the piece after this.
        unsafe { pool.free(self.start) };
    }
}

/// A thread, with its pieces and those that it shares with the others.
struct Worker<'a> {
    pool: &'a Pool,
    pieces: Vec<Piece>,
    given: &'a Mutex<Vec<Piece>>,
    mark: u8,
}

impl Worker<'_> {
    fn run(&mut self, steps: &[Step]) {
        for step in steps {
            // Each thread has marks of its own, and none is zero.
            self.mark = (self.mark & 0xc0) | (self.mark % 64 % 63 + 1);
            self.step(step);
        }
        for piece in self.pieces.drain(..) {
            piece.free(self.pool);
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Allocate(size) => {
                let start = self.pool.allocate(size).unwrap();
                self.pieces.push(Piece::new(start, size, self.mark));
            }
            Step::AllocateZeroed(size) => self.allocate_zeroed(size),
            Step::Reallocate(which, size) => self.reallocate(which, size),
            Step::Free(which) => {
                if let Some(piece) = self.pick(which) {
                    piece.free(self.pool);
                }
            }
            Step::Give(which) => {
                let piece = self.pick(which);
                self.given.lock().unwrap().extend(piece);
            }
            Step::Take => {
                let piece = self.given.lock().unwrap().pop();
                self.pieces.extend(piece);
            }
            Step::Trim => {
                self.pool.trim();
            }
            Step::SetLimit(limit) => self.pool.set_limit(limit),
        }
    }

    fn pick(&mut self, which: usize) -> Option<Piece> {
        let which = which.checked_rem(self.pieces.len())?;
        Some(self.pieces.swap_remove(which))
    }

    fn allocate_zeroed(&mut self, size: usize) {
        let start = self.pool.allocate_zeroed(size).unwrap();
        // SAFETY: so many bytes, which were written, and which nobody else has.
        let bytes = unsafe { std::slice::from_raw_parts(start.as_ptr(), size) };
        assert!(bytes.iter().all(|&byte| byte == 0));
        self.pieces.push(Piece::new(start, size, self.mark));
    }

    fn reallocate(&mut self, which: usize, size: usize) {
        let Some(old) = self.pick(which) else { return };
        // SAFETY: this thread has the piece, and forgets the old address.
        let start = unsafe { self.pool.reallocate(old.start, size) }.unwrap();
        let kept = old.size.min(size);
        Piece { start, ..old }.check(kept);
        self.pieces.push(Piece::new(start, size, self.mark));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Guards that memory is nobody else's, keeps what is written to it, and comes back.
    #[test]
    fn memory_is_kept_apart(
        threads in prop::collection::vec(prop::collection::vec(step(), 0..60), 1..4)
    ) {
        let pool = Pool::new(4 << 20);
        let given = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for (index, steps) in threads.iter().enumerate() {
                let mark = u8::try_from(index).unwrap() << 6;
                let (pool, given) = (&pool, &given);
                scope.spawn(move || Worker { pool, pieces: Vec::new(), given, mark }.run(steps));
            }
        });
        for piece in given.into_inner().unwrap() {
            piece.free(&pool);
        }
        let stats = pool.stats();
        prop_assert_eq!(stats.used, 0);
        prop_assert!(stats.kept <= stats.limit);
        prop_assert_eq!(pool.trim(), stats.kept);
        prop_assert_eq!(pool.stats().kept, 0);
    }
}

/// As many as the environment says, or some.
fn cases() -> u32 {
    let said = std::env::var("PROPTEST_CASES").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(64)
}
