use crate::support::{Numbers, config};
use pleiad_kernels::{Isa, MAX_DOT_BITS, dot_bits_i8};
use proptest::prelude::*;

on_every_isa!(sums_of_set_bits_are_exact, extremes_do_not_overflow);

fn sums_of_set_bits_are_exact(isa: Isa) {
    proptest!(config(), |(len in 0usize..1500, skip in 0usize..4, seed in any::<u64>())| {
        let mut numbers = Numbers(seed);
        let bits: Vec<u8> = (0..skip + len.div_ceil(8)).map(|_| numbers.bits() as u8).collect();
        let query: Vec<i8> = (0..skip + len).map(|_| numbers.bits() as i8).collect();
        let (bits, query) = (&bits[skip..], &query[skip..]);
        let mut exact = 0i64;
        for (at, &value) in query.iter().enumerate() {
            exact += if bits[at / 8] & 1 << (at % 8) == 0 { 0 } else { i64::from(value) };
        }
        prop_assert_eq!(i64::from(dot_bits_i8(isa, bits, query)), exact);
    });
}

fn extremes_do_not_overflow(isa: Isa) {
    let (ones, zeros) = (vec![0xff; MAX_DOT_BITS / 8], vec![0; MAX_DOT_BITS / 8]);
    for value in [i8::MIN, i8::MAX] {
        let query = vec![value; MAX_DOT_BITS];
        assert_eq!(dot_bits_i8(isa, &ones, &query), MAX_DOT_BITS as i32 * i32::from(value));
        assert_eq!(dot_bits_i8(isa, &zeros, &query), 0);
    }
}
