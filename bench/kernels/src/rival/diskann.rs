//! DiskANN's MaxSim, from the library that `bench/diskann` makes.

use crate::data::{DIM, DOC_TOKENS, QUERY_TOKENS};
use crate::machine;
use libloading::Library;
use std::ffi::c_void;

/// Place in which `cargo xtask bench kernels` leaves the library.
const LIBRARY: &str = "bench/target/native/release/libpleiad_bench_diskann.so";

/// As the library has it.
#[repr(C)]
struct Tokens {
    values: *const c_void,
    num_tokens: usize,
    dim: usize,
}

type NewQuery = unsafe extern "C" fn(&Tokens) -> *const c_void;
type MaxSim = unsafe extern "C" fn(*const c_void, &Tokens) -> f32;

/// A query packed by DiskANN for documents of the same type.
pub struct DiskAnn {
    query: *const c_void,
    maxsim: MaxSim,
    value_bytes: usize,
    _library: Library,
}

impl DiskAnn {
    /// Packs a query; `name` is that of the type, `f32`, `f16` or `i8`.
    pub fn new<T>(name: &str, query: &[T]) -> Self {
        assert_eq!(query.len(), QUERY_TOKENS * DIM);
        let path = machine::root().join(LIBRARY);
        // SAFETY: the library is ours and runs nothing when it is loaded; its functions have these types.
        unsafe {
            let library = Library::new(&path).unwrap_or_else(|error| {
                panic!("{}: {error}; cargo xtask bench kernels makes it", path.display())
            });
            let function = |prefix: &str| format!("diskann_{prefix}_{name}");
            let new_query: NewQuery = *library.get(function("query").as_bytes()).expect("a function");
            let maxsim: MaxSim = *library.get(function("maxsim").as_bytes()).expect("a function");
            let query = new_query(&tokens(query, QUERY_TOKENS));
            Self { query, maxsim, value_bytes: size_of::<T>(), _library: library }
        }
    }

    /// The score of one document, whose values may be given as bytes.
    pub fn maxsim<V>(&self, document: &[V]) -> f32 {
        assert_eq!(size_of_val(document), DOC_TOKENS * DIM * self.value_bytes);
        // SAFETY: both are whole rows; the query came from the function beside this one.
        unsafe { (self.maxsim)(self.query, &tokens(document, DOC_TOKENS)) }
    }
}

fn tokens<V>(values: &[V], num_tokens: usize) -> Tokens {
    Tokens { values: values.as_ptr().cast(), num_tokens, dim: DIM }
}
