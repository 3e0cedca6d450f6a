//! Token codes: what they lose, what they refuse, and that scores are what their values say.

use pleiad_compress::quantize::MAX_CODED_VALUE;
use pleiad_compress::{CodecError, Precision, TokenCode, TokenCodec, TokenScorer};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, Query, Seed};
use proptest::prelude::*;

const CODES: [TokenCode; 5] =
    [TokenCode::F16, TokenCode::Int8, TokenCode::Int4, TokenCode::Int2, TokenCode::Int1];

/// Codes of rotated tokens.
const ROTATED: [TokenCode; 3] = [TokenCode::Int4, TokenCode::Int2, TokenCode::Int1];

pub(crate) fn encode(codec: &TokenCodec, tokens: &MultiVector) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec.encode(tokens.as_ref(), &mut bytes).unwrap();
    bytes
}

pub(crate) fn decode(codec: &TokenCodec, bytes: &[u8]) -> Vec<f32> {
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
fn bound(code: TokenCode, (row, difference): (&[f32], f32), value: f32) -> f32 {
    let max = row.iter().fold(0.0f32, |max, v| max.max(v.abs()));
    match code {
        // Half a step of a ten-bit mantissa, or of the denormals.
        TokenCode::F16 => (value.abs() / 2048.0).max(2f32.powi(-25)),
        // Half of max / 127, the scale being up to 1/128 wider, and a few roundings.
        TokenCode::Int8 => max / 127.0 / 2.0 * (1.0 + 1.0 / 127.0) + 1e-30,
        // Rotated, an error is that of the whole difference to the mean. With one bit the cosine of it and its code is
        // the mean magnitude over the root of the mean square, never below `dim^-1/2`; its tangent is the relative
        // error.
        TokenCode::Int4 => 0.3 * difference,
        TokenCode::Int2 => 0.8 * difference,
        TokenCode::Int1 => (row.len() as f32).sqrt() * difference,
    }
}

/// Largest length that a token's difference to the mean may have, which is itself off by 0.3 of its length.
fn difference(set: &MultiVector, row: &[f32]) -> f32 {
    length(row) + 1.3 * set.rows().map(length).fold(0.0, f32::max)
}

pub(crate) fn length(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt()
}

/// Tokens whose errors are averaged.
const NUM_AVERAGED: usize = 256;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn values_survive_within_their_bound(set in any_set()) {
        for code in CODES {
            let codec = TokenCodec::new(code, set.dim()).unwrap();
            let bytes = encode(&codec, &set);
            prop_assert_eq!(bytes.len(), codec.document_bytes(set.num_tokens()));
            prop_assert_eq!(codec.num_tokens(bytes.len()), Ok(set.num_tokens()));
            let values = decode(&codec, &bytes);
            prop_assert_eq!(values.len(), set.data().len());
            for (row, found) in set.rows().zip(values.chunks(set.dim())) {
                for (&v, &f) in row.iter().zip(found) {
                    prop_assert!((v - f).abs() <= bound(code, (row, difference(&set, row)), v), "{code:?}: {v} became {f} in {row:?}");
                }
                if row.iter().all(|&v| v == 0.0) && !ROTATED.contains(&code) {
                    prop_assert!(found.iter().all(|&v| v == 0.0));
                }
            }
        }
    }

    /// Without a mean a token's values do not depend on the tokens beside it; codes are appended.
    #[test]
    fn tokens_are_coded_alone(set in any_set()) {
        for code in CODES {
            let codec = TokenCodec::new(code, set.dim()).unwrap();
            let whole = decode(&codec, &encode(&codec, &set));
            for (row, found) in set.rows().zip(whole.chunks(set.dim())).filter(|_| codec.mean_bytes() == 0) {
                let alone = MultiVector::new(row.to_vec(), set.dim()).unwrap();
                prop_assert_eq!(&decode(&codec, &encode(&codec, &alone)), found);
            }
            let mut bytes = vec![7];
            codec.encode(set.as_ref(), &mut bytes).unwrap();
            prop_assert_eq!(&bytes[1..], encode(&codec, &set));
        }
    }

    /// The mean error, which the bounds above say little about, whether all dimensions share a token or a few have it.
    #[test]
    fn a_rotation_makes_all_tokens_lose_the_same(seed: u64, power in -40i32..40, decay in 0.5f32..1.0) {
        let mut g = Seed(seed).generator();
        let value = |k: i32| g.gaussian() * decay.powi(k) * 2f32.powi(power);
        // So many that their mean error is far more even than that of one.
        let data: Vec<f32> = (0..NUM_AVERAGED).flat_map(|_| 0..128).map(value).collect();
        let set = MultiVector::new(data, 128).unwrap();
        for (code, most) in ROTATED.into_iter().zip([0.012, 0.16, 0.75]) {
            let codec = TokenCodec::new(code, 128).unwrap();
            let found = decode(&codec, &encode(&codec, &set));
            let lost = |(row, found): (&[f32], &[f32])| {
                let error: Vec<f32> = row.iter().zip(found).map(|(a, b)| a - b).collect();
                dot(&error, &error) / dot(row, row)
            };
            let mean = set.rows().zip(found.chunks(128)).map(lost).sum::<f64>() / NUM_AVERAGED as f64;
            prop_assert!(mean < most, "{code:?} {mean}");
        }
    }

    /// The part that all tokens of a document share is coded once: only their differences to it are lost.
    ///
    /// The share that is lost is taken over some thousand tokens and relative to the differences at hand, so that
    /// neither a short document nor a lucky draw decides: over so many values it deviates by about 1 % from its mean
    /// (see [`NUM_AVERAGED`]), and the limits stand 15 % above the largest mean, that of documents of 2 tokens.
    #[test]
    fn what_tokens_share_is_not_lost(seed: u64, num_tokens in 2usize..60) {
        let mut g = Seed(seed).generator();
        let documents: Vec<MultiVector> = (0..(4 * NUM_AVERAGED).div_ceil(num_tokens))
            .map(|_| {
                let common: Vec<f32> = (0..128).map(|_| 2.0 * g.gaussian()).collect();
                let data = (0..num_tokens).flat_map(|_| common.clone()).map(|v| v + g.gaussian()).collect();
                MultiVector::new(data, 128).unwrap()
            })
            .collect();
        for (code, most) in ROTATED.into_iter().zip([0.0115, 0.163, 0.71]) {
            let codec = TokenCodec::new(code, 128).unwrap();
            let (mut lost, mut differences) = (0.0, 0.0);
            for set in &documents {
                let found = decode(&codec, &encode(&codec, set));
                let error: Vec<f32> = set.data().iter().zip(&found).map(|(a, b)| a - b).collect();
                lost += dot(&error, &error);
                differences += squared_differences(set);
            }
            prop_assert!(lost < most * differences, "{code:?} {}", lost / differences);
        }
    }

    /// A lone token is its own mean: the error of one code is left to the next. On average, that is: where a value lies far
    /// beyond the levels of the first code, one bit spreads what is left of it over all.
    #[test]
    fn a_lone_token_is_coded_twice(seed: u64) {
        let mut g = Seed(seed).generator();
        let tokens: Vec<Vec<f32>> =
            (0..NUM_AVERAGED).map(|_| (0..128).map(|_| g.gaussian()).collect()).collect();
        for (code, most) in ROTATED.into_iter().zip([0.0005, 0.004, 0.01]) {
            let codec = TokenCodec::new(code, 128).unwrap();
            let lost = |token: &Vec<f32>| {
                let set = MultiVector::new(token.clone(), 128).unwrap();
                let found = decode(&codec, &encode(&codec, &set));
                let error: Vec<f32> = token.iter().zip(&found).map(|(a, b)| a - b).collect();
                dot(&error, &error) / dot(token, token)
            };
            let mean = tokens.iter().map(lost).sum::<f64>() / NUM_AVERAGED as f64;
            prop_assert!(mean < most, "{code:?} {mean}");
        }
    }

    #[test]
    fn scores_are_those_of_the_values(set in any_set(), num_query in 0usize..40, seed: u64) {
        let (mut g, dim) = (Seed(seed).generator(), set.dim());
        let query: Vec<f32> = (0..num_query * dim).map(|_| g.gaussian()).collect();
        let query = Query::new(MultiVector::new(query, dim).unwrap());
        for code in CODES {
            let codec = TokenCodec::new(code, dim).unwrap();
            let bytes = encode(&codec, &set);
            let values = decode(&codec, &bytes);
            let largest = values.chunks(dim).map(length).fold(0.0, f32::max);
            let mut first = None;
            for isa in Isa::available() {
                let mut full = TokenScorer::new(&codec, &query, Precision::Full, isa).unwrap();
                let mut fast = TokenScorer::new(&codec, &query, Precision::Fast, isa).unwrap();
                let (score, rough) = (full.score(&bytes).unwrap(), fast.score(&bytes).unwrap());
                let expected = maxsim(&query, &values);
                let slack = 1e-5 * f64::from(largest) * query.vectors().rows().map(length).map(f64::from).sum::<f64>();
                prop_assert!((f64::from(score) - expected).abs() <= slack, "{score} {expected}");
                prop_assert!((f64::from(rough) - expected).abs() <= fast_bound(code, &query, &values) + slack);
                // Sums of bytes are exact.
                if code != TokenCode::F16 {
                    prop_assert_eq!(*first.get_or_insert(rough.to_bits()), rough.to_bits(), "{}", isa);
                }
                for scorer in [&mut full, &mut fast] {
                    check_matches(scorer, &bytes, set.num_tokens())?;
                }
            }
        }
    }
}

pub(crate) fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Sum of the squared distances of all tokens to their mean.
fn squared_differences(set: &MultiVector) -> f64 {
    let num_tokens = set.num_tokens() as f64;
    let mean = |column: usize| set.rows().map(|row| f64::from(row[column])).sum::<f64>() / num_tokens;
    let means: Vec<f64> = (0..set.dim()).map(mean).collect();
    set.data()
        .chunks(set.dim())
        .flat_map(|row| row.iter().zip(&means))
        .map(|(v, m)| (f64::from(*v) - m).powi(2))
        .sum()
}

pub(crate) fn maxsim(query: &Query, values: &[f32]) -> f64 {
    let best = |q: &[f32]| values.chunks(q.len()).map(|d| dot(q, d)).fold(f64::NEG_INFINITY, f64::max);
    query.vectors().rows().map(best).sum()
}

/// Half a step of each query token against the largest sum of magnitudes among the document's tokens; of rotated ones
/// we only know that no value is above the length, and the sum no more than `dim^1/2` lengths: of the token and twice of
/// the mean, which is off by a third of its length at most.
fn fast_bound(code: TokenCode, query: &Query, values: &[f32]) -> f64 {
    let rotated = ROTATED.contains(&code);
    let of_token = |q: &[f32]| {
        let mean = 1.3 * values.chunks(q.len()).map(length).fold(0.0, f32::max);
        let largest = if rotated { length(q) } else { q.iter().fold(0.0f32, |max, v| max.max(v.abs())) };
        let half = f64::from(largest) / 254.0;
        let sum = |d: &[f32]| -> f64 {
            if rotated {
                f64::from(length(d) + 2.0 * mean) * (d.len() as f64).sqrt()
            } else {
                d.iter().map(|v| f64::from(v.abs())).sum()
            }
        };
        let sums = values.chunks(q.len()).map(sum);
        half * sums.fold(0.0, f64::max)
    };
    query.vectors().rows().map(of_token).sum()
}

pub(crate) fn check_matches(
    scorer: &mut TokenScorer,
    bytes: &[u8],
    num_tokens: usize,
) -> Result<(), TestCaseError> {
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
    for code in CODES {
        let limit = if code == TokenCode::F16 { 65_504.0 } else { MAX_CODED_VALUE };
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
fn the_longest_tokens_have_finite_values_and_scores() {
    let longest = MultiVector::new(vec![MAX_CODED_VALUE; 4096 * 2], 4096).unwrap();
    let query = Query::new(MultiVector::new(vec![1.0; 4096], 4096).unwrap());
    for code in ROTATED {
        let codec = TokenCodec::new(code, 4096).unwrap();
        let bytes = encode(&codec, &longest);
        let expected = 4096.0 * f64::from(MAX_CODED_VALUE);
        assert!(decode(&codec, &bytes).iter().all(|v| v.is_finite()));
        for precision in [Precision::Full, Precision::Fast] {
            let score =
                TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap().score(&bytes).unwrap();
            assert!((f64::from(score) / expected - 1.0).abs() < 0.02, "{code:?} {precision:?} {score}");
        }
    }
}

#[test]
fn of_equal_tokens_the_first_is_met() {
    let mut g = Seed(9).generator();
    let token: Vec<f32> = (0..40).map(|_| g.gaussian()).collect();
    let opposite: Vec<f32> = token.iter().map(|v| -v).collect();
    let document = MultiVector::new([opposite, token.clone(), token.clone()].concat(), 40).unwrap();
    let query = Query::new(MultiVector::new(token, 40).unwrap());
    for code in CODES {
        let codec = TokenCodec::new(code, 40).unwrap();
        for precision in [Precision::Full, Precision::Fast] {
            let mut scorer = TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap();
            let mut matches = Vec::new();
            scorer.matches(&encode(&codec, &document), &mut matches).unwrap();
            assert_eq!(matches[0].doc_token, 1, "{code:?} {precision:?}");
        }
    }
}

#[test]
fn damaged_codes_are_errors() {
    let tokens = MultiVector::new(vec![0.5, 0.25, -0.5, 0.125, 1.0, 0.0], 3).unwrap();
    let query = Query::new(tokens.clone());
    for code in CODES {
        let codec = TokenCodec::new(code, 3).unwrap();
        let bytes = encode(&codec, &tokens);
        // Before the mean lies the second token's last half float or its scale; a mean ends with its own.
        let of_token = (bytes.len() - codec.mean_bytes(), CodecError::Damaged { token: 1 });
        let of_mean = (bytes.len(), CodecError::DamagedMean);
        let damages = [of_token, of_mean];
        let mut broken = bytes.clone();
        for (end, error) in damages.iter().take(if codec.mean_bytes() == 0 { 1 } else { 2 }) {
            for scale in [[0x80, 0x7f], [0xff, 0xff]] {
                broken.clone_from(&bytes);
                broken[end - 2..*end].copy_from_slice(&scale);
                assert_eq!(codec.decode(&broken, &mut Vec::new()).as_ref(), Err(error));
                for precision in [Precision::Full, Precision::Fast] {
                    let mut scorer = TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap();
                    assert_eq!(scorer.score(&broken).as_ref(), Err(error));
                }
            }
        }
        for precision in [Precision::Full, Precision::Fast] {
            let mut scorer = TokenScorer::new(&codec, &query, precision, Isa::best()).unwrap();
            assert!(scorer.score(&broken).is_err());
            assert_eq!(scorer.score(&[]), Err(CodecError::EmptyDocument));
            let num_bytes = bytes.len() - 1;
            let (bytes_per_token, mean_bytes) = (codec.bytes_per_token(), codec.mean_bytes());
            let expected = CodecError::Length { num_bytes, bytes_per_token, number_bits: 0, mean_bytes };
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
    // Codes, two scales, the mean's codes and scale.
    let of_rotated: [&[u8]; 3] = [
        &[41, 8, 215, 6, 244, 59, 244, 59, 40, 9, 244, 59],
        &[34, 29, 139, 59, 140, 59, 40, 9, 244, 59],
        &[5, 2, 231, 62, 230, 62, 40, 9, 244, 59],
    ];
    assert_eq!(ROTATED.map(bytes), of_rotated);
}

/// The same for a dimension of many blocks, whose last byte is not full.
#[test]
fn codes_of_long_tokens_never_change() {
    let mut g = Seed(4).generator();
    let tokens = MultiVector::new((0..3 * 301).map(|_| g.gaussian()).collect(), 301).unwrap();
    // FNV-1a.
    let hash = |bytes: Vec<u8>| {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let hashes = ROTATED.map(|code| hash(encode(&TokenCodec::new(code, 301).unwrap(), &tokens)));
    assert_eq!(hashes, [8_790_644_410_770_885_691, 3_914_808_949_015_847_959, 7_240_287_950_278_492_126]);
}
