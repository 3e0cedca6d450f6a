//! Codes of what distinguishes a document's tokens from their mean: `Σ_q max_d ⟨q, d⟩` is `⟨Σ_q q, mean⟩` more than
//! that of the differences, so that the mean is kept once per document and costs one inner product.

use crate::data::Data;
use crate::measure::{Quality, relative_error};
use crate::{decode, encode, row};
use pleiad_compress::{Precision, TokenCode, TokenCodec, TokenScorer};
use pleiad_kernels::{Isa, dot};
use pleiad_vectors::{MultiVector, Query};

/// A document's mean, as int8 keeps it, and the codes of the differences.
struct Centred {
    mean: Vec<f32>,
    codes: Vec<u8>,
}

/// Prints one line.
pub(crate) fn report(title: &str, code: TokenCode, data: &Data) {
    let codec = TokenCodec::new(code, data.dim()).expect("a valid dimension");
    let means = TokenCodec::new(TokenCode::Int8, data.dim()).expect("a valid dimension");
    let documents: Vec<Centred> =
        data.documents.iter().map(|document| centre(&codec, &means, document)).collect();
    let whole = |document: &Centred| -> Vec<f32> {
        let values = decode(&codec, &document.codes);
        values.iter().zip(document.mean.iter().cycle()).map(|(value, mean)| value + mean).collect()
    };
    let decoded: Vec<Vec<f32>> = documents.iter().map(whole).collect();
    let found: Vec<Vec<f32>> = data.queries.iter().map(|query| score(&codec, query, &documents)).collect();
    let num_bytes = codec.bytes_per_token() * data.num_tokens() + means.bytes_per_token() * documents.len();
    let bits = 8.0 * num_bytes as f64 / (data.num_tokens() * data.dim()) as f64;
    row(title, Some(bits), Some(relative_error(data, &decoded)), &Quality::of(data, &found), "| | |");
}

fn centre(codec: &TokenCodec, means: &TokenCodec, document: &MultiVector) -> Centred {
    let mut sum = vec![0.0; document.dim()];
    document.rows().for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
    let mean = sum.iter().map(|sum| sum / document.num_tokens() as f32).collect();
    let mean = decode(means, &encode(means, &set(mean, document.dim())));
    let differences = document.data().iter().zip(mean.iter().cycle()).map(|(value, mean)| value - mean);
    let codes = encode(codec, &set(differences.collect(), document.dim()));
    Centred { mean, codes }
}

fn set(values: Vec<f32>, dim: usize) -> MultiVector {
    MultiVector::new(values, dim).expect("finite values")
}

fn score(codec: &TokenCodec, query: &MultiVector, documents: &[Centred]) -> Vec<f32> {
    let mut sum = vec![0.0; query.dim()];
    query.rows().for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
    let isa = Isa::best();
    let query = Query::new(query.clone());
    let mut scorer = TokenScorer::new(codec, &query, Precision::Fast, isa).expect("one dimension");
    let of_document = |document: &Centred| {
        scorer.score(&document.codes).expect("codes just written") + dot(isa, &sum, &document.mean)
    };
    documents.iter().map(of_document).collect()
}
