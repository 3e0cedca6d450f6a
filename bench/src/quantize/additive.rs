//! Residual quantizers: a token as the sum of one row of each of several codebooks, found by beam search, the
//! codebooks refined in turn with the codes (the alternation of PV-Tuning, arXiv 2405.14852, in closed form).

use super::around::at_length;
use super::coder::{Coder, Half};
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::{Isa, dot};
use pleiad_vectors::{MultiVector, Seed};

/// Rows of a codebook.
const ROWS: usize = 256;
/// Tokens that codebooks are fitted to.
const SAMPLE: usize = 64 * ROWS;
/// Passes over the codebooks between two searches.
const SWEEPS: usize = 3;

/// Amount of work.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Partial sums that are kept from one codebook to the next.
    pub beam: usize,
    /// Alternations of codes and codebooks.
    pub refinements: usize,
}

/// Codebooks of a collection.
pub struct Additive {
    dim: usize,
    num_books: usize,
    beam: usize,
    /// `[num_books · ROWS, dim]`.
    rows: Vec<f32>,
    /// Inner products of all rows.
    gram: Vec<f32>,
}

/// A partial sum: the rows chosen, and `|sum|² − 2⟨x, sum⟩`.
#[derive(Clone)]
struct Partial {
    codes: Vec<usize>,
    error: f32,
}

impl Additive {
    /// Fits the codebooks one after the other to what the ones before leave, then refines them.
    pub fn fit(num_books: usize, effort: Effort, half: &Half<'_>) -> Self {
        let documents = &half.documents;
        let dim = documents[0].dim();
        let num_tokens: usize = documents.iter().map(|document| document.num_tokens()).sum();
        let step = num_tokens.div_ceil(SAMPLE);
        let tokens: Vec<f32> =
            documents.iter().flat_map(|document| document.rows()).step_by(step).flatten().copied().collect();
        let mut left = tokens.clone();
        let mut rows = Vec::new();
        for book in 0..num_books {
            let params = KMeansParams::new(ROWS, Seed(book as u64));
            let centroids = Centroids::train(&left, dim, &params, Isa::best(), &in_order).expect("tokens");
            let nearest = centroids.assign(&left, Isa::best(), &in_order).expect("tokens");
            for (row, nearest) in left.chunks_exact_mut(dim).zip(nearest) {
                row.iter_mut().zip(centroids.row(nearest.centroid)).for_each(|(left, value)| *left -= value);
            }
            rows.extend_from_slice(centroids.values());
            rows.resize((book + 1) * ROWS * dim, 0.0);
        }
        let mut fitted = Self { dim, num_books, beam: effort.beam, rows, gram: Vec::new() };
        fitted.multiply();
        for _ in 0..effort.refinements {
            fitted.refine(&tokens);
        }
        fitted
    }

    /// Brings the inner products up to date.
    fn multiply(&mut self) {
        let rows = || self.rows.chunks_exact(self.dim);
        self.gram = rows().flat_map(|a| rows().map(move |b| dot(Isa::best(), a, b))).collect();
    }

    /// New codes, then for some sweeps each codebook the mean of what the others leave.
    fn refine(&mut self, tokens: &[f32]) {
        let dim = self.dim;
        let codes: Vec<Vec<usize>> = tokens.chunks_exact(dim).map(|token| self.search(token)).collect();
        let mut left = tokens.to_vec();
        for (left, codes) in left.chunks_exact_mut(dim).zip(&codes) {
            codes.iter().for_each(|&code| add(left, &self.rows[code * dim..][..dim], -1.0));
        }
        for book in (0..self.num_books).cycle().take(SWEEPS * self.num_books) {
            let (mut sums, mut sizes) = (vec![0.0; ROWS * dim], vec![0u32; ROWS]);
            for (left, codes) in left.chunks_exact_mut(dim).zip(&codes) {
                add(left, &self.rows[codes[book] * dim..][..dim], 1.0);
                add(&mut sums[(codes[book] - book * ROWS) * dim..][..dim], left, 1.0);
                sizes[codes[book] - book * ROWS] += 1;
            }
            for (row, &size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
                let mean = sums[row * dim..][..dim].iter().map(|sum| sum / size as f32);
                self.rows[(book * ROWS + row) * dim..][..dim]
                    .iter_mut()
                    .zip(mean)
                    .for_each(|(to, mean)| *to = mean);
            }
            for (left, codes) in left.chunks_exact_mut(dim).zip(&codes) {
                add(left, &self.rows[codes[book] * dim..][..dim], -1.0);
            }
        }
        self.multiply();
    }

    /// One row of each codebook whose sum is near a token.
    fn search(&self, token: &[f32]) -> Vec<usize> {
        let num_rows = self.num_books * ROWS;
        let products: Vec<f32> =
            self.rows.chunks_exact(self.dim).map(|row| dot(Isa::best(), row, token)).collect();
        let mut beam = vec![Partial { codes: Vec::new(), error: 0.0 }];
        for book in 0..self.num_books {
            let range = book * ROWS..(book + 1) * ROWS;
            let mut next: Vec<(f32, usize, usize)> = Vec::with_capacity(beam.len() * ROWS);
            for (at, partial) in beam.iter().enumerate() {
                let mut cross: Vec<f32> = products[range.clone()].iter().map(|product| -product).collect();
                for code in &partial.codes {
                    add(&mut cross, &self.gram[code * num_rows..][range.clone()], 1.0);
                }
                let error = |row: usize| self.gram[row * num_rows + row] + 2.0 * cross[row - range.start];
                next.extend(range.clone().map(|row| (partial.error + error(row), at, row)));
            }
            let kept = self.beam.min(next.len());
            next.select_nth_unstable_by(kept - 1, |a, b| a.0.total_cmp(&b.0));
            let extended = next[..kept].iter().map(|&(error, at, row)| {
                let codes = beam[at].codes.iter().copied().chain([row]).collect();
                Partial { codes, error }
            });
            beam = extended.collect();
        }
        beam.into_iter().min_by(|a, b| a.error.total_cmp(&b.error)).expect("a beam").codes
    }
}

fn add(to: &mut [f32], values: &[f32], sign: f32) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += sign * value);
}

impl Coder for Additive {
    fn code(&self, document: &MultiVector) -> (Vec<f32>, usize) {
        let mut values = vec![0.0; document.data().len()];
        for (token, out) in document.rows().zip(values.chunks_exact_mut(self.dim)) {
            self.search(token)
                .iter()
                .for_each(|&code| add(out, &self.rows[code * self.dim..][..self.dim], 1.0));
        }
        at_length(document, &mut values);
        (values, ROWS.ilog2() as usize * self.num_books * document.num_tokens())
    }

    fn state_bytes(&self) -> usize {
        2 * self.rows.len()
    }
}
