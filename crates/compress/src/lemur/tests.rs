use super::*;
use crate::SetEncoder;
use crate::kmeans::in_order;
use pleiad_kernels::{Isa, QueryPanel, dot};
use pleiad_vectors::{Generator, MultiVector, MultiVectorRef, Seed};
use proptest::prelude::*;
use std::sync::LazyLock;

const DIM: usize = 24;

/// Unit tokens around a few directions.
fn document(generator: &mut Generator, words: &[Vec<f32>], num_tokens: usize) -> MultiVector {
    let mut token = || {
        let word = &words[generator.below(words.len() as u64) as usize];
        let token: Vec<f32> = word.iter().map(|w| w + 0.1 * generator.gaussian()).collect();
        let length = token.iter().map(|v| v * v).sum::<f32>().sqrt();
        token.into_iter().map(move |v| v / length)
    };
    MultiVector::new((0..num_tokens).flat_map(|_| token().collect::<Vec<_>>()).collect(), DIM).unwrap()
}

fn documents(num: usize) -> Vec<MultiVector> {
    let mut g = Seed(3).generator();
    let words: Vec<Vec<f32>> = (0..40).map(|_| (0..DIM).map(|_| 0.2 * g.gaussian()).collect()).collect();
    (0..num).map(|at| document(&mut g, &words[at % 30..at % 30 + 10], 5 + at % 9)).collect()
}

const FORMS: [LemurParams; 2] = {
    let params = LemurParams { num_features: 96, num_samples: 768, form: LemurForm::HalfPlanes, seed: 7 };
    [params, LemurParams { form: LemurForm::Trained, ..params }]
};

fn encoder(params: &LemurParams, documents: &[MultiVector]) -> LemurEncoder {
    let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
    LemurEncoder::learn(params, &sets, &in_order).unwrap()
}

/// An encoder of each form.
fn encoders(documents: &[MultiVector]) -> [LemurEncoder; 2] {
    FORMS.map(|params| encoder(&params, documents))
}

fn encoded(encoder: &LemurEncoder, documents: &[MultiVector]) -> Vec<f32> {
    let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
    let mut out = vec![0.0; sets.len() * encoder.encoding_dim()];
    encoder.encode_documents_into(&sets, &mut LemurScratch::default(), &mut out).unwrap();
    out
}

fn query(encoder: &LemurEncoder, tokens: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; encoder.encoding_dim()];
    let tokens = MultiVectorRef::new(tokens, DIM).unwrap();
    encoder.encode_query_into(tokens, &mut LemurScratch::default(), &mut out).unwrap();
    out
}

#[test]
fn a_batch_gives_what_one_by_one_gives() {
    let documents = documents(21);
    for encoder in encoders(&documents) {
        let one_by_one: Vec<f32> =
            documents.iter().flat_map(|d| encoded(&encoder, std::slice::from_ref(d))).collect();
        let largest = one_by_one.iter().fold(0.0f32, |max, v| max.max(v.abs()));
        for (together, alone) in encoded(&encoder, &documents).iter().zip(&one_by_one) {
            // Sums in another order.
            assert!((together - alone).abs() < 1e-3 * largest, "{together} {alone}");
        }
    }
}

#[test]
fn scores_follow_maxsim() {
    let documents = documents(120);
    encoders(&documents).iter().for_each(|encoder| follows_maxsim(encoder, &documents));
}

fn follows_maxsim(encoder: &LemurEncoder, documents: &[MultiVector]) {
    let encodings = encoded(encoder, documents);
    let (mut found, mut first) = (0, 0);
    for (at, source) in documents.iter().enumerate().step_by(7) {
        let tokens = &source.data()[..4 * DIM];
        let fde = query(encoder, tokens);
        let scores: Vec<f32> = encodings.chunks_exact(96).map(|d| dot(Isa::best(), d, &fde)).collect();
        let panel = QueryPanel::new(Isa::best(), tokens, DIM);
        let exact: Vec<f32> = documents.iter().map(|d| panel.maxsim(d.data())).collect();
        let rank = |scores: &[f32]| scores.iter().filter(|&&s| s > scores[at]).count();
        assert_eq!(rank(&exact), 0);
        first += 1;
        found += usize::from(rank(&scores) < 12);
    }
    assert!(found * 10 >= first * 9, "{found} of {first}");
}

#[test]
fn what_a_sampled_token_scores_is_fitted() {
    let documents = documents(60);
    let [untrained, trained] = encoders(&documents).map(|encoder| error_share(&encoder, &documents));
    assert!(trained < untrained && untrained < 0.2, "{trained} {untrained}");
}

/// Share of the variance of what sampled tokens score on the first document that its encoding does not tell.
fn error_share(encoder: &LemurEncoder, documents: &[MultiVector]) -> f32 {
    let encoding = encoded(encoder, &documents[..1]);
    let sample = encoder.sample();
    let (mut error, mut spread) = (0.0, 0.0);
    for (token, mean) in sample.tokens.chunks_exact(DIM).zip(&sample.mean_maxima) {
        let exact = QueryPanel::new(Isa::best(), token, DIM).maxsim(documents[0].data()) - mean;
        let estimate = dot(Isa::best(), &query(encoder, token), &encoding);
        error += (exact - estimate).powi(2);
        spread += exact * exact;
    }
    error / spread
}

#[test]
fn order_and_repetition_of_tokens_do_not_matter() {
    let documents = documents(30);
    let tokens = &documents[4];
    let backwards = tokens.data().rchunks_exact(DIM).chain(tokens.rows()).flatten().copied().collect();
    let other = MultiVector::new(backwards, DIM).unwrap();
    for encoder in encoders(&documents) {
        let [once, other] = [tokens, &other].map(|tokens| encoded(&encoder, std::slice::from_ref(tokens)));
        assert_eq!(once, other);
    }
}

#[test]
fn what_was_learned_is_stored_and_makes_the_same_encodings() {
    let documents = documents(30);
    for (params, encoder) in FORMS.iter().zip(encoders(&documents)) {
        let mut bytes = Vec::new();
        encoder.write_to(&mut bytes);
        let layer_bytes = if params.form == LemurForm::Trained { 16 + 4 * 96 * (DIM + 3) } else { 0 };
        assert_eq!(bytes.len(), layer_bytes + encoder.sample().stored_bytes());
        let again = LemurEncoder::read_from(DIM, params, &bytes).unwrap();
        assert_eq!(encoded(&encoder, &documents), encoded(&again, &documents));
        let features = LemurFeatures::read_from(DIM, params, &bytes).unwrap();
        let mut out = vec![0.0; 96];
        features.encode_query_into(documents[0].as_ref(), &mut Vec::new(), &mut out).unwrap();
        assert_eq!(out, query(&encoder, documents[0].data()));
    }
}

#[test]
fn damaged_layers_are_refused() {
    let [_, encoder] = encoders(&documents(30));
    let mut bytes = Vec::new();
    encoder.write_to(&mut bytes);
    let read = |params: &LemurParams, dim, bytes: &[u8]| {
        LemurFeatures::read_from(dim, params, bytes).err().map(|error| error.to_string())
    };
    assert_eq!(read(&FORMS[1], DIM, &bytes), None);
    assert!(read(&FORMS[1], DIM + 1, &bytes).unwrap().contains("another shape"));
    let fewer = LemurParams { num_features: 95, ..FORMS[1] };
    assert!(read(&fewer, DIM, &bytes).unwrap().contains("another shape"));
    for length in [0, 15, 16, 4 * 96 * (DIM + 3)] {
        assert!(read(&FORMS[1], DIM, &bytes[..length]).is_some(), "{length}");
    }
    bytes[16..20].copy_from_slice(&f32::NAN.to_le_bytes());
    assert!(read(&FORMS[1], DIM, &bytes).unwrap().contains("not finite"));
    bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(read(&FORMS[1], DIM, &bytes).unwrap().contains("out of range"));
    bytes[0] ^= 1;
    assert!(read(&FORMS[1], DIM, &bytes).unwrap().contains("PLLEMUL1"));
}

#[test]
fn errors_say_what_is_wrong() {
    let documents = documents(3);
    let [_, encoder] = encoders(&documents);
    let message = |error: LemurError| error.to_string();
    let zeros = MultiVector::new(vec![0.0; 4 * DIM], DIM).unwrap();
    let large = MultiVector::new(vec![1e9; DIM], DIM).unwrap();
    for params in FORMS {
        let learn =
            |sets: &[MultiVectorRef<'_>]| LemurEncoder::learn(&params, sets, &in_order).err().map(message);
        assert!(learn(&[]).unwrap().contains("no token to sample"));
        assert!(learn(&[zeros.as_ref()]).unwrap().contains("do not tell the features apart"));
        assert!(learn(&[large.as_ref()]).unwrap().contains("overflows"));
    }
    let params = LemurParams { num_features: 0, ..FORMS[0] };
    let error = LemurFeatures::half_planes(DIM, &params).unwrap_err();
    assert_eq!(message(error), "num_features is 0, outside 1..=8192");
    let mut scratch = LemurScratch::default();
    let empty = MultiVector::new(Vec::new(), DIM).unwrap();
    let mut out = vec![0.0; 96];
    let error = encoder.encode_documents_into(&[empty.as_ref()], &mut scratch, &mut out).unwrap_err();
    assert_eq!(error, LemurError::EmptyDocument);
    let narrow = MultiVector::new(vec![1.0; 3], 3).unwrap();
    let error = encoder.encode_query_into(narrow.as_ref(), &mut scratch, &mut out).unwrap_err();
    assert_eq!(error, LemurError::Dimension { expected: DIM, found: 3 });
    let error = encoder.encode_query_into(empty.as_ref(), &mut scratch, &mut out[1..]).unwrap_err();
    assert_eq!(error, LemurError::OutputLength { expected: 96, found: 95 });
}

#[test]
fn directions_never_change() {
    let features = LemurFeatures::half_planes(1, &LemurParams::half_planes(3, 42)).unwrap();
    let mut out = vec![0.0; 3];
    let token = MultiVectorRef::new(&[1.0], 1).unwrap();
    features.encode_query_into(token, &mut Vec::new(), &mut out).unwrap();
    assert_eq!(out, PINNED);
}

const PINNED: [f32; 3] = [0.0, 0.267_492_3, 0.400_592_83];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_query_is_the_sum_of_its_tokens(
        values in prop::collection::vec(-1.0f32..1.0, 2 * DIM), scale in 0.0f32..4.0, form in 0usize..2,
    ) {
        static FEATURES: LazyLock<[LemurFeatures; 2]> =
            LazyLock::new(|| encoders(&documents(40)).map(|encoder| encoder.features().clone()));
        let encode = |values: &[f32]| {
            let mut out = vec![0.0; 96];
            let tokens = MultiVectorRef::new(values, DIM).unwrap();
            FEATURES[form].encode_query_into(tokens, &mut Vec::new(), &mut out).unwrap();
            out
        };
        let (first, second) = values.split_at(DIM);
        let longer: Vec<f32> = second.iter().map(|v| v * scale).collect();
        let both = encode(&[first, &longer].concat());
        for ((both, first), second) in both.iter().zip(encode(first)).zip(encode(second)) {
            prop_assert!((both - first - scale * second).abs() < 1e-3 * (1.0 + both.abs()));
        }
    }

    #[test]
    fn bytes_that_nobody_wrote_are_refused_or_read_back(mut bytes in prop::collection::vec(any::<u8>(), 0..80), good in any::<bool>()) {
        if good && bytes.len() >= 16 {
            bytes[..8].copy_from_slice(b"PLLEMUR1");
            bytes[8..16].copy_from_slice(&[1, 0, 0, 0, 9, 0, 0, 0]);
            bytes.resize(16 + 54, 1);
        }
        if let Ok(sample) = LemurSample::read_from(&bytes) {
            let mut again = Vec::new();
            sample.write_to(&mut again);
            prop_assert_eq!(LemurSample::read_from(&again).unwrap(), sample);
        }
    }
}
