//! Finds and reads the golden files. Their layout is in `golden/README.md` beside them.

use pleiad_compress::fde::{CountSketch, FdeGenerator, FdeMatrices, FdeParams};
use pleiad_vectors::MultiVector;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of data that the project shares but does not own.
pub(crate) fn shared() -> PathBuf {
    match std::env::var_os("PLEIAD_SHARED") {
        Some(folder) => folder.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

/// The folder whose cases are checked.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("PLEIAD_GOLDEN").map_or_else(|| shared().join("golden/libstdcxx"), PathBuf::from)
}

/// A golden file, which must be there.
pub(crate) fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|e| {
        panic!("{}: {e}; set PLEIAD_SHARED or PLEIAD_GOLDEN to where the golden files are", path.display())
    });
    serde_json::from_slice(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// All files of the folder whose name begins and ends so; at least one.
pub(crate) fn read_all(folder: &Path, prefix: &str) -> Vec<Value> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}; set PLEIAD_SHARED or PLEIAD_GOLDEN", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable folder").path()).collect();
    paths.retain(|path| {
        let name = path.file_name().expect("a file").to_string_lossy();
        name.starts_with(prefix) && name.ends_with(".json")
    });
    paths.sort();
    assert!(!paths.is_empty(), "{}: no {prefix}*.json", folder.display());
    paths.iter().map(|path| read(path)).collect()
}

/// The elements of an array.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not an array: {value}"))
}

/// Numbers of an array; the string "NaN" is one.
pub(crate) fn floats(value: &Value) -> Vec<f32> {
    items(value).iter().map(|v| v.as_f64().map_or(f32::NAN, |v| v as f32)).collect()
}

/// Integers of an array.
pub(crate) fn integers<T: TryFrom<i64>>(value: &Value) -> Vec<T> {
    items(value).iter().map(|v| integer(v)).collect()
}

/// One integer.
pub(crate) fn integer<T: TryFrom<i64>>(value: &Value) -> T {
    let wide = value.as_i64().unwrap_or_else(|| panic!("not an integer: {value}"));
    T::try_from(wide).unwrap_or_else(|_| panic!("out of range: {wide}"))
}

/// The sets of vectors, by name. They do not depend on the library, so some folders leave them to this one.
pub(crate) struct Clouds(Value);

impl Clouds {
    pub(crate) fn read() -> Self {
        let own = folder().join("clouds.json");
        Self(read(&if own.exists() { own } else { shared().join("golden/libstdcxx/clouds.json") }))
    }

    pub(crate) fn get(&self, name: &Value) -> MultiVector {
        let cloud = &self.0[name.as_str().expect("a name")];
        MultiVector::new(floats(&cloud["data_row_major"]), integer(&cloud["dimension"])).expect("a valid set")
    }
}

/// Our parameters for a configuration of the reference, and whether it encodes a query.
pub(crate) fn params_of(config: &Value) -> (FdeParams, bool) {
    // Absent and null both mean "unset", whose default is then zero.
    let number = |field: &str| config[field].as_i64().unwrap_or(0);
    let sketched = config["projection_type"] == "AMS_SKETCH";
    let params = FdeParams {
        repetitions: config["num_repetitions"].as_i64().unwrap_or(1) as u32,
        simhash_projections: number("num_simhash_projections") as u32,
        projection_dim: sketched.then(|| number("projection_dimension") as u32),
        final_projection_dim: config["final_projection_dimension"].as_i64().map(|f| f as u32),
        fill_empty_partitions: config["fill_empty_partitions"].as_bool().unwrap_or(false),
        seed: u64::from(config["seed"].as_i64().unwrap_or(1) as u32),
        generator: FdeGenerator::GoogleCompat,
    };
    (params, config["encoding_type"] != "AVERAGE")
}

/// The stored random matrices.
pub(crate) struct StoredMatrices(Vec<Value>);

impl StoredMatrices {
    pub(crate) fn read(folder: &Path) -> Self {
        Self(read_all(folder, "matrices"))
    }

    pub(crate) fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().flat_map(move |file| items(&file[kind]))
    }

    /// The matrices of a case; the final sketch is not stored, so it comes from `last`.
    pub(crate) fn of(&self, dim: usize, params: &FdeParams, last: Option<CountSketch>) -> FdeMatrices {
        let find = |kind: &str, column: &str, value: u32, repetition: u32| {
            let seed = (params.seed as u32).wrapping_add(repetition);
            self.all(kind)
                .find(|m| m["seed_u32"] == seed && m["dimension"] == dim && m[column] == value)
                .unwrap_or_else(|| {
                    panic!("no {kind} matrix for seed {seed}, dimension {dim}, {column} {value}")
                })
        };
        let mut hyperplanes = Vec::new();
        let mut inner = Vec::new();
        for repetition in 0..params.repetitions {
            let k = params.simhash_projections as usize;
            if k > 0 {
                let stored = find("simhash", "k", params.simhash_projections, repetition);
                let values = floats(&stored["row_major_dim_x_k"]);
                hyperplanes.extend((0..k * dim).map(|at| values[at % dim * k + at / dim]));
            }
            if let Some(columns) = params.projection_dim {
                inner.push(sketch_of(find("ams", "projection_dimension", columns, repetition), columns));
            }
        }
        FdeMatrices { hyperplanes, inner, last }
    }
}

/// A stored count sketch.
pub(crate) fn sketch_of(stored: &Value, num_columns: u32) -> CountSketch {
    let negative: Vec<bool> = integers::<i8>(&stored["sign"]).into_iter().map(|sign| sign < 0).collect();
    CountSketch::new(&integers(&stored["column"]), &negative, num_columns as usize).expect("a valid sketch")
}

/// Returns whether two values agree as far as summation order allows: 2e-6, relative for values above 1.
pub(crate) fn close(a: f32, b: f32) -> bool {
    (a - b).abs() <= 2e-6 * b.abs().max(1.0)
}
