use pleiad_vectors::VectorError;
use std::path::PathBuf;

/// Why an encoder cannot be loaded or cannot encode.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The tokenizer description is not the JSON that it should be.
    #[error("tokenizer.json: {0}")]
    TokenizerJson(#[from] serde_json::Error),
    /// The tokenizer asks for something that this implementation does not do.
    #[error("tokenizer.json: {what} is {found}, only {supported} is supported")]
    TokenizerUnsupported {
        /// The setting.
        what: &'static str,
        /// Value in the file.
        found: String,
        /// Values that would work.
        supported: &'static str,
    },
    /// Token ids and table rows do not belong together.
    #[error("tokenizer.json: token {token:?} has id {id}, but the table has {num_rows} rows")]
    TokenOutOfRange {
        /// The token.
        token: String,
        /// Its id.
        id: u32,
        /// Rows of the table.
        num_rows: usize,
    },
    /// The vocabulary lacks the token for unknown words.
    #[error("tokenizer.json: the unknown token {token:?} is not in the vocabulary")]
    NoUnknownToken {
        /// Its name.
        token: String,
    },
    /// A sequence that the model cannot take.
    #[error("a sequence of {num_tokens} tokens: the model takes 1 to {max_tokens}")]
    SequenceLength {
        /// Its tokens.
        num_tokens: usize,
        /// Most that the model takes.
        max_tokens: usize,
    },
    /// ONNX Runtime did not run a model.
    #[error("{path}: {reason}")]
    Onnx {
        /// The model.
        path: PathBuf,
        /// Reason that the system gives.
        reason: String,
    },
    /// The resulting rows are not a set of vectors.
    #[error("encoded text: {0}")]
    Vectors(#[from] VectorError),
}

/// Why bytes are not a safetensors file.
#[derive(Debug, thiserror::Error)]
pub enum SafetensorsError {
    /// The file ends before its header does.
    #[error(
        "the header should take {header_bytes} bytes, but only {found_bytes} follow: the file is truncated or not safetensors"
    )]
    Header {
        /// Length that the first eight bytes announce.
        header_bytes: u64,
        /// Bytes that are there.
        found_bytes: u64,
    },
    /// The header is larger than any sensible one.
    #[error(
        "a header of {header_bytes} bytes, more than the {limit_bytes} that are read: probably not safetensors"
    )]
    HeaderTooLarge {
        /// Length that the first eight bytes announce.
        header_bytes: u64,
        /// Longest header that is read.
        limit_bytes: u64,
    },
    /// The header is not the JSON that it should be.
    #[error("the header is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// There is no such tensor.
    #[error("no tensor `{name}`; the file has {present:?}")]
    Missing {
        /// The tensor wanted.
        name: String,
        /// The first tensors that are there.
        present: Vec<String>,
    },
    /// A tensor lies outside the file or its size does not fit its shape.
    #[error(
        "tensor `{name}`: bytes {begin}..{end} of {data_bytes}, but its shape needs {expected_bytes:?} bytes"
    )]
    Range {
        /// The tensor.
        name: String,
        /// First byte.
        begin: u64,
        /// Byte after the last.
        end: u64,
        /// Bytes of tensor data in the file.
        data_bytes: u64,
        /// Bytes that shape and element type need; none when the element type is unknown or the product overflows.
        expected_bytes: Option<u64>,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
