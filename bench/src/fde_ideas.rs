//! Ideas beyond the paper, tried on tokens in the basis of their second moment. None is part of the library.

use crate::fde_candidates::{SEEDS, encode_all, means, params};
use crate::fde_data::{Data, Needed, SETS, candidates_needed, ranking};
use crate::report::Report;
use pleiad_compress::fde::{CountSketch, FdeMatrices};
use pleiad_compress::{FdeEncoder, FdeParams};
use pleiad_kernels::{Isa, QueryPanel, dot};
use pleiad_vectors::{MultiVector, Seed};

/// Tokens that stand for queries when a document's bias is measured.
const SAMPLE: usize = 512;

#[derive(Clone, Copy)]
struct Variant {
    /// Directions of largest second moment that the inner projection keeps.
    head: usize,
    /// Whether hyperplanes go through the mean token.
    centred: bool,
    /// Whether a document's mean error on sampled tokens is added to its scores.
    bias: bool,
    fill: bool,
    /// Whether the mean encoding is taken from every document's.
    mean_removed: bool,
    /// Whether documents keep only signs (and zeros).
    signs: bool,
    /// Whether the query is rounded to 127 steps of its largest value.
    one_plane: bool,
}

/// Mean and second moment of all document tokens.
fn moments(documents: &[MultiVector]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let dim = documents[0].dim();
    let (mut mean, mut second, mut num_tokens) = (vec![0.0; dim], vec![vec![0.0; dim]; dim], 0.0);
    for row in documents.iter().step_by(3).flat_map(MultiVector::rows) {
        num_tokens += 1.0;
        for i in 0..dim {
            mean[i] += f64::from(row[i]);
            second[i].iter_mut().zip(&row[..=i]).for_each(|(sum, v)| *sum += f64::from(row[i] * v));
        }
    }
    for i in 0..dim {
        mean[i] /= num_tokens;
        second[i].iter_mut().for_each(|v| *v /= num_tokens);
        let (above, rest) = second.split_at_mut(i);
        above.iter_mut().zip(&rest[0]).for_each(|(row, &v)| row[i] = v);
    }
    (mean, second)
}

/// Eigenvectors of a symmetric matrix, largest eigenvalue first, by simultaneous iteration.
fn directions(second: &[Vec<f64>], num: usize) -> Vec<Vec<f64>> {
    let dim = second.len();
    let mut g = Seed(1).generator();
    let mut basis: Vec<Vec<f64>> =
        (0..dim).map(|_| (0..dim).map(|_| f64::from(g.gaussian())).collect()).collect();
    for round in 0..60 {
        for vector in basis.iter_mut().take(if round == 0 { 0 } else { num }) {
            *vector =
                second.iter().map(|row| row.iter().zip(vector.iter()).map(|(a, b)| a * b).sum()).collect();
        }
        orthonormalise(&mut basis);
    }
    basis
}

fn orthonormalise(basis: &mut [Vec<f64>]) {
    for at in 0..basis.len() {
        let (done, rest) = basis.split_at_mut(at);
        for _ in 0..2 {
            for other in done.iter() {
                let product: f64 = other.iter().zip(&rest[0]).map(|(a, b)| a * b).sum();
                rest[0].iter_mut().zip(other).for_each(|(v, o)| *v -= product * o);
            }
        }
        let norm = rest[0].iter().map(|v| v * v).sum::<f64>().sqrt();
        rest[0].iter_mut().for_each(|v| *v /= norm);
    }
}

/// Tokens in the basis, and a constant dimension for the hyperplanes' offsets.
fn prepare(set: &MultiVector, basis: &[Vec<f64>]) -> MultiVector {
    let basis: Vec<Vec<f32>> = basis.iter().map(|b| b.iter().map(|&v| v as f32).collect()).collect();
    let row = |row: &[f32]| {
        let mut out: Vec<f32> = basis.iter().map(|b| dot(Isa::best(), b, row)).collect();
        out.push(1.0);
        out
    };
    MultiVector::new(set.rows().flat_map(row).collect(), set.dim() + 1).expect("finite")
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
        hyperplanes.push(if variant.centred { -offset as f32 } else { 0.0 });
    }
    let inner = (0..base.repetitions)
        .map(|_| {
            let mut column: Vec<u32> = (0..dim)
                .map(|i| if i < variant.head { i } else { variant.head + g.below((columns - variant.head) as u64) as usize } as u32)
                .collect();
            let mut negative: Vec<bool> = (0..dim).map(|i| i >= variant.head && g.coin()).collect();
            // The constant has a column of its own: with fill it changes all scores of a query alike.
            column.push(columns as u32);
            negative.push(false);
            CountSketch::new(&column, &negative, columns + 1).expect("valid")
        })
        .collect();
    let params = FdeParams {
        projection_dim: Some(columns as u32 + 1),
        fill_empty_partitions: variant.fill,
        ..base.clone()
    };
    let matrices = FdeMatrices { hyperplanes, inner, last: None };
    FdeEncoder::with_matrices(dim + 1, params, matrices).expect("valid")
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

fn measure(data: &Data, variant: Variant, base: &FdeParams, prepared: &Prepared) -> Needed {
    let encoder = encoder(variant, base, data.queries[0].dim(), &prepared.mean);
    let columns = base.projection_dim.expect("a sketch") as usize;
    let clean = |fde| drop_constant(fde, columns);
    let fdes: Vec<Vec<f32>> = encode_all(&encoder, &prepared.documents).into_iter().map(clean).collect();
    let mut fdes = fdes;
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
    candidates_needed(data, |query| {
        let query = &prepared.queries[query];
        let mut fde = clean(encoder.encode_query(query.as_ref()).expect("valid"));
        if variant.one_plane {
            let step = fde.iter().fold(0.0f32, |max, v| max.max(v.abs())) / 127.0;
            fde.iter_mut().for_each(|v| *v = (*v / step).round() * step);
        }
        let weight = query.num_tokens() as f32 * repetitions;
        let scores = fdes.iter().zip(&bias);
        let scores = scores.map(|(document, bias)| dot(Isa::best(), &fde, document) + weight * bias);
        ranking(scores, fdes.len())
    })
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

fn prepared(data: &Data) -> Prepared {
    let (mean, second) = moments(&data.documents);
    let basis = directions(&second, 16);
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
    let mut report = Report::new(
        "Ideas beyond MUVERA",
        "Candidates per query until a share of the exact MaxSim top 10 of all queries is among them, then the same for \
         the top 100, as in `fde.md`, scored in f32 with each idea applied to documents and queries.",
    );
    for name in SETS {
        let data = Data::read(name);
        let prepared = prepared(&data);
        for setting in [(20, 4, 16), (40, 4, 16)] {
            let row = |(name, variant): (&str, Variant)| {
                let needed = |seed| measure(&data, variant, &params(setting, seed), &prepared);
                let results: Vec<_> = (0..SEEDS).map(needed).collect();
                std::iter::once(name.to_owned()).chain(means(&results)).collect()
            };
            let rows: Vec<Vec<String>> = variants(setting.2 as usize / 2).into_iter().map(row).collect();
            let columns =
                ["idea", "80 % of 10", "90 %", "95 %", "99 %", "80 % of 100", "90 %", "95 %", "99 %"];
            let (repetitions, k, projection) = setting;
            let heading = format!("{}: R = {repetitions}, k = {k}, proj = {projection}", data.name);
            report.table(&heading, &columns, &rows);
        }
    }
    report
}

fn variants(half: usize) -> [(&'static str, Variant); 15] {
    let plain = Variant {
        head: 0,
        centred: false,
        bias: false,
        fill: true,
        mean_removed: false,
        signs: false,
        one_plane: false,
    };
    let signs = Variant { signs: true, ..plain };
    [
        ("as in the paper", plain),
        ("no fill", Variant { fill: false, ..plain }),
        ("centred", Variant { centred: true, ..plain }),
        ("1 head", Variant { head: 1, ..plain }),
        ("half head", Variant { head: half, ..plain }),
        ("bias", Variant { bias: true, ..plain }),
        ("half head, bias, centred", Variant { head: half, bias: true, centred: true, ..plain }),
        ("signs", signs),
        ("query in one plane", Variant { one_plane: true, ..plain }),
        ("signs, query in one plane", Variant { one_plane: true, ..signs }),
        ("signs, no fill (and zeros)", Variant { fill: false, ..signs }),
        ("signs, 1 head", Variant { head: 1, ..signs }),
        ("signs, centred", Variant { centred: true, ..signs }),
        ("signs, mean removed", Variant { mean_removed: true, ..signs }),
        ("signs, mean removed, centred", Variant { mean_removed: true, centred: true, ..signs }),
    ]
}
