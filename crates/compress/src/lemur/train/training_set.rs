use crate::kmeans::{Spread, collect};
use crate::lemur::LemurError;
use crate::lemur::layer::to_directions;
use crate::lemur::products::{Packed, transposed};
use crate::lemur::sample::drawn;
use pleiad_kernels::Isa;
use pleiad_vectors::{Generator, MultiVectorRef};

/// Most tokens that are looked at, those held out among them.
const MAX_TOKENS: usize = 24_576;

/// One of so many is held out.
const HELD_OUT: usize = 12;

/// Most documents that tokens are scored on.
const MAX_DOCUMENTS: usize = 512;

/// Tokens, and what they score on some documents.
pub(super) struct TrainingSet {
    pub(super) dim: usize,
    pub(super) num_documents: usize,
    pub(super) taught: Examples,
    pub(super) held_out: Examples,
}

/// Directions of tokens, `[num_tokens, dim]`, and what each scores on every document, `[num_tokens, num_documents]`.
pub(super) struct Examples {
    pub(super) dim: usize,
    pub(super) num_documents: usize,
    pub(super) directions: Vec<f32>,
    pub(super) scores: Vec<f32>,
}

impl TrainingSet {
    /// Draws tokens evenly from all documents, and documents evenly. Scores are brought to mean 0 and variance 1.
    ///
    /// Cost: MaxSim of up to 24,576 tokens with up to 512 documents.
    pub(super) fn draw(
        documents: &[MultiVectorRef<'_>],
        isa: Isa,
        generator: &mut Generator,
        spread: Spread<'_>,
    ) -> Result<Self, LemurError> {
        let documents: Vec<_> = documents.iter().filter(|document| !document.is_empty()).copied().collect();
        let dim = documents.first().ok_or(LemurError::NoTokens)?.dim();
        let num_tokens: usize = documents.iter().map(|document| document.num_tokens()).sum();
        let mut directions = drawn(generator, num_tokens.min(MAX_TOKENS), &documents)?;
        to_directions(&mut directions, dim);
        let num_documents = documents.len().min(MAX_DOCUMENTS);
        let packed = Packed::new(isa, &directions, dim);
        let on_document = |at: usize| {
            let mut maxima = vec![0.0; directions.len() / dim];
            packed.maxima(documents[at * documents.len() / num_documents].data(), &mut maxima);
            maxima
        };
        let by_document = collect(num_documents, &on_document, spread).concat();
        let mut scores = transposed(&by_document, directions.len() / dim);
        standardise(&mut scores);
        let all = Examples { dim, num_documents, directions, scores };
        let (held_out, taught): (Vec<usize>, Vec<usize>) =
            (0..all.num_tokens()).partition(|at| at % HELD_OUT == HELD_OUT - 1);
        // Of too few tokens none can be spared.
        let held_out = if held_out.is_empty() { &taught } else { &held_out };
        Ok(Self { dim, num_documents, taught: all.of(&taught), held_out: all.of(held_out) })
    }
}

impl Examples {
    pub(super) fn num_tokens(&self) -> usize {
        self.directions.len() / self.dim
    }

    /// Some of them.
    pub(super) fn of(&self, tokens: &[usize]) -> Self {
        let rows = |values: &[f32], width: usize| -> Vec<f32> {
            tokens.iter().flat_map(|&token| &values[token * width..][..width]).copied().collect()
        };
        let directions = rows(&self.directions, self.dim);
        let scores = rows(&self.scores, self.num_documents);
        Self { dim: self.dim, num_documents: self.num_documents, directions, scores }
    }
}

/// To mean 0 and variance 1; values that are all the same become zeros.
fn standardise(values: &mut [f32]) {
    let num = values.len() as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / num;
    let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / num;
    let scale = if variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 };
    values.iter_mut().for_each(|value| *value = ((f64::from(*value) - mean) * scale) as f32);
}
