//! The random numbers behind the reference: streams, matrices, Gray code, final sketch.

use crate::golden::{StoredMatrices, floats, folder, integer, integers, items, read, shared, sketch_of};
use pleiad_compress::fde::{
    CountSketch, FdeGenerator, FdeMatrices, FdeParams, ReferenceStream, bits_of_partition, partition_of_bits,
};
use serde_json::Value;

/// Distance in units of the last place, for finite values of one sign.
fn ulps(a: f32, b: f32) -> u32 {
    a.to_bits().abs_diff(b.to_bits())
}

#[test]
fn streams_are_the_reference_streams() {
    let streams = read(&folder().join("rng_streams.json"));
    for (seed, stored) in streams.as_object().expect("an object") {
        let fresh = || ReferenceStream::new(seed.parse().expect("a seed"));
        let words: Vec<u32> = integers(&stored["mt19937_u32"]);
        let mut stream = fresh();
        assert_eq!(words.iter().map(|_| stream.next_u32()).collect::<Vec<_>>(), words, "seed {seed}");
        let mut stream = fresh();
        for (at, &expected) in floats(&stored["normal_float"]).iter().enumerate() {
            let found = stream.gaussian();
            assert!(ulps(found, expected) <= 1, "seed {seed}, normal {at}: {found} for {expected}");
        }
        for (name, draws) in stored.as_object().expect("an object") {
            if let Some(bound) = name.strip_prefix("index_sign_") {
                let (columns, negative) = (integers::<u32>(&draws["index"]), negative(&draws["sign"]));
                let bound: u32 = bound.parse().expect("a bound");
                let expected = CountSketch::new(&columns, &negative, bound as usize).expect("valid");
                assert_eq!(fresh().sketch(columns.len(), bound), expected, "seed {seed}, {name}");
            }
        }
    }
}

fn negative(signs: &Value) -> Vec<bool> {
    integers::<i8>(signs).into_iter().map(|sign| sign < 0).collect()
}

/// One repetition of a stored matrix, drawn again.
fn drawn(stored: &Value, k: u32, projection_dim: Option<u32>) -> FdeMatrices {
    let params = FdeParams {
        repetitions: 1,
        simhash_projections: k,
        projection_dim,
        final_projection_dim: None,
        fill_empty_partitions: false,
        seed: stored["seed_u32"].as_u64().expect("a seed"),
        generator: FdeGenerator::GoogleCompat,
    };
    FdeMatrices::generate(integer(&stored["dimension"]), &params).expect("valid")
}

#[test]
fn matrices_are_the_reference_matrices() {
    let (mut num_values, mut num_off) = (0, 0);
    let files = StoredMatrices::read(&folder());
    for stored in files.all("simhash") {
        let (k, dim): (usize, usize) = (integer(&stored["k"]), integer(&stored["dimension"]));
        let found = drawn(stored, k as u32, None).hyperplanes;
        for (at, &expected) in floats(&stored["row_major_dim_x_k"]).iter().enumerate() {
            let distance = ulps(found[at % k * dim + at / k], expected);
            assert!(distance <= 1, "{} value {at}: {distance} units off", stored["seed_u32"]);
            (num_values, num_off) = (num_values + 1, num_off + u32::from(distance > 0));
        }
    }
    // Where the platform's logarithm is glibc's, none is off; a correctly rounded one differs in 3 of 1000.
    assert!(num_values > 0 && num_off * 200 < num_values, "{num_off} of {num_values} are off by one unit");
    for stored in files.all("ams") {
        let columns: u32 = integer(&stored["projection_dimension"]);
        let expected = sketch_of(stored, columns);
        assert_eq!(drawn(stored, 0, Some(columns)).inner, [expected], "{}", stored["seed_u32"]);
    }
}

/// Files that do not depend on the library may be left to the first folder.
fn read_shared(name: &str) -> Value {
    let own = folder().join(name);
    read(&if own.exists() { own } else { shared().join("golden/libstdcxx").join(name) })
}

#[test]
fn partitions_are_numbered_by_gray_code() {
    for table in items(&read_shared("partition_index.json")) {
        let expected: Vec<u32> = integers(&table["index_of_bits_msb_first"]);
        let found: Vec<u32> = (0..expected.len() as u32).map(partition_of_bits).collect();
        assert_eq!(found, expected);
        let Some(distances) = table["distance_bits_to_partition"].as_array() else { continue };
        for (bits, row) in distances.iter().enumerate() {
            let expected: Vec<u32> = integers(row);
            let distance = |partition: u32| (bits as u32 ^ bits_of_partition(partition)).count_ones();
            assert_eq!((0..expected.len() as u32).map(distance).collect::<Vec<_>>(), expected);
        }
    }
}

/// FNV-1a over each entry's column (four bytes, little endian) and whether its sign is positive. The golden files
/// start from 1469598103934665603, one digit short of the usual offset.
fn fingerprint(sketch: &CountSketch) -> String {
    let mut hash = 1_469_598_103_934_665_603u64;
    for (column, negative) in sketch.entries() {
        for byte in (column as u32).to_le_bytes().into_iter().chain([u8::from(!negative)]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

#[test]
fn final_sketches_are_the_reference_sketches() {
    for case in items(&read(&folder().join("count_sketch.json"))) {
        let (length, columns): (usize, u32) = (integer(&case["length"]), integer(&case["final_dimension"]));
        let seed = case["seed_u32"].as_u64().expect("a seed") as u32;
        let sketch = ReferenceStream::new(seed).sketch(length, columns);
        assert_eq!(fingerprint(&sketch), case["fnv1a64_of_index_le32_then_sign_byte"], "{seed} {length}");
        let input: Vec<f32> = (0..length).map(|i| ((i % 17) as f32 - 8.0) / 8.0).collect();
        let expected = floats(&case["output_first64_for_input_i_is_((i%17)-8)/8"]);
        let found = sketch.project(&input).expect("the right length");
        assert_eq!(&found[..expected.len()], expected, "{seed} {length}");
    }
}
