//! Synthetic documents, in cache or far larger than it.

use std::rc::Rc;

/// Query tokens, document tokens and dimensions of every document measured.
pub const QUERY_TOKENS: usize = 32;
/// See [`QUERY_TOKENS`].
pub const DOC_TOKENS: usize = 128;
/// See [`QUERY_TOKENS`].
pub const DIM: usize = 128;
/// Values of one document.
pub const DOC_VALUES: usize = DOC_TOKENS * DIM;
/// Operations that scoring one document takes: a multiplication and an addition per pair and dimension.
pub const DOC_OPERATIONS: f64 = (2 * QUERY_TOKENS * DOC_VALUES) as f64;

/// Values between -1 and 1 from a seed (SplitMix64).
pub fn values(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    })
}

/// A query of [`QUERY_TOKENS`] tokens.
pub fn query() -> Vec<f32> {
    values(1).take(QUERY_TOKENS * DIM).collect()
}

/// Documents of `doc_len` values each, walked round and round, so that what a contender reads was last touched
/// a whole round ago.
#[derive(Clone)]
pub struct Documents<T> {
    values: Rc<[T]>,
    doc_len: usize,
    next: usize,
}

impl<T: Copy> Documents<T> {
    /// Repeats `pattern` until there are `num_docs` documents.
    pub fn new(pattern: &[T], doc_len: usize, num_docs: usize) -> Self {
        let mut values = Vec::with_capacity(num_docs * doc_len);
        while values.len() < num_docs * doc_len {
            let missing = num_docs * doc_len - values.len();
            values.extend_from_slice(&pattern[..pattern.len().min(missing)]);
        }
        Self { values: values.into(), doc_len, next: 0 }
    }

    /// The same memory as documents of another length.
    pub fn of_len(&self, doc_len: usize) -> Self {
        Self { doc_len, next: 0, ..self.clone() }
    }

    /// The same documents, to be walked from this fraction of them on.
    pub fn starting_at(mut self, fraction: f64) -> Self {
        let num_docs = self.values.len() / self.doc_len;
        self.next = (num_docs as f64 * fraction) as usize * self.doc_len;
        self
    }

    /// Everything there is.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Values per document.
    pub fn doc_len(&self) -> usize {
        self.doc_len
    }

    /// Shows the next `num_docs` documents one by one.
    pub fn walk(&mut self, num_docs: usize, mut show: impl FnMut(&[T])) {
        for _ in 0..num_docs {
            show(&self.values[self.next..][..self.doc_len]);
            self.next += self.doc_len;
            if self.next + self.doc_len > self.values.len() {
                self.next = 0;
            }
        }
    }
}
