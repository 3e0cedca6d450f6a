use crate::support::{Kind, Numbers, config, kinds};
use pleiad_kernels::{Isa, MAX_DOT_BYTES, dot, dot_u8_i8};
use proptest::prelude::*;

on_every_isa!(floats_are_within_the_stated_bound, bytes_are_exact, the_longest_bytes_do_not_overflow);

fn floats_are_within_the_stated_bound(isa: Isa) {
    proptest!(config(), |(len in 0usize..700, skip in 0usize..4, kind in kinds(), seed in any::<u64>())| {
        let mut numbers = Numbers(seed);
        let mut vector = |kind: Kind| (0..skip + len).map(|_| numbers.value(kind)).collect::<Vec<_>>();
        let (a, b) = (vector(kind), vector(kind));
        let (a, b) = (&a[skip..], &b[skip..]);
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        let exact: f64 = products.clone().sum();
        let bound: f64 = products.map(f64::abs).sum::<f64>() * 2f64.powi(-23) + 2f64.powi(-149);
        let found = f64::from(dot(isa, a, b));
        prop_assert!((found - exact).abs() <= bound * len as f64, "{} {} {}", found, exact, bound);
    });
}

fn bytes_are_exact(isa: Isa) {
    proptest!(config(), |(len in 0usize..700, skip in 0usize..4, seed in any::<u64>())| {
        let mut numbers = Numbers(seed);
        let codes: Vec<u8> = (0..skip + len).map(|_| numbers.bits() as u8).collect();
        let query: Vec<i8> = (0..skip + len).map(|_| numbers.bits() as i8).collect();
        let (codes, query) = (&codes[skip..], &query[skip..]);
        let exact: i64 = codes.iter().zip(query).map(|(&c, &q)| (i64::from(c) - 128) * i64::from(q)).sum();
        prop_assert_eq!(i64::from(dot_u8_i8(isa, codes, query)), exact);
    });
}

fn the_longest_bytes_do_not_overflow(isa: Isa) {
    for (code, value) in [(0, i8::MIN), (0, i8::MAX), (255, i8::MIN), (255, i8::MAX), (128, i8::MIN)] {
        let (codes, query) = (vec![code; MAX_DOT_BYTES], vec![value; MAX_DOT_BYTES]);
        let exact = MAX_DOT_BYTES as i64 * (i64::from(code) - 128) * i64::from(value);
        assert_eq!(i64::from(dot_u8_i8(isa, &codes, &query)), exact);
    }
}
