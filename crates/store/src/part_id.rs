/// The identity of a part of a collection: stable for as long as the part exists, and never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartId {
    /// The segment of this number.
    Segment(u64),
    /// The batch of this sequence, still in the log.
    Batch(u64),
}
