use super::gather::gather;
use super::{Aggregate, ReduceError, Reduced};
use pleiad_vectors::MultiVectorRef;
use std::collections::HashMap;

/// Joins the tokens of each whole word: tokens with equal numbers in `words` share a row.
///
/// Give every *occurrence* of a word its own number to join word pieces alone; give all occurrences the number of
/// their word to keep each word once, as ColBERTer's bag of unique whole words does (BOW², arXiv 2203.13088, eq. 4,
/// with [`Aggregate::Mean`]). The first `protected_tokens` stay as they are, whatever their numbers.
///
/// Cost: one pass over the values and a hash table of the words.
///
/// # Errors
/// [`ReduceError::Words`] unless there is a number for each token, [`ReduceError::Overflow`] when a row leaves the
/// range of `f32`.
pub fn join_words(
    tokens: MultiVectorRef<'_>,
    words: &[u32],
    protected_tokens: usize,
    aggregate: Aggregate,
) -> Result<Reduced, ReduceError> {
    if words.len() != tokens.num_tokens() {
        return Err(ReduceError::Words { expected: tokens.num_tokens(), found: words.len() });
    }
    let mut first = HashMap::new();
    let cluster = |(token, word)| {
        let token = token as u32;
        if (token as usize) < protected_tokens { token } else { *first.entry(word).or_insert(token) }
    };
    gather(tokens, words.iter().enumerate().map(cluster).collect(), aggregate)
}
