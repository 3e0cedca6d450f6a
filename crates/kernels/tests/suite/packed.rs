use crate::support::{Case, Kind, Numbers, check};
use pleiad_kernels::{Isa, Levels, PackedPanel, QuantizedPanel};

on_every_isa!(maxima_equal_those_of_the_same_levels_as_bytes, matches_are_the_first_rows_and_add_up);

/// Levels of every width, extreme ones among them.
pub(crate) fn all_levels(seed: u64) -> [Levels; 3] {
    let mut numbers = Numbers(seed);
    let mut level = || [i8::MIN, i8::MAX, 0, numbers.bits() as i8][numbers.below(4)];
    [
        Levels::from(std::array::from_fn::<_, 2, _>(|_| level())),
        Levels::from(std::array::from_fn::<_, 4, _>(|_| level())),
        Levels::from(std::array::from_fn::<_, 16, _>(|_| level())),
    ]
}

/// Packed rows of random bytes, starting anywhere, and their scales.
pub(crate) struct Packed {
    bytes: Vec<u8>,
    skip: usize,
    pub(crate) scales: Vec<f32>,
}

impl Packed {
    pub(crate) fn new(case: &Case, levels: &Levels) -> Self {
        let scales: Vec<f32> =
            case.document().chunks_exact(case.dim).map(|row| row[0].abs() / 128.0).collect();
        let mut numbers = Numbers(case.seed ^ 1);
        let skip = numbers.below(4);
        let len = skip + scales.len() * levels.row_bytes(case.dim);
        Self { bytes: (0..len).map(|_| numbers.bits() as u8).collect(), skip, scales }
    }

    pub(crate) fn codes(&self) -> &[u8] {
        &self.bytes[self.skip..]
    }
}

fn maxima_equal_those_of_the_same_levels_as_bytes(isa: Isa) {
    check(|case| {
        for levels in all_levels(case.seed) {
            let packed = Packed::new(case, &levels);
            let panel = PackedPanel::new(isa, &case.query, case.dim, levels);
            assert_eq!(
                (panel.num_tokens(), panel.dim(), panel.isa()),
                (case.num_query_tokens(), case.dim, isa)
            );
            assert_eq!(panel.levels(), &levels);
            let mut found = vec![f32::NAN; panel.num_tokens()];
            panel.maxima(packed.codes(), &packed.scales, &mut found);

            let rows = packed.codes().chunks_exact(levels.row_bytes(case.dim));
            let bytes = rows.flat_map(|row| (0..case.dim).map(|k| levels.level(row, k) as u8 ^ 0x80));
            let bytes: Vec<u8> = bytes.collect();
            let mut expected = found.clone();
            let reference = QuantizedPanel::new(Isa::Reference, &case.query, case.dim);
            reference.maxima(&bytes, &packed.scales, &mut expected);
            let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected));
        }
    });
}

fn matches_are_the_first_rows_and_add_up(isa: Isa) {
    check(|case| {
        for levels in all_levels(case.seed) {
            let packed = Packed::new(case, &levels);
            let panel = PackedPanel::new(isa, &case.query, case.dim, levels);
            let mut matches = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
            panel.matches(packed.codes(), &packed.scales, &mut matches);
            let mut reference = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
            PackedPanel::new(Isa::Reference, &case.query, case.dim, levels).matches(
                packed.codes(),
                &packed.scales,
                &mut reference,
            );
            assert_eq!(matches, reference);
            let sum = matches.iter().fold(0.0f32, |sum, (_, value)| sum + value);
            assert_eq!(panel.maxsim(packed.codes(), &packed.scales).to_bits(), sum.to_bits());
        }
    });
}

#[test]
fn codes_lie_lowest_bits_first() {
    let row = [0b1110_0100, 0b0001_1011];
    let level = |levels: Levels, len| (0..len).map(|k| levels.level(&row, k)).collect::<Vec<_>>();
    assert_eq!(level(Levels::from([-1, 1]), 8), [-1, -1, 1, -1, -1, 1, 1, 1]);
    assert_eq!(level(Levels::from([-3, -1, 1, 3]), 8), [-3, -1, 1, 3, 3, 1, -1, -3]);
    let steps: [i8; 16] = std::array::from_fn(|code| code as i8);
    assert_eq!(level(Levels::from(steps), 4), [4, 14, 11, 1]);
}

#[test]
fn a_query_without_tokens_scores_nothing() {
    let case = Case::new(5, 1, 2, 0, Kind::Plain, 1);
    for isa in Isa::available() {
        let panel = PackedPanel::new(isa, &[], case.dim, Levels::from([-1, 1]));
        assert_eq!(panel.maxsim(&[0, 1], &[1.0, 1.0]), 0.0);
    }
}
