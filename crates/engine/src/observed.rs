//! A sample of the queries that this process searches for, to calibrate with: real ones say more than any that are made
//! from documents.

use crate::calibration::{MIN_TOKENS, class_of};
use crate::{HybridQuery, WordsQuery};
use pleiad_vectors::{Generator, MultiVector, MultiVectorRef, Query, Seed, VectorError};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Queries kept, at most.
const MAX_QUERIES: usize = 192;

/// Bytes of them, at most.
const MAX_BYTES: usize = 1 << 20;

/// Bytes of one of them, at most: so many that the smallest number to calibrate with always fits.
const MAX_QUERY_BYTES: usize = MAX_BYTES / THRESHOLDS[0];

/// Numbers of queries of a class with which it is worth calibrating, again each time.
const THRESHOLDS: [usize; 3] = [48, 96, 192];

const SEED: Seed = Seed(0x6f62_7365_7276);

/// The sample of one open collection: uniform over the different queries of each class of lengths (algorithm R, Vitter 1985),
/// where each class has its share of the room before one has more.
pub(crate) struct ObservedQueries {
    state: Mutex<State>,
}

struct State {
    generator: Generator,
    classes: [Class; MIN_TOKENS.len()],
}

#[derive(Default)]
struct Class {
    num_seen: u64,
    kept: Vec<Kept>,
    /// The threshold that it was calibrated at.
    num_used: usize,
}

/// A query in bytes.
struct Kept {
    hash: u64,
    scales: Vec<f32>,
    codes: Vec<i8>,
    /// Values of the sentence vector, where it has one, in steps of any size: its direction counts alone.
    sentence: Option<Vec<i8>>,
    words: WordsQuery,
}

impl Default for ObservedQueries {
    fn default() -> Self {
        Self { state: Mutex::new(State { generator: SEED.generator(), classes: Default::default() }) }
    }
}

impl ObservedQueries {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a query into account; true when its class is large enough to calibrate with. Cost: a pass over its values, of fewer
    /// queries the more there have been.
    pub(crate) fn record(&self, query: &Query) -> bool {
        self.record_parts(query, None, None)
    }

    /// The same with all parts of a question.
    pub(crate) fn record_hybrid(&self, query: &HybridQuery) -> bool {
        self.record_parts(&query.vectors, query.sentence.as_deref(), Some(&query.words))
    }

    fn record_parts(&self, query: &Query, sentence: Option<&[f32]>, words: Option<&WordsQuery>) -> bool {
        let asked = Asked { vectors: query.vectors(), sentence, words };
        if asked.vectors.is_empty() || asked.num_bytes() > MAX_QUERY_BYTES {
            return false;
        }
        self.state().record(asked)
    }

    /// Classes that have more queries than they were calibrated with, by as much as is worth a calibration; with the number.
    pub(crate) fn due(&self) -> Vec<(usize, usize)> {
        let state = self.state();
        let classes = state.classes.iter().enumerate();
        let due = classes.filter(|(_, class)| class.threshold() > class.num_used);
        due.map(|(at, class)| (at, class.kept.len())).collect()
    }

    /// Marks some classes as calibrated with what is kept by now.
    pub(crate) fn mark_used(&self, classes: impl IntoIterator<Item = usize>) {
        let mut state = self.state();
        for at in classes {
            state.classes[at].num_used = state.classes[at].threshold();
        }
    }

    /// The queries kept, of all classes.
    ///
    /// # Errors
    /// None that a query which was searched for can give.
    pub(crate) fn queries(&self) -> Result<Vec<HybridQuery>, VectorError> {
        let state = self.state();
        state.classes.iter().flat_map(|class| &class.kept).map(Kept::decode).collect()
    }
}

impl State {
    fn record(&mut self, asked: Asked<'_>) -> bool {
        let (at, num_bytes) = (class_of(asked.vectors.num_tokens()), asked.num_bytes());
        self.classes[at].num_seen += 1;
        let mut replaced = None;
        if !self.has_room(num_bytes) && self.classes[at].kept.len() >= self.share(at) {
            let lot = self.generator.below(self.classes[at].num_seen) as usize;
            if lot >= self.classes[at].kept.len() {
                return false;
            }
            replaced = Some(lot);
        }
        let hash = hash_of(asked.vectors);
        if self.classes[at].kept.iter().any(|kept| kept.hash == hash) {
            // One that comes again and again would seem like many that agree.
            return false;
        }
        if let Some(lot) = replaced {
            self.classes[at].kept.swap_remove(lot);
        }
        while !self.has_room(num_bytes) {
            self.drop_from_largest();
        }
        let class = &mut self.classes[at];
        class.kept.push(Kept::new(hash, asked));
        class.threshold() > class.num_used
    }

    fn has_room(&self, num_bytes: usize) -> bool {
        let kept = || self.classes.iter().flat_map(|class| &class.kept);
        kept().count() < MAX_QUERIES && kept().map(Kept::num_bytes).sum::<usize>() + num_bytes <= MAX_BYTES
    }

    /// Queries that a class may keep whatever the others have.
    fn share(&self, at: usize) -> usize {
        let num_kept: usize = self.classes.iter().map(|class| class.kept.len()).sum();
        let in_use =
            self.classes.iter().enumerate().filter(|(other, class)| *other == at || !class.kept.is_empty());
        num_kept / in_use.count().max(1)
    }

    /// Drops any query of the class that has most.
    fn drop_from_largest(&mut self) {
        let largest = (0..self.classes.len()).max_by_key(|&at| self.classes[at].kept.len());
        if let Some(class) = largest.map(|at| &mut self.classes[at]).filter(|class| !class.kept.is_empty()) {
            let lot = self.generator.below(class.kept.len() as u64) as usize;
            class.kept.swap_remove(lot);
        }
    }
}

impl Class {
    /// The largest threshold that it has reached; 0 below the first.
    fn threshold(&self) -> usize {
        THRESHOLDS.into_iter().rfind(|&threshold| self.kept.len() >= threshold).unwrap_or(0)
    }
}

/// A query as it is asked.
#[derive(Clone, Copy)]
struct Asked<'a> {
    vectors: MultiVectorRef<'a>,
    sentence: Option<&'a [f32]>,
    words: Option<&'a WordsQuery>,
}

impl Asked<'_> {
    /// Bytes that it takes when it is kept.
    fn num_bytes(self) -> usize {
        let terms = self.words.map_or(0, size_of_words);
        size_of_codes(self.vectors) + self.sentence.map_or(0, <[f32]>::len) + terms
    }
}

fn size_of_codes(vectors: MultiVectorRef<'_>) -> usize {
    vectors.num_tokens() * (vectors.dim() + size_of::<f32>())
}

/// Bytes of terms, with those of a map.
fn size_of_words(words: &WordsQuery) -> usize {
    words.terms().map(|(term, _)| term.len() + 2 * size_of::<String>()).sum()
}

/// A row in whole steps of a scale, and that.
fn in_steps(row: &[f32]) -> (Vec<i8>, f32) {
    let scale = row.iter().fold(0.0_f32, |most, value| most.max(value.abs())) / 127.0;
    let step = |value: &f32| if scale > 0.0 { (value / scale).round() as i8 } else { 0 };
    (row.iter().map(step).collect(), scale)
}

/// A hash of all values (FNV-1a over their bits).
fn hash_of(vectors: MultiVectorRef<'_>) -> u64 {
    let bits = vectors.rows().flatten().map(|value| u64::from(value.to_bits()));
    bits.fold(0xcbf2_9ce4_8422_2325, |hash, bits| (hash ^ bits).wrapping_mul(0x0100_0000_01b3))
}

impl Kept {
    fn new(hash: u64, asked: Asked<'_>) -> Self {
        let (codes, scales): (Vec<Vec<i8>>, Vec<f32>) = asked.vectors.rows().map(in_steps).unzip();
        let sentence = asked.sentence.map(|sentence| in_steps(sentence).0);
        Self {
            hash,
            scales,
            codes: codes.concat(),
            sentence,
            words: asked.words.cloned().unwrap_or_default(),
        }
    }

    fn num_bytes(&self) -> usize {
        let sentence = self.sentence.as_ref().map_or(0, Vec::len);
        self.codes.len() + size_of::<f32>() * self.scales.len() + sentence + size_of_words(&self.words)
    }

    fn decode(&self) -> Result<HybridQuery, VectorError> {
        let dim = self.codes.len() / self.scales.len().max(1);
        let rows = self.codes.chunks_exact(dim.max(1)).zip(&self.scales);
        let values = rows.flat_map(|(row, &scale)| row.iter().map(move |&code| f32::from(code) * scale));
        let vectors = Query::new(MultiVector::new(values.collect(), dim)?);
        let in_values = |codes: &Vec<i8>| codes.iter().map(|&code| f32::from(code)).collect();
        let sentence = self.sentence.as_ref().map(in_values);
        Ok(HybridQuery { sentence, words: self.words.clone(), ..HybridQuery::of_vectors(vectors) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(seed: u64, num_tokens: usize, dim: usize) -> Query {
        let mut generator = Seed(seed).generator();
        let values = (0..num_tokens * dim).map(|_| generator.gaussian()).collect();
        Query::new(MultiVector::new(values, dim).unwrap())
    }

    fn kept(observed: &ObservedQueries) -> Vec<usize> {
        observed.state().classes.iter().map(|class| class.kept.len()).collect()
    }

    #[test]
    fn a_class_is_due_at_each_threshold_once() {
        let observed = ObservedQueries::default();
        let mut due_at = Vec::new();
        for number in 1..=500 {
            if observed.record(&query(number, 20, 8)) {
                assert_eq!(observed.due().len(), 1);
                observed.mark_used([class_of(20)]);
                due_at.push(number);
            }
        }
        assert_eq!(due_at, [48, 96, 192]);
        assert_eq!(kept(&observed), [0, 0, 0, 0, 192, 0]);
        let again = ObservedQueries::default();
        assert!(
            (0..500).all(|_| !again.record(&query(1, 20, 8))),
            "one query is one, however often it comes"
        );
    }

    #[test]
    fn classes_share_the_room() {
        let observed = ObservedQueries::default();
        for number in 0..3000 {
            observed.record(&query(number, 20, 8));
            // A tenth as many short ones.
            if number % 10 == 0 {
                observed.record(&query(number, 4, 8));
            }
        }
        assert_eq!(kept(&observed), [0, 96, 0, 0, 96, 0]);
        let sampled = observed.queries().unwrap();
        assert_eq!(sampled.len(), 192);
        let original = query(0, 4, 8);
        let asked = Asked { vectors: original.vectors(), sentence: None, words: None };
        let decoded = Kept::new(0, asked).decode().unwrap();
        for (row, code) in original.vectors().rows().zip(decoded.vectors.vectors().rows()) {
            let most = row.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            assert!(row.iter().zip(code).all(|(a, b)| (a - b).abs() <= most / 127.0));
        }
    }

    #[test]
    fn every_query_is_as_likely_to_be_kept() {
        let mut num_early = 0;
        for run in 0..20 {
            let observed = ObservedQueries::default();
            for number in 0..768 {
                observed.record(&query(run * 768 + number, 1, 2));
            }
            let early: Vec<u64> =
                (0..384).map(|number| hash_of(query(run * 768 + number, 1, 2).vectors())).collect();
            num_early +=
                observed.state().classes[0].kept.iter().filter(|kept| early.contains(&kept.hash)).count();
        }
        // Half of 3,840, whose standard deviation is 27 where queries are drawn without replacement: five of them.
        assert!((1785..2055).contains(&num_early), "{num_early}");
    }

    #[test]
    fn memory_is_bounded_whatever_the_queries() {
        let observed = ObservedQueries::default();
        for number in 0..300 {
            observed.record(&query(number, 100, 128));
        }
        let bytes: usize =
            observed.state().classes.iter().flat_map(|class| &class.kept).map(Kept::num_bytes).sum();
        assert!(bytes <= MAX_BYTES && kept(&observed)[5] >= THRESHOLDS[0], "{bytes}");
        assert!(!observed.record(&query(1, 4000, 128)));
        assert_eq!(observed.queries().unwrap().len(), kept(&observed)[5]);
    }

    #[test]
    fn all_parts_of_a_question_are_kept_and_counted() {
        let (observed, original) = (ObservedQueries::default(), query(3, 4, 8));
        let sentence: Vec<f32> = query(5, 1, 64).vectors().data().to_vec();
        let words = WordsQuery::new(["one", "two", "two"]).unwrap();
        let asked =
            HybridQuery { sentence: Some(sentence.clone()), words, ..HybridQuery::of_vectors(original) };
        assert!(!observed.record_hybrid(&asked) && kept(&observed)[1] == 1);
        let decoded = observed.queries().unwrap().remove(0);
        assert_eq!(decoded.words, asked.words);
        let found = decoded.sentence.unwrap();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        // Half a step of a 127th of the largest value is off 2 % of a vector's length at most: 64 values of which one is
        // three times the deviation.
        let cosine = dot(&found, &sentence) / (dot(&found, &found) * dot(&sentence, &sentence)).sqrt();
        assert!(cosine > 0.999, "{cosine}");
        // Terms count: a question of very many is not kept.
        let words = WordsQuery::new((0..4000).map(|at| format!("w{at}"))).unwrap();
        observed.record_hybrid(&HybridQuery { words, ..HybridQuery::of_vectors(query(9, 4, 8)) });
        assert_eq!(kept(&observed)[1], 1);
    }
}
