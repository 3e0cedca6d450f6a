//! Theory of encodings (MUVERA §2.1, appendix A), checked on random sets.

use pleiad_compress::fde::{
    FdeEncoder, FdeError, FdeGenerator, FdeMatrices, FdeParams, FdeScratch, bits_of_partition,
};
use pleiad_vectors::{Generator, MultiVector, MultiVectorRef, Seed};
use proptest::prelude::*;

fn params(repetitions: u32, simhash_projections: u32, projection_dim: Option<u32>, seed: u64) -> FdeParams {
    FdeParams {
        repetitions,
        simhash_projections,
        projection_dim,
        final_projection_dim: None,
        fill_empty_partitions: true,
        seed,
        generator: FdeGenerator::Portable,
    }
}

/// Unit vectors around a few centers, so that partitions are unevenly full.
fn tokens(g: &mut Generator, num_tokens: usize, dim: usize) -> MultiVector {
    let centers: Vec<f32> = (0..3 * dim).map(|_| g.gaussian()).collect();
    let mut data = Vec::with_capacity(num_tokens * dim);
    for _ in 0..num_tokens {
        let center = g.below(3) as usize * dim;
        let row: Vec<f32> = (0..dim).map(|i| centers[center + i] + 0.7 * g.gaussian()).collect();
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        data.extend(row.iter().map(|v| v / norm));
    }
    MultiVector::new(data, dim).unwrap()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn mean_maxsim(query: &MultiVector, document: &MultiVector) -> f64 {
    let best = |q: &[f32]| document.rows().map(|d| dot(q, d)).fold(f64::NEG_INFINITY, f64::max);
    query.rows().map(best).sum::<f64>() / query.num_tokens() as f64
}

fn assert_close(a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len());
    for (at, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= tolerance * y.abs().max(1.0), "value {at}: {x} and {y}");
    }
}

fn signs(encoder: &FdeEncoder, row: &[f32], repetition: usize) -> u32 {
    let (dim, k) = (encoder.dim(), encoder.params().simhash_projections as usize);
    let planes = &encoder.matrices().hyperplanes[repetition * k * dim..][..k * dim];
    planes.chunks(dim).fold(0, |bits, plane| {
        let product = plane.iter().zip(row).fold(0.0f32, |sum, (a, b)| sum + a * b);
        bits << 1 | u32::from(product > 0.0)
    })
}

/// The definition, word by word: the oracle of the fast path.
fn slow(encoder: &FdeEncoder, set: MultiVectorRef<'_>, is_query: bool) -> Vec<f32> {
    let (matrices, params) = (encoder.matrices(), encoder.params());
    let mut out = Vec::new();
    for repetition in 0..params.repetitions as usize {
        let value =
            |row: &[f32]| matrices.inner.get(repetition).map_or(row.to_vec(), |s| s.project(row).unwrap());
        let coded: Vec<(u32, Vec<f32>)> =
            set.rows().map(|row| (signs(encoder, row, repetition), value(row))).collect();
        for partition in 0..1u32 << params.simhash_projections {
            let bits = bits_of_partition(partition);
            let inside: Vec<&Vec<f32>> =
                coded.iter().filter(|(code, _)| *code == bits).map(|(_, v)| v).collect();
            let mut block = vec![0.0; value(&vec![0.0; encoder.dim()]).len()];
            for v in &inside {
                block.iter_mut().zip(*v).for_each(|(sum, v)| *sum += v);
            }
            if !is_query && inside.len() > 1 {
                block.iter_mut().for_each(|v| *v /= inside.len() as f32);
            }
            if !is_query && inside.is_empty() && params.fill_empty_partitions {
                block = coded.iter().min_by_key(|(code, _)| (code ^ bits).count_ones()).unwrap().1.clone();
            }
            out.extend(block);
        }
    }
    matrices.last.as_ref().map_or(out.clone(), |last| last.project(&out).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_fast_path_is_the_definition(
        (dim, num_tokens, k, repetitions) in (1usize..40, 1usize..50, 0u32..6, 0u32..4),
        projection in prop::option::of(1u32..20), last in prop::option::of(1u32..30),
        fill: bool, compat: bool, seed in 0u64..1000,
    ) {
        let generator = if compat { FdeGenerator::GoogleCompat } else { FdeGenerator::Portable };
        let params = FdeParams {
            final_projection_dim: last, fill_empty_partitions: fill, generator,
            ..params(repetitions, k, projection, seed)
        };
        let encoder = FdeEncoder::new(dim, params).unwrap();
        let set = tokens(&mut Seed(seed).generator(), num_tokens, dim);
        assert_close(&encoder.encode_query(set.as_ref()).unwrap(), &slow(&encoder, set.as_ref(), true), 2e-6);
        assert_close(&encoder.encode_document(set.as_ref()).unwrap(), &slow(&encoder, set.as_ref(), false), 2e-6);
    }

    /// Lemma A.3: without inner projection the estimate never exceeds the truth.
    #[test]
    fn the_estimate_is_one_sided(
        seed: u64, k in 0u32..8, repetitions in 1u32..5, num_query in 1usize..20, num_document in 1usize..40,
    ) {
        let mut g = Seed(seed).generator();
        let (query, document) = (tokens(&mut g, num_query, 12), tokens(&mut g, num_document, 12));
        let encoder = FdeEncoder::new(12, params(repetitions, k, None, seed)).unwrap();
        let product = dot(&encoder.encode_query(query.as_ref()).unwrap(), &encoder.encode_document(document.as_ref()).unwrap());
        let estimate = product / (f64::from(repetitions) * num_query as f64);
        prop_assert!(estimate <= mean_maxsim(&query, &document) + 1e-5);
        if k == 0 {
            // One partition: the sum of the query against the mean of the document.
            let sum: Vec<f64> = (0..12).map(|i| query.rows().map(|r| f64::from(r[i])).sum()).collect();
            let mean: Vec<f64> = (0..12).map(|i| document.rows().map(|r| f64::from(r[i])).sum::<f64>() / num_document as f64).collect();
            let expected = sum.iter().zip(&mean).map(|(a, b)| a * b).sum::<f64>() / num_query as f64;
            prop_assert!((estimate - expected).abs() < 1e-5, "{estimate} {expected}");
        }
    }

    #[test]
    fn queries_are_linear_and_documents_are_means(seed: u64, k in 0u32..6, a in 1usize..20, b in 1usize..20) {
        let mut g = Seed(seed).generator();
        let encoder = FdeEncoder::new(10, params(3, k, Some(4), seed)).unwrap();
        let (first, second) = (tokens(&mut g, a, 10), tokens(&mut g, b, 10));
        let union = MultiVector::new([first.data(), second.data()].concat(), 10).unwrap();
        let query = |set: &MultiVector| encoder.encode_query(set.as_ref()).unwrap();
        let sum: Vec<f32> = query(&first).iter().zip(query(&second)).map(|(a, b)| a + b).collect();
        assert_close(&query(&union), &sum, 1e-5);
        // A power of two scales every step exactly.
        let scaled = MultiVector::new(first.data().iter().map(|v| v * 4.0).collect(), 10).unwrap();
        prop_assert_eq!(query(&scaled), query(&first).iter().map(|v| v * 4.0).collect::<Vec<_>>());
        let document = |set: &MultiVector| encoder.encode_document(set.as_ref()).unwrap();
        let copies = MultiVector::new(first.data()[..10].repeat(b), 10).unwrap();
        let once = MultiVector::new(first.data()[..10].to_vec(), 10).unwrap();
        assert_close(&document(&copies), &document(&once), 1e-5);
    }

    #[test]
    fn the_order_of_tokens_does_not_matter(seed: u64, k in 0u32..6, num_tokens in 1usize..40) {
        let mut g = Seed(seed).generator();
        let set = tokens(&mut g, num_tokens, 8);
        let mut order: Vec<usize> = (0..num_tokens).collect();
        g.shuffle(&mut order);
        let shuffled = order.iter().flat_map(|&at| set.data()[at * 8..][..8].to_vec()).collect();
        let shuffled = MultiVector::new(shuffled, 8).unwrap();
        // With fill, the first of equally near tokens would depend on the order.
        let params = FdeParams { fill_empty_partitions: false, ..params(3, k, Some(4), seed) };
        let encoder = FdeEncoder::new(8, params).unwrap();
        let document = |set: &MultiVector| encoder.encode_document(set.as_ref()).unwrap();
        assert_close(&document(&shuffled), &document(&set), 1e-5);
    }

    #[test]
    fn empty_blocks_are_zero_and_filled_ones_are_not(seed: u64, k in 1u32..7, num_tokens in 1usize..20) {
        let set = tokens(&mut Seed(seed).generator(), num_tokens, 9);
        let filled = params(2, k, None, seed);
        let bare = FdeParams { fill_empty_partitions: false, ..filled.clone() };
        let (filled, bare) = (FdeEncoder::new(9, filled).unwrap(), FdeEncoder::new(9, bare).unwrap());
        let counts = crate::partition_counts(&bare, &set).concat();
        let zero = |fde: Vec<f32>| -> Vec<bool> { fde.chunks(9).map(|b| b.iter().all(|&v| v == 0.0)).collect() };
        let empty: Vec<bool> = counts.iter().map(|&count| count == 0).collect();
        prop_assert_eq!(zero(bare.encode_document(set.as_ref()).unwrap()), empty.clone());
        prop_assert_eq!(zero(filled.encode_query(set.as_ref()).unwrap()), empty.clone());
        prop_assert!(!zero(filled.encode_document(set.as_ref()).unwrap()).contains(&true));
        let num_full = empty.iter().filter(|&&e| !e).count();
        prop_assert!(num_full <= 2 * num_tokens.min(1 << k));
    }

    /// Shifting what documents *say*, not where they fall, changes all scores of a query by one constant.
    #[test]
    fn shifted_values_keep_the_ranking(seed: u64, k in 1u32..6, shift in prop::collection::vec(-2.0f32..2.0, 4)) {
        // The hyperplanes see the first eight dimensions alone; the shift is in the other four.
        let settings = params(3, k, Some(6), seed);
        let mut matrices = FdeMatrices::generate(12, &settings).unwrap();
        for plane in matrices.hyperplanes.chunks_mut(12) {
            plane[8..].fill(0.0);
        }
        let encoder = FdeEncoder::with_matrices(12, settings, matrices).unwrap();
        let mut g = Seed(seed).generator();
        let query = encoder.encode_query(tokens(&mut g, 7, 12).as_ref()).unwrap();
        let changes: Vec<f64> = (1..6).map(|num_tokens| {
            let set = tokens(&mut g, num_tokens * 4, 12);
            let mut data = set.data().to_vec();
            data.chunks_mut(12).for_each(|row| row[8..].iter_mut().zip(&shift).for_each(|(v, s)| *v += s));
            let shifted = MultiVector::new(data, 12).unwrap();
            let score = |set: &MultiVector| dot(&query, &encoder.encode_document(set.as_ref()).unwrap());
            score(&shifted) - score(&set)
        }).collect();
        prop_assert!(changes.iter().all(|c| (c - changes[0]).abs() < 1e-3), "{changes:?}");
    }

    /// Turning a hyperplane round renumbers the partitions, and nothing else.
    #[test]
    fn the_numbering_of_partitions_does_not_matter(seed: u64, k in 1u32..6, turned in 0usize..100) {
        let settings = params(2, k, Some(5), seed);
        let mut matrices = FdeMatrices::generate(8, &settings).unwrap();
        let original = FdeEncoder::with_matrices(8, settings.clone(), matrices.clone()).unwrap();
        let start = turned % (2 * k as usize) * 8;
        matrices.hyperplanes[start..][..8].iter_mut().for_each(|v| *v = -*v);
        let changed = FdeEncoder::with_matrices(8, settings, matrices).unwrap();
        let mut g = Seed(seed).generator();
        let (query, document) = (tokens(&mut g, 9, 8), tokens(&mut g, 14, 8));
        let score = |e: &FdeEncoder| {
            dot(&e.encode_query(query.as_ref()).unwrap(), &e.encode_document(document.as_ref()).unwrap())
        };
        prop_assert!((score(&original) - score(&changed)).abs() < 1e-4);
    }

    #[test]
    fn scratch_leaves_no_trace(seed: u64, sizes in prop::collection::vec(1usize..40, 1..6)) {
        let encoder = FdeEncoder::new(8, FdeParams { final_projection_dim: Some(20), ..params(2, 3, Some(4), seed) }).unwrap();
        let (mut g, mut scratch) = (Seed(seed).generator(), FdeScratch::default());
        let mut out = vec![f32::NAN; 20];
        for num_tokens in sizes {
            let set = tokens(&mut g, num_tokens, 8);
            encoder.encode_document_into(set.as_ref(), &mut scratch, &mut out).unwrap();
            prop_assert_eq!(&out, &encoder.encode_document(set.as_ref()).unwrap());
            encoder.encode_query_into(set.as_ref(), &mut scratch, &mut out).unwrap();
            prop_assert_eq!(&out, &encoder.encode_query(set.as_ref()).unwrap());
        }
    }
}

/// Averaged over sketches of the same partitions, the sketched estimate is the one without a sketch.
#[test]
fn the_inner_projection_is_unbiased() {
    let mut g = Seed(5).generator();
    let (query, document) = (tokens(&mut g, 16, 32), tokens(&mut g, 30, 32));
    let score = |e: &FdeEncoder| {
        dot(&e.encode_query(query.as_ref()).unwrap(), &e.encode_document(document.as_ref()).unwrap())
    };
    let exact = params(4, 3, None, 1);
    let hyperplanes = FdeMatrices::generate(32, &exact).unwrap().hyperplanes;
    let scores: Vec<f64> = (0..400)
        .map(|seed| {
            let settings = params(4, 3, Some(8), seed);
            let matrices = FdeMatrices {
                hyperplanes: hyperplanes.clone(),
                ..FdeMatrices::generate(32, &settings).unwrap()
            };
            score(&FdeEncoder::with_matrices(32, settings, matrices).unwrap())
        })
        .collect();
    let (mean, deviation) = crate::golden_statistics::moments(&scores);
    let expected = score(&FdeEncoder::new(32, exact).unwrap());
    assert!((mean - expected).abs() < 5.0 * deviation / 20.0, "{mean} for {expected}, deviation {deviation}");
}

#[test]
fn empty_sets_follow_the_reference_or_are_errors() {
    let empty = MultiVectorRef::new(&[], 4).unwrap();
    let encoder = |k, fill| {
        FdeEncoder::new(4, FdeParams { fill_empty_partitions: fill, ..params(2, k, None, 1) }).unwrap()
    };
    for (k, fill) in [(0, false), (0, true), (2, false), (2, true)] {
        let query = encoder(k, fill).encode_query(empty).unwrap();
        assert!(query.iter().all(|&v| v == 0.0));
        let document = encoder(k, fill).encode_document(empty);
        let expected = if k == 2 && !fill { Ok(vec![0.0; 32]) } else { Err(FdeError::EmptyDocument) };
        assert_eq!(document, expected);
    }
}

#[test]
fn wrong_shapes_and_overflows_are_errors() {
    let encoder = FdeEncoder::new(4, params(2, 2, None, 1)).unwrap();
    let wrong = MultiVectorRef::new(&[1.0; 6], 3).unwrap();
    assert_eq!(encoder.encode_query(wrong), Err(FdeError::Dimension { expected: 4, found: 3 }));
    let huge = [f32::MAX; 8];
    let huge = MultiVectorRef::new(&huge, 4).unwrap();
    assert!(matches!(encoder.encode_query(huge), Err(FdeError::Overflow { .. })));
    let mut short = vec![0.0; 31];
    let result = encoder.encode_query_into(wrong_free(), &mut FdeScratch::default(), &mut short);
    assert_eq!(result, Err(FdeError::OutputLength { expected: 32, found: 31 }));
    let mut matrices = encoder.matrices().clone();
    matrices.hyperplanes[5] = f32::NAN;
    let result = FdeEncoder::with_matrices(4, params(2, 2, None, 1), matrices.clone());
    assert!(matches!(result, Err(FdeError::Value { position: 5, .. })));
    matrices.hyperplanes.pop();
    let message = FdeEncoder::with_matrices(4, params(2, 2, None, 1), matrices).unwrap_err().to_string();
    assert_eq!(message, "the hyperplane matrices hold 15 values, the parameters ask for 16");
}

fn wrong_free() -> MultiVectorRef<'static> {
    MultiVectorRef::new(&[1.0; 4], 4).unwrap()
}
