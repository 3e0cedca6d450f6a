use super::encode_fde::read_f32;
use super::{CodecError, FdeCode, FdeCodec};
use pleiad_kernels::{Isa, MAX_DOT_BYTES, dot, dot_bits_i8, dot_u8_i8};

/// Inner products of one query's encoding with those of documents, read from their codes.
///
/// The query is kept in two planes of `i8`, a coarse one and what it leaves, so that its error is 1/254 of that of a
/// single plane: a query's encoding is sparse and uneven, and one plane costs ranks. Sums of bytes are exact, so
/// every instruction set gives the same bits on integer codes.
#[derive(Debug, Clone)]
pub struct FdeScorer {
    codec: FdeCodec,
    isa: Isa,
    /// The query's values, for codes that are values.
    values: Vec<f32>,
    /// Coarse and fine plane, for codes that are integers.
    planes: [Vec<i8>; 2],
    /// Step widths of the planes.
    steps: [f32; 2],
    /// What every score starts from: half a level for every value of the query with [`FdeCode::Int4`], whose levels
    /// lie between whole steps; less all of its values with [`FdeCode::Sign`], where a bit turns −1 into +1.
    base: f32,
}

/// Largest code of a plane.
const MAX_CODE: f32 = 127.0;

/// Steps of the fine plane in one of the coarse: its codes reach ±127.
const FINER: f32 = 254.0;

impl FdeScorer {
    /// Packs a query's encoding.
    ///
    /// # Errors
    /// [`CodecError::WrongDimension`] or [`CodecError::NotFinite`].
    pub fn new(codec: &FdeCodec, query_fde: &[f32], isa: Isa) -> Result<Self, CodecError> {
        codec.check(query_fde)?;
        let mut scorer = Self {
            codec: *codec,
            isa,
            values: Vec::new(),
            planes: [Vec::new(), Vec::new()],
            steps: [0.0; 2],
            base: 0.0,
        };
        if codec.code == FdeCode::F32 {
            scorer.values = query_fde.to_vec();
        } else {
            scorer.split(query_fde);
        }
        scorer.base = match codec.code {
            FdeCode::Int4 => 0.5 * scorer.sum_of_planes(),
            FdeCode::Sign => -scorer.sum_of_planes(),
            FdeCode::F32 | FdeCode::Int8 => 0.0,
        };
        Ok(scorer)
    }

    /// Writes the query as `coarse · steps[0] + fine · steps[1]`.
    fn split(&mut self, query_fde: &[f32]) {
        let step = super::steps::max_magnitude(query_fde) / MAX_CODE;
        self.steps = [step, step / FINER];
        for &value in query_fde {
            let steps = if step > 0.0 { value / step } else { 0.0 };
            let coarse = steps.round().clamp(-MAX_CODE, MAX_CODE);
            let fine = ((steps - coarse) * FINER).round().clamp(-MAX_CODE, MAX_CODE);
            self.planes[0].push(coarse as i8);
            self.planes[1].push(fine as i8);
        }
    }

    fn sum_of_planes(&self) -> f32 {
        let sum = |plane: &[i8]| plane.iter().map(|&code| i64::from(code)).sum::<i64>() as f32;
        self.combine(sum(&self.planes[0]), sum(&self.planes[1]))
    }

    fn combine(&self, coarse: f32, fine: f32) -> f32 {
        self.steps[0] * coarse + self.steps[1] * fine
    }

    /// The inner product with one document's encoding, which need not be finite if its scale is damaged.
    ///
    /// Cost: two passes over the codes in bytes, with [`FdeCode::Int4`] a third that widens them.
    ///
    /// # Panics
    /// When `row` has not [`FdeCodec::bytes`] bytes.
    pub fn score(&self, row: &[u8]) -> f32 {
        let mut score = [0.0];
        self.score_rows(row, &mut score);
        score[0]
    }

    /// The same for encodings that lie back to back, one score each.
    ///
    /// # Panics
    /// When `rows` has not [`FdeCodec::bytes`] bytes for each score.
    pub fn score_rows(&self, rows: &[u8], out: &mut [f32]) {
        let bytes = self.codec.bytes();
        assert_eq!(rows.len(), out.len() * bytes, "{bytes} bytes for each score");
        let rows = rows.chunks_exact(bytes).zip(out);
        match self.codec.code {
            FdeCode::F32 => {
                let mut values = vec![0.0; self.codec.fde_dim];
                rows.for_each(|(row, score)| {
                    read_f32(row, &mut values);
                    *score = dot(self.isa, &values, &self.values);
                });
            }
            FdeCode::Int8 => rows.for_each(|(row, score)| {
                *score = self.codec.scale(row) * self.dot_codes(&row[..self.codec.code_bytes()]);
            }),
            FdeCode::Int4 => {
                let mut wide = vec![0; self.codec.fde_dim];
                rows.for_each(|(row, score)| {
                    widen(&row[..self.codec.code_bytes()], &mut wide);
                    *score = self.codec.scale(row) * (self.dot_codes(&wide) + self.base);
                });
            }
            FdeCode::Sign => rows.for_each(|(row, score)| {
                let [coarse, fine] =
                    self.planes.each_ref().map(|plane| dot_bits_i8(self.isa, row, plane) as f32);
                *score = 2.0 * self.combine(coarse, fine) + self.base;
            }),
        }
    }

    /// The query against codes with zero point 128.
    fn dot_codes(&self, codes: &[u8]) -> f32 {
        let [coarse, fine] = &self.planes;
        self.combine(dot_long(self.isa, codes, coarse), dot_long(self.isa, codes, fine))
    }
}

/// [`dot_u8_i8`] for any length.
fn dot_long(isa: Isa, codes: &[u8], plane: &[i8]) -> f32 {
    let parts = codes.chunks(MAX_DOT_BYTES).zip(plane.chunks(MAX_DOT_BYTES));
    parts.map(|(codes, plane)| i64::from(dot_u8_i8(isa, codes, plane))).sum::<i64>() as f32
}

/// Turns pairs of four-bit codes into bytes with zero point 128: code 8 becomes 128.
fn widen(codes: &[u8], wide: &mut [u8]) {
    let (pairs, last) = wide.as_chunks_mut::<2>();
    for (pair, &code) in pairs.iter_mut().zip(codes) {
        *pair = [(code & 15) + 120, (code >> 4) + 120];
    }
    if let ([last], Some(code)) = (last, codes.last()) {
        *last = (code & 15) + 120;
    }
}
