//! Order: dask's, by the places of values instead of their keys, which nobody may ever ask for.

use std::convert::Infallible;

use daisy_core::order::{Keys, Links, order};

use crate::tasks::entry::{Entries, EntryId};
use crate::tasks::one_worker;

/// The order in which values are to run; in `walked` needs come first.
pub fn in_order(entries: &Entries, walked: &[EntryId]) -> Vec<EntryId> {
    let mut numbers = vec![0; entries.len()];
    let mut keys = Keys {
        needs: Links::with_capacity(walked.len(), entries.codes.len()),
        hashes: (0..walked.len() as u64).collect(),
        ..Keys::default()
    };
    for (number, &entry) in (0..).zip(walked) {
        numbers[entry as usize] = number;
        let mut needs: Vec<u32> = entries
            .needs(entry)
            .map(|need| numbers[need as usize])
            .collect();
        needs.sort_unstable();
        needs.dedup();
        keys.lengths.push(table_length(needs.len()));
        keys.data.push(entries.is_data(entry));
        keys.needs.push(needs);
    }
    let Ok(ordered) = order::<Infallible>(keys, |equals| {
        equals.sort_unstable();
        Ok(())
    });
    let ranked: Vec<_> = ordered.iter().map(|&at| walked[at as usize]).collect();
    one_worker::by_rank(entries, walked, &ranked)
}

/// How long a hash table of so many keys is, as a power of two.
fn table_length(keys: usize) -> u8 {
    (keys * 2).next_power_of_two().trailing_zeros() as u8
}
