//! What other data-independent codes would make of the same values, without a rotation.

use pleiad_vectors::MultiVector;

/// Sixteen even levels `(code − 7.5) · scale`, the scale fitted to each token by least squares.
pub(crate) fn uniform_4(document: &MultiVector) -> Vec<f32> {
    let level = |value: f32| (value + 8.0).floor().clamp(0.0, 15.0) - 7.5;
    let token = |row: &[f32]| {
        let mut scale = row.iter().fold(f32::MIN_POSITIVE, |max, v| max.max(v.abs())) / 7.5;
        for _ in 0..3 {
            let sum =
                |of: &dyn Fn(f32, f32) -> f32| row.iter().map(|&v| of(v, level(v / scale))).sum::<f32>();
            scale = (sum(&|v, l| v * l) / sum(&|_, l| l * l)).max(f32::MIN_POSITIVE);
        }
        row.iter().map(move |&v| level(v / scale) * scale).collect::<Vec<_>>()
    };
    document.rows().flat_map(token).collect()
}

/// Buckets of PLAID without its centroids: all values of the collection fall into each equally often and become the
/// bucket's median; tokens keep their lengths (Santhanam et al., "PLAID", CIKM 2022, and the codec of ColBERT).
pub(crate) struct Buckets {
    cuts: Vec<f32>,
    weights: Vec<f32>,
}

impl Buckets {
    /// Fits `num_buckets` to a collection.
    pub(crate) fn new(documents: &[MultiVector], num_buckets: usize) -> Self {
        let mut values: Vec<f32> =
            documents.iter().flat_map(|d| d.data().iter().step_by(17).copied()).collect();
        values.sort_by(f32::total_cmp);
        let quantile = |part: f64| values[(part * (values.len() - 1) as f64) as usize];
        let share = |at: f64| quantile(at / num_buckets as f64);
        Self {
            cuts: (1..num_buckets).map(|i| share(i as f64)).collect(),
            weights: (0..num_buckets).map(|i| share(i as f64 + 0.5)).collect(),
        }
    }

    /// What a document's codes stand for.
    pub(crate) fn values(&self, document: &MultiVector) -> Vec<f32> {
        let nearest = |v: &f32| self.weights[self.cuts.partition_point(|cut| cut < v)];
        let length = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
        let token = |row: &[f32]| {
            let weights: Vec<f32> = row.iter().map(nearest).collect();
            let scale = length(row) / length(&weights).max(f32::MIN_POSITIVE);
            weights.into_iter().map(move |weight| weight * scale)
        };
        document.rows().flat_map(token).collect()
    }
}
