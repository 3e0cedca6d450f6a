//! The heuristic before MUVERA: search the tokens, and take the documents they belong to.

use crate::fde_data::{Data, Needed, candidates_needed};
use pleiad_kernels::{Isa, dot};

/// Longest list of a query token. Documents that no list shows come last.
const MAX_LIST: usize = 1 << 15;

/// Candidates needed when documents come in the order in which the query tokens' lists, read side by side, first
/// show them.
pub fn measure(data: &Data) -> Needed {
    let tokens: Vec<(&[f32], u32)> = (0u32..)
        .zip(&data.documents)
        .flat_map(|(id, document)| document.rows().map(move |row| (row, id)))
        .collect();
    candidates_needed(data, |query| {
        let lists: Vec<Vec<u32>> = data.queries[query].rows().map(|row| nearest(row, &tokens)).collect();
        first_appearances(&lists, data.documents.len())
    })
}

/// Documents of the nearest tokens, nearest first.
fn nearest(query: &[f32], tokens: &[(&[f32], u32)]) -> Vec<u32> {
    let isa = Isa::best();
    let mut found: Vec<(f32, u32)> = tokens.iter().map(|(row, id)| (dot(isa, query, row), *id)).collect();
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if found.len() > MAX_LIST {
        found.select_nth_unstable_by(MAX_LIST, order);
        found.truncate(MAX_LIST);
    }
    found.sort_unstable_by(order);
    found.into_iter().map(|(_, id)| id).collect()
}

/// Every first entry, then every second, and so on, each document once.
fn first_appearances(lists: &[Vec<u32>], num_documents: usize) -> Vec<usize> {
    let (mut seen, mut order) = (vec![false; num_documents], Vec::new());
    for rank in 0..lists.iter().map(Vec::len).max().unwrap_or(0) {
        for &id in lists.iter().filter_map(|list| list.get(rank)) {
            if !std::mem::replace(&mut seen[id as usize], true) {
                order.push(id as usize);
            }
        }
    }
    order
}
