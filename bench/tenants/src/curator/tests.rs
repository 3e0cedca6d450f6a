//! Random work against the plainest model there is: a set of documents for each group.

use super::place::Place;
use super::{Curator, CuratorParams, Group, SearchParams};
use pleiad_vectors::{Generator, Seed};
use std::collections::{BTreeMap, BTreeSet};

const DIM: usize = 6;
const NUM_DOCUMENTS: u64 = 1500;
const NUM_GROUPS: u64 = 40;

type Model = BTreeMap<u32, BTreeSet<Group>>;

fn vector(generator: &mut Generator) -> Vec<f32> {
    // Some are equal: no tree can take them apart.
    let mut own = Seed(generator.below(900)).generator();
    (0..DIM).map(|_| own.gaussian()).collect()
}

fn trained(filter_bits: usize) -> Curator {
    let mut generator = Seed(1).generator();
    let vectors: Vec<f32> = (0..600).flat_map(|_| vector(&mut generator)).collect();
    let params = CuratorParams { branch: 4, leaf_size: 16, shortlist_size: 12, filter_bits };
    Curator::train(&vectors, DIM, params)
}

fn skewed(generator: &mut Generator) -> Group {
    (NUM_GROUPS as f64 * generator.uniform().powi(3)) as Group
}

/// One random change of both.
fn change(curator: &mut Curator, model: &mut Model, generator: &mut Generator) {
    let document = generator.below(NUM_DOCUMENTS) as u32;
    let group = skewed(generator);
    match (generator.below(20), model.contains_key(&document)) {
        (0, true) => {
            let groups: Vec<Group> = model.remove(&document).unwrap_or_default().into_iter().collect();
            assert!(curator.remove(document, &groups));
        }
        (_, false) => {
            curator.insert(document, &vector(generator));
            model.insert(document, BTreeSet::new());
        }
        // As much is granted as taken, so that lists are split and merged again and again.
        (1..11, true) => {
            let is_new = model.get_mut(&document).is_some_and(|groups| groups.insert(group));
            assert_eq!(curator.grant(document, group), is_new);
        }
        _ => {
            // Mostly what is granted.
            let granted = model[&document].iter().next().copied();
            let group = granted.filter(|_| generator.below(4) > 0).unwrap_or(group);
            let was_there = model.get_mut(&document).is_some_and(|groups| groups.remove(&group));
            assert_eq!(curator.revoke(document, group), was_there);
        }
    }
}

fn granted(model: &Model, groups: &[Group]) -> Vec<u32> {
    let may_see = |own: &BTreeSet<Group>| groups.iter().any(|group| own.contains(group));
    model.iter().filter(|(_, own)| may_see(own)).map(|(document, _)| *document).collect()
}

fn compare(curator: &Curator, model: &Model, generator: &mut Generator) {
    for group in 0..NUM_GROUPS as Group {
        assert_eq!(curator.documents(&[group]), granted(model, &[group]), "group {group}");
    }
    for _ in 0..20 {
        let groups: BTreeSet<Group> = (0..=generator.below(4)).map(|_| skewed(generator)).collect();
        let groups: Vec<Group> = groups.into_iter().collect();
        let wanted = granted(model, &groups);
        let query = vector(generator);
        // A list that has room for all of them finds all of them, in the order of their inner products.
        let mut found = curator.search(&query, &groups, &SearchParams::new(NUM_DOCUMENTS as usize));
        let products: Vec<f32> =
            found.iter().map(|&document| product(curator.vector(document), &query)).collect();
        assert!(products.windows(2).all(|pair| pair[0] >= pair[1] - 1e-5), "{products:?}");
        found.sort_unstable();
        assert_eq!(found, wanted, "{groups:?}");
        let few = curator.search(&query, &groups, &SearchParams::new(5));
        assert_eq!(few.len(), wanted.len().min(5));
        assert!(few.iter().all(|document| wanted.binary_search(document).is_ok()), "{few:?}");
        assert_eq!(few.iter().collect::<BTreeSet<_>>().len(), few.len(), "each of them once");
    }
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    let length = b.iter().map(|value| value * value).sum::<f32>().sqrt();
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>() / length
}

/// The sanity check of the authors' code.
fn check(curator: &Curator) {
    let nodes = &curator.tree.nodes;
    for (number, node) in nodes.iter().enumerate() {
        assert_eq!(node.groups, curator.filter_of(number as u32), "the filter of {number}");
        for (group, list) in &node.shortlists {
            assert!(!list.is_empty() && list.is_sorted(), "{list:?}");
            assert!(
                node.is_leaf() || list.len() <= curator.params.shortlist_size,
                "a list of {}",
                list.len()
            );
            let is_here =
                |place: &Place| (0..node.level).all(|level| place.child(level) == node.way.child(level));
            assert!(list.iter().all(is_here), "{list:?} at {:?}", node.way);
            let mut above = node.parent;
            while let Some(parent) = above {
                assert!(!nodes[parent as usize].shortlists.contains_key(group), "two lists on one way");
                above = nodes[parent as usize].parent;
            }
        }
        for group in 0..NUM_GROUPS as Group {
            assert!(!curator.is_mergeable(number as u32, group), "group {group} could be merged at {number}");
        }
    }
}

#[test]
fn shortlists_hold_what_is_granted_after_a_hundred_thousand_changes() {
    let (mut curator, mut model, mut generator) = (trained(9600), Model::new(), Seed(2).generator());
    for at in 1..=100_000 {
        change(&mut curator, &mut model, &mut generator);
        if at % 10_000 == 0 {
            check(&curator);
            compare(&curator, &model, &mut generator);
        }
    }
    let (num_nodes, num_lists) = curator.counts();
    assert!(num_nodes > 40 && num_lists > 5 * NUM_GROUPS as usize, "{num_nodes} nodes, {num_lists} lists");
}

#[test]
fn nothing_is_shown_that_is_not_granted_where_every_filter_says_yes_to_everything() {
    // No bits: always yes. 64 bits: yes to most.
    for filter_bits in [0, 64] {
        let (mut curator, mut model, mut generator) =
            (trained(filter_bits), Model::new(), Seed(3).generator());
        for at in 1..=100_000 {
            change(&mut curator, &mut model, &mut generator);
            if at % 20_000 == 0 {
                compare(&curator, &model, &mut generator);
            }
        }
    }
}

#[test]
fn everything_is_given_back() {
    let (mut curator, mut model, mut generator) = (trained(9600), Model::new(), Seed(4).generator());
    (0..20_000).for_each(|_| change(&mut curator, &mut model, &mut generator));
    for (document, groups) in model {
        assert!(curator.remove(document, &groups.into_iter().collect::<Vec<_>>()));
        assert!(!curator.remove(document, &[]) && !curator.revoke(document, 0));
    }
    assert_eq!(curator.counts().1, 0);
    assert!(
        curator
            .tree
            .nodes
            .iter()
            .all(|node| (0..NUM_GROUPS as Group).all(|group| !node.groups.contains(group)))
    );
    assert!(curator.search(&[1.0; DIM], &[0, 1], &SearchParams::new(10)).is_empty());
}

#[test]
fn equal_documents_and_none_at_all_make_a_tree() {
    for vectors in [vec![], vec![0.5; 300 * DIM], vec![0.0; 300 * DIM]] {
        let mut curator =
            Curator::train(&vectors, DIM, CuratorParams { leaf_size: 16, ..CuratorParams::default() });
        for document in 0..2000 {
            curator.insert(document, &[0.5; DIM]);
            assert!(curator.grant(document, document % 2));
        }
        assert_eq!(curator.documents(&[1]).len(), 1000);
        assert_eq!(curator.search(&[1.0; DIM], &[0], &SearchParams::new(2000)).len(), 1000);
    }
}
