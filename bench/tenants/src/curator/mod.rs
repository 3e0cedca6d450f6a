//! Curator: one tree of clusters that all groups share, and in it for each group shortlists of the documents that it may see.
//!
//! After "Curator: Efficient Vector Search with Low-Selectivity Filters" (arXiv 2601.01291):
//!
//! ```text
//! root ── shortlists {9: [..]}          a group of few documents has one list, high up
//!  ├─ node ── filter {1, 2}             a Bloom filter says which groups have lists below
//!  │   ├─ leaf ── {1: [..], 2: [..]}    a list that grows too long is split among the children,
//!  │   └─ leaf ── {1: [..]}             and lists that are short enough together are merged again
//!  └─ node ── filter {1}
//! ```
//!
//! Unlike the authors' code, places cannot run over into a sibling's ([`place`]), filters are exact after every revocation,
//! documents can be removed, a reader may have several groups, and a search goes on after one list without success.

mod access;
mod groups;
mod place;
mod search;
#[cfg(test)]
mod tests;
mod tree;

pub use place::Group;

use place::{MAX_BRANCH, MAX_DOCUMENTS, Place};
use pleiad_kernels::{Isa, dot};
use tree::Tree;

/// A leaf's number of a document that is not there.
const NONE: u32 = u32::MAX;

/// The shape of a tree.
#[derive(Debug, Clone)]
pub struct CuratorParams {
    /// Most children of a node, at most 64.
    pub branch: usize,
    /// Documents of a leaf, about.
    pub leaf_size: usize,
    /// Most places in a shortlist above the leaves.
    pub shortlist_size: usize,
    /// Bits of each Bloom filter, a multiple of 64.
    pub filter_bits: usize,
}

impl Default for CuratorParams {
    /// The paper's values; filters are wrong about one group in a hundred where a thousand are in them.
    fn default() -> Self {
        Self { branch: 32, leaf_size: 128, shortlist_size: 256, filter_bits: 9600 }
    }
}

/// Effort of a search.
#[derive(Debug, Clone)]
pub struct SearchParams {
    /// Documents returned, at most.
    pub list_size: usize,
    /// Nodes of a level that the first way down keeps.
    pub beam: usize,
    /// Share of a node's variance that it counts as nearer than its centroid.
    pub variance_boost: f32,
    /// Shortlists in a row without success that end a search. The paper's one loses recall where lists are short.
    pub patience: usize,
}

impl SearchParams {
    pub fn new(list_size: usize) -> Self {
        Self { list_size, beam: 8, variance_boost: 0.4, patience: 4 }
    }
}

/// The tree with what is granted, and one vector of unit length for each document.
pub struct Curator {
    params: CuratorParams,
    tree: Tree,
    vectors: Vec<f32>,
    /// Leaf of each document, or [`NONE`].
    leaves: Vec<u32>,
}

impl Curator {
    /// Trains a tree with the vectors of some documents, row-major, which it does not keep.
    ///
    /// # Panics
    /// When a node could have more than 64 children.
    pub fn train(vectors: &[f32], dim: usize, params: CuratorParams) -> Self {
        assert!(params.branch <= MAX_BRANCH, "{} children of a node", params.branch);
        let tree = Tree::train(vectors, dim, &params);
        Self { params, tree, vectors: Vec::new(), leaves: Vec::new() }
    }

    /// Inserts a document that no group may see yet. One that is there has to be removed first.
    ///
    /// # Panics
    /// When it is there, or its number takes more than 22 bits.
    pub fn insert(&mut self, document: u32, vector: &[f32]) {
        let (at, dim) = (document as usize, self.tree.dim);
        assert!(at < MAX_DOCUMENTS, "document {document}");
        if self.leaves.len() <= at {
            self.leaves.resize(at + 1, NONE);
            self.vectors.resize((at + 1) * dim, 0.0);
        }
        assert_eq!(self.leaves[at], NONE, "document {document} is there");
        let unit = units(vector, dim);
        self.leaves[at] = self.tree.leaf(&unit);
        self.vectors[at * dim..][..dim].copy_from_slice(&unit);
    }

    /// Removes a document that these groups may see. `false` where it was not there.
    pub fn remove(&mut self, document: u32, groups: &[Group]) -> bool {
        groups.iter().for_each(|&group| _ = self.revoke(document, group));
        let leaf = self.leaves.get_mut(document as usize);
        leaf.is_some_and(|leaf| std::mem::replace(leaf, NONE) != NONE)
    }

    fn place(&self, document: u32) -> Option<Place> {
        let leaf = *self.leaves.get(document as usize)?;
        self.tree.nodes.get(leaf as usize).map(|leaf| leaf.way.of(document))
    }

    fn vector(&self, document: u32) -> &[f32] {
        &self.vectors[document as usize * self.tree.dim..][..self.tree.dim]
    }

    /// Bytes of shortlists with what maps and spare places take, of filters, and of all else but the documents' vectors.
    pub fn bytes(&self) -> [usize; 3] {
        // A map has a byte of its own for each place, and places for eight of seven entries.
        let entry = size_of::<(Group, Vec<Place>)>() + 1;
        let (mut lists, mut filters) = (0, 0);
        for node in &self.tree.nodes {
            lists += node.shortlists.capacity() * 8 / 7 * entry;
            lists += node.shortlists.values().map(|list| list.capacity() * size_of::<Place>()).sum::<usize>();
            filters += node.groups.num_bytes();
        }
        let nodes = size_of_val(&*self.tree.nodes) + self.tree.centroid_bytes();
        [lists, filters, nodes + size_of_val(&*self.leaves)]
    }

    /// Returns the number of nodes, and of shortlists.
    pub fn counts(&self) -> (usize, usize) {
        let nodes = &self.tree.nodes;
        (nodes.len(), nodes.iter().map(|node| node.shortlists.len()).sum())
    }
}

/// Rows at unit length; those without any length stay as they are.
fn units(rows: &[f32], dim: usize) -> Vec<f32> {
    let isa = Isa::best();
    let unit = |row: &[f32]| {
        let length = dot(isa, row, row).sqrt();
        let factor = if length > 0.0 { 1.0 / length } else { 1.0 };
        row.iter().map(|value| value * factor).collect::<Vec<f32>>()
    };
    rows.chunks_exact(dim).flat_map(unit).collect()
}
