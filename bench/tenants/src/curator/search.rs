use super::place::Group;
use super::{Curator, SearchParams, units};
use pleiad_kernels::{Isa, dot};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Most groups of a reader: each has a bit while the tree is walked.
pub const MAX_GROUPS: usize = 64;

/// The question.
struct Question<'a> {
    query: &'a [f32],
    groups: &'a [Group],
    params: &'a SearchParams,
}

/// A node on the way, with those groups of the reader that may have something there. The greatest is the nearest.
#[derive(Clone, Copy, PartialEq)]
struct Step {
    /// Squared distance of its centroid, less what its documents may be nearer.
    square: f32,
    node: u32,
    groups: u64,
    /// Its children are already on the way.
    is_expanded: bool,
}

impl Eq for Step {}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        other.square.total_cmp(&self.square).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The nearest documents so far.
struct Nearest {
    /// The worst on top: bits of the inner product in an order that integers have, and the document.
    heap: BinaryHeap<Reverse<(i32, u32)>>,
    len: usize,
    /// A bit for each document; empty where a reader has one group, whose shortlists have nothing in common.
    seen: Vec<u64>,
}

impl Nearest {
    fn is_new(&mut self, document: u32) -> bool {
        let Some(word) = self.seen.get_mut(document as usize / 64) else { return true };
        let bit = 1 << (document % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Returns whether it belongs to the nearest.
    fn offer(&mut self, product: f32, document: u32) -> bool {
        let bits = product.to_bits() as i32;
        let entry = (bits ^ ((bits >> 31) as u32 >> 1) as i32, document);
        if self.heap.len() >= self.len {
            if self.heap.peek().is_none_or(|worst| worst.0 >= entry) {
                return false;
            }
            self.heap.pop();
        }
        self.heap.push(Reverse(entry));
        true
    }
}

impl Curator {
    /// The documents nearest to a query among those that one of the groups may see, nearest first: the candidates of a search.
    ///
    /// A beam goes down the tree first, so that lists near the query are read before others; from there on the nearest node
    /// is next, until some lists in a row have brought nothing.
    ///
    /// # Panics
    /// At more than [`MAX_GROUPS`] groups, or when the query has another dimension.
    pub fn search(&self, query: &[f32], groups: &[Group], params: &SearchParams) -> Vec<u32> {
        assert!(groups.len() <= MAX_GROUPS, "{} groups of a reader", groups.len());
        assert_eq!(query.len(), self.tree.dim, "values of a query");
        let query = units(query, self.tree.dim);
        let num_words = if groups.len() > 1 { self.leaves.len().div_ceil(64) } else { 0 };
        let mut nearest =
            Nearest { heap: BinaryHeap::new(), len: params.list_size, seen: vec![0; num_words] };
        let question = Question { query: &query, groups, params };
        let mut frontier = self.descend(&question);
        let mut num_idle = 0;
        while let Some(step) = frontier.pop() {
            let (here, below) = self.split_groups(step, groups);
            if here != 0 {
                let has_improved = self.read(step.node, here, &question, &mut nearest);
                num_idle = if has_improved { 0 } else { num_idle + 1 };
                if num_idle >= params.patience {
                    break;
                }
            }
            if !step.is_expanded {
                frontier.extend(self.steps_below(step.node, below, &question));
            }
        }
        let mut found: Vec<(i32, u32)> = nearest.heap.into_iter().map(|entry| entry.0).collect();
        found.sort_unstable_by_key(|&(product, document)| (Reverse(product), document));
        found.into_iter().map(|(_, document)| document).collect()
    }

    /// All documents that one of the groups may see, in the order of their numbers.
    pub fn documents(&self, groups: &[Group]) -> Vec<u32> {
        let mut documents = Vec::new();
        let mut open = vec![Step { square: 0.0, node: 0, groups: all(groups), is_expanded: false }];
        while let Some(step) = open.pop() {
            let (here, below) = self.split_groups(step, groups);
            let node = &self.tree.nodes[step.node as usize];
            let lists = of(here, groups).map(|group| &node.shortlists[&group]);
            documents.extend(lists.flatten().map(|place| place.document()));
            if below != 0 {
                open.extend(node.children.clone().map(|node| Step { node, groups: below, ..step }));
            }
        }
        documents.sort_unstable();
        documents.dedup();
        documents
    }

    /// The beam: everything that it came by and did not read.
    fn descend(&self, question: &Question<'_>) -> BinaryHeap<Step> {
        let mut frontier = BinaryHeap::new();
        let mut beam = vec![self.step(0, all(question.groups), question)];
        while !beam.is_empty() {
            let mut next = Vec::new();
            for step in beam {
                let (here, below) = self.split_groups(step, question.groups);
                if here != 0 {
                    frontier.push(Step { groups: here, is_expanded: true, ..step });
                }
                next.extend(self.steps_below(step.node, below, question));
            }
            next.sort_unstable_by(|a: &Step, b| b.cmp(a));
            let num_kept = question.params.beam.min(next.len());
            frontier.extend(next.drain(num_kept..));
            beam = next;
        }
        frontier
    }

    fn step(&self, node: u32, groups: u64, question: &Question<'_>) -> Step {
        let variance = self.tree.nodes[node as usize].variance;
        let square = self.tree.square(node, question.query) - question.params.variance_boost * variance;
        Step { square, node, groups, is_expanded: false }
    }

    /// The children where one of the groups may have something.
    fn steps_below(&self, node: u32, below: u64, question: &Question<'_>) -> Vec<Step> {
        let children = if below == 0 { 0..0 } else { self.tree.nodes[node as usize].children.clone() };
        let groups_at = |child: u32| {
            let node = &self.tree.nodes[child as usize];
            let may_have = |&at: &usize| node.groups.contains(question.groups[at]);
            bits(below).filter(may_have).fold(0, |groups, at| groups | 1 << at)
        };
        let steps = children.map(|child| (child, groups_at(child))).filter(|(_, groups)| *groups != 0);
        steps.map(|(child, groups)| self.step(child, groups, question)).collect()
    }

    /// The groups of a step that have a shortlist at its node, and those that may have one below.
    fn split_groups(&self, step: Step, groups: &[Group]) -> (u64, u64) {
        let node = &self.tree.nodes[step.node as usize];
        let (mut here, mut below) = (0, 0);
        for at in bits(step.groups) {
            if node.shortlists.contains_key(&groups[at]) {
                here |= 1 << at;
            } else if !node.is_leaf() && node.groups.contains(groups[at]) {
                below |= 1 << at;
            }
        }
        (here, below)
    }

    /// Reads the shortlists of some groups at a node. Returns whether one of their documents is among the nearest.
    fn read(&self, node: u32, here: u64, question: &Question<'_>, nearest: &mut Nearest) -> bool {
        let (node, isa) = (&self.tree.nodes[node as usize], Isa::best());
        let mut has_improved = false;
        for place in of(here, question.groups).flat_map(|group| &node.shortlists[&group]) {
            let document = place.document();
            if nearest.is_new(document) {
                has_improved |= nearest.offer(dot(isa, self.vector(document), question.query), document);
            }
        }
        has_improved
    }
}

/// A bit for each group of a reader.
fn all(groups: &[Group]) -> u64 {
    (0..groups.len()).fold(0, |all, at| all | 1 << at)
}

fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (at < MAX_GROUPS).then_some(at)
    })
}

fn of(set: u64, groups: &[Group]) -> impl Iterator<Item = Group> {
    bits(set).map(|at| groups[at])
}
