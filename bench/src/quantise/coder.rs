//! A way to write tokens down, and what it loses.

use crate::clock::cpu_seconds;
use crate::quality::{Exact, Quality};
use crate::token_sets::TokenSet;
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Seed};
use std::cell::RefCell;
use std::rc::Rc;

/// Writes the tokens of documents and reads them back.
pub trait Coder {
    /// What the codes of a document stand for, and how many bits they take, all constants included.
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
}

impl<'a> Half<'a> {
    /// Both halves.
    pub fn both(set: &'a TokenSet) -> [Self; 2] {
        [0, 1].map(|parity| Self {
            documents: set.documents.iter().skip(parity).step_by(2).collect(),
            centroids: RefCell::default(),
        })
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

/// What came back.
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
    /// Cells: bits per value, kilobytes of state, MSE, the quality, microseconds per token.
    pub fn cells(&self, set: &TokenSet, exact: &Exact) -> Vec<String> {
        let quality = Quality::of(set, exact, &set.scores_of(&exact.best, &self.documents));
        let state = if self.state_bytes == 0 { String::new() } else { format!("{}", self.state_bytes >> 10) };
        let bits = self.num_bits as f64 / (set.num_tokens() * set.dim()) as f64;
        let mut cells = vec![format!("{bits:.3}"), state, format!("{:.4}", self.relative_error(set))];
        cells.extend(quality.cells());
        cells.push(format!("{:.2}", self.micros));
        cells
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
