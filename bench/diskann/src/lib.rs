//! DiskANN's MaxSim as three C functions.
//!
//! Its kernels are 50 times as slow when they are compiled for the plain target, where its vectors of 512 bits are not
//! inlined. So this library is built for the processor at hand (see `cargo xtask bench`) and loaded by the benchmark,
//! which is not.

use diskann_quantization::multi_vector::{
    BoxErase, MatRef, MaxSimElement, MaxSimIsa, Standard, build_max_sim,
};
use half::f16;
use std::cell::RefCell;

type Kernel<T> = Box<dyn diskann_quantization::multi_vector::MaxSimKernel<T>>;

/// Rows, dims, and where they start.
#[repr(C)]
pub struct Tokens<T> {
    /// The first value.
    pub values: *const T,
    /// Number of rows.
    pub num_tokens: usize,
    /// Values per row.
    pub dim: usize,
}

impl<T: Copy> Tokens<T> {
    /// # Safety
    /// There must be `num_tokens · dim` values.
    unsafe fn view(&self) -> MatRef<'_, Standard<T>> {
        let shape = Standard::new(self.num_tokens, self.dim).expect("a small matrix");
        // SAFETY: the caller's.
        let values = unsafe { std::slice::from_raw_parts(self.values, self.num_tokens * self.dim) };
        MatRef::new(shape, values).expect("as many values as the shape asks for")
    }
}

/// A query, and room for its maxima.
pub struct Query<T: MaxSimElement> {
    kernel: Kernel<T>,
    scores: RefCell<Vec<T::Score>>,
}

/// # Safety
/// As [`Tokens::view`].
unsafe fn query<T: MaxSimElement + Copy>(tokens: &Tokens<T>) -> *const Query<T>
where
    T::Score: Default + Clone,
{
    // SAFETY: the caller's.
    let kernel = build_max_sim(MaxSimIsa::Auto, unsafe { tokens.view() }, BoxErase).expect("a kernel");
    let scores = RefCell::new(vec![T::Score::default(); tokens.num_tokens]);
    Box::into_raw(Box::new(Query { kernel, scores }))
}

/// The sum of the maxima: what it gives are distances, so that the sign is turned.
///
/// # Safety
/// As [`Tokens::view`]; `query` must come from [`query`].
unsafe fn maxsim<T: MaxSimElement + Copy>(query: *const Query<T>, document: &Tokens<T>) -> f32
where
    T::Score: Copy + AsF32,
{
    // SAFETY: the caller's.
    let (query, document) = unsafe { (&*query, document.view()) };
    let mut scores = query.scores.borrow_mut();
    query.kernel.compute_max_sim(document, &mut scores).expect("tokens of the query's dimension");
    -scores.iter().map(|score| score.as_f32()).sum::<f32>()
}

/// Scores of either kind.
trait AsF32 {
    fn as_f32(self) -> f32;
}

impl AsF32 for f32 {
    fn as_f32(self) -> f32 {
        self
    }
}

impl AsF32 for i32 {
    fn as_f32(self) -> f32 {
        self as f32
    }
}

macro_rules! functions {
    ($type:ty, $query:ident, $maxsim:ident) => {
        /// Packs a query, which is never freed.
        ///
        /// # Safety
        /// The tokens must be there.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $query(tokens: &Tokens<$type>) -> *const Query<$type> {
            // SAFETY: the caller's.
            unsafe { query(tokens) }
        }

        /// Scores a document.
        ///
        /// # Safety
        /// The tokens must be there, and the query come from the function beside this one.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $maxsim(query: *const Query<$type>, document: &Tokens<$type>) -> f32 {
            // SAFETY: the caller's.
            unsafe { maxsim(query, document) }
        }
    };
}

functions!(f32, diskann_query_f32, diskann_maxsim_f32);
functions!(f16, diskann_query_f16, diskann_maxsim_f16);
functions!(i8, diskann_query_i8, diskann_maxsim_i8);
