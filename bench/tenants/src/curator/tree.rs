use super::groups::GroupFilter;
use super::place::{Group, MAX_DEPTH, Place};
use super::{CuratorParams, units};
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::{Isa, dot};
use pleiad_vectors::Seed;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

/// A cluster of clusters, or of documents.
#[derive(Debug)]
pub struct Node {
    pub level: u32,
    pub parent: Option<u32>,
    /// Numbers of the nodes below; none at a leaf.
    pub children: Range<u32>,
    /// The way from the root to here.
    pub way: Place,
    /// Mean squared distance of the documents here to the centroid.
    pub variance: f32,
    /// Documents here that a group may see, for each group that has its shortlist at this node: in order, and not empty.
    pub shortlists: HashMap<Group, Vec<Place>>,
    /// The groups with a shortlist here or below.
    pub groups: GroupFilter,
}

/// Nodes, their centroids, and nothing of what is granted yet.
pub struct Tree {
    pub nodes: Vec<Node>,
    pub dim: usize,
    centroids: Vec<f32>,
    isa: Isa,
}

impl Node {
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }
}

impl Tree {
    /// Clusters of clusters by k-means, until each has few documents.
    pub fn train(vectors: &[f32], dim: usize, params: &CuratorParams) -> Self {
        let (rows, isa) = (units(vectors, dim), Isa::best());
        let mut tree = Self { nodes: Vec::new(), dim, centroids: Vec::new(), isa };
        let all: Vec<u32> = (0..(rows.len() / dim) as u32).collect();
        let mean: Vec<f32> = (0..dim).map(|at| rows.iter().skip(at).step_by(dim).sum::<f32>()).collect();
        let mean: Vec<f32> = mean.into_iter().map(|sum| sum / all.len().max(1) as f32).collect();
        tree.push(None, Place::ROOT, 0, &mean, params);
        let mut open = VecDeque::from([(0u32, all)]);
        while let Some((number, members)) = open.pop_front() {
            let (level, way) = (tree.nodes[number as usize].level, tree.nodes[number as usize].way);
            tree.nodes[number as usize].variance = tree.variance(number, &rows, &members);
            let num_children = members.len().div_ceil(params.leaf_size).min(params.branch);
            if num_children < 2 || level == MAX_DEPTH {
                continue;
            }
            let own: Vec<f32> =
                members.iter().flat_map(|&at| &rows[at as usize * dim..][..dim]).copied().collect();
            let kmeans = KMeansParams::new(num_children, Seed(u64::from(number)));
            let centroids = Centroids::train(&own, dim, &kmeans, isa, &in_order).expect("finite rows");
            if centroids.num_centroids() < 2 {
                continue;
            }
            let start = tree.nodes.len() as u32;
            let mut below = vec![Vec::new(); centroids.num_centroids()];
            for child in 0..below.len() {
                let centroid = centroids.row(child as u32);
                tree.push(Some(number), way.below(level, child), level + 1, centroid, params);
            }
            tree.nodes[number as usize].children = start..tree.nodes.len() as u32;
            for &at in &members {
                let row = &rows[at as usize * dim..][..dim];
                below[tree.nearest(number, row)].push(at);
            }
            open.extend((start..).zip(below));
        }
        tree
    }

    fn push(
        &mut self,
        parent: Option<u32>,
        way: Place,
        level: u32,
        centroid: &[f32],
        params: &CuratorParams,
    ) {
        self.centroids.extend_from_slice(centroid);
        self.nodes.push(Node {
            level,
            parent,
            children: 0..0,
            way,
            variance: 0.0,
            shortlists: HashMap::new(),
            groups: GroupFilter::new(params.filter_bits),
        });
    }

    pub fn centroid(&self, node: u32) -> &[f32] {
        &self.centroids[node as usize * self.dim..][..self.dim]
    }

    /// The squared distance of a vector of unit length to the centroid of a node.
    pub fn square(&self, node: u32, vector: &[f32]) -> f32 {
        let centroid = self.centroid(node);
        1.0 + dot(self.isa, centroid, centroid) - 2.0 * dot(self.isa, centroid, vector)
    }

    fn variance(&self, node: u32, rows: &[f32], members: &[u32]) -> f32 {
        let squares =
            members.iter().map(|&at| self.square(node, &rows[at as usize * self.dim..][..self.dim]));
        squares.sum::<f32>() / members.len().max(1) as f32
    }

    fn nearest(&self, node: u32, vector: &[f32]) -> usize {
        let children = self.nodes[node as usize].children.clone();
        let squares = children.map(|child| self.square(child, vector)).enumerate();
        squares.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(child, _)| child)
    }

    /// The leaf that a vector of unit length belongs to.
    pub fn leaf(&self, vector: &[f32]) -> u32 {
        let mut node = 0;
        while !self.nodes[node as usize].is_leaf() {
            node = self.nodes[node as usize].children.start + self.nearest(node, vector) as u32;
        }
        node
    }

    /// The node below one that leads to a place.
    pub fn towards(&self, node: u32, place: Place) -> u32 {
        let Node { children, level, .. } = &self.nodes[node as usize];
        children.start + place.child(*level) as u32
    }

    pub fn centroid_bytes(&self) -> usize {
        size_of_val(&*self.centroids)
    }
}
