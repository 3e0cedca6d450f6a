//! Candidates that single vectors need until the exact answers are among them, on real token vectors.

use crate::fde_data::{Data, Needed, candidates_needed, ranking};
use crate::report::{Report, grouped};
use crate::{fde_lemur, fde_tokens};
use pleiad_compress::{FdeCode, FdeCodec, FdeEncoder, FdeGenerator, FdeParams, FdeScorer, SetEncoder};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVector, MultiVectorRef};

/// Figures are means over seeds.
pub const SEEDS: u64 = 2;

/// Documents encoded in one call.
const TOGETHER: usize = 64;

/// Repetitions, hyperplanes and values per block.
pub type Setting = (u32, u32, u32);

/// Measured with every code: 1,280 to 10,240 values.
const SETTINGS: [Setting; 5] = [(20, 3, 8), (20, 4, 8), (20, 4, 16), (20, 5, 16), (40, 4, 16)];

/// Measured with signs alone: 2,562 bytes.
const SIGNED: [Setting; 1] = [(80, 4, 16)];

/// Columns that describe an encoding and its size.
const ENCODING_COLUMNS: [&str; 4] = ["R, k, proj", "dims", "code", "bytes"];

/// Shares of the exact top 10, then of the top 100, in the order of the candidates that they need.
pub const SHARE_COLUMNS: [&str; 8] =
    ["80 % of 10", "90 %", "95 %", "99 %", "80 % of 100", "90 %", "95 %", "99 %"];

/// Parameters as the paper has them.
pub fn params((repetitions, simhash_projections, projection_dim): Setting, seed: u64) -> FdeParams {
    FdeParams {
        repetitions,
        simhash_projections,
        projection_dim: Some(projection_dim),
        final_projection_dim: None,
        fill_empty_partitions: true,
        seed,
        generator: FdeGenerator::Portable,
    }
}

/// Encodings of all documents.
pub fn encode_all<E: SetEncoder>(encoder: &E, documents: &[MultiVector]) -> Vec<Vec<f32>> {
    let (mut scratch, num_values) = (E::Scratch::default(), encoder.encoding_dim());
    let mut encode = |documents: &[MultiVector]| {
        let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
        let mut fdes = vec![0.0; sets.len() * num_values];
        encoder.encode_documents_into(&sets, &mut scratch, &mut fdes).expect("valid documents");
        fdes.chunks_exact(num_values).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    documents.chunks(TOGETHER).flat_map(&mut encode).collect()
}

/// Adds a table per set.
pub fn report(report: &mut Report) {
    report.paragraph(&format!(
        "## Candidates\n\nCandidates per query, in order of the scores of their codes, until a share of the exact \
         MaxSim top 10 of all queries is among them, then the same for the top 100. Token vectors of real text, \
         128 dims, and a synthetic set with a strong common direction; at most 150 queries of a set, means over {SEEDS} \
         seeds. `tokens` is the heuristic that MUVERA \
         is compared with in its paper (§3.1): every query token finds its nearest document tokens, and \
         documents are candidates in the order in which any list first shows them, without duplicates. \
         It reads whole token vectors; its bytes are those of a document's tokens in f32. `lemur` is \
         regression on half-planes, fitted on a sample of the documents' tokens; `lemur, trained` the same on a layer \
         trained on up to 22,528 of the documents' tokens. No query is trained on."
    ));
    let columns = [&ENCODING_COLUMNS[..], &SHARE_COLUMNS].concat();
    let measured = Data::side_by_side(|data| (data.summary(), rows(data)));
    for (summary, (rows, _)) in &measured {
        report.table(summary, &columns, rows);
    }
    let learning: Vec<_> = measured.into_iter().map(|(_, (_, learning))| learning).collect();
    let columns = fde_lemur::learning_columns();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    report.table("CPU seconds to learn from the documents of a set", &columns, &learning);
}

/// Rows of one set, and what LEMUR took to learn from it.
fn rows(data: &Data) -> (Vec<Vec<String>>, Vec<String>) {
    let mut rows = Vec::new();
    for setting in SETTINGS {
        rows.extend(setting_rows(data, setting, &[FdeCode::F32, FdeCode::Int8, FdeCode::Sign]));
    }
    SIGNED.iter().for_each(|&setting| rows.extend(setting_rows(data, setting, &[FdeCode::Sign])));
    let lemur = fde_lemur::measure(data);
    rows.extend(lemur.rows);
    let num_tokens: usize = data.documents.iter().map(MultiVector::num_tokens).sum();
    let bytes = num_tokens * data.queries[0].dim() * size_of::<f32>() / data.documents.len();
    let first = ["tokens".to_owned(), String::new(), "F32".to_owned(), grouped(bytes as f64)];
    rows.push(first.into_iter().chain(means(&[fde_tokens::measure(data)])).collect());
    (rows, lemur.learning)
}

fn setting_rows(data: &Data, setting: Setting, codes: &[FdeCode]) -> Vec<Vec<String>> {
    let encoder = |seed| FdeEncoder::new(data.queries[0].dim(), params(setting, seed)).expect("valid");
    let encoders: Vec<FdeEncoder> = (0..SEEDS).map(encoder).collect();
    let (repetitions, k, projection) = setting;
    code_rows(data, &encoders, &format!("{repetitions}, {k}, {projection}"), codes)
}

/// A row for each code, means over encoders that differ in their seed.
pub fn code_rows<E: SetEncoder>(
    data: &Data,
    encoders: &[E],
    name: &str,
    codes: &[FdeCode],
) -> Vec<Vec<String>> {
    let fdes: Vec<Vec<Vec<f32>>> = encoders.iter().map(|e| encode_all(e, &data.documents)).collect();
    let row = |&code: &FdeCode| {
        let results: Vec<_> = encoders.iter().zip(&fdes).map(|(e, f)| measure(data, e, f, code)).collect();
        let num_values = encoders[0].encoding_dim();
        let bytes = FdeCodec::new(code, num_values).expect("valid").bytes();
        let first = [name.to_owned(), grouped(num_values as f64), format!("{code:?}"), grouped(bytes as f64)];
        first.into_iter().chain(means(&results)).collect()
    };
    codes.iter().map(row).collect()
}

/// Candidates needed with one code, for one seed.
pub fn measure<E: SetEncoder>(data: &Data, encoder: &E, fdes: &[Vec<f32>], code: FdeCode) -> Needed {
    let codec = FdeCodec::new(code, encoder.encoding_dim()).expect("a valid length");
    let (mut rows, mut scratch) = (Vec::new(), E::Scratch::default());
    fdes.iter().for_each(|fde| codec.encode(fde, 1.0, &mut rows).expect("finite values"));
    candidates_needed(data, |query| {
        let mut fde = vec![0.0; encoder.encoding_dim()];
        encoder
            .encode_query_into(data.queries[query].as_ref(), &mut scratch, &mut fde)
            .expect("valid queries");
        let scorer = FdeScorer::new(&codec, &fde, Isa::best()).expect("finite values");
        let mut scores = vec![0.0; fdes.len()];
        scorer.score_rows(&rows, &mut scores);
        ranking(scores.into_iter(), fdes.len())
    })
}

/// Cells of the means: the top 10 at each share, then the top 100.
pub fn means(results: &[Needed]) -> impl Iterator<Item = String> {
    let mean = |of: &dyn Fn(&Needed) -> usize| {
        format!("{:.0}", results.iter().map(of).sum::<usize>() as f64 / results.len() as f64)
    };
    let top_10 = (0..4).map(|at| mean(&|r| r.top_10[at]));
    let top_100 = (0..4).map(|at| mean(&|r| r.top_100[at]));
    top_10.chain(top_100).collect::<Vec<_>>().into_iter()
}
