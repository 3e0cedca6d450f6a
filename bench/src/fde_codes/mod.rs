//! Quantizers of single vectors: how many candidates each needs for its bytes. Queries stay in f32.

mod product;
mod scalar;

use crate::fde_candidates::{Setting, encode_all, means, params};
use crate::fde_data::{Data, Needed, candidates_needed, ranking};
use crate::report::{Report, grouped};
use pleiad_compress::{FdeEncoder, FdeParams};
use pleiad_kernels::{Isa, dot};
use product::product;
use scalar::{lvq, rotated_levels, signs, unit_blocks};

const SETTING: Setting = (20, 4, 16);

/// All codes are of the same encodings.
const SEED: u64 = 0;

const COLUMNS: [&str; 10] =
    ["code", "bytes", "80 %", "90 %", "95 %", "99 %", "80 % of 100", "90 %", "95 %", "99 %"];

const ABOUT: &str = "Candidates per query, in order of the inner products of f32 queries with what codes of documents \
stand for, until a share of the exact MaxSim top 10 of all queries is among them, then the same for the top 100: \
(20, 4, 16), 5,120 dims, one seed, at most 150 queries of a set. *less the mean* codes what distinguishes a document from the mean of the collection's encodings; \
the mean adds the same to all scores of a query. *lvq* is even levels between a document's least and largest value; \
*rotated levels* Lloyd and Max's in random rotations of 1,024 dims with RaBitQ's scale; *product* 256 centroids for 8 \
neighboring values of a block, trained on the other half of the documents. `Sign` in the library is *signs* with the mean \
length of the document's tokens.";

/// A code: what it is called, its bytes for a document, and what it makes of all documents.
struct Code {
    title: &'static str,
    bytes: fn(usize) -> usize,
    decode: fn(&[Vec<f32>], &FdeParams) -> Vec<Vec<f32>>,
}

const CODES: [Code; 9] = [
    Code { title: "f32", bytes: |dim| 4 * dim, decode: |fdes, _| fdes.to_vec() },
    Code { title: "f32, blocks at unit length", bytes: |dim| 4 * dim, decode: unit_blocks },
    Code { title: "lvq, 8 bits", bytes: |dim| dim + 4, decode: |fdes, _| lvq(fdes, 8) },
    Code { title: "lvq, 4 bits", bytes: |dim| dim / 2 + 4, decode: |fdes, _| lvq(fdes, 4) },
    Code {
        title: "rotated levels, 4 bits",
        bytes: |dim| dim / 2 + 4,
        decode: |fdes, _| rotated_levels(fdes, 4),
    },
    Code {
        title: "rotated levels, 1 bit",
        bytes: |dim| dim / 8 + 4,
        decode: |fdes, _| rotated_levels(fdes, 1),
    },
    Code { title: "product, 8 values a byte", bytes: |dim| dim / 8, decode: |fdes, _| product(fdes) },
    Code {
        title: "product of blocks at unit length",
        bytes: |dim| dim / 8,
        decode: |fdes, params| product(&unit_blocks(fdes, params)),
    },
    Code { title: "signs", bytes: |dim| dim / 8, decode: |fdes, _| signs(fdes) },
];

/// Runs the benchmark.
pub fn run() -> Report {
    let mut report = Report::new("Codes of single vectors", ABOUT);
    for (summary, rows) in Data::side_by_side(|data| (data.summary(), rows(data))) {
        report.table(&summary, &COLUMNS, &rows);
    }
    report
}

/// Rows of one set.
fn rows(data: &Data) -> Vec<Vec<String>> {
    let encoder = FdeEncoder::new(data.queries[0].dim(), params(SETTING, SEED)).expect("a published setting");
    let fdes = encode_all(&encoder, &data.documents);
    let mut rows = Vec::new();
    for code in CODES {
        for centered in [false, true] {
            let needed = needed(data, &encoder, &fdes, &code, centered);
            let title = format!("{}{}", code.title, if centered { ", less the mean" } else { "" });
            let first = [title, grouped((code.bytes)(encoder.fde_dim()) as f64)];
            rows.push(first.into_iter().chain(means(&[needed])).collect::<Vec<_>>());
            eprintln!("{}: {}", data.name, rows[rows.len() - 1].join(" | "));
        }
    }
    rows
}

fn needed(data: &Data, encoder: &FdeEncoder, fdes: &[Vec<f32>], code: &Code, centered: bool) -> Needed {
    let decoded = if centered {
        (code.decode)(&less_the_mean(fdes), encoder.params())
    } else {
        (code.decode)(fdes, encoder.params())
    };
    candidates_needed(data, |query| {
        let query = encoder.encode_query(data.queries[query].as_ref()).expect("valid queries");
        ranking(decoded.iter().map(|document| dot(Isa::best(), document, &query)), decoded.len())
    })
}

fn less_the_mean(fdes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut mean = vec![0.0; fdes[0].len()];
    fdes.iter().for_each(|fde| mean.iter_mut().zip(fde).for_each(|(sum, value)| *sum += value));
    mean.iter_mut().for_each(|sum| *sum /= fdes.len() as f32);
    fdes.iter().map(|fde| fde.iter().zip(&mean).map(|(value, mean)| value - mean).collect()).collect()
}
