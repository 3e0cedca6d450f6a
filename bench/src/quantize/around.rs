//! Codes of what distinguishes tokens from something near them.

use super::coder::Coder;
use super::levels::Levels;
use pleiad_compress::TokenCodec;
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Seed};
use std::rc::Rc;

/// A code of the library, and the bytes that it shares.
pub struct Library(pub TokenCodec, pub usize);

/// Vector that is subtracted from every token before it is coded.
pub enum Around {
    /// Nothing.
    Nothing,
    /// The nearest of so many means of the document's own tokens, themselves in four bits.
    Means(usize, Levels),
    /// The nearest of a collection's centroids.
    Centroids(Rc<Centroids>),
}

/// Levels around something.
pub struct AroundCode {
    /// Codes the differences.
    pub levels: Levels,
    /// Origin of the subtracted vectors.
    pub around: Around,
    /// Scales decoded tokens to the token's length, for which no bits are counted.
    pub at_length: bool,
}

impl Coder for Library {
    fn code(&self, document: &MultiVector) -> (Vec<f32>, usize) {
        let (mut bytes, mut out) = (Vec::new(), Vec::new());
        self.0.encode(document.as_ref(), &mut bytes).expect("values of tokens");
        self.0.decode(&bytes, &mut out).expect("codes just written");
        (out, 8 * bytes.len())
    }

    fn state_bytes(&self) -> usize {
        self.1
    }
}

impl Coder for AroundCode {
    fn code(&self, document: &MultiVector) -> (Vec<f32>, usize) {
        let (centers, center_bits) = self.centers(document);
        let differences =
            document.data().iter().zip(&centers).map(|(value, center)| value - center).collect();
        let (mut values, num_bits) = self.levels.code(&set(differences, document.dim()));
        values.iter_mut().zip(&centers).for_each(|(value, center)| *value += center);
        if self.at_length {
            at_length(document, &mut values);
        }
        (values, num_bits + center_bits)
    }

    fn state_bytes(&self) -> usize {
        match &self.around {
            Around::Centroids(centroids) => 2 * centroids.values().len(),
            _ => 0,
        }
    }
}

impl AroundCode {
    /// Returns the vector subtracted from each token, and the bits that name it.
    fn centers(&self, document: &MultiVector) -> (Vec<f32>, usize) {
        let (dim, num_tokens, isa) = (document.dim(), document.num_tokens(), Isa::best());
        let of = |centroids: &Centroids| centroids.assign(document.data(), isa, &in_order).expect("tokens");
        match &self.around {
            Around::Nothing => (vec![0.0; document.data().len()], 0),
            Around::Means(num, code) => {
                let params =
                    KMeansParams { rows_per_centroid: usize::MAX, ..KMeansParams::new(*num, Seed(1)) };
                let means = Centroids::train(document.data(), dim, &params, isa, &in_order).expect("tokens");
                let (values, bits) = code.code(&set(means.values().to_vec(), dim));
                let row = |centroid: u32| values[centroid as usize * dim..][..dim].to_vec();
                let centers = of(&means).iter().flat_map(|nearest| row(nearest.centroid)).collect();
                (centers, bits + num.ilog2() as usize * num_tokens)
            }
            Around::Centroids(centroids) => {
                let nearest = of(centroids);
                let centers = nearest.iter().flat_map(|n| centroids.row(n.centroid)).copied().collect();
                (centers, centroids.num_centroids().ilog2() as usize * num_tokens)
            }
        }
    }
}

fn set(values: Vec<f32>, dim: usize) -> MultiVector {
    MultiVector::new(values, dim).expect("finite values")
}

/// Brings what came back to the lengths of the tokens.
pub fn at_length(document: &MultiVector, values: &mut [f32]) {
    let length = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
    for (row, values) in document.rows().zip(values.chunks_exact_mut(document.dim())) {
        let scale = length(row) / length(values).max(f32::MIN_POSITIVE);
        values.iter_mut().for_each(|value| *value *= scale);
    }
}
