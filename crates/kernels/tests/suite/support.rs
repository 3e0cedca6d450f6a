//! Synthetic vectors of every unpleasant kind.

use proptest::prelude::*;

/// Distribution of test values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Between -1 and 1.
    Plain,
    /// Small whole numbers, so that ties are common.
    Whole,
    /// Mostly zeros of both signs.
    Sparse,
    /// Below the smallest normal number.
    Denormal,
    /// As large as a finite product allows.
    Huge,
    /// Magnitudes from 1e-18 to 1e18 in one vector.
    Mixed,
}

/// Tokens of a query and of a document, the latter starting anywhere.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) dim: usize,
    pub(crate) query: Vec<f32>,
    pub(crate) seed: u64,
    document: Vec<f32>,
    skip: usize,
}

impl Case {
    pub(crate) fn new(
        dim: usize,
        query_tokens: usize,
        rows: usize,
        skip: usize,
        kind: Kind,
        seed: u64,
    ) -> Self {
        let mut numbers = Numbers(seed);
        let query = (0..dim * query_tokens).map(|_| numbers.value(kind)).collect();
        let document = (0..skip + dim * rows).map(|_| numbers.value(kind)).collect();
        Self { dim, query, seed, document, skip }
    }

    pub(crate) fn document(&self) -> &[f32] {
        &self.document[self.skip..]
    }

    pub(crate) fn num_query_tokens(&self) -> usize {
        self.query.len() / self.dim
    }

    /// Per query token and row: the exact similarity (to 53 bits) and `Σ|q·d|`.
    pub(crate) fn exact(&self) -> Vec<Vec<(f64, f64)>> {
        let similarity = |q: &[f32], d: &[f32]| {
            q.iter()
                .zip(d)
                .map(|(&q, &d)| f64::from(q) * f64::from(d))
                .fold((0.0, 0.0), |(sum, magnitude), p| (sum + p, magnitude + p.abs()))
        };
        let rows = |q| self.document().chunks_exact(self.dim).map(|d| similarity(q, d)).collect();
        self.query.chunks_exact(self.dim).map(rows).collect()
    }
}

/// Numbers that look random (SplitMix64).
#[derive(Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.bits() >> 33) as usize % bound
    }

    pub(crate) fn plain(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    pub(crate) fn value(&mut self, kind: Kind) -> f32 {
        let plain = self.plain();
        match kind {
            Kind::Plain => plain,
            Kind::Whole => (plain * 3.0).round(),
            Kind::Sparse if self.below(8) > 0 => 0.0f32.copysign(plain),
            Kind::Sparse => plain,
            Kind::Denormal => plain * f32::MIN_POSITIVE,
            Kind::Huge => plain * 1e18,
            Kind::Mixed => plain * 10f32.powi(self.below(37) as i32 - 18),
        }
    }
}

pub(crate) fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Plain),
        Just(Kind::Whole),
        Just(Kind::Sparse),
        Just(Kind::Denormal),
        Just(Kind::Huge),
        Just(Kind::Mixed)
    ]
}

/// Odd shapes, small enough to be run a hundred times.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let dims = prop_oneof![1usize..40, Just(64usize), Just(100), Just(128)];
    (dims, 1usize..70, 1usize..40, 0usize..4, kinds(), any::<u64>())
        .prop_map(|(dim, query, rows, skip, kind, seed)| Case::new(dim, query, rows, skip, kind, seed))
}

/// The largest shapes of each axis, one at a time.
pub(crate) fn large_cases() -> Vec<Case> {
    [(4096, 33, 9), (4096, 1, 1), (1, 1024, 3), (16, 1024, 17), (128, 1024, 1), (32, 3, 3000)]
        .into_iter()
        .map(|(dim, query, rows)| Case::new(dim, query, rows, 1, Kind::Plain, dim as u64))
        .collect()
}

/// As many cases as keep the whole suite quick.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs a property on synthetic cases and on the large ones.
pub(crate) fn check(property: impl Fn(&Case)) {
    large_cases().iter().for_each(&property);
    proptest!(config(), |(case in cases())| property(&case));
}
