//! The two encodings of a set: the sum of features of a query, the least-squares weights of documents.

use super::features::{check_finite, check_length};
use super::products::{Packed, transposed};
use super::{LemurEncoder, LemurError, LemurFeatures, LemurScratch};
use pleiad_kernels::{Isa, dot};
use pleiad_vectors::MultiVectorRef;

/// Documents that pass over the fitted features together: what a vector register holds.
const TOGETHER: usize = 16;

/// Fewer documents are multiplied one by one: most of a register would be empty.
const FEWEST_PACKED: usize = 4;

impl LemurFeatures {
    /// Encodes the asking side: the sum of its tokens' features. An empty query gives zeros.
    ///
    /// `scratch` is memory to reuse; `out` must have [`LemurFeatures::num_features`] values.
    /// Cost: `num_tokens · num_features · dim` multiply-adds.
    ///
    /// # Errors
    /// [`LemurError::Dimension`], [`LemurError::OutputLength`], or [`LemurError::Overflow`].
    pub fn encode_query_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut Vec<f32>,
        out: &mut [f32],
    ) -> Result<(), LemurError> {
        self.check_dim(tokens)?;
        check_length(out, self.num_features())?;
        out.fill(0.0);
        if tokens.is_empty() {
            return Ok(());
        }
        self.of(tokens.data(), scratch);
        for (sum, features) in out.iter_mut().zip(scratch.chunks_exact(tokens.num_tokens())) {
            *sum = features.iter().sum();
        }
        check_finite(out)
    }
}

impl LemurEncoder {
    /// Encodes documents back to back, `[documents, num_features]`: each one's least-squares weights, less those of
    /// the average document.
    ///
    /// Cost of a document: MaxSim with the sampled tokens, `num_tokens · num_samples · dim` multiply-adds, and
    /// `num_features · (num_samples + num_features)` more; sixteen together read the fitted features once.
    ///
    /// # Errors
    /// [`LemurError::Dimension`], [`LemurError::EmptyDocument`], [`LemurError::OutputLength`], or
    /// [`LemurError::Overflow`]. `out` is then unspecified.
    pub(super) fn encode_documents(
        &self,
        documents: &[MultiVectorRef<'_>],
        scratch: &mut LemurScratch,
        out: &mut [f32],
    ) -> Result<(), LemurError> {
        let num_features = self.features().num_features();
        check_length(out, documents.len() * num_features)?;
        for document in documents {
            self.features().check_dim(*document)?;
            if document.is_empty() {
                return Err(LemurError::EmptyDocument);
            }
        }
        for (documents, out) in documents.chunks(TOGETHER).zip(out.chunks_mut(TOGETHER * num_features)) {
            self.encode_together(documents, scratch, out);
        }
        check_finite(out)
    }

    /// A few valid documents.
    fn encode_together(&self, documents: &[MultiVectorRef<'_>], scratch: &mut LemurScratch, out: &mut [f32]) {
        let LemurScratch { targets, moments, weights, .. } = scratch;
        let (num_samples, num_features) = (self.sample.num_samples(), self.features().num_features());
        targets.clear();
        targets.resize(documents.len() * num_samples, 0.0);
        for (document, targets) in documents.iter().zip(targets.chunks_exact_mut(num_samples)) {
            self.tokens.maxima(document.data(), targets);
            targets.iter_mut().zip(&self.sample.mean_maxima).for_each(|(target, mean)| *target -= mean);
        }
        let isa = self.features().isa();
        moments.clear();
        moments.resize(num_features * documents.len(), 0.0);
        products(isa, &self.fitted, targets, num_samples, moments);
        weights.clear();
        weights.resize(num_features * documents.len(), 0.0);
        let by_document = transposed(moments, documents.len());
        products(isa, &self.inverse, &by_document, num_features, weights);
        out.copy_from_slice(&transposed(weights, documents.len()));
    }
}

/// Inner products of each row with each document: `out` becomes `[rows, documents]`.
fn products(isa: Isa, rows: &[f32], documents: &[f32], dim: usize, out: &mut [f32]) {
    let num_documents = documents.len() / dim;
    if num_documents >= FEWEST_PACKED {
        return Packed::new(isa, documents, dim).products(rows, dim, out);
    }
    for (row, out) in rows.chunks_exact(dim).zip(out.chunks_exact_mut(num_documents)) {
        out.iter_mut().zip(documents.chunks_exact(dim)).for_each(|(out, d)| *out = dot(isa, row, d));
    }
}
