use crate::EncodeError;

/// Why no table can be made.
#[derive(Debug, thiserror::Error)]
pub enum DistillError {
    /// So many values in a row cannot be had.
    #[error(
        "{dim} values in a row: at least 1, and at most the {model_dim} of the model and the {num_rows} rows"
    )]
    Dim {
        /// What was asked for.
        dim: usize,
        /// Values per token of the model.
        model_dim: usize,
        /// Stems and pieces learned.
        num_rows: usize,
    },
    /// The rules cannot be written.
    #[error("static.json: {0}")]
    Json(#[from] serde_json::Error),
    /// The model failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
