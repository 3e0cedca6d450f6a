//! Levels for normal values: which code a value gets, and which scale a token.

/// Sixteen, four or two levels, symmetric about zero, in whole steps of a token's scale.
///
/// They are the Lloyd–Max levels of the normal distribution (J. Max, "Quantizing for Minimum Distortion", IRE
/// Transactions on Information Theory 6, 1960, table I) with the outermost at 127 steps. Rounding them to whole steps
/// changes the error by less than a thousandth and lets kernels multiply bytes.
///
/// Codes rise with their values. There are `HALF` levels above zero, and `PER_BYTE` codes in a byte, the first lowest.
#[derive(Debug)]
pub(super) struct Grid<const HALF: usize, const PER_BYTE: usize> {
    magnitudes: [i8; HALF],
    /// Lower limit of each magnitude: half way from the one before, the first at zero.
    thresholds: [f32; HALF],
    /// Difference of each magnitude to the one before.
    gaps: [f32; HALF],
    /// Steps of one standard deviation: where the fit of a scale begins.
    deviation: f32,
    /// Values of the codes of each byte.
    bytes: [[f32; PER_BYTE]; 256],
}

/// 0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069 and 2.733 deviations.
pub(super) static INT4: Grid<8, 2> = Grid::new([6, 18, 31, 44, 58, 75, 96, 127], 127.0 / 2.733);

/// 0.4528 and 1.510 deviations.
pub(super) static INT2: Grid<2, 4> = Grid::new([38, 127], 127.0 / 1.510);

/// 0.7980 deviations.
pub(super) static INT1: Grid<1, 8> = Grid::new([1], 1.0 / 0.7980);

/// Values whose codes are found together, a whole number of bytes.
const BLOCK: usize = 64;

/// Sums that run side by side, so that they take vectors; in a fixed order, so that every machine has the same.
const LANES: usize = 8;

/// Number of alternating fits: after a rotation the first scale is nearly the best, and a second fit changes the error
/// by less than two per cent.
const FITS: usize = 1;

impl<const HALF: usize, const PER_BYTE: usize> Grid<HALF, PER_BYTE> {
    const fn new(magnitudes: [i8; HALF], deviation: f32) -> Self {
        let (mut thresholds, mut gaps) = ([0.0; HALF], [magnitudes[0] as f32; HALF]);
        let mut i = 1;
        while i < HALF {
            gaps[i] = (magnitudes[i] - magnitudes[i - 1]) as f32;
            thresholds[i] = magnitudes[i - 1] as f32 + 0.5 * gaps[i];
            i += 1;
        }
        let mut bytes = [[0.0; PER_BYTE]; 256];
        let mut at = 0;
        while at < 256 * PER_BYTE {
            let (byte, k) = (at / PER_BYTE, at % PER_BYTE);
            let code = byte >> (k * 8 / PER_BYTE) & (2 * HALF - 1);
            bytes[byte][k] = level(&magnitudes, code) as f32;
            at += 1;
        }
        Self { magnitudes, thresholds, gaps, deviation, bytes }
    }

    /// The levels of codes `0, 1 …`.
    pub(super) fn levels<const NUM: usize>(&self) -> [i8; NUM] {
        std::array::from_fn(|code| level(&self.magnitudes, code))
    }

    /// Appends the codes of a vector, whole bytes of them, and returns its scale: both the same for a vector and its
    /// double, but for the scale's size. Zeros have a scale of zero. The sum of squares must be a normal number.
    ///
    /// A first scale is that of normal values; the nearest levels and the scale that fits them best are found in turn
    /// from there (Lloyd, 1982). The scale returned is none of these but `⟨x, x⟩ / ⟨x, levels⟩`, with which the code
    /// has the vector's own inner product with the vector, and over all rotations with every query (Gao and Long,
    /// "RaBitQ", SIGMOD 2024, theorem 3.2).
    ///
    /// That costs squared error, above all with one bit, and still ranks better than the best fit, which shortens what
    /// was hard to fit: `docs/quantization.md` has the figures.
    pub(super) fn push(&self, values: &[f32], codes: &mut Vec<u8>) -> f32 {
        let square = sums(values, |value| [value * value, 0.0])[0];
        let mut inverse = ratio(self.deviation * (values.len() as f32).sqrt(), square.sqrt());
        for _ in 0..FITS {
            let [product, squared_levels] = self.fit(values, inverse);
            inverse = ratio(squared_levels, product);
        }
        self.push_codes(values, inverse, codes);
        ratio(square, self.fit(values, inverse)[0])
    }

    /// Inner product of the values with their levels, and the sum of squares of these.
    fn fit(&self, values: &[f32], inverse: f32) -> [f32; 2] {
        sums(values, |value| {
            let level = self.magnitude(value.abs() * inverse);
            [level * value.abs(), level * level]
        })
    }

    /// The nearest magnitude. All comparisons are made, so that many values are compared at once.
    #[inline]
    fn magnitude(&self, steps: f32) -> f32 {
        let reached = |i: usize| if steps >= self.thresholds[i] { self.gaps[i] } else { 0.0 };
        (0..HALF).map(reached).sum()
    }

    fn push_codes(&self, values: &[f32], inverse: f32, codes: &mut Vec<u8>) {
        let mut block = [0; BLOCK];
        for values in values.chunks(BLOCK) {
            for (code, value) in block.iter_mut().zip(values) {
                *code = self.code(value * inverse);
            }
            let rows = block[..values.len()].chunks(PER_BYTE);
            codes
                .extend(rows.map(|row| row.iter().rev().fold(0, |byte, code| byte << (8 / PER_BYTE) | code)));
        }
    }

    /// The code of the nearest level.
    #[inline]
    fn code(&self, steps: f32) -> u8 {
        let above: u8 = (1..HALF).map(|i| u8::from(steps.abs() >= self.thresholds[i])).sum();
        let half = HALF as u8;
        if steps < 0.0 { half - 1 - above } else { half + above }
    }

    /// Values of codes, as many as `out` holds.
    pub(super) fn read(&self, codes: &[u8], scale: f32, out: &mut [f32]) {
        let (whole, last) = out.as_chunks_mut::<PER_BYTE>();
        for (out, &code) in whole.iter_mut().zip(codes) {
            *out = self.bytes[usize::from(code)].map(|level| level * scale);
        }
        if let Some(&code) = codes.get(whole.len()) {
            last.iter_mut().zip(self.bytes[usize::from(code)]).for_each(|(out, level)| *out = level * scale);
        }
    }
}

/// The level of a code.
const fn level<const HALF: usize>(magnitudes: &[i8; HALF], code: usize) -> i8 {
    if code >= HALF { magnitudes[code - HALF] } else { -magnitudes[HALF - 1 - code] }
}

/// A quotient, zero where there is nothing to divide by.
fn ratio(above: f32, below: f32) -> f32 {
    if below > 0.0 { above / below } else { 0.0 }
}

/// Two sums over all values, each in [`LANES`] parts.
#[inline]
fn sums(values: &[f32], of: impl Fn(f32) -> [f32; 2]) -> [f32; 2] {
    let mut parts = [[0.0; LANES]; 2];
    let (whole, last) = values.as_chunks::<LANES>();
    for values in whole {
        for (lane, &value) in values.iter().enumerate() {
            let [a, b] = of(value);
            parts[0][lane] += a;
            parts[1][lane] += b;
        }
    }
    for (lane, &value) in last.iter().enumerate() {
        let [a, b] = of(value);
        parts[0][lane] += a;
        parts[1][lane] += b;
    }
    parts.map(|part| part.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_kernels::Levels;
    use pleiad_vectors::Seed;
    use proptest::prelude::*;

    /// Codes, scale and the values they stand for.
    fn coded<const HALF: usize, const PER_BYTE: usize>(
        grid: &Grid<HALF, PER_BYTE>,
        values: &[f32],
    ) -> (Vec<u8>, f32, Vec<f32>) {
        let (mut codes, mut read) = (vec![9], vec![f32::NAN; values.len()]);
        let scale = grid.push(values, &mut codes);
        assert_eq!(codes.remove(0), 9);
        grid.read(&codes, scale, &mut read);
        (codes, scale, read)
    }

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    /// Max's table: the error of normal values, in their variance.
    #[test]
    fn levels_lose_what_the_source_says() {
        let mut g = Seed(5).generator();
        let values: Vec<f32> = (0..1 << 18).map(|_| g.gaussian()).collect();
        let error = |read: &[f32]| {
            // What the best scale for these codes would leave.
            1.0 - dot(&values, read).powi(2) / dot(read, read) / dot(&values, &values)
        };
        let errors =
            [coded(&INT4, &values).2, coded(&INT2, &values).2, coded(&INT1, &values).2].map(|r| error(&r));
        for (found, expected) in errors.into_iter().zip([0.009_497, 0.117_5, 0.363_4]) {
            assert!((found / expected - 1.0).abs() < 0.01, "{found} {expected}");
        }
    }

    #[test]
    fn codes_rise_with_their_values_and_kernels_read_the_same_levels() {
        fn check<const HALF: usize, const PER_BYTE: usize>(grid: &Grid<HALF, PER_BYTE>, levels: &Levels) {
            let rises = |pair: [u8; 2]| levels.level(&[pair[0]], 0) < levels.level(&[pair[1]], 0);
            let num_levels = 2 * HALF as u8;
            assert!((1..num_levels).all(|code| rises([code - 1, code])));
            for byte in 0..=u8::MAX {
                let mut values = [0.0; PER_BYTE];
                grid.read(&[byte], 1.0, &mut values);
                let of_kernel: [_; PER_BYTE] = std::array::from_fn(|k| f32::from(levels.level(&[byte], k)));
                assert_eq!(values, of_kernel);
            }
            for code in 0..num_levels {
                assert_eq!(grid.code(f32::from(levels.level(&[code], 0))), code);
            }
        }
        check(&INT4, &INT4.levels::<16>().into());
        check(&INT2, &INT2.levels::<4>().into());
        check(&INT1, &INT1.levels::<2>().into());
    }

    proptest! {
        #[test]
        fn a_code_has_the_inner_product_of_its_vector(values in prop::collection::vec(-1.0f32..1.0, 1..300)) {
            for read in [coded(&INT4, &values).2, coded(&INT2, &values).2, coded(&INT1, &values).2] {
                let square = dot(&values, &values);
                prop_assert!((dot(&values, &read) - square).abs() <= 1e-5 * square);
            }
        }

        /// Powers of two change no rounding.
        #[test]
        fn only_the_scale_knows_the_size(values in prop::collection::vec(-1.0f32..1.0, 1..100), power in -20i32..20) {
            let size = 2f32.powi(power);
            let larger: Vec<f32> = values.iter().map(|v| v * size * size).collect();
            let (codes, scale, _) = coded(&INT2, &values);
            prop_assume!(dot(&larger, &larger) > 1e-35);
            let (same, larger, _) = coded(&INT2, &larger);
            prop_assert_eq!(codes, same);
            prop_assert!((larger / size / size - scale).abs() <= 1e-5 * scale);
        }
    }

    #[test]
    fn zeros_have_a_scale_of_zero() {
        assert_eq!(coded(&INT4, &[0.0; 3]), (vec![0x88, 0x08], 0.0, vec![0.0; 3]));
        assert_eq!(coded(&INT1, &[-0.0; 9]), (vec![0xff, 0x01], 0.0, vec![0.0; 9]));
    }
}
