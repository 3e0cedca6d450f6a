//! Elementary functions without branches, so that a compiler turns a loop of them into vectors.

/// Adding and taking it away rounds to a whole number, which is then found in the lowest bits.
pub(super) const ROUND: f32 = 12_582_912.0;

/// `e^x` within 3 units of the last place; below −80 it stays `e^−80`, above 88 `e^88`: a product of it is then still
/// no denormal number, which would take a processor a hundred times as long.
///
/// `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2`, a Taylor polynomial of degree 6 for `r`, `n` goes into the exponent.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    exp_within::<false>(x.clamp(-80.0, 88.0))
}

/// `a·b + c`, rounded once where an instruction does that.
#[inline(always)]
pub(crate) fn mul_add<const FUSES: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSES { a.mul_add(b, c) } else { a * b + c }
}

/// [`exp`] of −80 to 88.
#[inline(always)]
pub(crate) fn exp_within<const FUSES: bool>(x: f32) -> f32 {
    // ln 2 in two parts, the first with zeros at its end, so that `n · HIGH` is exact (Cody and Waite).
    const HIGH: f32 = 0.693_359_4;
    const LOW: f32 = -2.121_944_4e-4;
    let rounded = mul_add::<FUSES>(x, std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    let r = mul_add::<FUSES>(n, -LOW, mul_add::<FUSES>(n, -HIGH, x));
    let terms = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let power = terms.into_iter().fold(1.0 / 720.0, |sum, term| mul_add::<FUSES>(sum, r, term));
    power * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

/// `x·Φ(x)`, within 4e-7 · max(1, |x|).
///
/// `erfc` by formula 7.1.26 of Abramowitz and Stegun, *Handbook of Mathematical Functions*, whose error is 1.5e-7.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let tail = 1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4);
    let erfc = t * (0.254_829_6 + t * (-0.284_496_74 + t * tail)) * exp(-z * z);
    let positive = if x > 0.0 { x } else { 0.0 };
    positive - 0.5 * x.abs() * erfc
}

/// `x·Φ(x)` within 4e-5, without a division: what eight bits tell apart is a hundred times as much.
///
/// `Φ(x) − 1/2` is odd, and `x` times a polynomial of `x²` fitted to it on −4.5 to 4.5 for the least largest error of the
/// product; beyond, `Φ` is as good as 0 and 1.
#[inline(always)]
pub(crate) fn coarse_gelu<const FUSES: bool>(x: f32) -> f32 {
    const TERMS: [f32; 9] = [
        1.706_456e-10,
        -9.233_88e-9,
        2.968_67e-7,
        -6.379_685e-6,
        9.800_381e-5,
        -1.123_422_2e-3,
        9.835_593e-3,
        -6.634_100_5e-2,
        0.398_886_14,
    ];
    let near = if x > -4.5 { x } else { -4.5 };
    let near = if near < 4.5 { near } else { 4.5 };
    let square = near * near;
    let slope = TERMS.into_iter().fold(-1.408_959_4e-12, |sum, term| mul_add::<FUSES>(sum, square, term));
    let share = mul_add::<FUSES>(near, slope, 0.5);
    let share = if share > 0.0 { share } else { 0.0 };
    x * if share < 1.0 { share } else { 1.0 }
}

/// The hyperbolic tangent, within 1e-6.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // Beyond, the tangent is one to the last bit.
    let doubled = exp(2.0 * x.clamp(-10.0, 10.0));
    (doubled - 1.0) / (doubled + 1.0)
}

/// `x·Φ(x)` in double precision: `Φ` by its series near zero, by a continued fraction far from it.
pub(crate) fn exact_gelu(x: f32) -> f32 {
    let x = f64::from(x);
    (x * 0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)) as f32
}

/// `1 − erf(z)` (Abramowitz and Stegun, 7.1.5 and 7.1.14).
fn erfc(z: f64) -> f64 {
    if z < 0.0 {
        return 2.0 - erfc(-z);
    }
    if z < 3.0 {
        let (mut term, mut sum) = (z, z);
        for n in 1..100 {
            let n = f64::from(n);
            term *= -z * z / n;
            sum += term / (2.0 * n + 1.0);
        }
        return 1.0 - sum * std::f64::consts::FRAC_2_SQRT_PI;
    }
    let fraction = (1..60).rev().fold(z, |below, n| z + f64::from(n) / 2.0 / below);
    (-z * z).exp() / (fraction * std::f64::consts::PI.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(from: f32, to: f32) -> impl Iterator<Item = f32> {
        (0..=200_000).map(move |at| from + (to - from) * at as f32 / 200_000.0)
    }

    #[test]
    fn exponentials_are_close() {
        for x in steps(-80.0, 88.0) {
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 3.6e-7, "{x}: {} for {exact}", exp(x));
        }
        assert!(exp(-1e30) < 2e-35 && exp(f32::NEG_INFINITY) < 2e-35);
    }

    #[test]
    fn gelu_and_tanh_are_close() {
        for x in steps(-12.0, 12.0) {
            let exact = exact_gelu(x);
            assert!((gelu(x) - exact).abs() < 4e-7 * x.abs().max(1.0), "{x}: {} for {exact}", gelu(x));
            let exact = f64::from(x).tanh() as f32;
            assert!((tanh(x) - exact).abs() < 1e-6, "{x}: {} for {exact}", tanh(x));
        }
        assert!(gelu(-50.0).abs() < 1e-33 && gelu(50.0) == 50.0);
    }

    #[test]
    fn the_coarse_forms_are_close() {
        for x in steps(-30.0, 30.0) {
            let exact = exact_gelu(x);
            for found in [coarse_gelu::<false>(x), coarse_gelu::<true>(x)] {
                assert!((found - exact).abs() < 4e-5, "{x}: {found} for {exact}");
            }
        }
        for x in steps(-80.0, 88.0) {
            let exact = f64::from(x).exp();
            assert!((f64::from(exp_within::<true>(x)) / exact - 1.0).abs() < 3.6e-7, "{x}");
        }
    }

    #[test]
    fn the_exact_form_has_known_values() {
        // Φ(1) = 0.841344746068543, Φ(−2) = 0.022750131948179, Φ(−5) = 2.866515718791939e-7.
        for (x, expected) in [(0.0, 0.0), (1.0, 0.841_344_7), (-2.0, -0.045_500_264), (-5.0, -1.433_257_9e-6)]
        {
            assert!((exact_gelu(x) - expected).abs() <= 1e-7 * expected.abs(), "{x}: {}", exact_gelu(x));
        }
    }
}
