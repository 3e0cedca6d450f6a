//! Token codes around centroids: what is read back, that scores are what the values say, and what is refused.

use crate::quantize_tokens::{check_matches, decode, dot, encode, length, maxsim};
use pleiad_compress::kmeans::{TokenCentroids, in_order};
use pleiad_compress::{CodecError, Precision, TokenCode, TokenCodec, TokenScorer};
use pleiad_kernels::{Isa, f32_to_f16_bits};
use pleiad_vectors::{MultiVector, Query, Seed};
use proptest::prelude::*;
use std::sync::Arc;

const CODES: [TokenCode; 3] = [TokenCode::Int4, TokenCode::Int2, TokenCode::Int1];

/// Tokens around so many points.
fn clustered(seed: u64, num_tokens: usize, dim: usize, num_points: usize) -> MultiVector {
    let mut points = Seed(num_points as u64).generator();
    let points: Vec<f32> = (0..num_points * dim).map(|_| points.gaussian()).collect();
    let mut g = Seed(seed).generator();
    let token = |g: &mut pleiad_vectors::Generator| -> Vec<f32> {
        let point = g.below(num_points as u64) as usize;
        points[point * dim..][..dim].iter().map(|value| value + 0.4 * g.gaussian()).collect()
    };
    MultiVector::new((0..num_tokens).flat_map(|_| token(&mut g)).collect(), dim).unwrap()
}

fn learn(tokens: &MultiVector, num_centroids: u32) -> Arc<TokenCentroids> {
    // The same bytes on every machine.
    Arc::new(TokenCentroids::learn(&[tokens.as_ref()], num_centroids, Isa::Portable, &in_order).unwrap())
}

fn codec(code: TokenCode, centroids: &Arc<TokenCentroids>) -> TokenCodec {
    TokenCodec::residual(code, centroids.clone()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn scores_are_those_of_the_values(
        (dim, num_tokens) in (1usize..140, 1usize..30),
        (num_centroids, num_query) in (1u32..40, 0usize..40),
        seed: u64,
    ) {
        let centroids = learn(&clustered(seed, 200, dim, 16), num_centroids);
        let document = clustered(seed ^ 1, num_tokens, dim, 16);
        let query = Query::new(clustered(seed ^ 2, num_query, dim, 16));
        for code in CODES {
            let codec = codec(code, &centroids);
            let bytes = encode(&codec, &document);
            prop_assert_eq!(bytes.len(), codec.document_bytes(num_tokens));
            prop_assert_eq!(codec.num_tokens(bytes.len()), Ok(num_tokens));
            let values = decode(&codec, &bytes);
            let expected = maxsim(&query, &values);
            let largest = f64::from(values.chunks(dim).map(length).fold(0.0, f32::max));
            let lengths: f64 = query.vectors().rows().map(length).map(f64::from).sum();
            // Half a step of the query, against the token's centroid, its difference and the mean.
            let parts = 3.0 * largest + f64::from(centroids.centroids().values().chunks(dim).map(length).fold(0.0, f32::max));
            let half_steps = lengths / 254.0 * parts * (dim as f64).sqrt();
            let mut first = None;
            for isa in Isa::available() {
                let mut full = TokenScorer::new(&codec, &query, Precision::Full, isa).unwrap();
                let mut fast = TokenScorer::new(&codec, &query, Precision::Fast, isa).unwrap();
                let (score, rough) = (full.score(&bytes).unwrap(), fast.score(&bytes).unwrap());
                prop_assert!((f64::from(score) - expected).abs() <= 1e-5 * largest * lengths, "{score} {expected}");
                prop_assert!((f64::from(rough) - expected).abs() <= half_steps + 1e-5 * lengths, "{rough} {expected}");
                // Sums of bytes are exact, and what centroids have with the query too.
                prop_assert_eq!(*first.get_or_insert(rough.to_bits()), rough.to_bits(), "{}", isa);
                for scorer in [&mut full, &mut fast] {
                    check_matches(scorer, &bytes, num_tokens)?;
                }
            }
        }
    }

    /// No centroid near a token costs it hardly anything.
    #[test]
    fn any_tokens_can_be_coded(seed: u64, power in -30i32..30) {
        let centroids = learn(&clustered(seed, 64, 24, 8), 8);
        let tokens: Vec<f32> = clustered(seed ^ 5, 9, 24, 3).data().iter().map(|v| v * 2f32.powi(power)).collect();
        let tokens = MultiVector::new(tokens, 24).unwrap();
        let reach = centroids.centroids().values().chunks(24).map(length).fold(0.0, f32::max);
        for (code, most) in CODES.into_iter().zip([0.3, 0.9, 5.0]) {
            let codec = codec(code, &centroids);
            let found = decode(&codec, &encode(&codec, &tokens));
            let longest = tokens.rows().map(length).fold(0.0, f32::max);
            for (row, found) in tokens.rows().zip(found.chunks(24)) {
                let error: Vec<f32> = row.iter().zip(found).map(|(a, b)| a - b).collect();
                prop_assert!(length(&error) <= most * 2.3 * (longest + reach), "{code:?}");
            }
        }
    }
}

#[test]
fn centroids_near_the_tokens_halve_what_is_lost() {
    let centroids = learn(&clustered(1, 2000, 128, 16), 16);
    let document = clustered(2, 400, 128, 16);
    for code in CODES {
        let lost = |codec: &TokenCodec| {
            let found = decode(codec, &encode(codec, &document));
            let error: Vec<f32> = document.data().iter().zip(&found).map(|(a, b)| a - b).collect();
            dot(&error, &error)
        };
        let (around, plain) = (lost(&codec(code, &centroids)), lost(&TokenCodec::new(code, 128).unwrap()));
        assert!(around < 0.3 * plain, "{code:?} {around} {plain}");
    }
}

#[test]
fn lengths_tell_the_tokens_whatever_the_centroids() {
    for num_centroids in [1, 2, 3, 256, 257, 1000] {
        let centroids = learn(&clustered(7, 3000, 3, 3000), num_centroids);
        assert_eq!(centroids.num_centroids(), num_centroids as usize);
        for code in CODES {
            let codec = codec(code, &centroids);
            assert_eq!(1 << codec.number_bits(), num_centroids.next_power_of_two());
            let lengths: Vec<usize> = (0..70).map(|num_tokens| codec.document_bytes(num_tokens)).collect();
            for num_bytes in 0..lengths[69] {
                let expected = lengths.iter().position(|length| *length == num_bytes);
                assert_eq!(codec.num_tokens(num_bytes).ok(), expected, "{num_centroids} {num_bytes}");
            }
        }
    }
}

#[test]
fn a_centroid_that_is_not_there_is_damage() {
    let centroids = learn(&clustered(7, 100, 8, 5), 5);
    let document = clustered(8, 3, 8, 5);
    let codec = codec(TokenCode::Int1, &centroids);
    let mut bytes = encode(&codec, &document);
    // Three codes of a byte, three scales, nine bits of numbers.
    bytes[9] |= 0b11_1000;
    let error = CodecError::NoSuchCentroid { token: 1, number: 7, num_centroids: 5 };
    assert_eq!(codec.decode(&bytes, &mut Vec::new()), Err(error.clone()));
    for precision in [Precision::Full, Precision::Fast] {
        let query = Query::new(document.clone());
        let mut scorer = TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap();
        assert_eq!(scorer.score(&bytes), Err(error.clone()));
        assert_eq!(scorer.score(&[]), Err(CodecError::EmptyDocument));
    }
}

#[test]
fn codes_of_many_bits_take_no_centroids() {
    let centroids = learn(&clustered(7, 100, 8, 5), 5);
    for code in [TokenCode::F16, TokenCode::Int8] {
        assert_eq!(TokenCodec::residual(code, centroids.clone()), Err(CodecError::Centroids { code }));
    }
}

/// The bytes are a stored format, and so is what centroids become: neither may ever change.
#[test]
fn codes_never_change() {
    // As they are stored: how they are found may change.
    let halves =
        clustered(1, 6, 24, 6).data().iter().flat_map(|&v| f32_to_f16_bits(v).to_le_bytes()).collect();
    let stored = [b"PLCENTR1".to_vec(), vec![24, 0, 0, 0, 6, 0, 0, 0], halves].concat();
    let centroids = Arc::new(TokenCentroids::read_from(&stored, Isa::best()).unwrap());
    let document = clustered(2, 9, 24, 6);
    // FNV-1a.
    let hash = |bytes: &[u8]| {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let values = |code| {
        let codec = codec(code, &centroids);
        let bytes = encode(&codec, &document);
        let values: Vec<u8> = decode(&codec, &bytes).iter().flat_map(|v| v.to_le_bytes()).collect();
        [hash(&bytes), hash(&values)]
    };
    let expected = [
        [12_775_851_313_377_183_200, 17_771_537_713_139_123_089],
        [3_265_563_680_098_154_641, 14_942_677_370_897_066_815],
        [11_049_075_616_424_237_257, 4_273_431_057_786_208_244],
    ];
    assert_eq!(CODES.map(values), expected);
}
