//! Token codes: what they lose, what they refuse, and that scores are what their values say.

use pleiad_compress::quantize::MAX_CODED_VALUE;
use pleiad_compress::{CodecError, Precision, TokenCode, TokenCodec, TokenScorer};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Query, Seed};
use proptest::prelude::*;

const CODES: [TokenCode; 3] = [TokenCode::F16, TokenCode::Int8, TokenCode::Int4];

fn encode(codec: &TokenCodec, tokens: &MultiVector) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec.encode(tokens.as_ref(), &mut bytes).unwrap();
    bytes
}

fn decode(codec: &TokenCodec, bytes: &[u8]) -> Vec<f32> {
    // What was there before must not matter.
    let mut values = vec![f32::NAN; 3];
    codec.decode(bytes, &mut values).unwrap();
    values
}

/// Sets with rows of very different size, some of them zero or constant.
fn sets(dim: usize) -> impl Strategy<Value = MultiVector> {
    let row =
        (prop::collection::vec(-1.0f32..1.0, dim), -20i32..12, 0u8..8).prop_map(|(mut row, power, kind)| {
            match kind {
                0 => row.fill(0.0),
                1 => row.fill(0.3),
                _ => {}
            }
            row.iter_mut().for_each(|v| *v *= 2f32.powi(power));
            row
        });
    prop::collection::vec(row, 1..20).prop_map(move |rows| MultiVector::new(rows.concat(), dim).unwrap())
}

fn any_set() -> impl Strategy<Value = MultiVector> {
    (1usize..140).prop_flat_map(sets)
}

/// Largest error of a value of this row.
fn bound(code: TokenCode, row: &[f32], value: f32) -> f32 {
    let max = row.iter().fold(0.0f32, |max, v| max.max(v.abs()));
    match code {
        // Half a step of a ten-bit mantissa, or of the denormals.
        TokenCode::F16 => (value.abs() / 2048.0).max(2f32.powi(-25)),
        // Half of max / 127, the scale being up to 1/128 wider, and a few roundings.
        TokenCode::Int8 => max / 127.0 / 2.0 * (1.0 + 1.0 / 127.0) + 1e-30,
        // The fit may cut off the largest, but never by more than the widest scale's range.
        TokenCode::Int4 => max,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn values_survive_within_their_bound(set in any_set()) {
        for code in CODES {
            let codec = TokenCodec::new(code, set.dim()).unwrap();
            let bytes = encode(&codec, &set);
            prop_assert_eq!(bytes.len(), set.num_tokens() * codec.bytes_per_token());
            prop_assert_eq!(codec.num_tokens(bytes.len()), Ok(set.num_tokens()));
            let values = decode(&codec, &bytes);
            prop_assert_eq!(values.len(), set.data().len());
            for (row, found) in set.rows().zip(values.chunks(set.dim())) {
                for (&v, &f) in row.iter().zip(found) {
                    prop_assert!((v - f).abs() <= bound(code, row, v), "{code:?}: {v} became {f} in {row:?}");
                }
                if row.iter().all(|&v| v == 0.0) {
                    prop_assert!(found.iter().all(|&v| v == 0.0));
                }
            }
        }
    }

    #[test]
    fn tokens_are_coded_alone(set in any_set()) {
        // A token's values do not depend on the tokens beside it, and codes are appended.
        for code in CODES {
            let codec = TokenCodec::new(code, set.dim()).unwrap();
            let whole = decode(&codec, &encode(&codec, &set));
            for (row, found) in set.rows().zip(whole.chunks(set.dim())) {
                let alone = MultiVector::new(row.to_vec(), set.dim()).unwrap();
                prop_assert_eq!(&decode(&codec, &encode(&codec, &alone)), found);
            }
            let mut bytes = vec![7];
            codec.encode(set.as_ref(), &mut bytes).unwrap();
            prop_assert_eq!(&bytes[1..], encode(&codec, &set));
        }
    }

    /// The mean error of four bits, which the bound above says little about.
    #[test]
    fn four_bits_lose_an_eighth(seed: u64, power in -40i32..40) {
        let mut g = Seed(seed).generator();
        let data: Vec<f32> = (0..128 * 8).map(|_| g.gaussian() * 2f32.powi(power)).collect();
        let codec = TokenCodec::new(TokenCode::Int4, 128).unwrap();
        let found = decode(&codec, &encode(&codec, &MultiVector::new(data.clone(), 128).unwrap()));
        let square = |values: &[f32]| values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
        let error: Vec<f32> = data.iter().zip(&found).map(|(a, b)| a - b).collect();
        prop_assert!(square(&error) < square(&data) / 64.0);
    }

    #[test]
    fn scores_are_those_of_the_values(set in sets(24), num_query in 0usize..40, seed: u64) {
        let mut g = Seed(seed).generator();
        let query: Vec<f32> = (0..num_query * 24).map(|_| g.gaussian()).collect();
        let query = Query::new(MultiVector::new(query, 24).unwrap());
        for code in CODES {
            let codec = TokenCodec::new(code, 24).unwrap();
            let bytes = encode(&codec, &set);
            let values = decode(&codec, &bytes);
            let largest = set.data().iter().fold(0.0f32, |max, v| max.max(v.abs()));
            for isa in Isa::available() {
                let mut full = TokenScorer::new(&codec, &query, Precision::Full, isa).unwrap();
                let mut fast = TokenScorer::new(&codec, &query, Precision::Fast, isa).unwrap();
                let (score, rough) = (full.score(&bytes).unwrap(), fast.score(&bytes).unwrap());
                let expected = maxsim(&query, &values);
                let slack = f64::from(largest) * num_query as f64;
                prop_assert!((f64::from(score) - expected).abs() <= 1e-4 * slack, "{score} {expected}");
                prop_assert!((f64::from(rough) - expected).abs() <= fast_bound(&query, &values) + 1e-4 * slack);
                for scorer in [&mut full, &mut fast] {
                    check_matches(scorer, &bytes, set.num_tokens())?;
                }
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn maxsim(query: &Query, values: &[f32]) -> f64 {
    let best = |q: &[f32]| values.chunks(q.len()).map(|d| dot(q, d)).fold(f64::NEG_INFINITY, f64::max);
    query.vectors().rows().map(best).sum()
}

/// Half a step of each query token against the largest sum of magnitudes among the document's tokens.
fn fast_bound(query: &Query, values: &[f32]) -> f64 {
    let of_token = |q: &[f32]| {
        let half = f64::from(q.iter().fold(0.0f32, |max, v| max.max(v.abs()))) / 254.0;
        let sums = values.chunks(q.len()).map(|d| d.iter().map(|v| f64::from(v.abs())).sum::<f64>());
        half * sums.fold(0.0, f64::max)
    };
    query.vectors().rows().map(of_token).sum()
}

fn check_matches(scorer: &mut TokenScorer, bytes: &[u8], num_tokens: usize) -> Result<(), TestCaseError> {
    let (score, mut matches) = (scorer.score(bytes).unwrap(), Vec::new());
    let sum = scorer.matches(bytes, &mut matches).unwrap();
    prop_assert_eq!(sum.to_bits(), score.to_bits());
    prop_assert_eq!(matches.iter().fold(0.0, |sum, m| sum + m.similarity).to_bits(), score.to_bits());
    prop_assert!(matches.iter().all(|m| (m.doc_token as usize) < num_tokens));
    prop_assert!(matches.iter().enumerate().all(|(at, m)| m.query_token as usize == at));
    Ok(())
}

#[test]
fn what_a_code_cannot_hold_is_an_error_that_names_it() {
    for (code, limit) in
        [(TokenCode::F16, 65_504.0), (TokenCode::Int8, MAX_CODED_VALUE), (TokenCode::Int4, MAX_CODED_VALUE)]
    {
        let codec = TokenCodec::new(code, 4).unwrap();
        let mut data = vec![0.5; 12];
        data[6] = -limit;
        let largest = MultiVector::new(data.clone(), 4).unwrap();
        assert!(decode(&codec, &encode(&codec, &largest)).iter().all(|v| v.is_finite()));
        data[6] *= 1.001;
        let mut bytes = vec![1, 2];
        let error =
            codec.encode(MultiVector::new(data.clone(), 4).unwrap().as_ref(), &mut bytes).unwrap_err();
        assert_eq!(error, CodecError::TooLarge { row: 1, column: 2, value: data[6], limit });
        assert_eq!(bytes, [1, 2]);
        let tiny = MultiVector::new(vec![f32::MIN_POSITIVE / 4.0; 4], 4).unwrap();
        assert_eq!(decode(&codec, &encode(&codec, &tiny)), [0.0; 4]);
    }
}

#[test]
fn damaged_codes_are_errors() {
    let tokens = MultiVector::new(vec![0.5, 0.25, -0.5, 0.125, 1.0, 0.0], 3).unwrap();
    let query = Query::new(tokens.clone());
    for code in CODES {
        let codec = TokenCodec::new(code, 3).unwrap();
        let bytes = encode(&codec, &tokens);
        // The last two bytes are the second token's last half float or its scale.
        let mut broken = bytes.clone();
        broken[bytes.len() - 2..].copy_from_slice(&[0x80, 0x7f]);
        assert_eq!(codec.decode(&broken, &mut Vec::new()), Err(CodecError::Damaged { token: 1 }));
        for precision in [Precision::Full, Precision::Fast] {
            let mut scorer = TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap();
            assert_eq!(scorer.score(&broken), Err(CodecError::Damaged { token: 1 }));
            assert_eq!(scorer.score(&[]), Err(CodecError::EmptyDocument));
            let num_bytes = bytes.len() - 1;
            let bytes_per_token = codec.bytes_per_token();
            let expected = CodecError::Length { num_bytes, bytes_per_token };
            assert_eq!(scorer.matches(&bytes[..num_bytes], &mut Vec::new()), Err(expected));
            // An error leaves nothing behind.
            let mut fresh = TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap();
            assert_eq!(scorer.score(&bytes), fresh.score(&bytes));
        }
    }
}

#[test]
fn dimensions_are_checked() {
    for dim in [0, 4097] {
        assert_eq!(TokenCodec::new(TokenCode::Int8, dim), Err(CodecError::Dimension { dim, max: 4096 }));
    }
    let codec = TokenCodec::new(TokenCode::Int8, 3).unwrap();
    let other = MultiVector::new(vec![1.0; 4], 4).unwrap();
    let wrong = CodecError::WrongDimension { expected: 3, found: 4 };
    assert_eq!(codec.encode(other.as_ref(), &mut Vec::new()), Err(wrong.clone()));
    let query = Query::new(other);
    assert_eq!(TokenScorer::new(&codec, &query, Precision::Full, Isa::best()).unwrap_err(), wrong);
}

/// The bytes are a stored format: they may never change.
#[test]
fn codes_never_change() {
    let tokens = MultiVector::new(vec![1.0, -0.5, 0.26, 0.0, 0.0, 0.0], 3).unwrap();
    let bytes = |code| encode(&TokenCodec::new(code, 3).unwrap(), &tokens);
    assert_eq!(bytes(TokenCode::F16), [0, 0x3c, 0, 0xb8, 0x29, 0x34, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bytes(TokenCode::Int8), [254, 65, 161, 128, 128, 128, 0x02, 0x3c, 0, 0]);
    assert_eq!(bytes(TokenCode::Int4), [0x4f, 0x89, 0x88, 0x88, 0x0c, 0x3e, 0, 0]);
}
