//! Codes of tokens and of Fixed Dimensional Encodings, where the first two bytes pick code and dimension, and what a
//! collection has learned that its codes depend on.

use pleiad::Isa;
use pleiad_compress::kmeans::{TokenCentroids, in_order};
use pleiad_compress::lemur::{LemurFeatures, LemurParams, LemurSample};
use pleiad_compress::quantize::{CodecError, FdeCode, FdeCodec, TokenCode, TokenCodec, UnitVectorCodec};
use pleiad_compress::reduce::{decode_labels, encode_labels};
use pleiad_vectors::{MultiVector, Seed};
use std::sync::Arc;

const TOKEN_CODES: [TokenCode; 5] =
    [TokenCode::F16, TokenCode::Int8, TokenCode::Int4, TokenCode::Int2, TokenCode::Int1];
const FDE_CODES: [FdeCode; 4] = [FdeCode::F32, FdeCode::Int8, FdeCode::Int4, FdeCode::Sign];

/// Codes that may start from centroids.
const AROUND: [TokenCode; 3] = [TokenCode::Int4, TokenCode::Int2, TokenCode::Int1];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    (0..8u8).map(|code| [&[code, 15][..], &[0x3c; 16 * 9]].concat()).collect()
}

pub(super) fn codes(bytes: &[u8]) {
    let [code, dim, codes @ ..] = bytes else { return };
    let dim = usize::from(*dim) + 1;
    let token_codec = match usize::from(*code) % 8 {
        plain @ 0..5 => TokenCodec::new(TOKEN_CODES[plain], dim),
        around => TokenCodec::residual(AROUND[around - 5], centroids(dim)),
    };
    if let Ok(codec) = token_codec {
        check_tokens(&codec, codes);
    }
    if let Ok(codec) = FdeCodec::new(FDE_CODES[usize::from(*code) % 4], dim) {
        let mut values = Vec::new();
        let is_decoded = codec.decode(codes, &mut values).is_ok();
        // Its values may be anything: a score of one that is not finite is refused where it is used.
        assert!(!is_decoded || values.len() == dim);
    }
    if let Ok(codec) = UnitVectorCodec::new(dim) {
        let mut values = Vec::new();
        if codec.decode(codes, &mut values).is_ok() {
            assert!(values.len() == dim && values.iter().all(|value| value.is_finite()), "{values:?}");
        }
    }
}

pub(super) fn stored_labels() -> Vec<Vec<u8>> {
    let labels: [&[u32]; 3] = [&[], &[0, 0, 0], &[0, 1, 1, 2, 0, 3, 2, 4, 5, 5, 1]];
    let encoded = labels.map(|labels| {
        let mut bytes = Vec::new();
        encode_labels(labels, &mut bytes).unwrap_or_else(|error| panic!("labels in order: {error}"));
        bytes
    });
    encoded.to_vec()
}

/// The rows that the tokens of a document went to: what is read is what would be written.
pub(super) fn labels(bytes: &[u8]) {
    let Ok(read) = decode_labels(bytes) else { return };
    let mut written = Vec::new();
    assert!(encode_labels(&read, &mut written).is_ok(), "labels out of order");
    assert_eq!(written, bytes);
}

fn check_tokens(codec: &TokenCodec, codes: &[u8]) {
    let mut values = Vec::new();
    match codec.decode(codes, &mut values) {
        Ok(()) => {
            // What decodes is finite: it makes a set of vectors.
            let vectors = MultiVector::new(values, codec.dim());
            assert!(vectors.is_ok(), "decoded values are not a set of vectors: {vectors:?}");
        }
        Err(error) => assert!(!matches!(error, CodecError::Nearest(_)), "reading looks for no centroid"),
    }
}

/// Five of them, so that three of eight numbers name none.
fn centroids(dim: usize) -> Arc<TokenCentroids> {
    let mut generator = Seed(1).generator();
    let tokens = MultiVector::new((0..5 * dim).map(|_| generator.gaussian()).collect(), dim);
    let tokens = tokens.unwrap_or_else(|error| panic!("five tokens: {error}"));
    let learned = TokenCentroids::learn(&[tokens.as_ref()], 5, Isa::Portable, &in_order);
    Arc::new(learned.unwrap_or_else(|error| panic!("five centroids: {error}")))
}

pub(super) fn stored_centroids() -> Vec<Vec<u8>> {
    let mut bytes = Vec::new();
    centroids(7).write_to(&mut bytes);
    vec![bytes]
}

/// Centroids of a collection: what is read is what would be written.
pub(super) fn token_centroids(bytes: &[u8]) {
    let Ok(read) = TokenCentroids::read_from(bytes, Isa::Portable) else { return };
    let mut written = Vec::new();
    read.write_to(&mut written);
    assert_eq!(written, bytes);
    let codec = TokenCodec::residual(TokenCode::Int2, Arc::new(read));
    assert!(codec.is_ok(), "centroids that cannot be coded around: {codec:?}");
}

pub(super) fn stored_samples() -> Vec<Vec<u8>> {
    let header = [b"PLLEMUR1".to_vec(), vec![3, 0, 0, 0, 2, 0, 0, 0]].concat();
    vec![[header, vec![0x3c; 12], vec![0x3e; 8]].concat()]
}

/// The sample of a collection with LEMUR: what is read is what would be written.
pub(super) fn lemur_sample(bytes: &[u8]) {
    let Ok(read) = LemurSample::read_from(bytes) else { return };
    let mut written = Vec::new();
    read.write_to(&mut written);
    assert_eq!(written, bytes);
}

/// A layer of two features of three dimensions.
pub(super) fn stored_layers() -> Vec<Vec<u8>> {
    let header = [b"PLLEMUL1".to_vec(), vec![3, 0, 0, 0, 2, 0, 0, 0]].concat();
    vec![[header, vec![0x3e; 4 * 2 * 6]].concat()]
}

/// The trained features of a collection with LEMUR: what is read is what would be written.
pub(super) fn lemur_layer(bytes: &[u8]) {
    let Ok(read) = LemurFeatures::read_from(3, &LemurParams::new(2, 0), bytes) else { return };
    let mut written = Vec::new();
    read.write_to(&mut written);
    assert_eq!(written[..], bytes[..written.len()]);
}
