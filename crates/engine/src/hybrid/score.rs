use super::HybridQuery;
use crate::answer::{HitParts, SearchStats};
use crate::error::{Error, Result};
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::words::WordsSearch;
use crate::{Snapshot, rerank};
use pleiad_compress::quantize::{Precision, UnitVectorScorer};
use pleiad_vectors::{Ranked, Score, TopK};
use std::collections::HashMap;

/// The values of one unit of each part's own score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scales {
    /// Value of MaxSim.
    pub(crate) vectors: f32,
    /// Value of the cosine of sentence vectors.
    pub(crate) sentence: f32,
    /// Value of BM25.
    pub(crate) words: f32,
}

impl Scales {
    /// The parts of a score.
    pub(crate) fn parts(self, max_sim: f32, cosine: f32, bm25: f32) -> HitParts {
        HitParts {
            vectors: self.vectors * max_sim,
            sentence: self.sentence * cosine,
            words: self.words * bm25,
        }
    }
}

/// One question, ready to score documents by all of its parts.
pub(crate) struct FusedScorer<'a> {
    snapshot: &'a Snapshot,
    query: &'a HybridQuery,
    scales: Scales,
    words: Option<WordsSearch<'a>>,
    sentence: Option<UnitVectorScorer>,
}

/// The best documents by words, with their BM25.
#[derive(Default)]
pub(crate) struct BestByWords {
    /// The best first.
    pub(crate) documents: Vec<DocAddress>,
    scores: HashMap<DocAddress, f32>,
    /// True where no other document of the mask has a word of the query.
    is_complete: bool,
}

/// BM25 of documents, as far as a search by words knows it.
pub(crate) trait KnownWords {
    /// The score of a document that was found.
    fn bm25(&self, document: DocAddress) -> Option<f32>;

    /// True where every document that has a word of the query was found.
    fn is_complete(&self) -> bool;
}

impl KnownWords for BestByWords {
    fn bm25(&self, document: DocAddress) -> Option<f32> {
        self.scores.get(&document).copied()
    }

    fn is_complete(&self) -> bool {
        self.is_complete
    }
}

/// The parts of one document's score that do not take its token vectors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheapParts {
    pub(crate) document: DocAddress,
    cosine: f32,
    bm25: f32,
}

impl<'a> FusedScorer<'a> {
    /// Gathers the statistics of the question's terms, and packs its sentence vector.
    ///
    /// # Errors
    /// `InvalidArgument` for weights out of range, for vectors that do not fit, and for a sentence vector where documents have
    /// none; `Unsupported` for terms where the collection keeps no words; `Corrupt` when what had to be read cannot be.
    pub(crate) fn new(snapshot: &'a Snapshot, query: &'a HybridQuery) -> Result<Self> {
        snapshot.check_query(&query.vectors)?;
        query.weights.check()?;
        let keeps_words = snapshot.schema().words.is_some();
        let is_asked = !query.words.is_empty() || query.words.has_phrases();
        let words =
            (keeps_words || is_asked).then(|| WordsSearch::new(snapshot, &query.words)).transpose()?;
        let sentence = match (&query.sentence, &snapshot.shared.sentence) {
            (Some(sentence), Some(field)) => Some(field.scorer(sentence, snapshot.field().isa)?),
            (Some(_), None) => {
                let message =
                    "the query has a sentence vector, and this collection keeps none of its documents";
                return Err(Error::invalid(message));
            }
            (None, _) => None,
        };
        let lengths = query.vectors.vectors().rows().map(length).sum::<f32>();
        let over = |weight: f32, unit: f32| if unit > 0.0 { weight / unit } else { 0.0 };
        let scales = Scales {
            vectors: over(query.weights.vectors, lengths),
            sentence: query.weights.sentence,
            words: over(query.weights.words, words.as_ref().map_or(0.0, WordsSearch::bound)),
        };
        Ok(Self { snapshot, query, scales, words, sentence })
    }

    /// The values of one unit of each part's own score.
    pub(crate) fn scales(&self) -> Scales {
        self.scales
    }

    /// The best documents of a mask by words, at most so many.
    ///
    /// # Errors
    /// `Corrupt` when what had to be read cannot be.
    pub(crate) fn best_by_words(
        &self,
        mask: &DocumentMask<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<BestByWords> {
        let Some(words) = self.words.as_ref().filter(|_| num_candidates > 0) else {
            return Ok(BestByWords { is_complete: self.words.is_none(), ..BestByWords::default() });
        };
        let best = words.best(mask, num_candidates, spent)?;
        Ok(BestByWords {
            is_complete: best.len() < num_candidates,
            documents: best.iter().map(|ranked| ranked.id).collect(),
            scores: best.iter().map(|ranked| (ranked.id, ranked.score.get())).collect(),
        })
    }

    /// The cheap parts of some documents, in their order; those that lack a phrase of the question are left out. Cost: a
    /// pass over the terms of documents that words did not find, and over each sentence vector.
    ///
    /// # Errors
    /// `Corrupt` when a document cannot be read.
    pub(crate) fn cheap_parts(
        &mut self,
        documents: &[DocAddress],
        known: &dyn KnownWords,
    ) -> Result<Vec<CheapParts>> {
        let mut parts = Vec::with_capacity(documents.len());
        for &document in documents {
            let Some(bm25) = self.bm25(document, known)? else { continue };
            parts.push(CheapParts { document, cosine: self.cosine(document)?, bm25 });
        }
        Ok(parts)
    }

    /// BM25 of a document; nothing where it lacks a phrase.
    fn bm25(&self, document: DocAddress, known: &dyn KnownWords) -> Result<Option<f32>> {
        let Some(words) = &self.words else { return Ok(Some(0.0)) };
        match known.bm25(document) {
            Some(bm25) => Ok(Some(bm25)),
            None if known.is_complete() && !self.query.words.has_phrases() => Ok(Some(0.0)),
            None => words.score_of(document),
        }
    }

    /// The cosine of the sentence vectors; 0 where either side has none.
    pub(super) fn cosine(&mut self, document: DocAddress) -> Result<f32> {
        let (Some(scorer), Some(field)) = (&mut self.sentence, &self.snapshot.shared.sentence) else {
            return Ok(0.0);
        };
        let row = self.snapshot.column(document, field.column)?;
        field.cosine(scorer, row, || self.snapshot.place(document))
    }

    /// The cheap parts of the `keep` best documents by the score with MaxSim on codes, best first. Costs nothing where
    /// all are kept, or MaxSim on codes is no cheaper than the exact one.
    ///
    /// # Errors
    /// `Corrupt` when a document cannot be read.
    pub(crate) fn rescore(
        &self,
        documents: Vec<CheapParts>,
        keep: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<CheapParts>> {
        if documents.len() <= keep || !self.snapshot.field().codes_are_cheap {
            return Ok(documents);
        }
        spent.num_rescored += documents.len() as u64;
        let best = self.best(&documents, keep, Precision::Fast, spent)?;
        let mut parts: HashMap<DocAddress, CheapParts> =
            documents.into_iter().map(|parts| (parts.document, parts)).collect();
        Ok(best.into_iter().filter_map(|(ranked, _)| parts.remove(&ranked.id)).collect())
    }

    /// The best `k` documents by the exact score, best first, with its parts.
    ///
    /// # Errors
    /// As [`FusedScorer::rescore`].
    pub(crate) fn exact(
        &self,
        documents: &[CheapParts],
        k: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<(Ranked<DocAddress>, HitParts)>> {
        spent.num_reranked += documents.len() as u64;
        self.best(documents, k, Precision::Full, spent)
    }

    /// The scores of documents with MaxSim on codes, in their order. The question has no phrases: calibrated plans serve none
    /// with them.
    ///
    /// # Errors
    /// `Corrupt` when a document cannot be read.
    pub(crate) fn scores_on_codes(
        &mut self,
        documents: &[DocAddress],
        known: &dyn KnownWords,
        spent: &mut SearchStats,
    ) -> Result<Vec<Score>> {
        let parts = self.cheap_parts(documents, known)?;
        let locations: Vec<DocAddress> = parts.iter().map(|parts| parts.document).collect();
        let max_sims =
            rerank::scores(self.snapshot, &self.query.vectors, &locations, Precision::Fast, spent)?;
        let scored = parts.iter().zip(max_sims);
        scored.map(|(parts, max_sim)| Ok(self.fused(parts, max_sim)?.0)).collect()
    }

    /// The score of a document, and its parts.
    fn fused(&self, known: &CheapParts, max_sim: Score) -> Result<(Score, HitParts)> {
        let parts = self.scales.parts(max_sim.get(), known.cosine, known.bm25);
        let score = Score::new(parts.sum()).map_err(|error| {
            let place = self.snapshot.place(known.document);
            Error::corrupt(format!("{place}: its fused score is not finite")).caused_by(error)
        })?;
        Ok((score, parts))
    }

    /// The best `k` by the score with MaxSim of a precision, best first; ties by id.
    pub(crate) fn best(
        &self,
        documents: &[CheapParts],
        k: usize,
        precision: Precision,
        spent: &mut SearchStats,
    ) -> Result<Vec<(Ranked<DocAddress>, HitParts)>> {
        let locations: Vec<DocAddress> = documents.iter().map(|parts| parts.document).collect();
        let max_sims = rerank::scores(self.snapshot, &self.query.vectors, &locations, precision, spent)?;
        let (mut top, mut parts_of) = (TopK::new(k), HashMap::new());
        for (known, max_sim) in documents.iter().zip(max_sims) {
            let (score, parts) = self.fused(known, max_sim)?;
            top.push(Ranked { id: known.document, score });
            parts_of.insert(known.document, parts);
        }
        Ok(top.into_sorted().into_iter().map(|ranked| (ranked, parts_of[&ranked.id])).collect())
    }
}

fn length(row: &[f32]) -> f32 {
    row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt() as f32
}
