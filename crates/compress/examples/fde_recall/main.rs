//! How many candidates single vectors need until the exact answers are among them, on real token vectors.
//!
//! `cargo run --release -p pleiad-compress --example fde_recall [-- variants]`; reads `$PLEIAD_SHARED/data/multivec`.

mod data;
mod variants;

use data::{Data, candidates_needed};
use pleiad_compress::{FdeCode, FdeCodec, FdeEncoder, FdeGenerator, FdeParams, FdeScorer, FdeScratch};
use pleiad_kernels::Isa;
use pleiad_vectors::MultiVector;

const SEEDS: u64 = 2;

/// The published settings, measured with every code.
const PUBLISHED: [(u32, u32, u32); 5] = [(20, 3, 8), (20, 4, 8), (20, 5, 8), (20, 4, 16), (20, 5, 16)];

/// More whose signs take 640, 1,280 or 2,560 bytes, measured with signs alone.
const SIGNED: [(u32, u32, u32); 9] = [
    (40, 3, 16),
    (40, 4, 8),
    (80, 3, 8),
    (40, 4, 16),
    (80, 3, 16),
    (20, 4, 32),
    (10, 5, 32),
    (40, 5, 16),
    (80, 4, 16),
];

pub(crate) fn params(
    repetitions: u32,
    simhash_projections: u32,
    projection_dim: u32,
    seed: u64,
) -> FdeParams {
    FdeParams {
        repetitions,
        simhash_projections,
        projection_dim: Some(projection_dim),
        final_projection_dim: None,
        fill_empty_partitions: true,
        seed,
        generator: FdeGenerator::Portable,
    }
}

/// Encodings of all documents.
pub(crate) fn encode_all(encoder: &FdeEncoder, documents: &[MultiVector]) -> Vec<Vec<f32>> {
    let mut scratch = FdeScratch::default();
    let mut encode = |document: &MultiVector| {
        let mut fde = vec![0.0; encoder.fde_dim()];
        encoder.encode_document_into(document.as_ref(), &mut scratch, &mut fde).expect("valid documents");
        fde
    };
    documents.iter().map(&mut encode).collect()
}

/// Candidates needed with one code, for one seed.
fn measure(data: &Data, encoder: &FdeEncoder, fdes: &[Vec<f32>], code: FdeCode) -> [usize; 3] {
    let codec = FdeCodec::new(code, encoder.fde_dim()).expect("a valid length");
    let mut rows = Vec::new();
    fdes.iter().for_each(|fde| codec.encode(fde, 1.0, &mut rows).expect("finite values"));
    candidates_needed(data, |query| {
        let query = encoder.encode_query(data.queries[query].as_ref()).expect("valid queries");
        let scorer = FdeScorer::new(&codec, &query, Isa::best()).expect("finite values");
        let mut scores = vec![0.0; fdes.len()];
        scorer.score_rows(&rows, &mut scores);
        scores
    })
}

/// Mean over seeds.
pub(crate) fn mean(results: &[[usize; 3]]) -> String {
    let of = |at: usize| results.iter().map(|r| r[at]).sum::<usize>() as f64 / results.len() as f64;
    format!("{:.0} | {:.0} | {:.0}", of(0), of(1), of(2))
}

fn report(data: &Data) {
    let num_tokens: usize = data.documents.iter().map(MultiVector::num_tokens).sum();
    println!(
        "\n## {}: {} documents, {num_tokens} tokens, {} queries\n",
        data.name,
        data.documents.len(),
        data.queries.len()
    );
    println!("| R, k, proj | code | bytes | 0.90 | 0.95 | 0.99 |\n|---|---|---|---|---|---|");
    let all = [FdeCode::F32, FdeCode::Int8, FdeCode::Int4, FdeCode::Sign];
    PUBLISHED.iter().for_each(|&setting| report_setting(data, setting, &all));
    SIGNED.iter().for_each(|&setting| report_setting(data, setting, &[FdeCode::Sign]));
}

fn report_setting(data: &Data, (repetitions, k, projection): (u32, u32, u32), codes: &[FdeCode]) {
    let encoder = |seed| {
        FdeEncoder::new(data.queries[0].dim(), params(repetitions, k, projection, seed)).expect("valid")
    };
    let encoders: Vec<FdeEncoder> = (0..SEEDS).map(encoder).collect();
    let fdes: Vec<Vec<Vec<f32>>> = encoders.iter().map(|e| encode_all(e, &data.documents)).collect();
    for &code in codes {
        let results: Vec<_> = encoders.iter().zip(&fdes).map(|(e, f)| measure(data, e, f, code)).collect();
        let bytes = FdeCodec::new(code, encoders[0].fde_dim()).expect("valid").bytes();
        println!("| {repetitions}, {k}, {projection} | {code:?} | {bytes} | {} |", mean(&results));
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("Candidates until the exact top {} are among them to a share, mean over seeds", data::TOP);
    let sets = [
        ("cranfield", 128),
        ("cranfield", 64),
        ("scifact", 128),
        ("scifact", 64),
        ("colbertv2-lotte500", 128),
    ];
    for (name, dim) in sets {
        let data = Data::read(name, dim);
        if arguments.iter().any(|argument| argument == "variants") {
            variants::report(&data);
        } else {
            report(&data);
        }
    }
}
