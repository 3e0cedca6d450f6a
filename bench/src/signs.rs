//! What one bit a dimension is worth as a source of candidates, with a query of i8 and with one of signs.

use crate::fde_data::SETS;
use crate::quality::{best, mean};
use crate::quantize::rotation::Rotation;
use crate::report::Report;
use crate::token_sets::TokenSet;
use pleiad_kernels::{Isa, Levels, PackedPanel, SignPanel};

/// Best documents that count.
const TOP: usize = 10;

/// Shares of the exact best, over all queries, whose depths are looked for.
const RECALLS: [f64; 3] = [0.9, 0.95, 0.99];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("MaxSim of signs", ABOUT);
    for name in SETS {
        let set = TokenSet::read(name);
        let exact = TokenSet::scores(&set.queries, &set.documents);
        let exact: Vec<_> = exact.iter().map(|scores| best(scores, TOP)).collect();
        let rotation = Rotation::new(set.dim());
        let [documents, queries] =
            [&set.documents, &set.queries].map(|all| all.iter().map(|set| rotation.forward(set)).collect());
        let turned = Turned { dim: set.dim(), documents, queries };
        let centred = turned.less_the_mean();
        let forms = [
            ("query of i8", turned.scores_of_bytes()),
            ("query of signs", turned.scores_of_signs()),
            ("query of signs, both less the mean", centred.scores_of_signs()),
        ];
        let rows: Vec<_> = forms.iter().map(|(title, scores)| row(title, &exact, scores)).collect();
        let columns = ["form", "R@10", "depth of .90", "depth of .95", "depth of .99"];
        report.table(&set.summary(), &columns, &rows);
    }
    report
}

const ABOUT: &str = "Documents are one sign bit a dimension after a random rotation. *query of i8*: `PackedPanel`, with a \
scale per document token; *query of signs*: `SignPanel`, without scales. *both less the mean*: the mean of the \
collection's tokens is taken off documents and queries before signs are. *R@10*: how many of the exact top ten are in \
the top ten; *depth of r*: the fewest candidates a query that hold the share r of the exact top tens, over all queries.";

/// Rotated tokens, row-major.
struct Turned {
    dim: usize,
    documents: Vec<Vec<f32>>,
    queries: Vec<Vec<f32>>,
}

impl Turned {
    /// The same less the mean of all document tokens.
    fn less_the_mean(&self) -> Self {
        let mut sums = vec![0.0f64; self.dim];
        let rows = || self.documents.iter().flat_map(|document| document.chunks_exact(self.dim));
        for row in rows() {
            sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let means: Vec<f32> = sums.iter().map(|sum| (sum / rows().count() as f64) as f32).collect();
        let less = |set: &Vec<f32>| set.iter().zip(means.iter().cycle()).map(|(v, mean)| v - mean).collect();
        Self {
            dim: self.dim,
            documents: self.documents.iter().map(less).collect(),
            queries: self.queries.iter().map(less).collect(),
        }
    }

    /// Sign bits of every document.
    fn bits(&self) -> Vec<Vec<u8>> {
        let byte = |eight: &[f32]| {
            eight.iter().enumerate().fold(0, |byte, (k, value)| byte | u8::from(*value >= 0.0) << k)
        };
        let row = |row: &[f32]| row.chunks(8).map(byte).collect::<Vec<_>>();
        self.documents
            .iter()
            .map(|document| document.chunks_exact(self.dim).flat_map(row).collect())
            .collect()
    }

    fn scores_of_signs(&self) -> Vec<Vec<f32>> {
        let documents = self.bits();
        let scores = |query: &Vec<f32>| {
            let panel = SignPanel::new(Isa::best(), query, self.dim);
            documents.iter().map(|bits| panel.maxsim(bits)).collect()
        };
        self.queries.iter().map(scores).collect()
    }

    fn scores_of_bytes(&self) -> Vec<Vec<f32>> {
        let documents: Vec<_> = self.bits().into_iter().zip(&self.documents).collect();
        // Unbiased: the product of a row with its own code is its square.
        let scale = |row: &[f32]| {
            row.iter().map(|v| v * v).sum::<f32>()
                / row.iter().map(|v| v.abs()).sum::<f32>().max(f32::MIN_POSITIVE)
        };
        let scales: Vec<Vec<f32>> = documents
            .iter()
            .map(|(_, document)| document.chunks_exact(self.dim).map(scale).collect())
            .collect();
        let scores = |query: &Vec<f32>| {
            let panel = PackedPanel::new(Isa::best(), query, self.dim, Levels::from([-1, 1]));
            documents.iter().zip(&scales).map(|((bits, _), scales)| panel.maxsim(bits, scales)).collect()
        };
        self.queries.iter().map(scores).collect()
    }
}

fn row(title: &str, exact: &[Vec<usize>], scores: &[Vec<f32>]) -> Vec<String> {
    let shared = |(exact, scores): (&Vec<usize>, &Vec<f32>)| {
        let found = best(scores, TOP);
        exact.iter().filter(|id| found.contains(id)).count() as f64 / TOP as f64
    };
    let mut ranks: Vec<usize> =
        exact.iter().zip(scores).flat_map(|(exact, scores)| ranks(exact, scores)).collect();
    ranks.sort_unstable();
    let depth = |recall: f64| ranks[(recall * ranks.len() as f64).ceil() as usize - 1].to_string();
    let recall = format!("{:.4}", mean(exact.iter().zip(scores).map(shared)));
    [title.to_owned(), recall].into_iter().chain(RECALLS.map(depth)).collect()
}

/// How many documents score as much as each of the exact best.
fn ranks(exact: &[usize], scores: &[f32]) -> Vec<usize> {
    exact.iter().map(|&id| scores.iter().filter(|score| **score >= scores[id]).count()).collect()
}
