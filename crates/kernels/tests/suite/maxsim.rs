use crate::support::{Case, Kind, check};
use pleiad_kernels::{Isa, QueryPanel, Rows, f16_bits_to_f32, f32_to_f16_bits};

on_every_isa!(
    maxima_are_within_the_stated_bound,
    matches_are_the_first_rows_and_add_up,
    a_pair_does_not_depend_on_its_neighbors,
    overflow_never_becomes_nan,
    halves_score_as_the_values_they_hold,
);

fn maxima(isa: Isa, case: &Case) -> Vec<f32> {
    let panel = QueryPanel::new(isa, &case.query, case.dim);
    assert_eq!((panel.num_tokens(), panel.dim(), panel.isa()), (case.num_query_tokens(), case.dim, isa));
    let mut out = vec![f32::NAN; panel.num_tokens()];
    panel.maxima(case.document(), &mut out);
    out
}

fn maxima_are_within_the_stated_bound(isa: Isa) {
    check(|case| {
        for (found, exact) in maxima(isa, case).into_iter().zip(case.exact()) {
            // A product below the smallest denormal may be lost whole.
            let bound = |magnitude: f64| case.dim as f64 * (magnitude * 2f64.powi(-23) + 2f64.powi(-149));
            let at_least = exact.iter().map(|(s, m)| s - bound(*m)).fold(f64::MIN, f64::max);
            let at_most = exact.iter().map(|(s, m)| s + bound(*m)).fold(f64::MIN, f64::max);
            assert!((at_least..=at_most).contains(&f64::from(found)), "{found} {at_least} {at_most}");
        }
    });
}

fn matches_are_the_first_rows_and_add_up(isa: Isa) {
    check(|case| {
        let panel = QueryPanel::new(isa, &case.query, case.dim);
        let mut matches = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
        panel.matches(case.document(), &mut matches);
        let found: Vec<u32> = matches.iter().map(|(_, value)| value.to_bits()).collect();
        let expected: Vec<u32> = maxima(isa, case).into_iter().map(f32::to_bits).collect();
        assert_eq!(found, expected);
        let sum = matches.iter().fold(0.0f32, |sum, (_, value)| sum + value);
        assert_eq!(panel.maxsim(case.document()).to_bits(), sum.to_bits());

        let mut row_maxima = vec![0.0; panel.num_tokens()];
        for (row, values) in case.document().chunks_exact(case.dim).enumerate() {
            panel.maxima(values, &mut row_maxima);
            for (&(found, maximum), &here) in matches.iter().zip(&row_maxima) {
                match row.cmp(&(found as usize)) {
                    std::cmp::Ordering::Less => assert!(here < maximum),
                    std::cmp::Ordering::Equal => assert_eq!(here.to_bits(), maximum.to_bits()),
                    std::cmp::Ordering::Greater => assert!(here <= maximum),
                }
            }
        }
    });
}

fn a_pair_does_not_depend_on_its_neighbors(isa: Isa) {
    check(|case| {
        let whole = maxima(isa, case);
        let rows = case.document().len() / case.dim;
        let cut = (case.seed as usize % rows) * case.dim;
        for (token, query) in case.query.chunks_exact(case.dim).enumerate().step_by(7) {
            let alone = QueryPanel::new(isa, query, case.dim);
            let parts = [&case.document()[..cut], &case.document()[cut..]];
            let maxima = parts.into_iter().filter(|part| !part.is_empty()).map(|part| alone.maxsim(part));
            let joined = maxima.reduce(f32::max).unwrap();
            assert_eq!(joined.to_bits(), whole[token].to_bits());
        }
    });
}

fn overflow_never_becomes_nan(isa: Isa) {
    for rows in [1, 2, 9, 30] {
        let mut case = Case::new(37, 40, rows, 1, Kind::Huge, 5);
        case.query.iter_mut().for_each(|value| *value *= 1e20);
        let panel = QueryPanel::new(isa, &case.query, case.dim);
        let mut matches = vec![(0, 0.0); 40];
        panel.matches(case.document(), &mut matches);
        for ((row, maximum), other) in matches.into_iter().zip(maxima(isa, &case)) {
            assert!(!maximum.is_nan() && maximum.to_bits() == other.to_bits(), "{maximum} {other}");
            assert!((row as usize) < rows);
        }
    }
}

fn halves_score_as_the_values_they_hold(isa: Isa) {
    check(|case| {
        let panel = QueryPanel::new(isa, &case.query, case.dim);
        let halves = case.document().iter().map(|&value| f32_to_f16_bits(value));
        let (f16, wide): (Vec<_>, Vec<_>) = halves.map(|bits| (bits, f16_bits_to_f32(bits))).unzip();
        check_halves(&panel, Rows::F16(&bytes(&f16)[1..]), &wide);

        let halves = case.document().iter().map(|&value| (value.to_bits() >> 16) as u16);
        let (bf16, wide): (Vec<_>, Vec<_>) =
            halves.map(|bits| (bits, f32::from_bits(u32::from(bits) << 16))).unzip();
        check_halves(&panel, Rows::Bf16(&bytes(&bf16)[1..]), &wide);
    });
}

/// Little-endian, after one byte that puts them at an odd address.
fn bytes(halves: &[u16]) -> Vec<u8> {
    std::iter::once(0).chain(halves.iter().flat_map(|half| half.to_le_bytes())).collect()
}

fn check_halves(panel: &QueryPanel, halves: Rows<'_>, wide: &[f32]) {
    let (mut found, mut expected) = (vec![(9, 9.0); panel.num_tokens()], vec![(0, 0.0); panel.num_tokens()]);
    panel.matches_of(halves, &mut found);
    panel.matches(wide, &mut expected);
    assert_eq!(found, expected);
    let mut maxima = vec![9.0; panel.num_tokens()];
    panel.maxima_of(halves, &mut maxima);
    assert!(maxima.iter().zip(&expected).all(|(found, (_, expected))| found == expected));
    assert_eq!(panel.maxsim_of(halves).to_bits(), panel.maxsim(wide).to_bits());
}

#[test]
fn sets_that_round_alike_agree_to_the_bit() {
    check(|case| {
        let bits = |isa| maxima(isa, case).into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(Isa::Reference), bits(Isa::Portable));
        let fused: Vec<_> = Isa::available()
            .into_iter()
            .filter(|isa| !matches!(isa, Isa::Reference | Isa::Portable))
            .collect();
        assert!(fused.windows(2).all(|pair| bits(pair[0]) == bits(pair[1])));
    });
}

#[test]
fn a_query_without_tokens_scores_nothing() {
    for isa in Isa::available() {
        let panel = QueryPanel::new(isa, &[], 3);
        assert_eq!(panel.maxsim(&[1.0, 2.0, 3.0]), 0.0);
        panel.maxima(&[1.0, 2.0, 3.0], &mut []);
    }
}
