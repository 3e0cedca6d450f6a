use super::approximate::{ROUND, exp_within, gelu, mul_add};
use super::vectorized::{LANES, Loop, joined, on};
use crate::Isa;

/// Turns a row `x` into `e^(scale · (x − largest))` and gives the sum of it: a softmax but for the division, which is
/// cheaper after what it weighs has been added up. It is compiled for the instructions of whoever calls it.
///
/// `scale` must be positive, `largest` the largest value of the row, which must be whole lanes and hold one value above
/// `-inf`; what is `-inf` becomes next to nothing.
#[inline(always)]
pub(crate) fn softmax_unscaled<const FUSES: bool>(row: &mut [f32], largest: f32, scale: f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    for block in row.as_chunks_mut::<LANES>().0 {
        for (value, sum) in block.iter_mut().zip(&mut sums) {
            let x = scale * (*value - largest);
            *value = exp_within::<FUSES>(if x > -80.0 { x } else { -80.0 });
            *sum += *value;
        }
    }
    joined(sums, |a, b| a + b)
}

/// As [`softmax_unscaled`], but that each weight is written to `codes` in steps of 1/255, and the sum is that of the codes.
#[inline(always)]
pub(crate) fn softmax_codes<const FUSES: bool>(
    row: &[f32],
    largest: f32,
    scale: f32,
    codes: &mut [u8],
) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (block, codes) in row.as_chunks::<LANES>().0.iter().zip(codes.as_chunks_mut::<LANES>().0) {
        for ((value, code), sum) in block.iter().zip(codes).zip(&mut sums) {
            let x = scale * (*value - largest);
            let weight = exp_within::<FUSES>(if x > -80.0 { x } else { -80.0 });
            let rounded = mul_add::<FUSES>(weight, 255.0, ROUND);
            *code = rounded.to_bits() as u8;
            *sum += rounded - ROUND;
        }
    }
    joined(sums, |a, b| a + b)
}

/// `out = gelu(gate) · up` for rows that hold both, the gate first, `[num_rows, 2 · width]` (Shazeer, arXiv
/// 2002.05202). Cost: one pass.
///
/// # Panics
/// When `width` is zero or the lengths do not fit.
pub fn gated_gelu(isa: Isa, rows: &[f32], width: usize, out: &mut [f32]) {
    assert!(width > 0 && rows.len().is_multiple_of(2 * width), "rows of two times {width} values");
    assert_eq!(out.len() * 2, rows.len(), "half as many values");
    on(isa, GatedGelu { rows, width, out });
}

struct GatedGelu<'a> {
    rows: &'a [f32],
    width: usize,
    out: &'a mut [f32],
}

impl Loop for GatedGelu<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSES: bool>(self) {
        let rows = self.rows.chunks_exact(2 * self.width).zip(self.out.chunks_exact_mut(self.width));
        for (row, out) in rows {
            let (gates, ups) = row.split_at(self.width);
            for ((out, &gate), up) in out.iter_mut().zip(gates).zip(ups) {
                *out = gelu(gate) * up;
            }
        }
    }
}
