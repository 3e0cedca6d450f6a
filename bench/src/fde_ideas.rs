//! Ideas beyond the paper. None is part of the library.

use crate::fde_candidates::{SEEDS, SHARE_COLUMNS, Setting, encode_all, means, params};
use crate::fde_data::{Data, Needed, candidates_needed_by_half, ranking};
use crate::fde_moments::{directions, identity, moments, prepare};
use crate::report::Report;
use pleiad_compress::fde::{CountSketch, FdeMatrices};
use pleiad_compress::{FdeEncoder, FdeParams};
use pleiad_kernels::{Isa, QueryPanel, dot};
use pleiad_vectors::{Generator, MultiVector, Seed};

const SETTING: Setting = (20, 4, 16);

/// Eigenvectors that are computed: as many as a block has values.
const EXACT_DIRECTIONS: usize = 16;

/// Tokens that stand for queries when a document's bias is measured.
const SAMPLE: usize = 512;

/// Map from the dimensions of a token to the values of a block.
#[derive(Clone, Copy, PartialEq)]
enum Sketch {
    /// Each goes to any value.
    Any,
    /// The first dimensions each have a value of their own, the others share the rest.
    Head(usize),
    /// Each dimension of a run as long as there are values goes to another value.
    Strata,
}

#[derive(Clone, Copy)]
struct Variant {
    /// Rotates tokens into the basis of their second moment first.
    turned: bool,
    sketch: Sketch,
    /// Moves hyperplanes to the mean token.
    centered: bool,
    /// Adds a document's mean error on sampled tokens to its scores.
    bias: bool,
    fill: bool,
    /// Subtracts the mean encoding from every document's.
    mean_removed: bool,
    /// Normalizes every block of a document.
    unit_blocks: bool,
    /// Keeps only the signs (and zeros) of documents.
    signs: bool,
}

fn encoder(variant: Variant, base: &FdeParams, dim: usize, mean: &[f64]) -> FdeEncoder {
    let columns = base.projection_dim.expect("a sketch") as usize;
    let mut g = Seed(base.seed).derive(99).generator();
    let num_planes = (base.repetitions * base.simhash_projections) as usize;
    let mut hyperplanes = Vec::new();
    for _ in 0..num_planes {
        let plane: Vec<f32> = (0..dim).map(|_| g.gaussian()).collect();
        let offset: f64 = plane.iter().zip(mean).map(|(p, m)| f64::from(*p) * m).sum();
        hyperplanes.extend(&plane);
        hyperplanes.push(if variant.centered { -offset as f32 } else { 0.0 });
    }
    let inner = (0..base.repetitions).map(|_| sketch(variant.sketch, dim, columns, &mut g)).collect();
    let params = FdeParams {
        projection_dim: Some(columns as u32 + 1),
        fill_empty_partitions: variant.fill,
        ..base.clone()
    };
    let matrices = FdeMatrices { hyperplanes, inner, last: None };
    FdeEncoder::with_matrices(dim + 1, params, matrices).expect("valid")
}

/// A sketch of `dim` dimensions, and a column of its own for the constant: with fill it changes all scores of a query
/// alike.
fn sketch(kind: Sketch, dim: usize, columns: usize, g: &mut Generator) -> CountSketch {
    let mut order: Vec<usize> = (0..columns).collect();
    let (mut column, mut negative) = (Vec::new(), Vec::new());
    for i in 0..dim {
        if i % columns == 0 {
            g.shuffle(&mut order);
        }
        let (at, exact) = match kind {
            Sketch::Any => (g.below(columns as u64) as usize, false),
            Sketch::Head(head) if i < head => (i, true),
            Sketch::Head(head) => (head + g.below((columns - head) as u64) as usize, false),
            Sketch::Strata => (order[i % columns], false),
        };
        column.push(at as u32);
        negative.push(!exact && g.coin());
    }
    column.push(columns as u32);
    negative.push(false);
    CountSketch::new(&column, &negative, columns + 1).expect("valid")
}

/// Without the constant dimension's column.
fn drop_constant(mut fde: Vec<f32>, columns: usize) -> Vec<f32> {
    let mut at = 0;
    fde.retain(|_| {
        at += 1;
        !at_constant(at, columns)
    });
    fde
}

fn at_constant(at: usize, columns: usize) -> bool {
    at.is_multiple_of(columns + 1)
}

fn measure(data: &Data, variant: Variant, base: &FdeParams, prepared: &Prepared) -> [Needed; 2] {
    let encoder = encoder(variant, base, data.queries[0].dim(), &prepared.mean);
    let columns = base.projection_dim.expect("a sketch") as usize;
    let clean = |fde| drop_constant(fde, columns);
    let mut fdes: Vec<Vec<f32>> = encode_all(&encoder, &prepared.documents).into_iter().map(clean).collect();
    if variant.unit_blocks {
        fdes.iter_mut().flat_map(|fde| fde.chunks_exact_mut(columns)).for_each(normalize);
    }
    if variant.mean_removed {
        remove_mean(&mut fdes);
    }
    if variant.signs {
        fdes.iter_mut().flatten().filter(|v| **v != 0.0).for_each(|v| *v = v.signum());
    }
    let repetitions = base.repetitions as f32;
    let bias = if variant.bias {
        let fde = clean(encoder.encode_query(prepared.sample.as_ref()).expect("valid"));
        let scale = 1.0 / (SAMPLE as f32 * repetitions);
        let estimate = |document: &Vec<f32>| dot(Isa::best(), &fde, document) * scale;
        prepared.truth.iter().zip(&fdes).map(|(truth, document)| truth - estimate(document)).collect()
    } else {
        vec![0.0; fdes.len()]
    };
    candidates_needed_by_half(data, |query| {
        let query = &prepared.queries[query];
        let fde = clean(encoder.encode_query(query.as_ref()).expect("valid"));
        let weight = query.num_tokens() as f32 * repetitions;
        let scores = fdes.iter().zip(&bias);
        let scores = scores.map(|(document, bias)| dot(Isa::best(), &fde, document) + weight * bias);
        ranking(scores, fdes.len())
    })
}

fn normalize(block: &mut [f32]) {
    let length = block.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        block.iter_mut().for_each(|v| *v /= length);
    }
}

fn remove_mean(fdes: &mut [Vec<f32>]) {
    let mut mean = vec![0.0; fdes[0].len()];
    fdes.iter().for_each(|fde| mean.iter_mut().zip(fde).for_each(|(m, v)| *m += v));
    mean.iter_mut().for_each(|m| *m /= fdes.len() as f32);
    fdes.iter_mut().for_each(|fde| fde.iter_mut().zip(&mean).for_each(|(v, m)| *v -= m));
}

struct Prepared {
    mean: Vec<f64>,
    documents: Vec<MultiVector>,
    queries: Vec<MultiVector>,
    sample: MultiVector,
    /// Mean MaxSim of a sampled token with each document.
    truth: Vec<f32>,
}

fn prepared(data: &Data, turned: bool) -> Prepared {
    let (mean, second) = moments(&data.documents);
    let basis = if turned { directions(&second, EXACT_DIRECTIONS) } else { identity(mean.len()) };
    let of = |set: &MultiVector| prepare(set, &basis);
    let mean = basis.iter().map(|b| b.iter().zip(&mean).map(|(a, b)| a * b).sum()).collect();
    let mut g = Seed(5).generator();
    let mut sample = Vec::new();
    for _ in 0..SAMPLE {
        let document = &data.documents[g.below(data.documents.len() as u64) as usize];
        let row = g.below(document.num_tokens() as u64) as usize * document.dim();
        sample.extend(&document.data()[row..][..document.dim()]);
    }
    let sample = MultiVector::new(sample, data.queries[0].dim()).expect("finite");
    let panel = QueryPanel::new(Isa::best(), sample.data(), sample.dim());
    let truth = data.documents.iter().map(|d| panel.maxsim(d.data()) / SAMPLE as f32).collect();
    Prepared {
        mean,
        documents: data.documents.iter().map(of).collect(),
        queries: data.queries.iter().map(of).collect(),
        sample: of(&sample),
        truth,
    }
}

/// Runs the benchmark.
pub fn run() -> Report {
    let (repetitions, k, projection) = SETTING;
    let mut report = Report::new(
        "Ideas beyond MUVERA",
        &format!(
            "Candidates per query until a share of the exact MaxSim top 10 is among them, then the same for the top \
             100, at R = {repetitions}, k = {k}, proj = {projection}, scored in f32 with each idea applied to \
             documents and queries, means over {SEEDS} seeds. The first column is of the even queries, by which one \
             may choose; the others are of the odd ones. Statistics are of a third of the documents. `turned`: \
             tokens in the basis of their second moment."
        ),
    );
    let columns = [&["idea", "95 % (even)"], &SHARE_COLUMNS[..]].concat();
    for data in Data::all() {
        let prepared = [false, true].map(|turned| prepared(&data, turned));
        let row = |(name, variant): (&str, Variant)| {
            let prepared = &prepared[usize::from(variant.turned)];
            let needed = |seed| measure(&data, variant, &params(SETTING, seed), prepared);
            let (even, odd): (Vec<_>, Vec<_>) = (0..SEEDS).map(needed).map(|[even, odd]| (even, odd)).unzip();
            let chosen_by = means(&even).nth(2).expect("a cell per share");
            [name.to_owned(), chosen_by].into_iter().chain(means(&odd)).collect()
        };
        let rows: Vec<Vec<String>> = variants(SETTING.2 as usize / 2).into_iter().map(row).collect();
        report.table(&format!("{}: {}", data.summary(), anisotropy(&data)), &columns, &rows);
    }
    report
}

/// Possible criteria for an idea: the length of the mean token, and the share of the second moment that its largest
/// eigenvalue has.
fn anisotropy(data: &Data) -> String {
    let (mean, second) = moments(&data.documents);
    let mean = mean.iter().map(|m| m * m).sum::<f64>().sqrt();
    let largest = &directions(&second, 1)[0];
    let along: f64 = second.iter().zip(largest).map(|(row, l)| l * dot_f64(row, largest)).sum();
    let trace: f64 = second.iter().enumerate().map(|(i, row)| row[i]).sum();
    format!("mean token {mean:.2}, largest direction {:.2}", along / trace)
}

fn dot_f64(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn variants(half: usize) -> [(&'static str, Variant); 18] {
    let plain = Variant {
        turned: false,
        sketch: Sketch::Any,
        centered: false,
        bias: false,
        fill: true,
        mean_removed: false,
        unit_blocks: false,
        signs: false,
    };
    let turned = Variant { turned: true, ..plain };
    let unit = Variant { unit_blocks: true, ..plain };
    let signs = Variant { signs: true, ..plain };
    let strata = Sketch::Strata;
    [
        ("as in the paper", plain),
        ("no fill", Variant { fill: false, ..plain }),
        ("centered", Variant { centered: true, ..plain }),
        ("bias", Variant { bias: true, ..plain }),
        ("turned", turned),
        ("turned, 1 head", Variant { sketch: Sketch::Head(1), ..turned }),
        ("turned, half head", Variant { sketch: Sketch::Head(half), ..turned }),
        ("turned, strata", Variant { sketch: strata, ..turned }),
        (
            "turned, half head, bias, centered",
            Variant { sketch: Sketch::Head(half), bias: true, centered: true, ..turned },
        ),
        ("unit blocks", unit),
        ("unit blocks, bias", Variant { bias: true, ..unit }),
        ("unit blocks, turned, strata", Variant { turned: true, sketch: strata, ..unit }),
        ("signs", signs),
        ("signs, strata", Variant { sketch: strata, ..signs }),
        ("signs, centered", Variant { centered: true, ..signs }),
        ("signs, mean removed", Variant { mean_removed: true, ..signs }),
        ("signs, turned, strata", Variant { turned: true, sketch: strata, ..signs }),
        ("signs, turned, 1 head", Variant { turned: true, sketch: Sketch::Head(1), ..signs }),
    ]
}
