use super::approximate::ROUND;
use super::vectorised::{Loop, largest, on};
use crate::Isa;

/// Codes of a row, `round(value / scale) + 128`, and its scale, `max|value| / 127`. `out` is as long as the row.
pub(crate) fn quantize(isa: Isa, row: &[f32], out: &mut [u8]) -> f32 {
    on(isa, Quantize { row, out })
}

struct Quantize<'a> {
    row: &'a [f32],
    out: &'a mut [u8],
}

impl Loop for Quantize<'_> {
    type Out = f32;

    #[inline(always)]
    fn run(self) -> f32 {
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
