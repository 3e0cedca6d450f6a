//! Encodings of Google's reference: partitions and counts exactly, values up to summation order.

use crate::golden::{
    Clouds, StoredMatrices, close, floats, folder, integers, items, params_of, read, read_all, shared,
};
use pleiad_compress::fde::{CountSketch, FdeEncoder, FdeError, FdeGenerator, FdeParams, ReferenceStream};
use pleiad_vectors::{MultiVector, MultiVectorRef};
use serde_json::Value;

fn encode(encoder: &FdeEncoder, tokens: MultiVectorRef<'_>, is_query: bool) -> Result<Vec<f32>, FdeError> {
    if is_query { encoder.encode_query(tokens) } else { encoder.encode_document(tokens) }
}

fn check_partitions(encoder: &FdeEncoder, tokens: &MultiVector, case: &Value, what: &str) {
    let partitions = encoder.partitions(tokens.as_ref()).expect("valid tokens");
    let expected: Vec<Vec<u32>> = items(&case["partition_index"]).iter().map(integers).collect();
    assert_eq!(partitions, expected, "{what}: partitions");
    let counts = crate::partition_counts(encoder, tokens);
    let expected: Vec<Vec<u32>> = items(&case["partition_counts"]).iter().map(integers).collect();
    assert_eq!(counts, expected, "{what}: counts");
}

/// One case; true if the reference gave a value, false if it gave an error or NaN.
fn check_case(clouds: &Clouds, case: &Value, encoder: Result<FdeEncoder, FdeError>) -> bool {
    let (_, is_query) = params_of(&case["config"]);
    let what = format!("{} {}", case["cloud"], case["config"]);
    let tokens = clouds.get(&case["cloud"]);
    let result = encoder.as_ref().map_err(Clone::clone).and_then(|e| encode(e, tokens.as_ref(), is_query));
    if case["fde"].is_null() || floats(&case["fde"]).iter().any(|v| v.is_nan()) {
        assert!(result.is_err(), "{what}: the reference has no answer, we gave one");
        return false;
    }
    let (found, expected) = (result.unwrap_or_else(|e| panic!("{what}: {e}")), floats(&case["fde"]));
    check_partitions(&encoder.expect("it has encoded"), &tokens, case, &what);
    assert_eq!(found.len(), expected.len(), "{what}: length");
    for (at, (&f, &e)) in found.iter().zip(&expected).enumerate() {
        assert!(close(f, e), "{what}: value {at} is {f}, the reference has {e}");
    }
    true
}

fn check_folder(cases: &[Value], encoder: impl Fn(usize, FdeParams) -> Result<FdeEncoder, FdeError>) {
    let clouds = Clouds::read();
    let mut num_values = 0;
    for case in cases {
        let (params, _) = params_of(&case["config"]);
        let dim = case["config"]["dimension"].as_u64().expect("a dimension") as usize;
        num_values += usize::from(check_case(&clouds, case, encoder(dim, params)));
    }
    assert!(num_values > 0, "no case has a value");
}

fn cases() -> Vec<Value> {
    read_all(&folder(), "fde_").iter().flat_map(|file| items(file).to_vec()).collect()
}

#[test]
fn the_reference_is_reproduced_from_its_seeds() {
    check_folder(&cases(), FdeEncoder::new);
}

#[test]
fn the_reference_is_reproduced_from_its_matrices() {
    let stored = StoredMatrices::read(&folder());
    check_folder(&cases(), |dim, params| {
        let matrices = stored.of(dim, &params, last_sketch(dim, &params));
        FdeEncoder::with_matrices(dim, params, matrices)
    });
}

/// The final sketch is the one matrix that is not stored; `count_sketch.json` checks its stream.
fn last_sketch(dim: usize, params: &FdeParams) -> Option<CountSketch> {
    let columns = params.final_projection_dim?;
    let long = FdeParams { final_projection_dim: None, ..params.clone() }.fde_dim(dim).expect("valid");
    Some(ReferenceStream::new(params.seed as u32).sketch(long, columns))
}

/// Another standard library draws other matrices; with these given, everything but the final sketch is the same.
#[test]
fn another_library_differs_only_in_its_matrices() {
    let libcxx = shared().join("golden/libcxx");
    let stored = StoredMatrices::read(&libcxx);
    let mut cases = items(&read(&libcxx.join("fde_small.json"))).to_vec();
    cases.retain(|case| case["config"]["final_projection_dimension"].is_null());
    check_folder(&cases, |dim, params| {
        let matrices = stored.of(dim, &params, None);
        FdeEncoder::with_matrices(dim, params, matrices)
    });
}

#[test]
fn pairs_have_the_reference_inner_products() {
    let clouds = Clouds::read();
    for pair in items(&read(&folder().join("pairs.json"))) {
        let (query, document) = (clouds.get(&pair["query"]), clouds.get(&pair["doc"]));
        let encoder = FdeEncoder::new(query.dim(), pair_params(pair)).expect("valid");
        let query_fde = encoder.encode_query(query.as_ref()).expect("valid");
        let document_fde = encoder.encode_document(document.as_ref()).expect("valid");
        let dot: f64 = query_fde.iter().zip(&document_fde).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        let expected = pair["fde_dot"].as_f64().expect("a number");
        assert!((dot - expected).abs() < 1e-5 * expected.abs().max(10.0), "{pair}: {dot}");
        let maxsim: f64 = query.rows().map(|q| best(q, &document)).sum();
        let expected = pair["chamfer"].as_f64().expect("a number");
        assert!((maxsim - expected).abs() < 1e-6 * expected, "{pair}: {maxsim}");
    }
}

fn best(query: &[f32], document: &MultiVector) -> f64 {
    let dot = |row: &[f32]| query.iter().zip(row).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    document.rows().map(dot).fold(f64::NEG_INFINITY, f64::max)
}

/// The parameters of a row of `pairs.json` or `stats_over_seeds.json`.
pub(crate) fn pair_params(pair: &Value) -> FdeParams {
    let number = |field: &str| pair[field].as_u64().unwrap_or(0);
    let positive = |field: &str| u32::try_from(number(field)).ok().filter(|&v| v > 0);
    FdeParams {
        repetitions: number("R") as u32,
        simhash_projections: number("k") as u32,
        projection_dim: positive("proj"),
        final_projection_dim: positive("final"),
        fill_empty_partitions: pair["fill_doc"].as_bool().expect("a flag"),
        seed: number("seed"),
        generator: FdeGenerator::GoogleCompat,
    }
}

/// Applies a case of `errors.json`, as in the reference's generator: a valid setting of 4 dimensions, with
/// output of 16 values, spoilt in the way that the name says.
fn spoilt(name: &str) -> (FdeParams, usize) {
    let mut params = FdeParams {
        repetitions: 1,
        simhash_projections: 2,
        projection_dim: None,
        final_projection_dim: None,
        fill_empty_partitions: false,
        seed: 1,
        generator: FdeGenerator::GoogleCompat,
    };
    let mut num_values = 8;
    match name {
        "ok" => {}
        "size_not_multiple" => num_values = 3,
        "k_negative" => params.simhash_projections = -1i32 as u32,
        "k_31" => params.simhash_projections = 31,
        "fill_empty" => params.fill_empty_partitions = true,
        "ams_without_projection_dimension" => params.projection_dim = Some(0),
        "zero_repetitions" => params.repetitions = 0,
        other => panic!("errors.json has a case {other:?} that this test does not know"),
    }
    (params, num_values)
}

#[test]
fn what_the_reference_refuses_is_an_error() {
    for case in items(&read(&folder().join("errors.json"))) {
        let name = case["name"].as_str().expect("a name");
        let is_query = case["side"] == "query";
        let (params, num_values) = spoilt(name);
        let data = vec![0.5; num_values];
        let result = MultiVectorRef::new(&data, 4).map_err(|e| e.to_string()).and_then(|tokens| {
            let encoder = FdeEncoder::new(4, params).map_err(|e| e.to_string())?;
            encode(&encoder, tokens, is_query).map_err(|e| e.to_string())
        });
        // One set of parameters serves both sides here, so that a flag for documents is no error on a query.
        if case["ok"] == true || (name, is_query) == ("fill_empty", true) {
            let expected = if case["ok"] == true { case["output_len"].as_u64() } else { Some(16) };
            assert_eq!(result.map(|fde| fde.len() as u64).ok(), expected, "{case}");
        } else {
            assert!(result.is_err(), "{case}");
        }
    }
}
