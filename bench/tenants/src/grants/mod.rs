//! Documents of several groups: a filter, Curator's tree, and a collection for each group.

mod changes;
mod corpus;
mod real;
mod ways;

use crate::curator::{Curator, Group};
use crate::tenants::measure;
use corpus::{Corpus, DIM, NUM_GROUPS, NUM_QUERY_TOKENS, NUM_TOKENS};
use pleiad::{Predicate, Query, Snapshot};
use pleiad_bench_measure::report::{Report, grouped};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use ways::{FDE_DIM, K, RECALL, Summary};

const NUM_DOCUMENTS: u64 = 200_000;

/// Readers by their groups: of one from the largest on, and of several.
const READERS: [&[Group]; 9] = [
    &[0],
    &[9],
    &[99],
    &[299],
    &[999],
    &[99, 299],
    &[9, 99, 299, 599, 999],
    &[299, 399, 499, 599, 699, 799, 899, 999],
    &[499, 599, 699, 799, 899, 919, 929, 939, 949, 959, 969, 979, 989, 999, 909, 889, 879, 869, 859, 849],
];

/// Documents that the tree returns, the least that finds enough of them is taken.
const LIST_SIZES: [usize; 20] =
    [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096, 8192, 32_768, 200_000];

/// A tree with the vectors that it is made of.
struct Planted {
    name: &'static str,
    summary: Summary,
    tree: Curator,
}

/// All that is compared.
struct Compared {
    corpus: Corpus,
    shared: Snapshot,
    alone: BTreeMap<Group, Snapshot>,
    trees: Vec<Planted>,
}

/// Runs the benchmark. A number on the command line is that of the documents.
pub fn run() -> Report {
    let num_documents = std::env::args().nth(2).map_or(NUM_DOCUMENTS, |word| word.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let corpus = Corpus::new(num_documents);
    let all: Vec<u32> = (0..num_documents as u32).collect();
    eprintln!("{} grants", corpus.num_grants());
    let collection = ways::build(&folder.path().join("shared"), &corpus, &all, true);
    let shared = collection.snapshot().expect("a snapshot");
    let alone = alone(folder.path(), &corpus);
    let mut trees = Vec::new();
    for (name, summary) in [("mean", Summary::Mean), ("FDE", Summary::fde(DIM))] {
        let tree = ways::tree(&corpus, &summary);
        trees.push(Planted { name, summary, tree });
    }
    let granted: Vec<f64> =
        trees.iter_mut().map(|planted| changes::grant_all(&corpus, &mut planted.tree)).collect();
    let compared = Compared { corpus, shared, alone, trees };
    let mut report = report(&compared);
    report.table(
        "A search",
        &[
            "reader's groups, of documents",
            "documents seen",
            "collections alone: CPU-µs (recall)",
            "filter, cold",
            "filter, again (recall)",
            "filter, exact",
            "tree of means: CPU-µs (candidates, recall)",
            "tree of FDEs: CPU-µs (candidates, recall)",
        ],
        &READERS.map(|reader| compared.row(reader)),
    );
    let Compared { corpus, shared, mut trees, .. } = compared;
    let bytes = changes::Bytes::new(&shared, &corpus);
    let rows: Vec<_> = std::iter::once(changes::of_engine(&ways::writer(&collection), &corpus, &bytes))
        .chain(trees.iter_mut().zip(granted).map(|(planted, granted)| {
            changes::of_tree(&format!("tree of {}s", planted.name), &mut planted.tree, &corpus, granted)
        }))
        .collect();
    report.table("Grants", &changes::COLUMNS, &rows);
    report.paragraph(&bytes.told(&trees.iter().map(|planted| &planted.tree).collect::<Vec<_>>()));
    report.table(
        "Candidates for a share of the exact best 10, were the tree perfect: real tokens, no grants",
        &real::COLUMNS,
        &real::rows(),
    );
    report
}

fn report(compared: &Compared) -> Report {
    let corpus = &compared.corpus;
    Report::new(
        "Grants: documents of several groups",
        &format!(
            "{} synthetic documents of {NUM_TOKENS} tokens of dimension {DIM}, in one segment; 1 to 50 of {NUM_GROUPS} groups may see each, numbers \
             of grants and of groups by Zipf's law: {} grants. A reader has one group or several; the best {K} for {} questions of \
             {NUM_QUERY_TOKENS} tokens. `filter` is `groups IN (..)` in one collection, with a promise of {RECALL}: `cold` finds the rows for each question, \
             `again` has them from the question before. `alone` asks a collection for each of the reader's groups, with the same promise, and merges. The \
             tree is Curator's (v2: 32 children, lists of 256, a beam of 8; four lists in a row without success end a search) over one vector \
             of a document: the mean of its tokens, or an FDE of {FDE_DIM} values. Its candidates are scored by MaxSim in single \
             precision, from memory; their number is the least of a ladder that finds as much of the exact best as the filter does. Recall is against exact \
             MaxSim among all that the reader may see. CPU of the process; medians of interleaved rounds.",
            grouped(corpus.documents.len() as f64),
            grouped(corpus.num_grants() as f64),
            corpus.asked.len(),
        ),
    )
}

fn alone(folder: &Path, corpus: &Corpus) -> BTreeMap<Group, Snapshot> {
    let groups: BTreeSet<Group> = READERS.iter().copied().flatten().copied().collect();
    let alone = |group: Group| {
        let documents = corpus.seen_by(&[group]);
        let collection = ways::build(&folder.join(ways::name(group)), corpus, &documents, false);
        (group, collection.snapshot().expect("a snapshot"))
    };
    groups.into_iter().map(alone).collect()
}

impl Compared {
    /// The share of the exact best that a way finds, on average.
    fn recall(&self, exact: &[Vec<u32>], way: &dyn Fn(&Query) -> Vec<u32>) -> f64 {
        let (mut found, mut wanted) = (0, 0);
        for (query, exact) in self.corpus.asked.iter().zip(exact) {
            let hits = way(query);
            found += exact.iter().filter(|document| hits.contains(document)).count();
            wanted += exact.len();
        }
        found as f64 / wanted.max(1) as f64
    }

    /// The least number of candidates with which a tree finds as much, and what it finds.
    fn list_size(
        &self,
        planted: &Planted,
        reader: &[Group],
        exact: &[Vec<u32>],
        wanted: f64,
    ) -> (usize, f64) {
        let Planted { summary, tree, .. } = planted;
        let recall = |list_size: usize| {
            self.recall(exact, &|query| {
                ways::search_tree(tree, summary, &self.corpus, query, reader, list_size)
            })
        };
        let mut tried = LIST_SIZES.into_iter().map(|list_size| (list_size, recall(list_size)));
        tried
            .find(|(list_size, recall)| *recall >= wanted || *list_size == LIST_SIZES[LIST_SIZES.len() - 1])
            .expect("the last")
    }

    fn row(&self, reader: &[Group]) -> Vec<String> {
        let seen = self.corpus.seen_by(reader);
        for planted in &self.trees {
            assert_eq!(planted.tree.documents(reader), seen, "shortlists hold what is granted");
        }
        let exact: Vec<Vec<u32>> =
            self.corpus.asked.iter().map(|query| self.corpus.best(query, &seen, K)).collect();
        let each: Vec<&Snapshot> = reader.iter().map(|group| &self.alone[group]).collect();
        let filter = ways::filter(reader, None);
        let numbers = |query: &Query, filter: &Predicate, exact| {
            ways::numbers(ways::search(&self.shared, query, Some(filter.clone()), exact))
        };
        let filtered = self.recall(&exact, &|query| numbers(query, &filter, false));
        let list_size = |planted: &Planted| self.list_size(planted, reader, &exact, filtered);
        let sizes: Vec<(usize, f64)> = self.trees.iter().map(list_size).collect();
        let query = |at: u64| &self.corpus.asked[at as usize % self.corpus.asked.len()];
        let next = Cell::new(0);
        let of_tree = |number: usize, at| {
            let Planted { summary, tree, .. } = &self.trees[number];
            drop(ways::search_tree(tree, summary, &self.corpus, query(at), reader, sizes[number].0));
        };
        let measured = measure(&[
            &|at| drop(ways::search_each(&each, query(at))),
            &|at| {
                next.set(next.get() + 1);
                drop(numbers(query(at), &ways::filter(reader, Some(next.get())), false));
            },
            &|at| drop(numbers(query(at), &filter, false)),
            &|at| drop(numbers(query(at), &filter, true)),
            &|at| of_tree(0, at),
            &|at| of_tree(1, at),
        ]);
        let micros: Vec<String> = measured.iter().map(|(micros, _)| grouped(*micros)).collect();
        let alone = self.recall(&exact, &|query| ways::search_each(&each, query));
        let of_groups: Vec<String> = match reader {
            [group] => vec![grouped(self.corpus.seen_by(&[*group]).len() as f64)],
            _ => vec![format!("{} groups", reader.len())],
        };
        let row = vec![
            of_groups.join(" + "),
            grouped(seen.len() as f64),
            format!("{} ({alone:.3})", micros[0]),
            micros[1].clone(),
            format!("{} ({filtered:.3})", micros[2]),
            micros[3].clone(),
            format!("{} ({}, {:.3})", micros[4], grouped(sizes[0].0 as f64), sizes[0].1),
            format!("{} ({}, {:.3})", micros[5], grouped(sizes[1].0 as f64), sizes[1].1),
        ];
        eprintln!("{}", row.join(" | "));
        row
    }
}
