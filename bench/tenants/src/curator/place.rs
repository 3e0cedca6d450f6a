use std::fmt;

/// A group of readers.
pub type Group = u32;

/// Most levels below the root: six bits for the child at each of them, and 22 bits for the document.
pub const MAX_DEPTH: u32 = 7;

/// Most children of a node.
pub const MAX_BRANCH: usize = 1 << CHILD_BITS;

/// Most documents.
pub const MAX_DOCUMENTS: usize = 1 << DOCUMENT_BITS;

const CHILD_BITS: u32 = 6;
const DOCUMENT_BITS: u32 = 64 - CHILD_BITS * MAX_DEPTH;

/// A document with its way through the tree: the child at each level from the top bits on, the document's number in the last
/// ones. In their order documents are grouped by subtree, whatever the subtree.
///
/// The paper counts slots within a leaf in ten bits, and a leaf with more documents runs over into its sibling's bits. With
/// the document's own number none can, and nothing has to be looked up for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(u64);

impl Place {
    /// The root's way, which is none.
    pub const ROOT: Self = Self(0);

    /// The same way and one child further.
    pub fn below(self, level: u32, child: usize) -> Self {
        debug_assert!(level < MAX_DEPTH && child < MAX_BRANCH);
        Self(self.0 | (child as u64) << shift(level))
    }

    /// The place of a document at the end of this way.
    pub fn of(self, document: u32) -> Self {
        debug_assert!((document as usize) < MAX_DOCUMENTS);
        Self(self.0 | u64::from(document))
    }

    /// The child that leads on from a node of this level.
    pub fn child(self, level: u32) -> usize {
        (self.0 >> shift(level)) as usize & (MAX_BRANCH - 1)
    }

    /// The document's number.
    pub fn document(self) -> u32 {
        (self.0 & (MAX_DOCUMENTS as u64 - 1)) as u32
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way: Vec<String> = (0..MAX_DEPTH).map(|level| self.child(level).to_string()).collect();
        write!(f, "{}:{}", way.join("."), self.document())
    }
}

fn shift(level: u32) -> u32 {
    64 - CHILD_BITS * (level + 1)
}
