//! PLAID's codes: the nearest centroid, and each value of what is left in one of a few buckets that all values share
//! (Santhanam et al., CIKM 2022, and the codec of ColBERT). What comes back is brought to unit length: the token's own
//! length here, which its codec does not keep.

use super::around::at_length;
use super::coder::{Coder, Half};
use super::rotation::Rotation;
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Seed};
use std::rc::Rc;

/// Method of finding bucket edges and weights.
#[derive(Clone, Copy, PartialEq)]
pub enum Buckets {
    /// As many values in each, and the median for a weight: PLAID.
    Quantiles,
    /// Lloyd's levels, of residuals in a random rotation.
    RotatedLloyd,
}

/// Centroids and buckets of a collection.
pub struct Plaid {
    centroids: Rc<Centroids>,
    rotation: Option<Rotation>,
    cuts: Vec<f32>,
    weights: Vec<f32>,
}

impl Plaid {
    /// Fits centroids and `2^bits` buckets.
    pub fn fit(bits: usize, num_centroids: usize, buckets: Buckets, half: &Half<'_>) -> Self {
        let (centroids, documents) = (half.centroids(num_centroids), &half.documents);
        let rotation = (buckets == Buckets::RotatedLloyd).then(|| Rotation::new(documents[0].dim()));
        let mut plaid = Self { centroids, rotation, cuts: Vec::new(), weights: Vec::new() };
        let residuals = documents.iter().step_by(7).flat_map(|document| plaid.residuals(document).1);
        let mut values: Vec<f32> = residuals.collect();
        values.sort_by(f32::total_cmp);
        match buckets {
            Buckets::Quantiles => {
                let at =
                    |part: f64| values[(part / f64::from(1 << bits) * (values.len() - 1) as f64) as usize];
                plaid.weights = (0..1 << bits).map(|i| at(f64::from(i) + 0.5)).collect();
                plaid.cuts = (1..1 << bits).map(|i| at(f64::from(i))).collect();
            }
            Buckets::RotatedLloyd => {
                let params = KMeansParams {
                    num_rounds: 50,
                    rows_per_centroid: 4096,
                    ..KMeansParams::new(1 << bits, Seed(1))
                };
                let levels =
                    Centroids::train(&values, 1, &params, Isa::best(), &in_order).expect("residuals");
                plaid.weights = levels.values().to_vec();
                plaid.weights.sort_by(f32::total_cmp);
                plaid.cuts = plaid.weights.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
            }
        }
        plaid
    }

    /// The nearest centroid of each token, and what is left of it.
    fn residuals(&self, document: &MultiVector) -> (Vec<f32>, Vec<f32>) {
        let nearest = self.centroids.assign(document.data(), Isa::best(), &in_order).expect("tokens");
        let centers: Vec<f32> =
            nearest.iter().flat_map(|n| self.centroids.row(n.centroid)).copied().collect();
        let left = document.data().iter().zip(&centers).map(|(value, center)| value - center).collect();
        let left = match &self.rotation {
            Some(rotation) => {
                rotation.forward(&MultiVector::new(left, document.dim()).expect("finite values"))
            }
            None => left,
        };
        (centers, left)
    }
}

impl Coder for Plaid {
    fn code(&self, document: &MultiVector) -> (Vec<f32>, usize) {
        let (centers, mut left) = self.residuals(document);
        left.iter_mut()
            .for_each(|value| *value = self.weights[self.cuts.partition_point(|cut| *cut < *value)]);
        let mut values = match &self.rotation {
            Some(rotation) => rotation.backward(&left),
            None => left,
        };
        values.iter_mut().zip(&centers).for_each(|(value, center)| *value += center);
        at_length(document, &mut values);
        let bits = self.weights.len().ilog2() as usize * document.dim()
            + self.centroids.num_centroids().ilog2() as usize;
        (values, bits * document.num_tokens())
    }

    fn state_bytes(&self) -> usize {
        2 * self.centroids.values().len()
    }
}
