//! A query of bfloat16 for documents of bfloat16.

use super::float::{QueryPanel, Rows};
#[cfg(target_arch = "x86_64")]
use super::pairs::PairPanel;
use crate::Isa;

/// A query rounded to bfloat16, against documents of bfloat16 (two little-endian bytes a value).
///
/// Where the machine multiplies pairs of bfloat16 faster than it multiplies `f32`, they are; elsewhere documents are
/// widened as by [`QueryPanel`]. A query value of eight significant bits is off by at most 2⁻⁸ of itself, so a similarity
/// by at most `(2⁻⁸ + dim · 2⁻²²) · Σ|q·d|`, and where values are below 2⁻¹²⁶, which pairs take for zero, by
/// `dim · 2⁻¹²⁶ · (1 + max|q| + max|d|)` more (a test holds this).
///
/// # Examples
/// ```
/// use pleiad_kernels::{Bf16Panel, Isa};
///
/// let panel = Bf16Panel::new(Isa::best(), &[1.0, -2.0], 2);
/// let half = |value: f32| ((value.to_bits() >> 16) as u16).to_le_bytes();
/// assert_eq!(panel.maxsim(&[half(3.0), half(0.5), half(1.0), half(2.0)].concat()), 2.0);
/// ```
#[derive(Debug, Clone)]
pub struct Bf16Panel(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// A panel of values that bfloat16 holds.
    Wide(QueryPanel),
    #[cfg(target_arch = "x86_64")]
    Pairs(PairPanel),
}

impl Bf16Panel {
    /// Rounds and packs row-major query tokens `[num_tokens, dim]`. Cost: two passes.
    ///
    /// # Panics
    /// When `dim` is zero or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        #[cfg(target_arch = "x86_64")]
        if isa.multiplies_pairs() {
            return Self(Kind::Pairs(PairPanel::new(isa, query, dim)));
        }
        let rounded: Vec<f32> = query.iter().map(|&value| widened(nearest(value))).collect();
        Self(Kind::Wide(QueryPanel::new(isa, &rounded, dim)))
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        match &self.0 {
            Kind::Wide(panel) => panel.num_tokens(),
            #[cfg(target_arch = "x86_64")]
            Kind::Pairs(panel) => panel.num_tokens,
        }
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        match &self.0 {
            Kind::Wide(panel) => panel.dim(),
            #[cfg(target_arch = "x86_64")]
            Kind::Pairs(panel) => panel.dim,
        }
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        match &self.0 {
            Kind::Wide(panel) => panel.isa(),
            #[cfg(target_arch = "x86_64")]
            Kind::Pairs(panel) => panel.isa,
        }
    }

    /// Per query token, the largest inner product with a token of `document` (row-major `[≥ 1, dim]`).
    ///
    /// Cost: as [`QueryPanel::maxima`], at up to twice the speed where pairs are multiplied.
    ///
    /// # Panics
    /// When `document` is empty or does not hold whole rows, or `out` does not hold one value per query token.
    pub fn maxima(&self, document: &[u8], out: &mut [f32]) {
        assert_eq!(out.len(), self.num_tokens(), "one maximum per query token");
        self.scan(document, false, |token, _, maximum| out[token] = maximum);
    }

    /// The sum of the maxima, in the order of the query tokens; zero for a query without tokens.
    ///
    /// # Panics
    /// When `document` is empty or does not hold whole rows.
    pub fn maxsim(&self, document: &[u8]) -> f32 {
        let mut sum = 0.0;
        self.scan(document, false, |_, _, maximum| sum += maximum);
        sum
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum, to the bit as
    /// [`Bf16Panel::maxima`] gives it.
    ///
    /// # Panics
    /// As [`Bf16Panel::maxima`].
    pub fn matches(&self, document: &[u8], out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens(), "one match per query token");
        self.scan(document, true, |token, row, maximum| out[token] = (row, maximum));
    }

    fn scan(&self, document: &[u8], matches: bool, take: impl FnMut(usize, u32, f32)) {
        match &self.0 {
            Kind::Wide(panel) => panel.scan(Rows::Bf16(document), matches, take),
            #[cfg(target_arch = "x86_64")]
            Kind::Pairs(panel) => panel.scan(document, matches, take),
        }
    }
}

/// The bfloat16 nearest to a finite value, ties to even; what is larger than the largest becomes that.
pub(super) fn nearest(value: f32) -> u16 {
    const LARGEST: u32 = 0x7f7f;
    let bits = value.abs().to_bits();
    // Half a step, less one bit unless the result would be odd.
    let magnitude = ((bits + 0x7fff + (bits >> 16 & 1)) >> 16).min(LARGEST);
    ((value.to_bits() >> 16) & 0x8000 | magnitude) as u16
}

fn widened(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_to_the_nearest() {
        for (value, expected) in
            [(1.0, 1.0), (-0.0, -0.0), (1.0 + 1.0 / 256.0, 1.0), (1.0 + 3.0 / 256.0, 1.015_625)]
        {
            assert_eq!(widened(nearest(value)).to_bits(), f32::to_bits(expected), "{value}");
        }
        assert_eq!(nearest(f32::MAX), 0x7f7f);
        assert_eq!(nearest(f32::MIN), 0xff7f);
        for value in [0.1f32, -3.7, 1e-30, 2.5e38, 123_456.0] {
            let error = (widened(nearest(value)) - value).abs();
            assert!(error <= value.abs() / 256.0, "{value}: {error}");
        }
    }
}
