//! Watch: whether it helps a run that a helper works on it too.
//!
//! Where one lock is needed to run steps, a second thread is of use only while steps let that lock
//! go, and does harm otherwise. Nothing tells which it is, so it is found out by looking at the
//! clock and at how many steps are done:
//!
//! ```text
//!            steps take long                          steps take long no more
//!  +---------------------------> in it for long -------------------------------+
//!  |                                                                           |
//! watching <-------------------------------------------------------------------+
//!  |  ^                                                                        |
//!  |  +--- not faster by a tenth: watch twice as long next time ---- on trial -+
//!  |                                                                   ^   |
//!  +--- watched long enough -------------------------------------------+   +--- faster: stays
//! ```
//!
//! Steps that are brief are no reason for a trial, however long they are watched: the next look
//! comes after twice the time.
//!
//! This is a state machine: it holds no thread and no clock, and is told what they say.

use std::time::Duration;

use super::pace::BRIEF;

/// Steps that take longer than this, in nanoseconds, are worth a helper, whatever they do.
const LONG: u64 = 100_000;
/// Steps of a run with helpers that take less than this are not long any more.
const SHORT: u64 = LONG / 4;
/// How long a helper watches a run before the first trial.
const FIRST_SPAN: u64 = 200_000;
/// How long it watches at most.
const LAST_SPAN: u64 = 50_000_000;
/// How often it looks.
const LOOK: std::ops::RangeInclusive<u64> = LONG..=1_000_000;
/// How long a trial takes, and how often a helper asks itself whether to stay.
const TRIAL: u64 = 300_000;
/// How much faster steps have to be done during a trial, in tenths.
const FASTER: u64 = 11;

/// What a helper knows of the use it is to a run.
pub(super) struct Watch {
    state: State,
    /// When what is measured now began, and how many steps were done then.
    began: Moment,
    /// How long to watch before the next trial.
    span: u64,
    /// How much was done while watching last.
    alone: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Watching,
    OnTrial,
    ForLong,
}

/// What the clock said, in nanoseconds, and how many steps were done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub(super) now: u64,
    pub(super) done: u64,
}

/// What a helper that watches is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Advice {
    /// Look again after that time.
    Look(Duration),
    /// Join the run.
    Join,
}

/// So many steps in so many nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Progress {
    steps: u64,
    time: u64,
}

impl Progress {
    fn between(begin: Moment, end: Moment) -> Self {
        Self {
            steps: end.done.saturating_sub(begin.done),
            time: end.now.saturating_sub(begin.now),
        }
    }

    /// The time of a step; while the first one runs, the time that it has taken.
    fn pace(self) -> u64 {
        self.time / self.steps.max(1)
    }

    /// Whether this is faster than the other by a tenth. The products of the numbers of an hour
    /// fit into 128 bits.
    fn beats(self, other: Self) -> bool {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        product(self.steps, other.time) * 10 >= product(other.steps, self.time) * u128::from(FASTER)
    }
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            state: State::Watching,
            began: Moment { now: 0, done: 0 },
            span: FIRST_SPAN,
            alone: Progress { steps: 0, time: 0 },
        }
    }

    /// A helper has been called.
    pub(super) fn begin(&mut self, moment: Moment) {
        self.began = moment;
    }

    /// Whether steps were found to take long, so that a helper need not watch first.
    pub(super) fn is_long(&self) -> bool {
        self.state == State::ForLong
    }

    /// What a helper that is not in the run is to do.
    pub(super) fn advice(&mut self, moment: Moment) -> Advice {
        let seen = Progress::between(self.began, moment);
        if self.is_long() {
            return Advice::Join;
        }
        if seen.pace() >= LONG {
            self.state = State::ForLong;
            return Advice::Join;
        }
        if seen.time >= self.span && seen.pace() < BRIEF {
            // Such steps are over before a second thread could have got the lock.
            self.began = moment;
            self.span = LAST_SPAN.min(self.span * 2);
        } else if seen.time >= self.span {
            self.state = State::OnTrial;
            self.alone = seen;
            return Advice::Join;
        }
        let rest = self.span - Progress::between(self.began, moment).time;
        let pause = (self.span / 4).clamp(*LOOK.start(), *LOOK.end());
        Advice::Look(Duration::from_nanos(pause.min(rest)))
    }

    /// The helper is in the run now: it may have waited long for the lock.
    pub(super) fn join(&mut self, moment: Moment) {
        self.began = moment;
    }

    /// Whether a helper that has done a step stays.
    pub(super) fn stays(&mut self, moment: Moment) -> bool {
        if moment.now.saturating_sub(self.began.now) < TRIAL {
            return true;
        }
        let joint = Progress::between(self.began, moment);
        self.began = moment;
        if self.helps(joint) {
            self.span = FIRST_SPAN;
            return true;
        }
        if self.state == State::OnTrial {
            self.span = LAST_SPAN.min(self.span * 2);
        }
        self.state = State::Watching;
        false
    }

    /// The helper has found nothing to do, and leaves.
    pub(super) fn leave(&mut self, moment: Moment) {
        let joint = Progress::between(self.began, moment);
        if self.state == State::OnTrial || !self.helps(joint) {
            self.state = State::Watching;
        }
    }

    fn helps(&self, joint: Progress) -> bool {
        match self.state {
            State::ForLong => joint.pace() >= SHORT,
            _ => joint.beats(self.alone),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// A moment, in microseconds and in steps of five microseconds for one worker.
    fn at(micros: u64, micros_of_work: u64) -> Moment {
        Moment {
            now: micros * 1000,
            done: micros_of_work / 5,
        }
    }

    fn look(micros: u64) -> Advice {
        Advice::Look(Duration::from_micros(micros))
    }

    /// A helper that has watched short steps, and is on trial since `at(300, 300)`.
    fn on_trial() -> Watch {
        let mut watch = Watch::new();
        watch.begin(at(100, 100));
        assert_eq!(watch.advice(at(300, 300)), Advice::Join);
        watch.join(at(300, 300));
        watch
    }

    /// A step that has taken long already is a reason to join at once, and to call again.
    #[test]
    fn a_long_step_is_joined_at_once() {
        let mut watch = Watch::new();
        watch.begin(at(0, 0));
        assert_eq!(watch.advice(at(0, 0)), look(100));
        assert!(!watch.is_long());
        assert_eq!(watch.advice(at(100, 0)), Advice::Join);
        assert!(watch.is_long());
    }

    /// Short steps are watched, and then there is a trial.
    #[test]
    fn short_steps_are_watched_first() {
        let mut watch = Watch::new();
        watch.begin(at(0, 0));
        assert_eq!(watch.advice(at(50, 50)), look(100));
        assert_eq!(watch.advice(at(150, 150)), look(50));
        assert_eq!(watch.advice(at(200, 200)), Advice::Join);
        assert!(!watch.is_long());
    }

    /// Steps that are over at once are watched ever less often, and never helped.
    #[test]
    fn brief_steps_are_left_alone() {
        let mut watch = Watch::new();
        let mut moment = at(0, 0);
        watch.begin(moment);
        for _ in 0..1000 {
            let Advice::Look(time) = watch.advice(moment) else {
                panic!("joined");
            };
            assert!(!time.is_zero());
            moment.now += time.as_nanos() as u64;
            moment.done = moment.now / 1000;
        }
        assert_eq!(watch.span, LAST_SPAN);
    }

    /// A trial is not over before its time.
    #[test]
    fn a_trial_takes_its_time() {
        assert!(on_trial().stays(at(599, 300)));
    }

    /// Who makes steps faster stays, as long as that is so.
    #[test]
    fn a_helper_that_helps_stays() {
        let mut watch = on_trial();
        assert!(watch.stays(at(1300, 1401)));
        assert!(watch.stays(at(2300, 2502)));
        assert!(!watch.stays(at(3300, 3502)));
    }

    /// Who does not goes, and watches longer each time, but not for ever.
    #[test]
    fn a_helper_that_does_not_help_backs_off() {
        let mut watch = on_trial();
        let mut moment = at(300, 300);
        let mut spans = Vec::new();
        for _ in 0..10 {
            moment.now += MS;
            moment.done += 200;
            assert!(!watch.stays(moment));
            let began = moment;
            while watch.advice(moment) != Advice::Join {
                moment.now += 100_000;
                moment.done += 20;
            }
            spans.push((moment.now - began.now) / 100_000);
            watch.join(moment);
        }
        assert_eq!(spans, [4, 8, 16, 32, 64, 128, 256, 500, 500, 500]);
    }

    /// A trial that went well makes the next one come soon.
    #[test]
    fn success_is_remembered() {
        let mut watch = on_trial();
        assert!(!watch.stays(at(1300, 1300)));
        assert_eq!(watch.advice(at(1700, 1700)), Advice::Join);
        watch.join(at(1700, 1700));
        assert!(watch.stays(at(2700, 3000)));
        assert!(!watch.stays(at(3700, 4000)));
        assert_eq!(watch.advice(at(4100, 4400)), Advice::Join);
    }

    /// Long steps done by two look half as long, and are long all the same; short ones are not.
    #[test]
    fn long_steps_are_long_for_two() {
        let mut watch = Watch::new();
        watch.begin(at(0, 0));
        watch.advice(at(100, 0));
        watch.join(at(110, 0));
        assert!(watch.stays(at(1110, 100)));
        assert!(watch.stays(at(2110, 300)));
        assert!(!watch.stays(at(3110, 505)));
        assert!(!watch.is_long());
    }

    /// What is known stays known between two calls: long steps need no second look.
    #[test]
    fn long_steps_are_known_at_the_next_call() {
        let mut watch = Watch::new();
        watch.begin(at(0, 0));
        watch.advice(at(100, 0));
        watch.join(at(110, 0));
        watch.leave(at(1110, 2));
        watch.begin(at(5000, 10));
        assert_eq!(watch.advice(at(5000, 10)), Advice::Join);
    }

    /// Steps that have become short are seen when a helper leaves, too.
    #[test]
    fn leaving_forgets_what_is_not_so() {
        let mut watch = Watch::new();
        watch.begin(at(0, 0));
        watch.advice(at(100, 0));
        watch.join(at(110, 0));
        watch.leave(at(120, 20));
        assert!(!watch.is_long());
        watch.begin(at(130, 30));
        assert_eq!(watch.advice(at(130, 30)), look(100));
    }

    /// A clock that goes back (other threads read it in another order) is a clock that stands.
    #[test]
    fn a_clock_may_go_back() {
        let mut watch = Watch::new();
        watch.begin(at(100, 5));
        assert_eq!(watch.advice(at(90, 5)), look(100));
        assert!(watch.stays(at(80, 5)));
    }
}
