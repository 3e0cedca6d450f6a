use crate::encoder::TokenSpan;

/// The result of one sequence.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Row-major `[num_tokens, dim]`.
    pub(super) rows: Vec<f32>,
    pub(super) tokens: Vec<TokenSpan>,
    /// Vector of the whole text, not normalized yet.
    pub(super) sentence: Option<Vec<f32>>,
    pub(super) num_truncated: usize,
}
