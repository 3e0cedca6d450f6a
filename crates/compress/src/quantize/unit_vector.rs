//! One vector for a whole document, in four bits a value, compared by its direction.

use super::decode_tokens::is_scale;
use super::encode_tokens::push_row;
use super::grid::INT4;
use super::rotate::Rotation;
use super::steps::{bf16_to_f32, int8_scale};
use super::{CodecError, MAX_CODED_VALUE};
use pleiad_kernels::{Isa, NibbleQuery, dot};
use pleiad_vectors::MAX_DIM;

/// Bytes of the scale behind the codes: a bfloat16, little-endian.
const SCALE_BYTES: usize = 2;

/// Largest magnitude of a query in steps.
const MAX_STEPS: f32 = 127.0;

/// Shorter vectors have no direction.
const SMALLEST_LENGTH: f64 = 1e-28;

/// Reads and writes single vectors at unit length: the codes of their rotated values as [`TokenCode::Int4`](super::TokenCode)
/// has them, then the scale.
///
/// The scale is the one with which a code has the vector's own inner product with the vector, so that inner products with
/// others are right on average: those of 384 values have an error of .005 (standard deviation).
#[derive(Debug, Clone)]
pub struct UnitVectorCodec {
    dim: usize,
    rotation: Rotation,
}

impl UnitVectorCodec {
    /// A codec for vectors of `dim` values. Cost: four random bits for each.
    ///
    /// # Errors
    /// [`CodecError::Dimension`] outside `1..=`[`MAX_DIM`].
    pub fn new(dim: usize) -> Result<Self, CodecError> {
        if (1..=MAX_DIM).contains(&dim) {
            Ok(Self { dim, rotation: Rotation::new(dim) })
        } else {
            Err(CodecError::Dimension { dim, max: MAX_DIM })
        }
    }

    /// Values of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Bytes of every vector, its scale included.
    pub fn bytes(&self) -> usize {
        self.code_bytes() + SCALE_BYTES
    }

    fn code_bytes(&self) -> usize {
        self.dim.div_ceil(2)
    }

    /// Appends the codes of a vector brought to unit length: [`UnitVectorCodec::bytes`] of them. A vector shorter than
    /// about `10^-28` becomes zeros, whose inner product with everything is zero. Cost: `O(dim log dim)`.
    ///
    /// # Errors
    /// [`CodecError::WrongDimension`], or [`CodecError::NotFinite`] for the first value that is not finite or is beyond
    /// ±[`MAX_CODED_VALUE`]. `bytes` is then as before.
    pub fn encode(&self, vector: &[f32], bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        let mut rotated = self.rotated(vector)?;
        let scale = push_row(&INT4, &mut rotated, bytes);
        bytes.extend(scale.to_le_bytes());
        Ok(())
    }

    /// Replaces `out` by the values of a vector's codes. Cost: as [`UnitVectorCodec::encode`].
    ///
    /// # Errors
    /// As [`UnitVectorScorer::cosine`].
    pub fn decode(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        self.read(bytes, out)?;
        self.rotation.backward(out);
        Ok(())
    }

    /// The same before the rotation back.
    fn read(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        if bytes.len() != self.bytes() {
            let (num_bytes, bytes_per_token) = (bytes.len(), self.bytes());
            return Err(CodecError::Length { num_bytes, bytes_per_token, number_bits: 0, mean_bytes: 0 });
        }
        let scale = self.scale(bytes);
        if !is_scale(scale) {
            return Err(CodecError::Damaged { token: 0 });
        }
        out.resize(self.dim, 0.0);
        INT4.read(&bytes[..self.code_bytes()], scale, out);
        Ok(())
    }

    fn scale(&self, row: &[u8]) -> f32 {
        let at = self.code_bytes();
        bf16_to_f32(u16::from_le_bytes([row[at], row[at + 1]]))
    }

    /// A vector at unit length, rotated.
    fn rotated(&self, vector: &[f32]) -> Result<Vec<f32>, CodecError> {
        if vector.len() != self.dim {
            return Err(CodecError::WrongDimension { expected: self.dim, found: vector.len() });
        }
        let is_refused = |value: &f32| value.is_nan() || value.abs() > MAX_CODED_VALUE;
        if let Some(position) = vector.iter().position(is_refused) {
            return Err(CodecError::NotFinite { position, value: vector[position] });
        }
        let length = vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        let inverse = if length < SMALLEST_LENGTH { 0.0 } else { 1.0 / length };
        let mut rotated: Vec<f32> = vector.iter().map(|&value| (f64::from(value) * inverse) as f32).collect();
        self.rotation.forward(&mut rotated);
        Ok(rotated)
    }
}

/// Cosines of one vector with others as they lie in a segment.
#[derive(Debug, Clone)]
pub struct UnitVectorScorer {
    codec: UnitVectorCodec,
    isa: Isa,
    /// The rotated vector.
    values: Vec<f32>,
    /// The same in whole steps.
    query: NibbleQuery,
    step: f32,
    /// Values of the last code read.
    scratch: Vec<f32>,
    /// Sums of the rows scored last, in steps.
    dots: Vec<i32>,
}

impl UnitVectorScorer {
    /// Brings a query to unit length and packs it. Zeros have a cosine of zero with everything.
    ///
    /// # Errors
    /// As [`UnitVectorCodec::encode`].
    pub fn new(codec: &UnitVectorCodec, query: &[f32], isa: Isa) -> Result<Self, CodecError> {
        let values = codec.rotated(query)?;
        let step = int8_scale(&values);
        let in_steps = |value: &f32| {
            let steps = if step > 0.0 { value / step } else { 0.0 };
            steps.round().clamp(-MAX_STEPS, MAX_STEPS) as i8
        };
        let steps: Vec<i8> = values.iter().map(in_steps).collect();
        let query = NibbleQuery::new(isa, &steps, INT4.levels::<16>().into());
        Ok(Self { codec: codec.clone(), isa, values, query, step, scratch: Vec::new(), dots: Vec::new() })
    }

    /// The inner product with what a code stands for, in full precision: the cosine but for what four bits lose. Cost: one
    /// pass to decode and one to multiply.
    ///
    /// # Errors
    /// [`CodecError::Length`] unless there are [`UnitVectorCodec::bytes`] bytes, [`CodecError::Damaged`] for codes that
    /// stand for no finite value.
    pub fn cosine(&mut self, row: &[u8]) -> Result<f32, CodecError> {
        self.codec.read(row, &mut self.scratch)?;
        Ok(dot(self.isa, &self.values, &self.scratch))
    }

    /// The same for codes that lie back to back, one score each, with the query in one byte a value: an error of at most half
    /// a step of it times the sum of magnitudes. A score need not be finite if its scale is damaged. Cost: one pass over the
    /// codes as they lie.
    ///
    /// # Panics
    /// When `rows` has not [`UnitVectorCodec::bytes`] bytes for each score.
    pub fn score_rows(&mut self, rows: &[u8], out: &mut [f32]) {
        let stride = self.codec.bytes();
        self.dots.resize(out.len(), 0);
        self.query.dots(rows, stride, &mut self.dots);
        for ((out, &dot), row) in out.iter_mut().zip(&self.dots).zip(rows.chunks_exact(stride)) {
            *out = dot as f32 * (self.codec.scale(row) * self.step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;
    use proptest::prelude::*;

    fn gaussian(seed: u64, dim: usize) -> Vec<f32> {
        let mut generator = Seed(seed).generator();
        (0..dim).map(|_| generator.gaussian()).collect()
    }

    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    fn coded(codec: &UnitVectorCodec, vector: &[f32]) -> Vec<u8> {
        let mut bytes = vec![7];
        codec.encode(vector, &mut bytes).unwrap();
        assert_eq!(bytes.remove(0), 7);
        bytes
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A code `y` of a unit vector `x` has `⟨x, y⟩ = 1`, so that it is off by `√(1 / c² - 1)`, where `c` is their cosine,
        /// and no inner product with a unit vector by more (Cauchy, Schwarz); a scale of eight bits adds its own 2^-8.
        #[test]
        fn cosines_are_near_those_of_the_vectors(dim in 64usize..500, seed: u64, power in -20i32..20) {
            let codec = UnitVectorCodec::new(dim).unwrap();
            let (a, b) = (gaussian(seed, dim), gaussian(seed ^ 1, dim));
            let scaled: Vec<f32> = a.iter().map(|value| value * 2f32.powi(power)).collect();
            let row = coded(&codec, &scaled);
            prop_assert_eq!(row.len(), codec.bytes());
            prop_assert_eq!(&row, &coded(&codec, &a), "lengths say nothing");
            let mut decoded = Vec::new();
            codec.decode(&row, &mut decoded).unwrap();
            let of_code = cosine(&a, &decoded);
            // Sixteen levels lose 1 % of normal values' square, which costs half of that.
            prop_assert!(of_code >= 0.98, "{of_code}");
            let mut scorer = UnitVectorScorer::new(&codec, &b, Isa::best()).unwrap();
            let found = f64::from(scorer.cosine(&row).unwrap());
            let error = (of_code.powi(-2) - 1.0).sqrt() + 0.004;
            prop_assert!((found - cosine(&a, &b)).abs() <= error, "{found} {error}");
            let length = decoded.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            prop_assert!((found - length * cosine(&decoded, &b)).abs() < 1e-5);
        }

        /// Half a step of the query for each value of a code.
        #[test]
        fn a_scan_is_near_the_full_precision(dim in 1usize..500, seed: u64, num_rows in 0u64..5) {
            let codec = UnitVectorCodec::new(dim).unwrap();
            let query = gaussian(seed, dim);
            let rows: Vec<Vec<u8>> = (1..=num_rows).map(|at| coded(&codec, &gaussian(seed ^ at, dim))).collect();
            let mut bits: Option<Vec<u32>> = None;
            for isa in Isa::available() {
                let mut scorer = UnitVectorScorer::new(&codec, &query, isa).unwrap();
                let mut scores = vec![f32::NAN; rows.len()];
                scorer.score_rows(&rows.concat(), &mut scores);
                for (row, score) in rows.iter().zip(&scores) {
                    let exact = scorer.cosine(row).unwrap();
                    let magnitudes: f32 = scorer.scratch.iter().map(|value| value.abs()).sum();
                    prop_assert!((score - exact).abs() <= 0.501 * scorer.step * magnitudes + 1e-5);
                }
                let these: Vec<u32> = scores.iter().map(|score| score.to_bits()).collect();
                prop_assert_eq!(bits.get_or_insert_with(|| these.clone()), &these);
            }
        }
    }

    #[test]
    fn zeros_meet_nothing_and_what_is_no_vector_is_refused() {
        let codec = UnitVectorCodec::new(3).unwrap();
        let (zeros, row) = (coded(&codec, &[0.0; 3]), coded(&codec, &[0.0, 2.0, 0.0]));
        let mut scorer = UnitVectorScorer::new(&codec, &[1.0, 1.0, 1.0], Isa::best()).unwrap();
        assert_eq!(scorer.cosine(&zeros).unwrap(), 0.0);
        let mut none = UnitVectorScorer::new(&codec, &[0.0; 3], Isa::best()).unwrap();
        assert_eq!(none.cosine(&row).unwrap(), 0.0);
        let mut bytes = Vec::new();
        for refused in [&[1.0, f32::NAN, 0.0][..], &[f32::INFINITY; 3], &[1e16, 0.0, 0.0]] {
            assert!(matches!(codec.encode(refused, &mut bytes), Err(CodecError::NotFinite { .. })));
        }
        assert!(matches!(codec.encode(&[1.0], &mut bytes), Err(CodecError::WrongDimension { .. })));
        assert!(bytes.is_empty());
        assert!(matches!(scorer.cosine(&row[1..]), Err(CodecError::Length { .. })));
        let damaged = [&row[..2], &[0xff, 0xff]].concat();
        assert!(matches!(scorer.cosine(&damaged), Err(CodecError::Damaged { .. })));
        assert!(UnitVectorCodec::new(0).is_err() && UnitVectorCodec::new(MAX_DIM + 1).is_err());
    }

    /// Codes are stored: a change of these bytes is another code.
    #[test]
    fn the_bytes_of_an_example_are_pinned() {
        let codec = UnitVectorCodec::new(6).unwrap();
        assert_eq!(coded(&codec, &[3.0, -1.0, 0.5, 0.0, 2.0, -4.0]), PINNED);
    }

    const PINNED: [u8; 5] = [55, 203, 55, 21, 60];
}
