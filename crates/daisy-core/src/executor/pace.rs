//! Pace: how long the steps of one worker take, from a look at the clock now and then.
//!
//! The first looks come soon, so that a single long step is noticed; later ones are rare enough to
//! cost nothing. This is a state machine: it holds no clock, and is told what one says.

/// A run that is older than this, in nanoseconds, may be worth a helper.
const YOUNG: u64 = 75_000;
/// Steps that take less than this, in nanoseconds, are over before a helper could do another one:
/// a lock of the host's takes longer to change hands.
pub(super) const BRIEF: u64 = 3_000;
/// Steps that take more than this are not what was thought to be brief.
const SLOW: u64 = 4 * BRIEF;
/// How many steps a worker does at most between two looks: steps that were brief may be long from
/// now on, and so many are done without help. A look costs as much as a tenth of a brief call.
const GLANCE: u64 = 8;

/// How long the steps of one worker take.
#[derive(Default)]
pub(super) struct Pace {
    /// How many steps it has done.
    steps: u64,
    /// At how many steps it looks next.
    next: u64,
    /// At how many steps it looked last, and what the clock said then.
    seen: (u64, u64),
    /// Nanoseconds a step, between the last two looks, and between the two before.
    nanos: [u64; 2],
    /// Whether there was a single step between the last two looks.
    single: bool,
}

impl Pace {
    /// The pace of a worker that begins when the clock says this.
    pub(super) fn from(now: u64) -> Self {
        Self {
            next: 1,
            seen: (0, now),
            ..Self::default()
        }
    }

    /// Counts a step that is done; says whether this was a time to look at the clock.
    #[inline]
    pub(super) fn count(&mut self, clock: impl FnOnce() -> u64) -> bool {
        self.steps += 1;
        if self.steps < self.next {
            return false;
        }
        let (steps, time) = self.seen;
        let now = clock();
        let since = self.steps - steps;
        self.nanos = [now.saturating_sub(time) / since, self.nanos[0]];
        self.single = since == 1;
        self.seen = (self.steps, now);
        // Steps that took long may have been a pause: the next one tells.
        let most = if self.nanos[0] > SLOW { 1 } else { GLANCE };
        self.next = self.steps + self.steps.min(most);
        true
    }

    /// Whether, at the time of the last look, the run was old enough to be watched by a helper.
    pub(super) fn is_old(&self) -> bool {
        self.seen.1 > YOUNG
    }

    /// Whether, besides, steps took so long that a helper may be of use.
    pub(super) fn wants_help(&self) -> bool {
        let [last, before] = self.nanos;
        // A pause among many steps, a garbage collection say, tells nothing of the others.
        let nanos = if self.single { last } else { last.min(before) };
        self.is_old() && nanos > BRIEF
    }

    /// Whether steps like those before the last look are brief; nothing, if that is not clear.
    pub(super) fn lesson(&self) -> Option<bool> {
        let [last, before] = self.nanos;
        match last.min(before) {
            _ if last < BRIEF => Some(true),
            SLOW.. => Some(false),
            _ => None,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// The steps after which a worker looked, that takes so long for each.
    fn looks(pace: &mut Pace, steps: u64, nanos: u64) -> Vec<u64> {
        let times = (1..=steps).map(|step| (step, pace.seen.1.max(step * nanos)));
        let times: Vec<_> = times.collect();
        let looked = times.into_iter().filter(|&(_, now)| pace.count(|| now));
        looked.map(|(step, _)| step).collect()
    }

    /// The first looks come soon, the others every eight steps.
    #[test]
    fn looks_become_rare() {
        let mut pace = Pace::from(0);
        assert_eq!(looks(&mut pace, 35, 1000), [1, 2, 4, 8, 16, 24, 32]);
    }

    /// Steps that were brief for long and then are not are noticed soon, and are worth help.
    #[test]
    fn steps_that_become_long_are_noticed() {
        let mut pace = Pace::from(0);
        looks(&mut pace, 1000, 1000);
        let long = |step: &u64| pace.count(|| 1_000_000 + step * 20_000_000);
        assert_eq!((1..=9).filter(long).collect::<Vec<_>>(), [8, 9]);
        assert_eq!(pace.lesson(), Some(false));
        assert!(pace.wants_help());
    }

    /// Short steps are brief, and no reason to call for help, however many there are.
    #[test]
    fn short_steps_need_no_help() {
        let mut pace = Pace::from(0);
        looks(&mut pace, 1000, 1000);
        assert_eq!(pace.lesson(), Some(true));
        assert!(!pace.wants_help());
    }

    /// One long step is noticed as soon as it is over.
    #[test]
    fn a_long_step_is_noticed() {
        let mut pace = Pace::from(0);
        looks(&mut pace, 1, 100_000);
        assert_eq!(pace.lesson(), None);
        assert!(pace.wants_help());
        assert!(pace.count(|| 200_000));
        assert_eq!(pace.lesson(), Some(false));
    }

    /// A pause among brief steps does not make them slow.
    #[test]
    fn a_pause_is_no_pace() {
        let mut pace = Pace::from(0);
        looks(&mut pace, 64, 1_000);
        let paused = pace.seen.1 + 5_000_000;
        for _ in 0..7 {
            assert!(!pace.count(|| paused));
        }
        assert!(pace.count(|| paused));
        assert_eq!(pace.lesson(), None);
        assert!(!pace.wants_help());
        assert!(pace.count(|| paused + 1_000));
        assert_eq!(pace.lesson(), Some(true));
        assert!(!pace.wants_help());
    }

    /// Steps in between are neither; help is called for once the run has gone on for a while.
    #[test]
    fn help_is_for_runs_that_are_not_young() {
        let mut pace = Pace::from(0);
        looks(&mut pace, 10, 5_000);
        assert_eq!(pace.lesson(), None);
        assert!(!pace.wants_help());
        looks(&mut pace, 90, 5_000);
        assert!(pace.wants_help());
    }
}
