//! Parts: a launch on one thread or several.
//!
//! A short one is run as it is. For a longer one the GIL is let go, and a long one is split over the
//! threads of the engine, which need no GIL for it. How long it takes is what the kernel took last.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use daisy_core::Parts;
use daisy_kernel::{Failed, Launch, Partials, Program, Raised};
use parking_lot::Mutex;
use pyo3::prelude::*;

use super::pieces::Kernel;
use crate::threads::lifetime;

/// Up to so long nobody looks at the clock, which would be a tenth of it. It is short, so that a kernel that
/// turns out to be much slower than it was is still brief.
const SHORT: Duration = Duration::from_micros(1);
/// From so long on, others may have the GIL meanwhile.
const LONG: Duration = Duration::from_micros(15);
/// From so long on, it takes longer than to wake a thread or two.
const VERY_LONG: Duration = Duration::from_micros(40);
/// A block that waits for those before it is handed over in a fraction of this, where the processors are
/// not busy otherwise. With blocks of 3 µs, two threads took three times as long as one.
const LONG_BLOCK: Duration = Duration::from_micros(10);
/// For each worker so many parts, so that one who comes late finds something to do.
const SHARES: usize = 4;
/// Fewer elements are done before anybody could look at the clock.
const FEW: usize = 128;

/// How long a kernel takes for an element, in picoseconds; 0 before the first time.
#[derive(Default)]
pub struct Pace(AtomicU64);

impl Pace {
    /// How long so many elements take on one thread: as long as last time, or else a nanosecond for
    /// each step.
    fn expect(&self, elements: usize, steps: usize) -> Duration {
        let pace = match self.0.load(Ordering::Relaxed) {
            0 => 1000 * steps as u64,
            pace => pace,
        };
        Duration::from_nanos(pace.saturating_mul(elements as u64) / 1000)
    }

    fn learn(&self, elements: usize, time: Duration) {
        let picoseconds = time.as_nanos() * 1000 / elements.max(1) as u128;
        let pace = u64::try_from(picoseconds).unwrap_or(u64::MAX).max(1);
        self.0.store(pace, Ordering::Relaxed);
    }
}

/// A launch that several threads work on.
struct Shared {
    launch: Launch<Arc<Program>>,
    ranges: Vec<Range<usize>>,
    outcome: Mutex<Result<Raised, Failed>>,
    /// By part: what it has reduced; of none, where the blocks are reduced in order.
    partials: Mutex<Vec<Option<Partials>>>,
    /// Nanoseconds that all parts took together.
    spent: AtomicU64,
}

impl Parts for Shared {
    fn part(&self, number: usize) {
        let start = Instant::now();
        let part = self.launch.reduce(self.ranges[number].clone());
        let spent = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.spent.fetch_add(spent, Ordering::Relaxed);
        let part = part.map(|(raised, partials)| {
            if let Some(place) = self.partials.lock().get_mut(number) {
                *place = Some(partials);
            }
            raised
        });
        let mut outcome = self.outcome.lock();
        *outcome = outcome.and_then(|raised| part.map(|own| raised.and(own)));
    }

    fn in_order(&self) -> bool {
        self.launch.is_in_order()
    }
}

impl Shared {
    /// What all parts together have noticed, and reduced: in their order, whoever did them.
    fn together(&self) -> Result<(Raised, Partials), Failed> {
        let raised = (*self.outcome.lock())?;
        let partials = std::mem::take(&mut *self.partials.lock());
        let mut partials = partials.into_iter().flatten();
        let mut all = partials.next().unwrap_or_default();
        let joined = partials.all(|next| all.join(next));
        joined.then_some((raised, all)).ok_or(Failed)
    }
}

/// Runs a launch, and says what the floating-point units have noticed and what it has reduced. How many
/// threads may help is asked where that matters.
pub fn run(
    py: Python<'_>,
    mut launch: Launch<Arc<Program>>,
    kernel: &Kernel,
    workers: impl FnOnce() -> PyResult<usize>,
) -> PyResult<Result<(Raised, Partials), Failed>> {
    let length = launch.length();
    if length < FEW {
        return Ok(launch.reduce(0..length));
    }
    let expected = kernel.pace.expect(length, kernel.program.steps());
    if expected < SHORT {
        return Ok(launch.reduce(0..length));
    }
    if expected < LONG {
        return Ok(timed(&launch, kernel));
    }
    py.check_signals()?;
    let in_order = launch.is_in_order();
    let block = expected / u32::try_from(launch.blocks_count()).unwrap_or(u32::MAX);
    let is_worth_it = !in_order || block >= LONG_BLOCK;
    let workers = if expected >= VERY_LONG && kernel.splits && is_worth_it {
        workers()?
    } else {
        1
    };
    match lifetime::pool(py)?.filter(|_| workers > 1) {
        None => Ok(py.detach(|| timed(&launch, kernel))),
        Some(pool) => Ok(py.detach(|| {
            launch.divide(workers * SHARES);
            // What waits for the block before it is a part by itself.
            let most = if in_order {
                launch.blocks_count()
            } else {
                workers * SHARES
            };
            let ranges: Vec<_> = launch.parts(most).collect();
            let parts = ranges.len();
            let kept = if in_order { 0 } else { parts };
            let shared = Arc::new(Shared {
                launch,
                ranges,
                outcome: Mutex::new(Ok(Raised::default())),
                partials: Mutex::new((0..kept).map(|_| None).collect()),
                spent: AtomicU64::new(0),
            });
            pool.split(&shared, parts, workers);
            let spent = shared.spent.load(Ordering::Relaxed);
            // What waits for its turn takes longer than its work.
            if !in_order {
                kernel.pace.learn(length, Duration::from_nanos(spent));
            }
            shared.together()
        })),
    }
}

/// Does all elements on this thread.
fn timed(launch: &Launch<Arc<Program>>, kernel: &Kernel) -> Result<(Raised, Partials), Failed> {
    let start = Instant::now();
    let outcome = launch.reduce(0..launch.length());
    kernel.pace.learn(launch.length(), start.elapsed());
    outcome
}
