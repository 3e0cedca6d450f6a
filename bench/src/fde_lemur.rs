//! LEMUR: how fast documents are encoded, and how good their candidates are.

use crate::fde_candidates::{SEEDS, code_rows};
use crate::fde_data::Data;
use crate::rounds::Contender;
use pleiad_compress::lemur::LemurScratch;
use pleiad_compress::{FdeCode, LemurEncoder, LemurParams, SetEncoder};
use pleiad_vectors::{MultiVector, MultiVectorRef};
use std::hint::black_box;

/// Documents that are encoded together.
const TOGETHER: usize = 16;

/// Features measured with every code that suits them.
const FEATURES: [u32; 3] = [256, 512, 1024];

fn learn(params: LemurParams, documents: &[MultiVector]) -> LemurEncoder {
    let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
    LemurEncoder::learn(&params, &sets).expect("documents with tokens")
}

/// Rows of the table of candidates.
pub fn rows(data: &Data) -> Vec<Vec<String>> {
    let rows_of = |num_features: u32, codes: &[FdeCode]| {
        let encoder = |seed| learn(LemurParams::new(num_features, seed), &data.documents);
        let encoders: Vec<LemurEncoder> = (0..SEEDS).map(encoder).collect();
        code_rows(data, &encoders, "lemur", codes)
    };
    FEATURES.into_iter().flat_map(|num| rows_of(num, &[FdeCode::F32, FdeCode::Int4])).collect()
}

/// Encodes documents in batches.
pub fn contender(num_features: u32, documents: &[MultiVector], per_round: usize) -> Contender {
    let encoder = learn(LemurParams::new(num_features, 1), documents);
    let documents = documents.to_vec();
    let mut scratch = LemurScratch::default();
    let mut out = vec![0.0; TOGETHER * encoder.encoding_dim()];
    let bytes = documents[0].data().len() * size_of::<f32>();
    let work = move |num_docs: usize| {
        for documents in documents.chunks_exact(TOGETHER).cycle().take(num_docs / TOGETHER) {
            let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
            encoder.encode_documents_into(&sets, &mut scratch, &mut out).expect("finite");
            black_box(&out);
        }
    };
    let name = format!("pleiad lemur, {num_features} features");
    Contender { name, per_round, bytes, work: Box::new(work) }
}
