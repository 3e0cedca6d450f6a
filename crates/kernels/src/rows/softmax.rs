use super::approximate::{exp, gelu};
use super::vectorised::{Loop, largest, on, sum};
use crate::Isa;

/// Turns each row `x` into `e^(scale · (x − max x))` and writes the sum of it to `sums`: a softmax but for the division,
/// which is cheaper after what it weighs has been added up. Cost: three passes over a row.
///
/// `scale` must be positive, every row must hold one value above `-inf`.
///
/// # Panics
/// When there is not one whole row per sum.
pub fn softmax_unscaled(isa: Isa, rows: &mut [f32], scale: f32, sums: &mut [f32]) {
    if sums.is_empty() {
        return;
    }
    assert!(rows.len().is_multiple_of(sums.len()), "one row per sum");
    on(isa, Softmax { rows, scale, sums });
}

struct Softmax<'a> {
    rows: &'a mut [f32],
    scale: f32,
    sums: &'a mut [f32],
}

impl Loop for Softmax<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let row_len = self.rows.len() / self.sums.len();
        for (row, out) in self.rows.chunks_exact_mut(row_len.max(1)).zip(self.sums) {
            let shift = largest(row, |value| value);
            row.iter_mut().for_each(|value| *value = exp(self.scale * (*value - shift)));
            *out = sum(row, |value| value);
        }
    }
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
    fn run(self) {
        let rows = self.rows.chunks_exact(2 * self.width).zip(self.out.chunks_exact_mut(self.width));
        for (row, out) in rows {
            let (gates, ups) = row.split_at(self.width);
            for ((out, &gate), up) in out.iter_mut().zip(gates).zip(ups) {
                *out = gelu(gate) * up;
            }
        }
    }
}
