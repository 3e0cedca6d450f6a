use super::corpus::{Corpus, NUM_GROUPS};
use super::ways;
use crate::curator::{Curator, Group};
use pleiad::{Amendment, Batch, DocKey, Snapshot, Writer};
use pleiad_bench_measure::clock::{cpu_seconds, process_cpu_seconds};
use pleiad_bench_measure::report::grouped;
use pleiad_vectors::Seed;

pub const COLUMNS: [&str; 6] = [
    "way",
    "bytes a grant",
    "CPU-µs of a grant in bulk",
    "of one more grant",
    "of a revocation",
    "of a document removed",
];

/// Grants that are changed one by one.
const NUM_CHANGES: usize = 5000;

/// Changes of a batch.
const BATCH: usize = 500;

/// Documents with a group that may not see them.
fn changes(corpus: &Corpus) -> Vec<(u32, Group)> {
    let mut generator = Seed(23).generator();
    let mut changes = Vec::new();
    while changes.len() < NUM_CHANGES.min(corpus.documents.len()) {
        let document = generator.below(corpus.documents.len() as u64) as u32;
        let group = generator.below(NUM_GROUPS as u64) as Group;
        let is_granted = corpus.groups[document as usize].contains(&group);
        if !is_granted && changes.iter().all(|(other, _)| *other != document) {
            changes.push((document, group));
        }
    }
    changes
}

/// Grants everything, and returns the CPU microseconds of each.
pub fn grant_all(corpus: &Corpus, tree: &mut Curator) -> f64 {
    let start = cpu_seconds();
    for (document, groups) in (0..).zip(&corpus.groups) {
        groups.iter().for_each(|&group| assert!(tree.grant(document, group), "granted once"));
    }
    (cpu_seconds() - start) * 1e6 / corpus.num_grants() as f64
}

/// A row of a tree.
pub fn of_tree(name: &str, tree: &mut Curator, corpus: &Corpus, granted: f64) -> Vec<String> {
    let [lists, filters, _] = tree.bytes();
    let bytes = (lists + filters) as f64 / corpus.num_grants() as f64;
    let changes = changes(corpus);
    let mut timed = |change: &mut dyn FnMut(&mut Curator, u32, Group) -> bool| {
        let start = cpu_seconds();
        for &(document, group) in &changes {
            assert!(change(tree, document, group), "a change");
        }
        (cpu_seconds() - start) * 1e6 / changes.len() as f64
    };
    let one_more = timed(&mut |tree, document, group| tree.grant(document, group));
    let revoked = timed(&mut |tree, document, group| tree.revoke(document, group));
    let removed = timed(&mut |tree, document, _| tree.remove(document, &corpus.groups[document as usize]));
    vec![
        name.to_owned(),
        format!("{bytes:.1}"),
        format!("{granted:.2}"),
        format!("{one_more:.2}"),
        format!("{revoked:.2}"),
        format!("{removed:.2}"),
    ]
}

/// Bytes of an attribute with groups.
pub struct Bytes {
    json: f64,
    index: f64,
    num_grants: f64,
}

impl Bytes {
    /// From a collection whose only attribute it is.
    pub fn new(shared: &Snapshot, corpus: &Corpus) -> Self {
        let shared = shared.info().expect("an info");
        let num_grants = corpus.num_grants() as f64;
        Self {
            json: shared.attribute_bytes as f64 / num_grants,
            index: shared.attribute_index_bytes as f64 / num_grants,
            num_grants,
        }
    }

    /// Sentences about bytes that the table leaves out.
    pub fn told(&self, trees: &[&Curator]) -> String {
        let mut told = format!(
            "A grant takes {:.1} bytes of the documents' attributes and {:.1} of their index, both in files.",
            self.json, self.index
        );
        for tree in trees {
            let ((num_nodes, num_lists), [lists, filters, others]) = (tree.counts(), tree.bytes());
            told += &format!(
                " A tree has {} nodes and {} shortlists of {:.1} places: {:.1} bytes a grant in lists and their maps, {:.1} in filters, and beside that {:.1} MB \
                 of centroids and leaves, all in memory and without the documents' vectors.",
                grouped(num_nodes as f64),
                grouped(num_lists as f64),
                self.num_grants / num_lists as f64,
                lists as f64 / self.num_grants,
                filters as f64 / self.num_grants,
                others as f64 / 1e6,
            );
        }
        told + " The tree does not keep who may see a document: to delete one, or to begin again, its groups have to be kept besides."
    }
}

/// The row of an attribute with an index.
pub fn of_engine(writer: &Writer, corpus: &Corpus, bytes: &Bytes) -> Vec<String> {
    let changes = changes(corpus);
    let timed = |is_granted: bool| {
        let start = process_cpu_seconds();
        for some in changes.chunks(BATCH) {
            let mut batch = Batch::new();
            for &(document, group) in some {
                let mut groups = corpus.groups[document as usize].clone();
                groups.extend(is_granted.then_some(group));
                let names: Vec<String> = groups.into_iter().map(ways::name).collect();
                let patch = serde_json::json!({ "groups": names });
                let amendment = Amendment::merge(patch.as_object().expect("an object").clone());
                let key = DocKey::new(document.to_string()).expect("a key");
                batch.amend(key, amendment);
            }
            writer.apply(batch).expect("a batch");
        }
        writer.flush().expect("a writable folder");
        (process_cpu_seconds() - start) * 1e6 / changes.len() as f64
    };
    let (granted, revoked) = (timed(true), timed(false));
    let start = process_cpu_seconds();
    for some in changes.chunks(BATCH) {
        let mut batch = Batch::new();
        for (document, _) in some {
            batch.delete(DocKey::new(document.to_string()).expect("a key"));
        }
        writer.apply(batch).expect("a batch");
    }
    let removed = (process_cpu_seconds() - start) * 1e6 / changes.len() as f64;
    vec![
        "attribute with its index".to_owned(),
        format!("{:.1}", bytes.index + bytes.json),
        "with the document".to_owned(),
        format!("{granted:.2}"),
        format!("{revoked:.2}"),
        format!("{removed:.2}"),
    ]
}
