use crate::error::SafetensorsError;
use pleiad_vectors::VectorError;
use std::io;
use std::path::PathBuf;

/// Why a file of token vectors cannot be used. `place` is the file, with the array in it where there are several.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Opening, reading or decompressing failed.
    #[error("{place}: {source}")]
    Io {
        /// The file.
        place: String,
        /// Error of the system or the decompressor.
        source: io::Error,
    },
    /// None of the possible files is in the folder.
    #[error("{}: no {expected}", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// Files of which one should be there.
        expected: String,
    },
    /// The name of a file tells no format.
    #[error("{place}: not a file of token vectors by its name: expected .npy, .npz or .safetensors")]
    Format {
        /// The file.
        place: String,
    },
    /// The header of an array is not NumPy's.
    #[error("{place}: not a NumPy array: {reason}")]
    NotNpy {
        /// The file.
        place: String,
        /// Fault of the header.
        reason: &'static str,
    },
    /// The array is stored with its first axis running fastest, and is too large to be held while it is brought into order.
    #[error(
        "{place}: stored in Fortran order and larger than {limit_bytes} bytes: save it with numpy.ascontiguousarray"
    )]
    FortranOrder {
        /// The file.
        place: String,
        /// Largest such array that is read.
        limit_bytes: u64,
    },
    /// The array is one of Python objects, whose bytes are a program.
    #[error(
        "{place}: an array of Python objects, which would have to be executed: save the arrays of the texts apart, \
         with numpy.savez(FILE, **{{id: array}}), or as `vectors` and `offsets`"
    )]
    Objects {
        /// The file.
        place: String,
    },
    /// The arrays of an archive do not say which rows belong to which text.
    #[error(
        "{place}: arrays {present:?}: {reason}. Expected `vectors` with `offsets` or `lengths` (and `scale` for int8), or \
         one array [num_tokens, dim] for each text, named by its id"
    )]
    Arrays {
        /// The file.
        place: String,
        /// The first arrays that are there.
        present: Vec<String>,
        /// Why they are not understood.
        reason: &'static str,
    },
    /// The element type is not one that can be used here.
    #[error("{place}: values of type {dtype}, expected {expected}")]
    Dtype {
        /// The file.
        place: String,
        /// The element type as the file names it.
        dtype: String,
        /// Values that would work.
        expected: &'static str,
    },
    /// The array has other dimensions.
    #[error("{place}: shape {shape:?}, expected {expected}")]
    Shape {
        /// The file.
        place: String,
        /// The shape found.
        shape: Vec<usize>,
        /// Values that would work.
        expected: &'static str,
    },
    /// The file is shorter or longer than its header says.
    #[error(
        "{place}: {found_bytes} bytes of values, the header announces {expected_bytes}: truncated or damaged"
    )]
    Length {
        /// The file.
        place: String,
        /// Bytes that are there.
        found_bytes: u64,
        /// Bytes that shape and element type need.
        expected_bytes: u64,
    },
    /// An offset breaks the order.
    #[error("{place}: offset {row} is {value}: {reason}")]
    Offset {
        /// The file.
        place: String,
        /// Number of the offset, from 0.
        row: usize,
        /// Its value.
        value: i64,
        /// Expected value.
        reason: &'static str,
    },
    /// Two files that belong together have different lengths.
    #[error("{place}: {found} {what}, expected {expected}")]
    Count {
        /// The file.
        place: String,
        /// Counted quantity.
        what: &'static str,
        /// Number that there are.
        found: usize,
        /// Number that there should be.
        expected: usize,
    },
    /// Two texts have one id.
    #[error("{place}: id {id:?} stands at {first} and at {second} (from 0): ids must differ")]
    DuplicateId {
        /// The file.
        place: String,
        /// The id.
        id: String,
        /// First position.
        first: usize,
        /// Second position.
        second: usize,
    },
    /// An id cannot be a key.
    #[error("{place}: id {row} (from 0): {source}")]
    Id {
        /// The file.
        place: String,
        /// Number of the id, from 0.
        row: usize,
        /// The fault.
        source: VectorError,
    },
    /// The ids are not a JSON list of strings or integers.
    #[error("{place}: expected a list of strings or integers: {source}")]
    Json {
        /// The file.
        place: String,
        /// Error of the parser.
        source: serde_json::Error,
    },
    /// The rows of one text are not a set of vectors.
    #[error("{place}: text {row} (id {id:?}, rows from {first_vector}): {source}")]
    Vectors {
        /// The file.
        place: String,
        /// Number of the text, from 0.
        row: usize,
        /// Its id.
        id: String,
        /// Its first row in the file.
        first_vector: u64,
        /// The fault; rows count from the first of this text.
        source: VectorError,
    },
    /// A document number of the ground truth names no document.
    #[error("{place}: query {query} names document {document}, but there are {num_documents}")]
    Truth {
        /// The file.
        place: String,
        /// The query, from 0.
        query: usize,
        /// The document number found.
        document: i64,
        /// Number of documents.
        num_documents: usize,
    },
    /// The file is no safetensors file, or lacks an array.
    #[error("{place}: {source}")]
    Safetensors {
        /// The file.
        place: String,
        /// The fault.
        source: SafetensorsError,
    },
    /// The file is no zip archive that can be read, or lacks an array.
    #[error("{place}: {reason}")]
    Zip {
        /// The file.
        place: String,
        /// The fault.
        reason: String,
    },
}

impl ImportError {
    /// Names the place of what a read said.
    pub(super) fn io(place: &str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { place: place.to_owned(), source }
    }
}
