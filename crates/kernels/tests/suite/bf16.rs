use crate::support::{Case, check};
use pleiad_kernels::{Bf16Panel, Isa};

on_every_isa!(maxima_are_within_the_stated_bound, matches_are_the_first_rows_and_add_up);

/// The upper halves of a document, after one byte that puts them at an odd address, and what they stand for.
fn halves(case: &Case) -> (Vec<u8>, Vec<f32>) {
    let halves: Vec<u16> = case.document().iter().map(|value| (value.to_bits() >> 16) as u16).collect();
    let wide = halves.iter().map(|&half| f32::from_bits(u32::from(half) << 16)).collect();
    (std::iter::once(0).chain(halves.iter().flat_map(|half| half.to_le_bytes())).collect(), wide)
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |largest, value| f64::from(value.abs()).max(largest))
}

fn maxima_are_within_the_stated_bound(isa: Isa) {
    check(|case| {
        let (bytes, document) = halves(case);
        let panel = Bf16Panel::new(isa, &case.query, case.dim);
        assert_eq!((panel.num_tokens(), panel.dim(), panel.isa()), (case.num_query_tokens(), case.dim, isa));
        let mut found = vec![f32::NAN; panel.num_tokens()];
        panel.maxima(&bytes[1..], &mut found);
        let dim = case.dim as f64;
        for (query, found) in case.query.chunks_exact(case.dim).zip(found) {
            let small = dim * 2f64.powi(-126) * (1.0 + largest(query) + largest(&document));
            let (mut at_least, mut at_most) = (f64::MIN, f64::MIN);
            for row in document.chunks_exact(case.dim) {
                let products = query.iter().zip(row).map(|(&q, &d)| f64::from(q) * f64::from(d));
                let (sum, magnitude) = products.fold((0.0, 0.0), |(sum, all), p| (sum + p, all + p.abs()));
                let bound = magnitude * (2f64.powi(-8) + dim * 2f64.powi(-22)) + small;
                (at_least, at_most) = (at_least.max(sum - bound), at_most.max(sum + bound));
            }
            assert!((at_least..=at_most).contains(&f64::from(found)), "{found} {at_least} {at_most}");
        }
    });
}

fn matches_are_the_first_rows_and_add_up(isa: Isa) {
    check(|case| {
        let (bytes, _) = halves(case);
        let document = &bytes[1..];
        let panel = Bf16Panel::new(isa, &case.query, case.dim);
        let mut matches = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
        panel.matches(document, &mut matches);
        let mut maxima = vec![0.0; panel.num_tokens()];
        panel.maxima(document, &mut maxima);
        assert!(
            matches.iter().zip(&maxima).all(|((_, found), maximum)| found.to_bits() == maximum.to_bits())
        );
        let sum = matches.iter().fold(0.0f32, |sum, (_, value)| sum + value);
        assert_eq!(panel.maxsim(document).to_bits(), sum.to_bits());
        for (row, values) in document.chunks_exact(2 * case.dim).enumerate() {
            panel.maxima(values, &mut maxima);
            for (&(found, maximum), &here) in matches.iter().zip(&maxima) {
                match row.cmp(&(found as usize)) {
                    std::cmp::Ordering::Less => assert!(here < maximum),
                    std::cmp::Ordering::Equal => assert_eq!(here.to_bits(), maximum.to_bits()),
                    std::cmp::Ordering::Greater => assert!(here <= maximum),
                }
            }
        }
    });
}

#[test]
fn what_overflows_never_becomes_nan() {
    let huge =
        [f32::MAX, f32::MIN, 1e38].map(|value| ((value.to_bits() >> 16) as u16).to_le_bytes()).concat();
    for isa in Isa::available() {
        let panel = Bf16Panel::new(isa, &[f32::MAX, 3e38, -1e38, 0.0, 0.0, 0.0], 3);
        let mut maxima = [f32::NAN; 2];
        panel.maxima(&huge, &mut maxima);
        assert!(maxima.iter().all(|maximum| !maximum.is_nan()), "{maxima:?} on {isa}");
    }
}
