use super::approximate::{ROUND, coarse_gelu};
use super::vectorized::{Loop, largest, on};
use crate::Isa;

/// Codes of a row, `round(value / scale) + 128`, and its scale, `max|value| / 127`. `out` is as long as the row.
pub(crate) fn quantize(isa: Isa, row: &[f32], out: &mut [u8]) -> f32 {
    on(isa, Quantize { row, out })
}

/// As [`quantize`] of `x·Φ(x)` within 4e-5, which the row then holds.
pub(crate) fn quantize_gelu(isa: Isa, row: &mut [f32], out: &mut [u8]) -> f32 {
    on(isa, QuantizeGelu { row, out })
}

struct QuantizeGelu<'a> {
    row: &'a mut [f32],
    out: &'a mut [u8],
}

impl Loop for QuantizeGelu<'_> {
    type Out = f32;

    #[inline(always)]
    fn run<const FUSES: bool>(self) -> f32 {
        self.row.iter_mut().for_each(|value| *value = coarse_gelu::<FUSES>(*value));
        Quantize { row: self.row, out: self.out }.run::<FUSES>()
    }
}

struct Quantize<'a> {
    row: &'a [f32],
    out: &'a mut [u8],
}

impl Loop for Quantize<'_> {
    type Out = f32;

    #[inline(always)]
    fn run<const FUSES: bool>(self) -> f32 {
        let most = largest(self.row, f32::abs).max(0.0);
        let scale = most / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        for (code, value) in self.out.iter_mut().zip(self.row) {
            // A row of the smallest numbers has an infinite inverse: its steps are cut to the range.
            let steps = (value * inverse).clamp(-127.0, 127.0);
            *code = ((steps + ROUND).to_bits() as u8) ^ 0x80;
        }
        scale
    }
}

/// Steps of each column of some rows, 127 of them either way, the scales of the columns, and the sums of their steps: four rows side by side, as a
/// product of bytes wants them. `out` has room for `width` columns of every four rows.
pub(crate) fn quantize_columns<'r>(
    isa: Isa,
    row: impl Fn(usize) -> &'r [f32],
    num_rows: usize,
    (scales, sums): (&mut [f32], &mut [f32]),
    out: &mut [i8],
    width: usize,
) {
    on(isa, QuantizeColumns { row, num_rows, scales, sums, out, width });
}

struct QuantizeColumns<'a, F> {
    row: F,
    num_rows: usize,
    scales: &'a mut [f32],
    sums: &'a mut [f32],
    out: &'a mut [i8],
    width: usize,
}

/// Most columns that are quantized at a time.
const MAX_COLUMNS: usize = 32;

impl<'r, F: Fn(usize) -> &'r [f32]> Loop for QuantizeColumns<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSES: bool>(self) {
        let (mut inverses, zeros) = ([0.0f32; MAX_COLUMNS], [0.0f32; MAX_COLUMNS]);
        let inverses = &mut inverses[..self.scales.len()];
        for row in 0..self.num_rows {
            for (most, value) in inverses.iter_mut().zip((self.row)(row)) {
                let size = value.abs();
                *most = if size > *most { size } else { *most };
            }
        }
        for (inverse, scale) in inverses.iter_mut().zip(self.scales) {
            *scale = *inverse / 127.0;
            *inverse = if *scale > 0.0 { 1.0 / *scale } else { 0.0 };
        }
        for (quad, out) in
            self.out.chunks_exact_mut(4 * self.width).take(self.num_rows.div_ceil(4)).enumerate()
        {
            let rows: [&[f32]; 4] = std::array::from_fn(|at| {
                let row = 4 * quad + at;
                if row < self.num_rows { (self.row)(row) } else { &zeros[..inverses.len()] }
            });
            let [a, b, c, d] = rows.map(|row| &row[..inverses.len()]);
            let lanes = out.as_chunks_mut::<4>().0.iter_mut().zip(&*inverses).zip(&mut *self.sums);
            for (at, ((out, inverse), sum)) in lanes.enumerate() {
                // A column of the smallest numbers has an infinite inverse: its steps are cut to the range.
                let rounded = |value: f32| (value * inverse).clamp(-127.0, 127.0) + ROUND;
                let [a, b, c, d] = [a[at], b[at], c[at], d[at]].map(rounded);
                *sum += (a - ROUND) + (b - ROUND) + ((c - ROUND) + (d - ROUND));
                let step = |rounded: f32| rounded.to_bits() & 0xff;
                let word = step(a) | step(b) << 8 | step(c) << 16 | step(d) << 24;
                *out = word.to_le_bytes().map(u8::cast_signed);
            }
        }
    }
}
