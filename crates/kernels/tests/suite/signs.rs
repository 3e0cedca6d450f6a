use crate::support::{Case, Numbers, check};
use pleiad_kernels::{Isa, Levels, PackedPanel, SignPanel};

on_every_isa!(maxima_are_inner_products_of_signs, matches_are_the_first_rows_and_add_up);

/// Rows of random bits, unused ones among them, starting anywhere.
struct Signs {
    bytes: Vec<u8>,
    skip: usize,
}

impl Signs {
    fn new(case: &Case) -> Self {
        let mut numbers = Numbers(case.seed ^ 2);
        let skip = numbers.below(4);
        let len = skip + case.document().len() / case.dim * case.dim.div_ceil(8);
        Self { bytes: (0..len).map(|_| numbers.bits() as u8).collect(), skip }
    }

    fn bits(&self) -> &[u8] {
        &self.bytes[self.skip..]
    }
}

fn sign(is_positive: bool) -> i32 {
    if is_positive { 1 } else { -1 }
}

fn maxima_are_inner_products_of_signs(isa: Isa) {
    check(|case| {
        let signs = Signs::new(case);
        let panel = SignPanel::new(isa, &case.query, case.dim);
        assert_eq!((panel.num_tokens(), panel.dim(), panel.isa()), (case.num_query_tokens(), case.dim, isa));
        let mut found = vec![f32::NAN; panel.num_tokens()];
        panel.maxima(signs.bits(), &mut found);
        for (query, found) in case.query.chunks_exact(case.dim).zip(found) {
            let product = |row: &[u8]| -> i32 {
                let signs = (0..case.dim).map(|k| sign(row[k / 8] >> (k % 8) & 1 == 1));
                signs.zip(query).map(|(signed, query)| signed * sign(*query >= 0.0)).sum()
            };
            let largest = signs.bits().chunks_exact(panel.row_bytes()).map(product).max();
            assert_eq!(Some(found as i32), largest);
        }
    });
}

fn matches_are_the_first_rows_and_add_up(isa: Isa) {
    check(|case| {
        let signs = Signs::new(case);
        let panel = SignPanel::new(isa, &case.query, case.dim);
        let mut matches = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
        panel.matches(signs.bits(), &mut matches);
        let mut reference = matches.clone();
        SignPanel::new(Isa::Reference, &case.query, case.dim).matches(signs.bits(), &mut reference);
        assert_eq!(matches, reference);
        let sum = matches.iter().fold(0.0f32, |sum, (_, value)| sum + value);
        assert_eq!(panel.maxsim(signs.bits()).to_bits(), sum.to_bits());
    });
}

#[test]
fn it_ranks_as_a_query_whose_values_are_signs() {
    let case = Case::new(100, 33, 20, 1, crate::support::Kind::Plain, 7);
    let signs = Signs::new(&case);
    let query: Vec<f32> = case.query.iter().map(|value| 1.0f32.copysign(*value)).collect();
    for isa in Isa::available() {
        let packed = PackedPanel::new(isa, &query, case.dim, Levels::from([-1, 1]));
        let mut expected = vec![(0, 0.0); 33];
        packed.matches(signs.bits(), &[1.0; 20], &mut expected);
        let mut found = expected.clone();
        SignPanel::new(isa, &query, case.dim).matches(signs.bits(), &mut found);
        for ((row, value), (expected_row, expected)) in found.into_iter().zip(expected) {
            assert_eq!(row, expected_row);
            assert!((value - expected).abs() < 1e-3);
        }
    }
}

#[test]
fn a_query_without_tokens_scores_nothing() {
    for isa in Isa::available() {
        assert_eq!(SignPanel::new(isa, &[], 9).maxsim(&[0, 1]), 0.0);
    }
}
