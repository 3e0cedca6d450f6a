//! A way to write tokens down, and what it loses.

use super::row::{Cost, Row};
use crate::clock::cpu_seconds;
use crate::quality::{Exact, Quality};
use crate::token_sets::TokenSet;
use pleiad_compress::kmeans::{Centroids, KMeansParams, TokenCentroids, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Seed};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Writes the tokens of documents and reads them back.
pub trait Coder {
    /// Returns the decoded values of a document and the bits of its codes, all constants included.
    fn code(&self, document: &MultiVector) -> (Vec<f32>, usize);
    /// Bytes of what the whole collection shares.
    fn state_bytes(&self) -> usize {
        0
    }
}

/// Fits a coder to one half of the documents, number 0 or 1, or takes no notice of them.
pub type Fit<'a> = &'a dyn Fn(&Half<'_>) -> Box<dyn Coder>;

/// Half of the documents of a collection.
pub struct Half<'a> {
    /// Every second one.
    pub documents: Vec<&'a MultiVector>,
    centroids: RefCell<Vec<Rc<Centroids>>>,
    learned: RefCell<Vec<(u32, Arc<TokenCentroids>)>>,
}

impl<'a> Half<'a> {
    /// Both halves.
    pub fn both(set: &'a TokenSet) -> [Self; 2] {
        [0, 1].map(|parity| Self {
            documents: set.documents.iter().skip(parity).step_by(2).collect(),
            centroids: RefCell::default(),
            learned: RefCell::default(),
        })
    }

    /// Returns the centroids that a collection would learn from them, learned once.
    pub fn learned(&self, num_centroids: u32) -> Arc<TokenCentroids> {
        let mut known = self.learned.borrow_mut();
        if let Some((_, found)) = known.iter().find(|(number, _)| *number == num_centroids) {
            return found.clone();
        }
        let documents: Vec<_> = self.documents.iter().map(|document| document.as_ref()).collect();
        let learned = TokenCentroids::learn(&documents, num_centroids, Isa::best(), &in_order);
        known.push((num_centroids, Arc::new(learned.expect("tokens"))));
        known[known.len() - 1].1.clone()
    }

    /// Centroids of all their tokens, trained once.
    pub fn centroids(&self, num_centroids: usize) -> Rc<Centroids> {
        let mut known = self.centroids.borrow_mut();
        if let Some(found) = known.iter().find(|known| known.num_centroids() == num_centroids) {
            return found.clone();
        }
        let tokens: Vec<f32> = self.documents.iter().flat_map(|document| document.data()).copied().collect();
        let (dim, params) = (self.documents[0].dim(), KMeansParams::new(num_centroids, Seed(1)));
        let trained = Centroids::train(&tokens, dim, &params, Isa::best(), &in_order).expect("tokens");
        known.push(Rc::new(trained));
        known[known.len() - 1].clone()
    }
}

/// Decoded values.
pub struct Coded {
    /// Values of each document.
    pub documents: Vec<MultiVector>,
    num_bits: usize,
    state_bytes: usize,
    micros: f64,
}

/// Codes every document by a coder that was fitted to the other half: even ones by the odd ones, and the reverse. So
/// nothing is scored that was trained on.
pub fn code_all(set: &TokenSet, halves: &[Half<'_>; 2], fit: Fit<'_>) -> Coded {
    let coders = [fit(&halves[1]), fit(&halves[0])];
    let (begin, mut num_bits) = (cpu_seconds(), 0);
    let documents = set.documents.iter().enumerate();
    let documents = documents.map(|(at, document)| {
        let (values, bits) = coders[at % 2].code(document);
        num_bits += bits;
        MultiVector::new(values, document.dim()).expect("finite values")
    });
    let documents: Vec<MultiVector> = documents.collect();
    let micros = (cpu_seconds() - begin) * 1e6 / set.num_tokens() as f64;
    Coded { documents, num_bits, state_bytes: coders[0].state_bytes(), micros }
}

impl Coded {
    /// The row of the tables.
    pub fn row(&self, title: &str, set: &TokenSet, exact: &Exact) -> Row {
        let quality = Quality::of(set, exact, &set.scores_of(&exact.best, &self.documents));
        let cost = Cost {
            bits: self.num_bits as f64 / (set.num_tokens() * set.dim()) as f64,
            state_bytes: self.state_bytes,
            relative_error: self.relative_error(set),
            micros: self.micros,
        };
        Row { title: title.to_owned(), cost: Some(cost), quality }
    }

    /// Mean squared error of a value, over the mean square of the values.
    fn relative_error(&self, set: &TokenSet) -> f64 {
        let (mut error, mut energy) = (0.0, 0.0);
        for (document, decoded) in set.documents.iter().zip(&self.documents) {
            for (a, b) in document.data().iter().zip(decoded.data()) {
                error += f64::from(a - b).powi(2);
                energy += f64::from(*a).powi(2);
            }
        }
        error / energy
    }
}
