//! Kernels of plain loops against the same arithmetic in Rust.
#![expect(
    clippy::cast_ptr_alignment,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "loops get bytes, and the same arithmetic gives the same bits"
)]

use std::ffi::{c_int, c_void};

use daisy_kernel::{Draft, Element, Failed, InnerLoop, Launch, Program, Source, cast, select};
use proptest::prelude::*;

unsafe extern "C" fn add(
    _: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    _: *mut c_void,
) -> c_int {
    // SAFETY: called for three operands of `f64`.
    unsafe {
        let ([a, b, to], steps) = (*data.cast::<[*mut u8; 3]>(), *strides.cast::<[isize; 3]>());
        for place in 0..*lengths {
            let at =
                |pointer: *mut u8, step: isize| pointer.wrapping_offset(place * step).cast::<f64>();
            *at(to, steps[2]) = *at(a, steps[0]) + *at(b, steps[1]);
        }
    }
    0
}

unsafe extern "C" fn fail(
    _: *mut c_void,
    _: *const *mut u8,
    _: *const isize,
    _: *const isize,
    _: *mut c_void,
) -> c_int {
    -1
}

fn addition() -> InnerLoop {
    // SAFETY: `add` needs its operands only.
    unsafe { InnerLoop::new(add, std::ptr::null_mut(), std::ptr::null_mut()) }
}

fn line(values: &[f64]) -> Source {
    Source::new(
        values.as_ptr().cast_mut().cast(),
        8,
        [(values.len(), 8)],
        true,
    )
}

/// Runs a program in so many parts, each on a thread of its own.
fn run(program: &Program, sources: &[Source], length: usize, parts: usize) -> Vec<Vec<f64>> {
    let mut results = vec![vec![f64::NAN; length]; program.outputs()];
    let targets: Vec<*mut u8> = results
        .iter_mut()
        .map(|result| result.as_mut_ptr().cast())
        .collect();
    // SAFETY: the sources and the results live until the end of this function.
    let mut launch = unsafe { Launch::new(program, sources.to_vec(), targets.clone(), length) };
    if parts > 1 {
        launch.divide(parts);
    }
    let covered: Vec<_> = launch.parts(parts).collect();
    assert!(covered.len() <= parts.max(1));
    assert!(covered.len() == parts || length < 512 * parts);
    std::thread::scope(|scope| {
        for range in covered {
            scope.spawn(|| launch.run(range).unwrap());
        }
    });
    results
}

/// `(x + y) + (x + y)` and, as a second result, `(x + y) + x`.
fn sums() -> Program {
    let mut draft = Draft::default();
    let (x, y) = (draft.input(8), draft.input(8));
    let sum = draft.step(addition(), &[x, y], &[8]);
    let twice = draft.step(addition(), &[sum, sum], &[8]);
    let other = draft.step(addition(), &[sum, x], &[8]);
    draft.finish(&[twice, other])
}

proptest! {
    /// However many elements and parts, every element of every result is computed, once.
    #[test]
    fn all_elements_are_computed(length in 0..5000_usize, parts in 1..5_usize) {
        let x: Vec<f64> = (0..length).map(|place| place as f64).collect();
        let y: Vec<f64> = x.iter().map(|value| value * 0.5).collect();
        let results = run(&sums(), &[line(&x), line(&y)], length, parts);
        for place in 0..length {
            prop_assert_eq!(results[0][place], 2.0 * (x[place] + y[place]));
            prop_assert_eq!(results[1][place], x[place] + y[place] + x[place]);
        }
    }

    /// Few elements can be done without a launch, numbers for all of them among the operands.
    #[test]
    fn few_elements_are_computed(length in 0..200_usize, one: bool) {
        let x: Vec<f64> = (0..length.max(1)).map(|place| place as f64).collect();
        let y = [0.5; 200];
        let mut results = vec![vec![f64::NAN; length]; 2];
        let outputs: Vec<*mut u8> =
            results.iter_mut().map(|result| result.as_mut_ptr().cast()).collect();
        let inputs = [
            (x.as_ptr().cast_mut().cast(), if one { 0 } else { 8 }),
            (y.as_ptr().cast_mut().cast(), 8),
        ];
        // SAFETY: all of them have so many elements, or the one of which it is said.
        unsafe { sums().run_few(&inputs, &outputs, length, Default::default()) }.unwrap();
        for place in 0..length {
            let x = if one { 0.0 } else { x[place] };
            prop_assert_eq!(results[0][place], 2.0 * (x + 0.5));
            prop_assert_eq!(results[1][place], x + 0.5 + x);
        }
    }

    /// A long chain of steps gives its value although all values between share few places.
    #[test]
    fn values_between_do_not_mix(steps in prop::collection::vec((0..40_usize, 0..40_usize), 1..40)) {
        let mut draft = Draft::default();
        let mut values = vec![draft.input(8)];
        let mut wanted = vec![1.0_f64];
        for (a, b) in steps {
            let (a, b) = (a % values.len(), b % values.len());
            values.push(draft.step(addition(), &[values[a], values[b]], &[8]));
            wanted.push(wanted[a] + wanted[b]);
        }
        let program = draft.finish(&values[values.len() - 1..]);
        let results = run(&program, &[line(&[1.0; 700])], 700, 1);
        prop_assert!(results[0].iter().all(|value| value == wanted.last().unwrap()));
    }
}

/// A row and a column, neither of which is as large as the result, meet in all its places.
#[test]
fn operands_are_broadcast() {
    let (row, column) = ([1.0, 2.0, 3.0], [10.0, 20.0]);
    let mut draft = Draft::default();
    let (x, y) = (draft.input(8), draft.input(8));
    let sum = draft.step(addition(), &[x, y], &[8]);
    let program = draft.finish(&[sum]);
    let x = Source::new(row.as_ptr().cast_mut().cast(), 8, [(2, 0), (3, 8)], true);
    let y = Source::new(column.as_ptr().cast_mut().cast(), 8, [(2, 8), (3, 0)], true);
    let results = run(&program, &[x, y], 6, 1);
    assert_eq!(results[0], [11.0, 12.0, 13.0, 21.0, 22.0, 23.0]);
}

/// A loop that says it failed ends the launch.
#[test]
fn a_failure_comes_out() {
    // SAFETY: `fail` touches nothing.
    let failing = unsafe { InnerLoop::new(fail, std::ptr::null_mut(), std::ptr::null_mut()) };
    let mut draft = Draft::default();
    let x = draft.input(8);
    let y = draft.step(failing, &[x], &[8]);
    let program = draft.finish(&[y]);
    let (values, mut result) = ([1.0], [0.0_f64]);
    let targets = [result.as_mut_ptr().cast()];
    let sources = [line(&values)];
    // SAFETY: `values` and `result` live on.
    let launch = unsafe { Launch::new(&program, sources, targets, 1) };
    assert_eq!(launch.run(0..1), Err(Failed));
}

/// What a program of one cast makes of values.
fn casted<A, B: Clone + Default>(from: Element, to: Element, values: &[A]) -> Option<Vec<B>> {
    let mut draft = Draft::default();
    let x = draft.input(from.size());
    let y = draft.step(cast(from, to)?, &[x], &[to.size()]);
    let program = draft.finish(&[y]);
    let mut result = vec![B::default(); values.len()];
    let axes = [(values.len(), from.size().cast_signed())];
    let sources = [Source::new(
        values.as_ptr().cast_mut().cast(),
        from.size(),
        axes,
        true,
    )];
    let targets = [result.as_mut_ptr().cast()];
    // SAFETY: `values` and `result` live on, and are of the sizes of the types.
    let launch = unsafe { Launch::new(&program, sources, targets, values.len()) };
    launch.run(0..values.len()).unwrap();
    Some(result)
}

/// Casts are those of C, and those that C leaves open are not there.
#[test]
fn casts_are_those_of_c() {
    use Element::{Bool, C64, C128, F32, F64, I8, I64, U8, U64};
    assert_eq!(casted::<i64, i8>(I64, I8, &[300, -1]).unwrap(), [44, -1]);
    assert_eq!(casted::<i8, u64>(I8, U64, &[-1]).unwrap(), [u64::MAX]);
    let large = (1 << 53) + 1;
    assert_eq!(
        casted::<i64, f64>(I64, F64, &[large]).unwrap(),
        [9_007_199_254_740_992.0]
    );
    assert_eq!(
        casted::<f64, u8>(F64, Bool, &[0.0, -0.0, f64::NAN, 0.5]).unwrap(),
        [0, 0, 1, 1]
    );
    assert_eq!(casted::<u8, f64>(Bool, F64, &[0, 1]).unwrap(), [0.0, 1.0]);
    assert_eq!(
        casted::<f32, [f64; 2]>(F32, C128, &[0.5]).unwrap(),
        [[0.5, 0.0]]
    );
    assert_eq!(
        casted::<[f32; 2], [f64; 2]>(C64, C128, &[[0.5, 2.0]]).unwrap(),
        [[0.5, 2.0]]
    );
    assert!(casted::<f64, u8>(F64, U8, &[1.0]).is_none());
    assert!(casted::<[f64; 2], f64>(C128, F64, &[[1.0, 0.0]]).is_none());
}

/// Where the truth value is set the second operand is taken, else the third.
#[test]
fn select_takes_one_of_two() {
    let (truth, yes, no) = ([1_u8, 0, 2], [1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]);
    let mut draft = Draft::default();
    let (p, x, y) = (draft.input(1), draft.input(8), draft.input(8));
    let chosen = draft.step(select(8).unwrap(), &[p, x, y], &[8]);
    let program = draft.finish(&[chosen]);
    let p = Source::new(truth.as_ptr().cast_mut(), 1, [(3, 1)], true);
    assert_eq!(
        run(&program, &[p, line(&yes), line(&no)], 3, 1)[0],
        [1.0, -2.0, 3.0]
    );
    assert!(select(3).is_none());
}
