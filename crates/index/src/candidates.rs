use crate::Stats;
use pleiad_vectors::Ranked;

/// What an index found, and what that took.
pub type Found<I> = (Vec<Ranked<I>>, Stats);

/// An index that names candidates for one query, and says what that took.
pub trait Candidates {
    /// What names a document.
    type Id: Ord + Copy;
    /// Why the index could not be searched.
    type Error;

    /// The most promising documents, best first, at most `num_candidates`; ties break by id.
    ///
    /// # Errors
    /// Whatever kept a part of the index from being read: never a shorter list.
    fn candidates(&self, num_candidates: usize) -> Result<Found<Self::Id>, Self::Error>;
}
