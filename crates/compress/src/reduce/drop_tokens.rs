use super::ReduceError;
use pleiad_vectors::{MultiVector, MultiVectorRef};

/// Tokens that remain after a skip list.
#[derive(Debug, Clone, PartialEq)]
pub struct Remaining {
    /// The rows that were not dropped, in order, bit for bit; perhaps none.
    pub vectors: MultiVector,
    /// Index that each remaining token had.
    pub tokens: Vec<u32>,
}

/// Drops the tokens that the caller names (punctuation, padding, stop words), in any order, repeated or not.
///
/// Cost: one pass over the values.
///
/// # Errors
/// [`ReduceError::NoSuchToken`] for a row that is not there.
pub fn drop_tokens(tokens: MultiVectorRef<'_>, dropped: &[u32]) -> Result<Remaining, ReduceError> {
    let num_tokens = tokens.num_tokens();
    let mut keep = vec![true; num_tokens];
    for &token in dropped {
        *keep.get_mut(token as usize).ok_or(ReduceError::NoSuchToken { token, num_tokens })? = false;
    }
    let left: Vec<u32> = (0..num_tokens as u32).filter(|&token| keep[token as usize]).collect();
    let mut data = Vec::with_capacity(left.len() * tokens.dim());
    for (row, _) in tokens.rows().zip(&keep).filter(|(_, keep)| **keep) {
        data.extend_from_slice(row);
    }
    Ok(Remaining { vectors: MultiVector::new(data, tokens.dim())?, tokens: left })
}
