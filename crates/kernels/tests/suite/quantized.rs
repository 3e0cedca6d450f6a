use crate::support::{Case, Kind, Numbers, check};
use pleiad_kernels::{Isa, QuantizedPanel};

on_every_isa!(maxima_equal_the_reference, matches_are_the_first_rows_and_add_up, the_error_is_bounded);

/// Codes and scales of a document, made from a case's seed; extreme codes are common.
fn document(case: &Case) -> (Vec<u8>, Vec<f32>) {
    let mut numbers = Numbers(case.seed);
    let extremes = [0, 1, 127, 128, 129, 254, 255];
    let mut code = || match numbers.below(3) {
        0 => extremes[numbers.below(extremes.len())],
        _ => numbers.below(256) as u8,
    };
    let codes = case.document().iter().map(|_| code()).collect();
    let scales = case.document().chunks_exact(case.dim).map(|row| row[0].abs() / 128.0).collect();
    (codes, scales)
}

fn maxima(isa: Isa, case: &Case) -> Vec<f32> {
    let panel = QuantizedPanel::new(isa, &case.query, case.dim);
    assert_eq!((panel.num_tokens(), panel.dim(), panel.isa()), (case.num_query_tokens(), case.dim, isa));
    let (codes, scales) = document(case);
    let mut out = vec![f32::NAN; panel.num_tokens()];
    panel.maxima(&codes, &scales, &mut out);
    out
}

fn maxima_equal_the_reference(isa: Isa) {
    check(|case| {
        let bits = |isa| maxima(isa, case).into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(isa), bits(Isa::Reference));
    });
}

fn matches_are_the_first_rows_and_add_up(isa: Isa) {
    check(|case| {
        let panel = QuantizedPanel::new(isa, &case.query, case.dim);
        let (codes, scales) = document(case);
        let mut matches = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
        panel.matches(&codes, &scales, &mut matches);
        let expected = maxima(isa, case);
        assert!(matches.iter().zip(&expected).all(|((_, found), e)| found.to_bits() == e.to_bits()));
        let sum = matches.iter().fold(0.0f32, |sum, (_, value)| sum + value);
        assert_eq!(panel.maxsim(&codes, &scales).to_bits(), sum.to_bits());
        let mut here = vec![0.0; panel.num_tokens()];
        for (row, (codes, scale)) in codes.chunks_exact(case.dim).zip(&scales).enumerate() {
            panel.maxima(codes, std::slice::from_ref(scale), &mut here);
            for (&(found, maximum), &here) in matches.iter().zip(&here) {
                // Where a step is tiny, two rows may differ before it is multiplied in and not after.
                assert!(here <= maximum && (row != found as usize || here == maximum));
            }
        }
    });
}

fn the_error_is_bounded(isa: Isa) {
    check(|case| {
        let (codes, scales) = document(case);
        let rows = codes.chunks_exact(case.dim).zip(&scales);
        let rows: Vec<Vec<f64>> = rows
            .map(|(row, &scale)| row.iter().map(|&c| (f64::from(c) - 128.0) * f64::from(scale)).collect())
            .collect();
        for (query, found) in case.query.chunks_exact(case.dim).zip(maxima(isa, case)) {
            let largest = query.iter().fold(0.0f64, |max, &q| max.max(f64::from(q.abs())));
            let (mut exact, mut bound) = (f64::MIN, 0.0f64);
            for row in &rows {
                let dot: f64 = query.iter().zip(row).map(|(&q, d)| f64::from(q) * d).sum();
                let magnitude: f64 = row.iter().map(|d| d.abs()).sum();
                exact = exact.max(dot);
                // Half a step, a few roundings of the result, and what denormals cannot hold.
                let step = largest / 127.0 + 2f64.powi(-149);
                bound = bound.max(magnitude * (step * 0.501 + largest * case.dim as f64 * 2f64.powi(-23)));
            }
            let error = (f64::from(found) - exact).abs();
            assert!(error <= bound + 2f64.powi(-148), "{found} {exact} {error} {bound}");
        }
    });
}

#[test]
fn a_zero_query_token_adds_zero() {
    let case = Case::new(9, 3, 12, 0, Kind::Plain, 1);
    let (codes, scales) = document(&case);
    for isa in Isa::available() {
        let panel = QuantizedPanel::new(isa, &[0.0; 27], 9);
        assert_eq!(panel.maxsim(&codes, &scales).to_bits(), 0);
    }
}
