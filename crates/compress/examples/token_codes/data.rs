//! Token vectors, judgements and exact scores of a folder under `multivec/` (layout in its README).

use pleiad_kernels::{Isa, QueryPanel, f16_to_f32};
use pleiad_vectors::MultiVector;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(crate) struct Data {
    pub(crate) documents: Vec<MultiVector>,
    pub(crate) queries: Vec<MultiVector>,
    /// Grades by document, for each query.
    pub(crate) judgements: Vec<HashMap<usize, f64>>,
    /// MaxSim of the stored values, `[queries][documents]`.
    pub(crate) exact: Vec<Vec<f32>>,
}

impl Data {
    /// Reads a set and scores every document exactly.
    pub(crate) fn read(name: &str) -> Self {
        let shared = std::env::var_os("PLEIAD_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
        let folder = shared.join("data/multivec").join(name);
        let (documents, queries) = (sets(&folder, "docs"), sets(&folder, "queries"));
        let exact = queries.iter().map(|query| scores(query, &documents)).collect();
        Self { documents, queries, judgements: judgements(&folder), exact }
    }

    pub(crate) fn dim(&self) -> usize {
        self.queries[0].dim()
    }

    pub(crate) fn num_tokens(&self) -> usize {
        self.documents.iter().map(MultiVector::num_tokens).sum()
    }
}

/// Exact MaxSim of one query with each document.
pub(crate) fn scores(query: &MultiVector, documents: &[MultiVector]) -> Vec<f32> {
    let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
    documents.iter().map(|document| panel.maxsim(document.data())).collect()
}

fn judgements(folder: &Path) -> Vec<HashMap<usize, f64>> {
    let positions = |file: &str| -> HashMap<String, usize> {
        let ids: Vec<String> = serde_json::from_slice(&bytes(&folder.join(file))).expect("a list of ids");
        ids.into_iter().zip(0..).collect()
    };
    let (documents, queries) = (positions("doc_ids.json"), positions("query_ids.json"));
    let mut judgements = vec![HashMap::new(); queries.len()];
    let text = String::from_utf8(bytes(&folder.join("qrels.tsv"))).expect("UTF-8");
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        judgements[queries[columns[0]]].insert(documents[columns[1]], columns[2].parse().expect("a grade"));
    }
    judgements
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}; set PLEIAD_SHARED", path.display()))
}

/// The payload of a version 1 `.npy` file.
fn payload(path: &Path) -> Vec<u8> {
    let bytes = bytes(path);
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[10 + header..].to_vec()
}

fn f16s(path: &Path) -> Vec<f32> {
    let bytes = payload(path);
    let mut out = vec![0.0; bytes.len() / 2];
    f16_to_f32(Isa::best(), &bytes, &mut out);
    out
}

fn values(folder: &Path, kind: &str) -> Vec<f32> {
    let file = |suffix: &str| folder.join(format!("{kind}.{suffix}.npy"));
    if file("f32").exists() {
        let bytes = payload(&file("f32"));
        return bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word)).collect();
    }
    if file("i8").exists() {
        let (codes, scales) = (payload(&file("i8")), f16s(&file("scale.f16")));
        let dim = codes.len() / scales.len();
        let values = codes.iter().enumerate();
        return values.map(|(at, &code)| f32::from(code.cast_signed()) * scales[at / dim]).collect();
    }
    f16s(&file("f16"))
}

fn sets(folder: &Path, kind: &str) -> Vec<MultiVector> {
    let offsets = payload(&folder.join(format!("{kind}.off.npy")));
    let offsets: Vec<usize> = offsets.as_chunks().0.iter().map(|&w| i64::from_le_bytes(w) as usize).collect();
    let values = values(folder, kind);
    let dim = values.len() / offsets[offsets.len() - 1];
    let set = |pair: &[usize]| MultiVector::new(values[pair[0] * dim..pair[1] * dim].to_vec(), dim);
    offsets.windows(2).map(|pair| set(pair).expect("finite values")).collect()
}
