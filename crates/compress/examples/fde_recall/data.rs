//! Token vectors and exact answers of a folder under `multivec/` (layout in its README).

use pleiad_kernels::{Isa, QueryPanel, f16_to_f32};
use pleiad_vectors::{DocId, MultiVector, Ranked, Score, TopK};
use std::path::{Path, PathBuf};

/// Documents that the exact score ranks first: what candidates must contain.
pub(crate) const TOP: usize = 10;

pub(crate) struct Data {
    pub(crate) name: String,
    pub(crate) documents: Vec<MultiVector>,
    pub(crate) queries: Vec<MultiVector>,
    /// The exact MaxSim top [`TOP`] of each query.
    pub(crate) answers: Vec<Vec<usize>>,
}

/// Where the project's shared folder is.
fn shared() -> PathBuf {
    std::env::var_os("PLEIAD_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

/// The payload of a version 1 `.npy` file.
fn payload(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}; set PLEIAD_SHARED", path.display()));
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
        return codes
            .iter()
            .enumerate()
            .map(|(at, &code)| f32::from(code as i8) * scales[at / dim])
            .collect();
    }
    f16s(&file("f16"))
}

fn sets(folder: &Path, kind: &str, dim: usize) -> Vec<MultiVector> {
    let offsets = payload(&folder.join(format!("{kind}.off.npy")));
    let offsets: Vec<usize> =
        offsets.as_chunks().0.iter().map(|&word| i64::from_le_bytes(word) as usize).collect();
    let values = values(folder, kind);
    let stored = values.len() / offsets[offsets.len() - 1];
    let set = |pair: &[usize]| {
        let rows = values[pair[0] * stored..pair[1] * stored].chunks(stored);
        MultiVector::new(rows.flat_map(|row| shorten(row, dim)).collect(), dim).expect("finite values")
    };
    offsets.windows(2).map(set).collect()
}

/// The first dimensions, unit length again; the stored ones are sorted by variance where a PCA made them.
fn shorten(row: &[f32], dim: usize) -> Vec<f32> {
    if dim == row.len() {
        return row.to_vec();
    }
    let norm = row[..dim].iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    row[..dim].iter().map(|v| v / norm).collect()
}

impl Data {
    /// Reads a set and ranks every document exactly.
    pub(crate) fn read(name: &str, dim: usize) -> Self {
        let folder = shared().join("data/multivec").join(name);
        let documents = sets(&folder, "docs", dim);
        let queries = sets(&folder, "queries", dim);
        let answers = queries.iter().map(|query| answer(query, &documents)).collect();
        Self { name: format!("{name}, {dim} dims"), documents, queries, answers }
    }
}

fn answer(query: &MultiVector, documents: &[MultiVector]) -> Vec<usize> {
    let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
    ranking(documents.iter().map(|document| panel.maxsim(document.data())), TOP)
}

/// Positions of the best scores, best first.
pub(crate) fn ranking(scores: impl Iterator<Item = f32>, k: usize) -> Vec<usize> {
    let mut top = TopK::new(k);
    for (id, score) in scores.enumerate() {
        top.push(Ranked { id: DocId(id as u64), score: Score::new(score).expect("finite scores") });
    }
    top.into_sorted().into_iter().map(|ranked| ranked.id.0 as usize).collect()
}

/// How many candidates it takes until the exact answers are among them to a share of 0.90, 0.95 and 0.99, averaged
/// over all queries.
pub(crate) fn candidates_needed(data: &Data, mut score: impl FnMut(usize) -> Vec<f32>) -> [usize; 3] {
    let mut ranks = Vec::new();
    for (query, answer) in data.answers.iter().enumerate() {
        let order = ranking(score(query).into_iter(), data.documents.len());
        let mut rank_of = vec![0; order.len()];
        order.iter().enumerate().for_each(|(rank, &id)| rank_of[id] = rank);
        ranks.extend(answer.iter().map(|&id| rank_of[id]));
    }
    ranks.sort_unstable();
    [0.90, 0.95, 0.99].map(|share| ranks[(share * ranks.len() as f64).ceil() as usize - 1] + 1)
}
