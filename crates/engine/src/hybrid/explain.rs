use super::{FusedScorer, HybridQuery};
use crate::answer::HitParts;
use crate::error::{Error, Result};
use crate::{Explanation, Snapshot, WordsExplanation};
use pleiad_vectors::Score;

/// Why a document has its fused score: the parts of the score, what each is made of, and what that is worth.
///
/// `token_value` times the similarities of `vectors` add up to the part of vectors, `term_value` times the parts of `words`
/// to that of words, `sentence_value · sentence` is the third, and the three are the score: each to the rounding of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct HybridExplanation {
    /// The fused score.
    pub score: Score,
    /// Parts of the score, which add up to it.
    pub parts: HitParts,
    /// MaxSim by query token, unweighted.
    pub vectors: Explanation,
    /// Value of one unit of MaxSim.
    pub token_value: f32,
    /// Cosine of the sentence vectors; 0 where either side has none.
    pub sentence: f32,
    /// Value of a cosine of 1.
    pub sentence_value: f32,
    /// BM25 by term, unweighted; nothing where the collection keeps no words.
    pub words: Option<WordsExplanation>,
    /// Value of one unit of BM25.
    pub term_value: f32,
}

impl Snapshot {
    /// Explains the fused score of a document by tokens, the whole and terms. Score and parts are those of
    /// [`Snapshot::search_hybrid`], to the bit.
    ///
    /// # Errors
    /// `NotFound` when there is no such document; otherwise as [`Snapshot::search_hybrid`].
    pub fn explain_hybrid(&self, query: &HybridQuery, key: &str) -> Result<HybridExplanation> {
        explain(self, query, key)
    }
}

fn explain(snapshot: &Snapshot, query: &HybridQuery, key: &str) -> Result<HybridExplanation> {
    let mut scorer = FusedScorer::new(snapshot, query)?;
    let vectors = snapshot.explain(&query.vectors, key)?;
    let keeps_words = snapshot.schema().words.is_some();
    let words = keeps_words.then(|| snapshot.explain_words(&query.words, key)).transpose()?;
    let location = snapshot.locate(key)?.ok_or_else(|| Error::no_document(key))?;
    let sentence = scorer.cosine(location)?;
    let scales = scorer.scales();
    let bm25 = words.as_ref().map_or(0.0, |words| words.score.get());
    let parts = scales.parts(vectors.score.get(), sentence, bm25);
    Ok(HybridExplanation {
        score: Score::new(parts.sum())?,
        parts,
        vectors,
        token_value: scales.vectors,
        sentence,
        sentence_value: scales.sentence,
        words,
        term_value: scales.words,
    })
}
