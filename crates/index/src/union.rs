use pleiad_vectors::Ranked;
use std::collections::HashSet;
use std::hash::Hash;

/// What several sources found, each document once: the best of every list, then the second of every list, and so on.
/// Scores of different sources do not compare, so ranks decide.
///
/// Cost: one look into a hash set per entry; nothing for a single list.
pub fn union<I: Copy + Eq + Hash>(mut lists: Vec<Vec<Ranked<I>>>) -> Vec<I> {
    if lists.len() == 1 {
        return lists.remove(0).into_iter().map(|entry| entry.id).collect();
    }
    let (mut seen, mut ids) = (HashSet::new(), Vec::new());
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..longest {
        for entry in lists.iter().filter_map(|list| list.get(rank)) {
            if seen.insert(entry.id) {
                ids.push(entry.id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Score;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_document_once_and_none_lost(lists in prop::collection::vec(prop::collection::btree_set(0u32..40, 0..30), 0..4)) {
            let ranked = |ids: &BTreeSet<u32>| -> Vec<Ranked<u32>> {
                ids.iter().map(|&id| Ranked { id, score: Score::new(-(id as f32)).unwrap() }).collect()
            };
            let found = union(lists.iter().map(ranked).collect());
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
