use super::{B, Bm25, K1};
use crate::{BeirQuery, Run, RunEntry};
use std::cmp::Ordering;

impl Bm25 {
    /// The best `k` documents that share a word with `text`; of equal ones those that were added first.
    pub fn search(&self, text: &str, k: usize) -> Vec<RunEntry> {
        let scores = self.scores(text);
        let mut found: Vec<usize> = (0..scores.len()).filter(|&at| scores[at] > 0.0).collect();
        let better = |&a: &usize, &b: &usize| -> Ordering { scores[b].total_cmp(&scores[a]).then(a.cmp(&b)) };
        if k < found.len() {
            found.select_nth_unstable_by(k, better);
            found.truncate(k);
        }
        found.sort_unstable_by(better);
        let entry = |at: usize| RunEntry { document: self.keys[at].clone(), score: scores[at] as f32 };
        found.into_iter().map(entry).collect()
    }

    /// The best `k` documents of each query.
    pub fn run<'a>(&self, queries: impl IntoIterator<Item = &'a BeirQuery>, k: usize) -> Run {
        let mut run = Run::default();
        for query in queries {
            run.insert(query.key.as_str(), self.search(&query.text, k));
        }
        run
    }

    fn scores(&self, text: &str) -> Vec<f64> {
        let mut scores = vec![0.0; self.keys.len()];
        let num_terms: f64 = self.lengths.iter().copied().map(f64::from).sum();
        let mean_length = num_terms / self.keys.len().max(1) as f64;
        self.analyzer.for_each(text, |term| {
            let occurrences = self.terms.get(term.text).map_or(&[][..], Vec::as_slice);
            let df = occurrences.len() as f64;
            let weight = (1.0 + (self.keys.len() as f64 - df + 0.5) / (df + 0.5)).ln();
            for occurrence in occurrences {
                let at = occurrence.document as usize;
                let length = f64::from(self.lengths[at]) / mean_length;
                let count = f64::from(occurrence.count);
                scores[at] += weight * count / (count + K1 * (1.0 - B + B * length));
            }
        });
        scores
    }
}
