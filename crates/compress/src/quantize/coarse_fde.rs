use super::steps::bf16_to_f32;
use super::{FdeCode, FdeCodec, FdeScorer};
use pleiad_kernels::{Isa, dot_bits_i8};

/// Values in a block of the default encoding, of which the first [`KEPT`] are in a coarse code.
const GROUP: usize = 16;

/// Two dimensions of every block rank better than all dimensions of an eighth of the repetitions: the error of an FDE
/// falls with their number (`cargo xtask bench flat`).
const KEPT: usize = 2;

/// Encodings of fewer values are scored whole at hardly more cost.
const MIN_FDE_DIM: usize = 2048;

/// Reads and writes coarse codes of [`FdeCode::Sign`] encodings: an eighth of their signs, and the length of the tokens,
/// which rank well enough to choose what is scored on all signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoarseFdeCodec {
    fine: FdeCodec,
}

/// Inner products of a part of one query's encoding with coarse codes. They order documents about as the whole ones do,
/// and compare with each other alone.
#[derive(Debug, Clone)]
pub struct CoarseFdeScorer {
    codec: CoarseFdeCodec,
    isa: Isa,
    /// The part of the query, in whole steps.
    steps: Vec<i8>,
    /// Less all of them: a bit turns −1 into +1.
    base: f32,
}

/// Returns whether a value is in coarse codes.
fn is_kept(at: usize) -> bool {
    at % GROUP < KEPT
}

impl FdeCodec {
    /// The coarse codes of these encodings; nothing unless they are signs, and many.
    pub fn coarse(&self) -> Option<CoarseFdeCodec> {
        (self.code == FdeCode::Sign && self.fde_dim >= MIN_FDE_DIM).then_some(CoarseFdeCodec { fine: *self })
    }
}

impl CoarseFdeCodec {
    /// Signs of a code.
    fn num_values(&self) -> usize {
        let fde_dim = self.fine.fde_dim;
        fde_dim / GROUP * KEPT + (fde_dim % GROUP).min(KEPT)
    }

    fn code_bytes(&self) -> usize {
        self.num_values().div_ceil(8)
    }

    /// Bytes of every coarse code.
    pub fn bytes(&self) -> usize {
        self.code_bytes() + self.fine.bytes() - self.fine.code_bytes()
    }

    /// Bytes of every code that they are of.
    pub fn whole_bytes(&self) -> usize {
        self.fine.bytes()
    }

    /// Appends the coarse code of each row to `bytes`.
    ///
    /// # Panics
    /// When `rows` are not whole rows of [`FdeCodec::bytes`] bytes.
    pub fn take(&self, rows: &[u8], bytes: &mut Vec<u8>) {
        let row_bytes = self.fine.bytes();
        assert!(rows.len().is_multiple_of(row_bytes), "{row_bytes} bytes for each row");
        for row in rows.chunks_exact(row_bytes) {
            let (signs, length) = row.split_at(self.fine.code_bytes());
            // The first bits of every group; several of them make a byte.
            let of_groups = |groups: &[u8]| {
                let firsts = groups.iter().step_by(GROUP / 8).rev();
                firsts.fold(0, |byte, &first| byte << KEPT | first & ((1 << KEPT) - 1))
            };
            bytes.extend(signs.chunks(GROUP / KEPT).map(of_groups));
            bytes.extend(length);
        }
    }
}

impl FdeScorer {
    /// The same query for coarse codes, if the encodings have any.
    pub fn coarse(&self) -> Option<CoarseFdeScorer> {
        let codec = self.codec.coarse()?;
        let kept = self.steps.iter().enumerate().filter(|(at, _)| is_kept(*at));
        let steps: Vec<i8> = kept.map(|(_, &step)| step).collect();
        let base = -(steps.iter().map(|&step| i64::from(step)).sum::<i64>() as f32);
        Some(CoarseFdeScorer { codec, isa: self.isa, steps, base })
    }
}

impl CoarseFdeScorer {
    /// The codes that it scores.
    pub fn codec(&self) -> CoarseFdeCodec {
        self.codec
    }

    /// Scores codes that lie back to back; a damaged length may make a score that is not finite. Cost: one pass.
    ///
    /// # Panics
    /// When `rows` has not [`CoarseFdeCodec::bytes`] bytes for each score.
    pub fn score_rows(&self, rows: &[u8], out: &mut [f32]) {
        let bytes = self.codec.bytes();
        assert_eq!(rows.len(), out.len() * bytes, "{bytes} bytes for each score");
        for (row, score) in rows.chunks_exact(bytes).zip(out) {
            let (signs, length) = row.split_at(self.codec.code_bytes());
            let dot = 2.0 * dot_bits_i8(self.isa, signs, &self.steps) as f32 + self.base;
            *score = bf16_to_f32(u16::from_le_bytes([length[0], length[1]])) * dot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;
    use proptest::prelude::*;

    #[test]
    fn few_values_and_other_codes_have_none() {
        let coarse = |code, fde_dim| FdeCodec::new(code, fde_dim).unwrap().coarse();
        assert_eq!(coarse(FdeCode::Sign, 10_240).map(|coarse| coarse.bytes()), Some(162));
        assert_eq!(coarse(FdeCode::Sign, 1024), None);
        assert_eq!(coarse(FdeCode::Int8, 10_240), None);
    }

    proptest! {
        #[test]
        fn scores_are_those_of_the_values_kept(fde_dim in 2048usize..2400, seed in any::<u64>(), num_rows in 0usize..4) {
            let codec = FdeCodec::new(FdeCode::Sign, fde_dim).unwrap();
            let coarse = codec.coarse().unwrap();
            let mut generator = Seed(seed).generator();
            let mut draw = || (0..fde_dim).map(|_| generator.gaussian()).collect::<Vec<f32>>();
            let query = draw();
            let documents: Vec<Vec<f32>> = (0..num_rows).map(|_| draw()).collect();
            let (mut rows, mut codes) = (Vec::new(), Vec::new());
            for document in &documents {
                codec.encode(document, 1.5, &mut rows).unwrap();
            }
            coarse.take(&rows, &mut codes);
            prop_assert_eq!(codes.len(), num_rows * coarse.bytes());
            for isa in Isa::available() {
                let scorer = FdeScorer::new(&codec, &query, isa).unwrap();
                let mut scores = vec![0.0; num_rows];
                scorer.coarse().unwrap().score_rows(&codes, &mut scores);
                for (row, score) in rows.chunks_exact(codec.bytes()).zip(scores) {
                    let mut values = Vec::new();
                    codec.decode(row, &mut values).unwrap();
                    let kept = values.iter().zip(&scorer.steps).enumerate().filter(|(at, _)| is_kept(*at));
                    let expected: f32 = kept.map(|(_, (value, &step))| value * f32::from(step)).sum();
                    prop_assert_eq!(score, expected);
                }
            }
        }
    }
}
