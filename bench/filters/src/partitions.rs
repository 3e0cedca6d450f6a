//! SQUASH's rule beside the depth rule: documents lie in partitions, which are read in the order of their centroids until
//! they hold so many matches. What matches is known for certain, so that k hits are.

use crate::families::{FAMILIES, Family};
use crate::filters::{Asked, DEPTHS, RECALLS, measure};
use crate::sets::{self, Set};
use pleiad::{MultiVector, Schema};
use pleiad_bench_measure::report::{Report, grouped};
use pleiad_compress::fde::{FdeEncoder, FdeParams};
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_kernels::Isa;
use pleiad_vectors::Seed;
use std::collections::HashMap;

/// Values of an FDE that k-means sees.
const FDE_DIM: u32 = 2048;

/// Documents of a partition, on average.
const DOCUMENTS_PER_PARTITION: usize = 50;

/// Factors of the matches read, over the hits asked for; the first one that keeps a promise is taken, whatever family it is.
const FACTORS: [usize; 14] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/// Sets measured.
const NAMES: [&str; 3] = ["cranfield", "scifact", "colbertv2-lotte500"];

/// Documents by partition, and for each query the partitions, the most promising first.
struct Partitions {
    of_document: HashMap<String, usize>,
    orders: Vec<Vec<usize>>,
}

impl Partitions {
    fn new(set: &Set) -> Self {
        let (documents, _) = sets::read(&set.name);
        let dim = documents[0].1.dim();
        let params = FdeParams { final_projection_dim: Some(FDE_DIM), ..Schema::fde_params(dim) };
        let encoder = FdeEncoder::new(dim, params).expect("valid");
        let encode =
            |(_, vectors): &(String, MultiVector)| encoder.encode_document(vectors.as_ref()).expect("valid");
        let rows: Vec<f32> = documents.iter().flat_map(encode).collect();
        let params = KMeansParams {
            unit_length: true,
            ..KMeansParams::new(documents.len() / DOCUMENTS_PER_PARTITION, Seed(5))
        };
        let trained = Centroids::train(&rows, encoder.fde_dim(), &params, Isa::best(), &in_order);
        let centroids = trained.expect("documents");
        let nearest = centroids.assign(&rows, Isa::best(), &in_order).expect("documents");
        let of_document = documents.into_iter().zip(nearest);
        let of_document = of_document.map(|((key, _), nearest)| (key, nearest.centroid as usize)).collect();
        let order = |query: &pleiad::Query| {
            let query = encoder.encode_query(query.vectors()).expect("valid");
            let score =
                |at: usize| -> f32 { centroids.row(at as u32).iter().zip(&query).map(|(a, b)| a * b).sum() };
            let scores: Vec<f32> = (0..centroids.num_centroids()).map(score).collect();
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            order
        };
        Self { of_document, orders: set.held_out.iter().map(order).collect() }
    }

    /// The share of the best k matches of a query in the partitions read, and how many matches these have.
    fn read(&self, query: usize, wanted: &[&str], k: usize, factor: usize) -> (f64, usize) {
        let mut matches = vec![0; self.orders[query].len()];
        let partitions: Vec<usize> = wanted.iter().map(|key| self.of_document[*key]).collect();
        partitions.iter().for_each(|&partition| matches[partition] += 1);
        let num_hits = k.min(wanted.len());
        let (mut num_read, mut is_read) = (0, vec![false; matches.len()]);
        for &partition in &self.orders[query] {
            if num_read >= factor * num_hits {
                break;
            }
            num_read += matches[partition];
            is_read[partition] = true;
        }
        let num_found = partitions[..num_hits].iter().filter(|&&partition| is_read[partition]).count();
        (if num_hits == 0 { 1.0 } else { num_found as f64 / num_hits as f64 }, num_read)
    }

    /// The mean of both over all queries.
    fn mean(&self, asked: &Asked<'_>, k: usize, factor: usize) -> (f64, f64) {
        let num = asked.wanted.len() as f64;
        let read = asked.wanted.iter().enumerate().map(|(query, wanted)| self.read(query, wanted, k, factor));
        read.fold((0.0, 0.0), |sum, (found, num_read)| (sum.0 + found / num, sum.1 + num_read as f64 / num))
    }
}

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new(
        "Partitions: one pass until there are enough matches, beside the depth rule",
        "Documents in partitions of some 50 by k-means of their FDEs. Partitions are read in the order of their centroids until \
         they hold k matches times a factor: the least one that keeps the promise in every family, for queries that no \
         calibration has seen. Read are the matches in these partitions, each scored at least on its FDE; the depth \
         rule reads entries of postings or FDEs, and scores documents on their token codes.",
    );
    for name in NAMES {
        let set = Set::open(name);
        let partitions = Partitions::new(&set);
        let families: Vec<(Family, Asked<'_>)> =
            FAMILIES.into_iter().map(|family| (family, Asked::new(&set, family))).collect();
        let mut rows = Vec::new();
        for (k, recall) in DEPTHS.into_iter().flat_map(|k| RECALLS.map(|recall| (k, recall))) {
            let keeps = |factor: &usize| {
                families.iter().all(|(_, asked)| partitions.mean(asked, k, *factor).0 >= recall)
            };
            let factor = FACTORS.into_iter().find(keeps);
            for (family, asked) in &families {
                let own = FACTORS.into_iter().find(|&factor| partitions.mean(asked, k, factor).0 >= recall);
                let depth = measure(&set, asked, k, recall);
                let told = |factor: Option<usize>| match factor {
                    Some(factor) => {
                        let (found, num_read) = partitions.mean(asked, k, factor);
                        format!("{factor} · k: {found:.3}, {}", grouped(num_read))
                    }
                    None => "all".to_owned(),
                };
                rows.push(vec![
                    family.name(),
                    grouped(depth.num_matched),
                    format!("{k}, {recall}"),
                    told(factor),
                    told(own),
                    format!("{:.3}", depth.found),
                    grouped(depth.num_read),
                    grouped(depth.num_rescored),
                ]);
            }
        }
        let columns = [
            "filter",
            "matched",
            "k, promised",
            "one factor for all: found, matches read",
            "the family's own factor",
            "depth rule: found",
            "postings and FDEs read",
            "scored on token codes",
        ];
        report.table(&format!("{}: {} partitions", set.name, partitions.orders[0].len()), &columns, &rows);
    }
    report
}
