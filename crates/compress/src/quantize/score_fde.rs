use super::encode_fde::read_f32;
use super::steps::int8_scale;
use super::{CodecError, FdeCode, FdeCodec};
use pleiad_kernels::{Isa, MAX_DOT_BYTES, dot, dot_bits_i8, dot_u8_i8};

/// Inner products of one query's encoding with those of documents, read from their codes.
///
/// For integer codes and signs the query is rounded to 127 steps of its largest value, so a score is off by at most
/// half a step times the sum of the document's magnitudes. On real token vectors that changed how many candidates
/// hold the exact top ten by less than one per cent (`cargo xtask bench fde-ideas`), and a second plane of finer
/// steps would cost a second pass. Sums of bytes are exact, so every instruction set gives the same bits.
#[derive(Debug, Clone)]
pub struct FdeScorer {
    pub(super) codec: FdeCodec,
    pub(super) isa: Isa,
    /// The query's values, for codes that are values.
    values: Vec<f32>,
    /// The query in whole steps, for all others.
    pub(super) steps: Vec<i8>,
    /// Width of a step.
    step: f32,
    /// Initial value of every score, in steps: half a level for every value of the query with [`FdeCode::Int4`],
    /// whose levels lie between whole steps; less all of its values with [`FdeCode::Sign`], where a bit turns −1
    /// into +1.
    base: f32,
}

/// Largest magnitude of a query in steps.
const MAX_STEPS: f32 = 127.0;

impl FdeScorer {
    /// Packs a query's encoding.
    ///
    /// # Errors
    /// [`CodecError::WrongDimension`] or [`CodecError::NotFinite`].
    pub fn new(codec: &FdeCodec, query_fde: &[f32], isa: Isa) -> Result<Self, CodecError> {
        codec.check(query_fde)?;
        let (codec, step) = (*codec, int8_scale(query_fde));
        if codec.code == FdeCode::F32 {
            return Ok(Self { codec, isa, values: query_fde.to_vec(), steps: Vec::new(), step, base: 0.0 });
        }
        let in_steps = |value: &f32| {
            let steps = if step > 0.0 { value / step } else { 0.0 };
            steps.round().clamp(-MAX_STEPS, MAX_STEPS) as i8
        };
        let steps: Vec<i8> = query_fde.iter().map(in_steps).collect();
        let sum = steps.iter().map(|&s| i64::from(s)).sum::<i64>() as f32;
        let base = match codec.code {
            FdeCode::Int4 => 0.5 * sum,
            FdeCode::Sign => -sum,
            FdeCode::F32 | FdeCode::Int8 => 0.0,
        };
        Ok(Self { codec, isa, values: Vec::new(), steps, step, base })
    }

    /// The inner product with one document's encoding, which need not be finite if its scale is damaged.
    ///
    /// Cost: one pass over the codes, with [`FdeCode::F32`] and [`FdeCode::Int4`] another that copies or widens them.
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
                let codes = &row[..self.codec.code_bytes()];
                *score = self.codec.scale(row) * self.step * dot_long(self.isa, codes, &self.steps);
            }),
            FdeCode::Int4 => {
                let mut wide = vec![0; self.codec.fde_dim];
                rows.for_each(|(row, score)| {
                    widen(&row[..self.codec.code_bytes()], &mut wide);
                    let dot = dot_long(self.isa, &wide, &self.steps) + self.base;
                    *score = self.codec.scale(row) * self.step * dot;
                });
            }
            FdeCode::Sign => rows.for_each(|(row, score)| {
                let signs = &row[..self.codec.code_bytes()];
                let dot = 2.0 * dot_bits_i8(self.isa, signs, &self.steps) as f32 + self.base;
                *score = self.codec.token_length(row) * self.step * dot;
            }),
        }
    }
}

/// [`dot_u8_i8`] for any length.
fn dot_long(isa: Isa, codes: &[u8], steps: &[i8]) -> f32 {
    let parts = codes.chunks(MAX_DOT_BYTES).zip(steps.chunks(MAX_DOT_BYTES));
    parts.map(|(codes, steps)| i64::from(dot_u8_i8(isa, codes, steps))).sum::<i64>() as f32
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
