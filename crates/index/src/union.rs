use std::collections::HashSet;
use std::hash::Hash;

/// Joins the lists of several sources, each document once: the best of every list, then the second of every list, and so
/// on. Scores of different sources do not compare, so ranks decide.
///
/// Cost: one look into a hash set per entry; nothing for a single list.
pub fn union<I: Copy + Eq + Hash>(mut lists: Vec<Vec<I>>) -> Vec<I> {
    if lists.len() == 1 {
        return lists.remove(0);
    }
    let (mut seen, mut ids) = (HashSet::new(), Vec::new());
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..longest {
        for &id in lists.iter().filter_map(|list| list.get(rank)) {
            if seen.insert(id) {
                ids.push(id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_document_once_and_none_lost(lists in prop::collection::vec(prop::collection::btree_set(0u32..40, 0..30), 0..4)) {
            let found = union(lists.iter().map(|ids| ids.iter().copied().collect()).collect());
            let all: BTreeSet<u32> = lists.iter().flatten().copied().collect();
            prop_assert_eq!(found.len(), all.len());
            prop_assert_eq!(found.iter().copied().collect::<BTreeSet<u32>>(), all);
            // Whatever stands at rank r of a list is among the first (r + 1) · lists of the union.
            for list in &lists {
                for (rank, id) in list.iter().enumerate() {
                    let at = found.iter().position(|found| found == id).unwrap();
                    prop_assert!(at < (rank + 1) * lists.len());
                }
            }
        }
    }
}
