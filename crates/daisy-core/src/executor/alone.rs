//! Alone: the first steps of a run, which the caller does before anybody else is told of it.
//!
//! Most runs are so short that they are over before a helper could have come. For these nothing is
//! set up that several threads would need: it is as if there were one worker.

use super::pace::Pace;
use crate::run::Run;
use crate::sync::Clock;
use crate::{Crew, Plan};

/// Runs steps until helpers may be of use; gives how many are done, all of them if it comes to that.
pub(super) fn begin<H: Crew>(
    run: &mut Run<'_, H::Value>,
    plan: &Plan,
    host: &H,
    clock: &Clock,
) -> Result<usize, H::Error> {
    if !host.exclusive() {
        // A helper takes nothing from the caller.
        return Ok(0);
    }
    let mut pace = Pace::from(0);
    run.advance(0, host, |place, step, op, args| {
        if place > 0 && pace.count(|| clock.now()) {
            if let Some(is_brief) = pace.lesson() {
                host.learn(plan.steps()[place - 1], is_brief);
            }
            if pace.wants_help() {
                return true;
            }
        }
        host.may_be_long(step, op, args)
    })
}
