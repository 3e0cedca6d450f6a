use super::MAX_IMPACT;
use super::build::check_weights;
use super::list::Block;
use super::{B, K1, StoredTerms, Words, WordsError};

/// Bits of the largest sum of parts: one less than an `f32` has, since each part may be rounded up.
const SUM_BITS: i32 = 23;

/// Most an `f32` computation of a part is off by, with room.
const SLACK: f32 = 1.0 + 1e-5;

/// Statistics of all documents that BM25 needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Documents.
    pub num_documents: u64,
    /// Sum of the lengths of each field.
    pub totals: Vec<u64>,
}

/// A query's terms, and what a row gets for each of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorer {
    /// Ascending, each once.
    terms: Vec<Box<str>>,
    /// Weight of each term, in units.
    weights: Vec<f32>,
    /// The worth of one unit: a power of two.
    unit: f32,
    bound: f64,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Field {
    weight: f32,
    /// b over the mean length.
    per_length: f32,
    mean_length: f64,
}

impl Scorer {
    /// Takes the weights of fields, the statistics of a collection, and for each term of a query, each once, how often
    /// the query has it and how many documents do. Terms of no document are left out.
    ///
    /// # Errors
    /// [`WordsError::Fields`] for weights that no words have, or statistics of another number of fields.
    pub fn new<'t>(
        field_weights: &[f32],
        statistics: &Statistics,
        terms: impl IntoIterator<Item = (&'t str, u32, u64)>,
    ) -> Result<Self, WordsError> {
        check_weights(field_weights)?;
        if field_weights.len() != statistics.totals.len() {
            return Err(WordsError::Fields { reason: "the statistics are of another number of them" });
        }
        let num_documents = statistics.num_documents as f64;
        let mut weighted: Vec<(Box<str>, f64)> = terms
            .into_iter()
            .filter(|&(_, count, num_with)| count > 0 && num_with > 0)
            .map(|(term, count, num_with)| {
                let num_with = num_with as f64;
                let rarity = (num_documents - num_with).max(0.0) + 0.5;
                (term.into(), f64::from(count) * (1.0 + rarity / (num_with + 0.5)).ln())
            })
            .collect();
        weighted.sort_by(|a, b| a.0.cmp(&b.0));
        let bound: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let exponent = if bound > 0.0 { bound.log2().ceil() as i32 - SUM_BITS } else { 0 };
        let unit = 2f64.powi(exponent);
        let fields = field_weights.iter().zip(&statistics.totals).map(|(&weight, &total)| {
            let mean_length = total as f64 / num_documents.max(1.0);
            let per_length = if total == 0 { 0.0 } else { (f64::from(B) / mean_length) as f32 };
            Field { weight, per_length, mean_length }
        });
        let fields = fields.collect();
        let (terms, weights) =
            weighted.into_iter().map(|(term, weight)| (term, (weight / unit) as f32)).unzip();
        Ok(Self { terms, weights, unit: unit as f32, bound, fields })
    }

    /// Terms that documents have, ascending.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = &str> {
        self.terms.iter().map(|term| &**term)
    }

    /// Sum of the terms' weights: above every score.
    pub fn bound(&self) -> f64 {
        self.bound
    }

    /// The score of a sum of parts.
    pub fn score(&self, sum: u32) -> f32 {
        sum as f32 * self.unit
    }

    /// The least sum whose score reaches this one.
    pub(super) fn least_sum(&self, score: f32) -> u32 {
        (score / self.unit).ceil() as u32
    }

    /// The sum of the parts of a row, by its stored terms; 0 only where it has none of the query's. Cost: a pass over
    /// them.
    ///
    /// # Errors
    /// [`WordsError::Terms`] when they are damaged.
    pub fn score_row(&self, row: &StoredTerms<'_>) -> Result<u32, WordsError> {
        let mut sum = 0;
        self.for_each_part(row, |_, part| sum += part)?;
        Ok(sum)
    }

    /// Calls `visit` with each term that a row has and its part of the sum. Cost: as [`Scorer::score_row`].
    ///
    /// # Errors
    /// As [`Scorer::score_row`].
    pub fn for_each_part(
        &self,
        row: &StoredTerms<'_>,
        mut visit: impl FnMut(&str, u32),
    ) -> Result<(), WordsError> {
        if row.lengths().len() != self.fields.len() {
            return Err(WordsError::Fields { reason: "a row has another number of them" });
        }
        let mut next = 0;
        row.for_each(|term| {
            while self.terms.get(next).is_some_and(|wanted| **wanted < *term.text) {
                next += 1;
            }
            if self.terms.get(next).is_some_and(|wanted| **wanted == *term.text) {
                let fields = self.fields.iter().zip(term.counts).zip(row.lengths());
                let saturating =
                    fields.fold(0.0, |sum, ((field, &count), &length)| sum + field.part(count, length));
                visit(term.text, part(self.weights[next], saturating));
            }
            Ok(())
        })
    }

    /// The parts of a block's rows for a term. Cost: two divisions for each row, four rows at a time.
    pub(super) fn parts(&self, term: usize, words: &Words<'_>, block: &Block, parts: &mut [u32]) {
        let mut saturating = [0f32; super::BLOCK];
        for (at, field) in self.fields.iter().enumerate() {
            let all = words.lengths(at);
            let mut lengths = [0u32; super::BLOCK];
            for (length, &row) in lengths.iter_mut().zip(block.rows()) {
                // A list that was unpacked names rows that there are.
                *length = all.get(row as usize).map_or(0, |length| u32::from_le_bytes(*length));
            }
            for ((sum, &count), &length) in saturating.iter_mut().zip(&block.counts[at]).zip(&lengths) {
                *sum += field.part(count, length);
            }
        }
        let weight = self.weights[term];
        for (out, &saturating) in parts.iter_mut().zip(&saturating) {
            *out = part(weight, saturating);
        }
    }

    /// Above every part of a term, and above those of a block with this impact in these words.
    pub(super) fn ceilings(&self, term: usize, words: &Words<'_>) -> Ceilings {
        let mut factor = 1f64;
        for (field, &total) in self.fields.iter().zip(words.totals()) {
            if total > 0 {
                // Lengths that count for less than when the impact was computed raise it by no more than this.
                let mean_length = total as f64 / f64::from(words.num_rows());
                factor = factor.max(field.mean_length / mean_length);
            }
        }
        let weight = self.weights[term] * SLACK;
        Ceilings { most: weight as u32 + 2, per_impact: weight * (factor / MAX_IMPACT) as f32 }
    }
}

/// Bounds of a term's parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ceilings {
    pub(super) most: u32,
    per_impact: f32,
}

impl Ceilings {
    pub(super) fn of(self, impact: u16) -> u32 {
        self.most.min((f32::from(impact) * self.per_impact * SLACK) as u32 + 2)
    }
}

impl Field {
    fn part(self, count: u32, length: u32) -> f32 {
        self.weight * count as f32 / (1.0 - B + self.per_length * length as f32)
    }
}

/// A part in units: at least one, so that whatever matches scores.
fn part(weight: f32, saturating: f32) -> u32 {
    ((weight * (saturating / (K1 + saturating)) + 0.5) as i32).max(1) as u32
}
