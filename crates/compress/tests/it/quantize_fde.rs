//! Codes of encodings: what they lose, and that scores are what their values say.

use pleiad_compress::quantize::MAX_CODED_VALUE;
use pleiad_compress::{CodecError, FdeCode, FdeCodec, FdeScorer};
use pleiad_kernels::Isa;
use pleiad_vectors::{Generator, Seed};
use proptest::prelude::*;

const CODES: [FdeCode; 4] = [FdeCode::F32, FdeCode::Int8, FdeCode::Int4, FdeCode::Sign];

/// Kept by signs alone; a bfloat16 holds it exactly.
const TOKEN_LENGTH: f32 = 0.75;

fn encode(codec: &FdeCodec, fde: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec.encode(fde, TOKEN_LENGTH, &mut bytes).unwrap();
    bytes
}

fn decode(codec: &FdeCodec, bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![f32::NAN; 3];
    codec.decode(bytes, &mut values).unwrap();
    values
}

/// Values of one size, a share of them zero, as in a query's encoding.
fn sparse(g: &mut Generator, dim: usize, zeros: u64, power: i32) -> Vec<f32> {
    (0..dim).map(|_| if g.below(10) < zeros { 0.0 } else { g.gaussian() * 2f32.powi(power) }).collect()
}

fn max(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |max, v| f64::from(v.abs()).max(max))
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Largest error of a value of the query, in parts of its largest.
fn half_step(code: FdeCode) -> f64 {
    if code == FdeCode::F32 { 0.0 } else { 0.5 / 127.0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn values_survive_within_their_bound(seed: u64, dim in 1usize..300, zeros in 0u64..10, power in -30i32..30) {
        let fde = sparse(&mut Seed(seed).generator(), dim, zeros, power);
        for code in CODES {
            let codec = FdeCodec::new(code, dim).unwrap();
            let bytes = encode(&codec, &fde);
            prop_assert_eq!(bytes.len(), codec.bytes());
            let found = decode(&codec, &bytes);
            if code == FdeCode::Sign {
                let signs: Vec<f32> = fde.iter().map(|&v| if v > 0.0 { TOKEN_LENGTH } else { -TOKEN_LENGTH }).collect();
                prop_assert_eq!(found, signs);
                continue;
            }
            let bound = match code {
                FdeCode::F32 => 0.0,
                FdeCode::Int8 => max(&fde) / 254.0 * 1.0001 + 1e-30,
                FdeCode::Int4 | FdeCode::Sign => max(&fde),
            };
            for (&v, &f) in fde.iter().zip(&found) {
                prop_assert!(f64::from(v - f).abs() <= bound, "{code:?}: {v} became {f}");
            }
        }
    }

    /// The score is the inner product of the decoded document with a query known to half a step of 127.
    #[test]
    fn scores_are_those_of_the_values(seed: u64, dim in 1usize..300, zeros in 0u64..10, num_rows in 0usize..5) {
        let mut g = Seed(seed).generator();
        let query = sparse(&mut g, dim, zeros, 3);
        for code in CODES {
            let codec = FdeCodec::new(code, dim).unwrap();
            let documents: Vec<Vec<f32>> = (0..num_rows).map(|_| sparse(&mut g, dim, 1, -2)).collect();
            let rows: Vec<u8> = documents.iter().flat_map(|fde| encode(&codec, fde)).collect();
            let mut reference = Vec::new();
            for isa in Isa::available() {
                let scorer = FdeScorer::new(&codec, &query, isa).unwrap();
                let mut scores = vec![f32::NAN; num_rows];
                scorer.score_rows(&rows, &mut scores);
                for (row, &score) in rows.chunks(codec.bytes()).zip(&scores) {
                    prop_assert_eq!(scorer.score(row).to_bits(), score.to_bits());
                    let values = decode(&codec, row);
                    let sum: f64 = values.iter().map(|v| f64::from(v.abs())).sum();
                    let bound = max(&query) * sum * (half_step(code) + 1e-5) + 1e-6;
                    prop_assert!((f64::from(score) - dot(&query, &values)).abs() <= bound, "{code:?} on {isa}");
                }
                // Integers are summed exactly: every set gives the same bits.
                if code != FdeCode::F32 {
                    reference = if reference.is_empty() { scores.clone() } else { reference };
                    prop_assert_eq!(&scores, &reference);
                }
            }
        }
    }
}

#[test]
fn a_zero_vector_scores_zero() {
    for code in [FdeCode::F32, FdeCode::Int8, FdeCode::Int4] {
        let codec = FdeCodec::new(code, 5).unwrap();
        let zero = encode(&codec, &[0.0; 5]);
        assert_eq!(decode(&codec, &zero), [0.0; 5]);
        assert_eq!(
            FdeScorer::new(&codec, &[1.0, -2.0, 3.0, 0.0, 5.0], Isa::best()).unwrap().score(&zero),
            0.0
        );
        let some = encode(&codec, &[1.0; 5]);
        assert_eq!(FdeScorer::new(&codec, &[0.0; 5], Isa::best()).unwrap().score(&some), 0.0);
    }
}

#[test]
fn longer_encodings_than_one_sum_holds_are_summed_in_parts() {
    let dim = 150_001;
    let mut g = Seed(9).generator();
    let (query, document) = (sparse(&mut g, dim, 5, 0), sparse(&mut g, dim, 0, 0));
    for code in CODES {
        let codec = FdeCodec::new(code, dim).unwrap();
        let row = encode(&codec, &document);
        let score = FdeScorer::new(&codec, &query, Isa::best()).unwrap().score(&row);
        let expected = dot(&query, &decode(&codec, &row));
        let sum: f64 = decode(&codec, &row).iter().map(|v| f64::from(v.abs())).sum();
        let bound = max(&query) * sum * (half_step(code) + 1e-5);
        assert!((f64::from(score) - expected).abs() <= bound, "{code:?}: {score} for {expected}");
    }
}

#[test]
fn what_cannot_be_coded_is_an_error_that_names_it() {
    for code in CODES {
        assert_eq!(FdeCodec::new(code, 0), Err(CodecError::Dimension { dim: 0, max: 1 << 20 }));
        let codec = FdeCodec::new(code, 3).unwrap();
        for bad in [f32::NAN, f32::INFINITY, -MAX_CODED_VALUE * 1.01] {
            let mut bytes = vec![5];
            let error = codec.encode(&[0.0, bad, bad], 1.0, &mut bytes).unwrap_err();
            assert!(matches!(error, CodecError::NotFinite { position: 1, .. }), "{error}");
            assert_eq!(bytes, [5]);
            assert!(FdeScorer::new(&codec, &[bad; 3], Isa::best()).is_err());
        }
        let wrong = CodecError::WrongDimension { expected: 3, found: 2 };
        assert_eq!(codec.encode(&[0.0; 2], 1.0, &mut Vec::new()), Err(wrong.clone()));
        assert_eq!(FdeScorer::new(&codec, &[0.0; 2], Isa::best()).unwrap_err(), wrong);
        assert!(codec.decode(&[0; 2], &mut Vec::new()).is_err());
    }
}

/// The bytes are a stored format: they may never change.
#[test]
fn codes_never_change() {
    let bytes = |code| encode(&FdeCodec::new(code, 3).unwrap(), &[1.0, -0.5, 0.26]);
    assert_eq!(bytes(FdeCode::F32), [0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf, 0xb8, 0x1e, 0x85, 0x3e]);
    assert_eq!(bytes(FdeCode::Int8), [255, 65, 161, 4, 2, 1, 60]);
    assert_eq!(bytes(FdeCode::Int4), [0x4f, 0x89, 71, 134, 11, 62]);
    assert_eq!(bytes(FdeCode::Sign), [0b101, 0x40, 0x3f]);
}

#[test]
fn signs_keep_how_long_the_tokens_are() {
    let codec = FdeCodec::new(FdeCode::Sign, 9).unwrap();
    let scorer = FdeScorer::new(&codec, &[1.0; 9], Isa::best()).unwrap();
    let score = |token_length| {
        let mut row = Vec::new();
        codec.encode(&[0.1; 9], token_length, &mut row).unwrap();
        scorer.score(&row)
    };
    assert_eq!((score(1.0), score(0.5), score(0.0)), (9.0, 4.5, 0.0));
    for bad in [-1.0, f32::NAN, f32::INFINITY] {
        let error = codec.encode(&[0.1; 9], bad, &mut Vec::new()).unwrap_err();
        assert!(matches!(error, CodecError::TokenLength { .. }), "{error}");
    }
}
