use crate::support::{Numbers, config};
use pleiad_kernels::{Isa, Levels, MAX_NIBBLE_DIM, NibbleQuery};
use proptest::prelude::*;

on_every_isa!(sums_are_exact, the_longest_rows_do_not_overflow);

fn levels(seed: u64) -> [i8; 16] {
    let mut numbers = Numbers(seed);
    std::array::from_fn(|_| numbers.bits() as i8)
}

fn sums_are_exact(isa: Isa) {
    proptest!(config(), |(dim in 1usize..700, skip in 0usize..4, gap in 0usize..5, num_rows in 0usize..5, seed: u64)| {
        let (levels, mut numbers) = (levels(seed), Numbers(seed));
        let query: Vec<i8> = (0..dim).map(|_| (numbers.bits() as i8).max(-127)).collect();
        let packed = NibbleQuery::new(isa, &query, Levels::from(levels));
        prop_assert_eq!(packed.row_bytes(), dim.div_ceil(2));
        let stride = packed.row_bytes() + gap;
        let rows: Vec<u8> = (0..skip + num_rows * stride).map(|_| numbers.bits() as u8).collect();
        let mut dots = vec![i32::MAX; num_rows];
        packed.dots(&rows[skip..], stride, &mut dots);
        for (row, found) in rows[skip..].chunks_exact(stride).zip(dots) {
            let level = |k: usize| i64::from(levels[usize::from(row[k / 2] >> (k % 2 * 4) & 15)]);
            let exact: i64 = query.iter().enumerate().map(|(k, &value)| level(k) * i64::from(value)).sum();
            prop_assert_eq!(i64::from(found), exact);
        }
    });
}

fn the_longest_rows_do_not_overflow(isa: Isa) {
    for (level, value) in [(i8::MIN, 127), (i8::MIN, -127), (i8::MAX, 127), (i8::MAX, -127)] {
        let packed = NibbleQuery::new(isa, &[value; MAX_NIBBLE_DIM], Levels::from([level; 16]));
        let mut dots = [0];
        packed.dots(&vec![0x5a; MAX_NIBBLE_DIM / 2], MAX_NIBBLE_DIM / 2, &mut dots);
        let exact = MAX_NIBBLE_DIM as i64 * i64::from(level) * i64::from(value);
        assert_eq!(i64::from(dots[0]), exact);
    }
}
