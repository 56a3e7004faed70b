//! Registers: which value of a program is where.

use std::ops::Range;

use smallvec::SmallVec;

/// What is done at once with the values of a program, which are numbers.
pub(crate) struct Unit {
    pub(crate) inputs: SmallVec<[usize; 4]>,
    pub(crate) results: Range<usize>,
    /// The units that are done side by side, this one among them: nothing that they get from before
    /// is overwritten until all of them are done.
    pub(crate) group: Range<usize>,
}

/// Which value is in which register: the inputs first, then the outputs, then the values between,
/// which take each other's places as they are needed no more.
pub(crate) struct Registers {
    /// By value; nothing for those that no unit names.
    of: Vec<Option<u32>>,
    /// Bytes of an element, by register.
    pub(crate) sizes: Vec<usize>,
    /// Registers whose value is needed no more.
    free: Vec<u32>,
}

impl Registers {
    /// The registers of values, whose elements have so many bytes, of which the first are inputs.
    pub(crate) fn assign(
        sizes: &[usize],
        inputs: usize,
        outputs: &[usize],
        units: &[Unit],
    ) -> Self {
        let mut registers = Self {
            of: vec![None; sizes.len()],
            sizes: Vec::new(),
            free: Vec::new(),
        };
        for value in (0..inputs).chain(outputs.iter().copied()) {
            assert!(
                registers.of[value].is_none(),
                "an output is a value of its own"
            );
            registers.add(value, sizes[value]);
        }
        let fixed = registers.of.clone();
        let mut dying = dying(sizes.len(), units);
        for (number, unit) in units.iter().enumerate() {
            for value in unit.results.clone() {
                registers.place(value, sizes[value]);
            }
            for value in std::mem::take(&mut dying[number]) {
                if fixed[value].is_none() {
                    registers.free.push(registers.of(value));
                }
            }
        }
        registers
    }

    /// The register of a value.
    pub(crate) fn of(&self, value: usize) -> u32 {
        self.of[value].expect("a value is computed before it is used")
    }

    fn add(&mut self, value: usize, size: usize) {
        let register = u32::try_from(self.sizes.len()).expect("a program has under 2^32 values");
        self.sizes.push(size);
        self.of[value] = Some(register);
    }

    fn place(&mut self, value: usize, size: usize) {
        if self.of[value].is_some() {
            return;
        }
        let fitting = |&register: &u32| self.sizes[register as usize] == size;
        match self.free.iter().rposition(fitting) {
            Some(place) => self.of[value] = Some(self.free.swap_remove(place)),
            None => self.add(value, size),
        }
    }
}

/// By unit: the values that nobody needs when it is done.
fn dying(values: usize, units: &[Unit]) -> Vec<Vec<usize>> {
    let mut made_at = vec![None; values];
    let mut last_use = vec![None; values];
    for (number, unit) in units.iter().enumerate() {
        for &value in &unit.inputs {
            let inside = made_at[value].is_some_and(|at| unit.group.contains(&at));
            last_use[value] = Some(if inside { number } else { unit.group.end - 1 });
        }
        for value in unit.results.clone() {
            made_at[value] = Some(number);
            last_use[value] = Some(number);
        }
    }
    let mut dying = vec![Vec::new(); units.len()];
    for (value, last) in last_use.into_iter().enumerate() {
        if let Some(last) = last {
            dying[last].push(value);
        }
    }
    dying
}
