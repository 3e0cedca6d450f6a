//! Rows of values in eight or four bits.

use pleiad_kernels::{f16_bits_to_f32, f32_to_f16_bits};

/// Values that share a scale where each has four bits.
pub(crate) const GROUP: usize = 32;

/// Largest values of a row or group that are tried as the end of the scale, as shares of the largest there is: cutting
/// one value short may be worth finer steps for the others.
const CLIPS: [f32; 10] = [1.0, 0.97, 0.94, 0.91, 0.88, 0.85, 0.82, 0.79, 0.76, 0.73];

/// Form of a row of values in a packed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Eight bits a value, one scale per row.
    Rows8,
    /// Four bits a value, a scale per [`GROUP`].
    Groups4,
}

impl Packing {
    /// The element type of this name.
    pub(crate) fn named(dtype: &str) -> Option<Self> {
        match dtype {
            "I8R" => Some(Self::Rows8),
            "I4G" => Some(Self::Groups4),
            _ => None,
        }
    }

    /// The name of the element type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rows8 => "I8R",
            Self::Groups4 => "I4G",
        }
    }

    /// Bytes of a row of `row_len` values.
    pub(crate) fn row_bytes(self, row_len: usize) -> usize {
        match self {
            Self::Rows8 => 2 + row_len,
            Self::Groups4 => 2 * row_len.div_ceil(GROUP) + row_len.div_ceil(2),
        }
    }

    /// Appends the bytes of one row, each value rounded by itself.
    pub(crate) fn pack_row(self, row: &[f32], out: &mut Vec<u8>) {
        match self {
            Self::Rows8 => {
                let scale = Scale::best(row, None, Steps::EIGHT_BITS);
                out.extend(scale.bits.to_le_bytes());
                out.extend(row.iter().map(|&value| scale.step(value).cast_unsigned() as u8));
            }
            Self::Groups4 => {
                let mut groups = Groups::default();
                for group in row.chunks(GROUP) {
                    let scale = Scale::best(group, None, Steps::FOUR_BITS);
                    groups.scales.push(scale);
                    groups.steps.extend(group.iter().map(|&value| scale.step(value)));
                }
                groups.write_to(out);
            }
        }
    }

    /// Writes the values of a row; `bytes` is as long as [`Packing::row_bytes`] says.
    pub(crate) fn widen_row(self, bytes: &[u8], out: &mut [f32]) {
        match self {
            Self::Rows8 => {
                let (scale, codes) = bytes.split_at(2);
                let scale = f16_bits_to_f32(u16::from_le_bytes([scale[0], scale[1]]));
                for (out, &code) in out.iter_mut().zip(codes) {
                    *out = f32::from(code.cast_signed()) * scale;
                }
            }
            Self::Groups4 => {
                let num_groups = out.len().div_ceil(GROUP);
                let (scales, codes) = bytes.split_at(2 * num_groups);
                let groups = out.chunks_mut(GROUP).zip(codes.chunks(GROUP / 2));
                for ((out, codes), scale) in groups.zip(scales.as_chunks::<2>().0) {
                    let scale = f16_bits_to_f32(u16::from_le_bytes(*scale));
                    for (pair, code) in out.chunks_mut(2).zip(codes) {
                        pair[0] = (f32::from(code & 15) - 8.0) * scale;
                        if let Some(high) = pair.get_mut(1) {
                            *high = (f32::from(code >> 4) - 8.0) * scale;
                        }
                    }
                }
            }
        }
    }
}

/// A row of four bits a value, before it is written.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// One per [`GROUP`].
    pub(crate) scales: Vec<Scale>,
    /// One per value, -8 to 7.
    pub(crate) steps: Vec<i32>,
}

impl Groups {
    /// Appends the bytes of the row.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        out.extend(self.scales.iter().flat_map(|scale| scale.bits.to_le_bytes()));
        let code = |step: i32| (step + 8) as u8;
        out.extend(
            self.steps.chunks(2).map(|pair| code(pair[0]) | pair.get(1).map_or(0, |&high| code(high) << 4)),
        );
    }
}

/// Smallest and largest step of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    min: i32,
    max: i32,
}

impl Steps {
    const EIGHT_BITS: Self = Self { min: -127, max: 127 };
    pub(crate) const FOUR_BITS: Self = Self { min: -8, max: 7 };
}

/// A scale: a value is a whole number of steps of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Bits of a half.
    bits: u16,
    steps: Steps,
    inverse: f32,
}

impl Scale {
    fn new(scale: f32, steps: Steps) -> Self {
        let bits = f32_to_f16_bits(scale);
        let scale = f16_bits_to_f32(bits);
        Self { bits, steps, inverse: if scale == 0.0 { 0.0 } else { 1.0 / scale } }
    }

    /// The scale with the least squared error of these values, each of which counts as much as `weights` say. It is
    /// negative where the largest value is positive and there is one step more below zero than above.
    pub(crate) fn best(values: &[f32], weights: Option<&[f32]>, steps: Steps) -> Self {
        let largest = values
            .iter()
            .copied()
            .fold(0.0f32, |largest, value| if value.abs() > largest.abs() { value } else { largest });
        let mut best = (f32::INFINITY, Self::new(0.0, steps));
        for clip in CLIPS {
            for sign in [-1.0, 1.0] {
                let scale = Self::new(sign * clip * largest / steps.min as f32, steps);
                let error = |(at, &value): (usize, &f32)| {
                    weights.map_or(1.0, |weights| weights[at])
                        * (value - scale.value(scale.step(value))).powi(2)
                };
                let error = values.iter().enumerate().map(error).sum::<f32>();
                if error < best.0 {
                    best = (error, scale);
                }
            }
        }
        best.1
    }

    /// The nearest step to a value.
    pub(crate) fn step(self, value: f32) -> i32 {
        ((value * self.inverse).round() as i32).clamp(self.steps.min, self.steps.max)
    }

    /// The value of a step.
    pub(crate) fn value(self, step: i32) -> f32 {
        step as f32 * f16_bits_to_f32(self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn again(packing: Packing, row: &[f32]) -> Vec<f32> {
        let (mut bytes, mut out) = (Vec::new(), vec![f32::NAN; row.len()]);
        packing.pack_row(row, &mut bytes);
        assert_eq!(bytes.len(), packing.row_bytes(row.len()));
        packing.widen_row(&bytes, &mut out);
        out
    }

    #[test]
    fn whole_steps_come_back_as_they_were() {
        let row: Vec<f32> = (0..70).map(|at| 0.25 * ((at * 7 % 16) - 8) as f32).collect();
        assert_eq!(again(Packing::Groups4, &row), row);
        let row: Vec<f32> = (0..70).map(|at| 0.5 * ((at * 41 % 255) - 127) as f32).collect();
        let row: Vec<f32> = row.into_iter().chain([63.5]).collect();
        assert_eq!(again(Packing::Rows8, &row), row);
        assert_eq!(again(Packing::Groups4, &[0.0; 5]), [0.0; 5]);
    }

    proptest! {
        /// Without a clip, rounding loses half a step of the largest value, and the scale is rounded by one part in
        /// 2,048. In four bits the largest value stands at the eighth step below zero and there are seven above: a value of
        /// the other sign that is as large loses a whole step.
        #[test]
        fn the_error_is_bounded(row in prop::collection::vec(-4.0f32..4.0, 1..100)) {
            for (packing, group, most) in [(Packing::Rows8, 100, 127.0f32), (Packing::Groups4, GROUP, 8.0)] {
                for (values, found) in row.chunks(group).zip(again(packing, &row).chunks(group)) {
                    let largest = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
                    let square = |(a, b): (&f32, &f32)| (a - b).powi(2);
                    let error = values.iter().zip(found).map(square).sum::<f32>();
                    let step = largest / most;
                    let is_cut = |value: &f32| packing == Packing::Groups4 && value.abs() > largest - step / 2.0;
                    let lost = |value: &f32| if is_cut(value) { step } else { step / 2.0 };
                    let allowed = values.iter().map(|value| (lost(value) + largest / 2048.0 + 1e-6).powi(2));
                    prop_assert!(error <= allowed.sum::<f32>() * 1.0001, "{packing:?}: {error}");
                }
            }
        }
    }
}
