//! Select: `where`, one of two values by a truth value.

use std::ffi::{c_int, c_void};

use crate::InnerLoop;

/// The loop that takes, for elements of so many bytes, the second operand where the first one, a
/// byte, is not zero, and else the third.
pub fn select(size: usize) -> Option<InnerLoop> {
    let function: crate::Function = match size {
        1 => choose::<u8>,
        2 => choose::<u16>,
        4 => choose::<u32>,
        8 => choose::<u64>,
        16 => choose::<[u64; 2]>,
        _ => return None,
    };
    // SAFETY: `choose` uses what it is given and nothing else.
    Some(unsafe { InnerLoop::own(function) }.silent())
}

unsafe extern "C" fn choose<T: Copy>(
    _context: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    _auxiliary: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise: four pointers and strides, and a length.
    unsafe {
        let [mut condition, mut yes, mut no, mut to] = *data.cast::<[*mut u8; 4]>();
        let steps = *strides.cast::<[isize; 4]>();
        for _ in 0..*lengths {
            let chosen = if *condition == 0 { no } else { yes };
            *to.cast::<T>() = *chosen.cast::<T>();
            condition = condition.wrapping_offset(steps[0]);
            yes = yes.wrapping_offset(steps[1]);
            no = no.wrapping_offset(steps[2]);
            to = to.wrapping_offset(steps[3]);
        }
    }
    0
}
