//! LEMUR: how fast documents are encoded, and how good their candidates are.

use crate::clock::seconds_of;
use crate::fde_candidates::{SEEDS, code_rows};
use crate::fde_data::Data;
use crate::rounds::Contender;
use pleiad_compress::kmeans::in_order;
use pleiad_compress::lemur::{LemurForm, LemurScratch};
use pleiad_compress::{FdeCode, LemurEncoder, LemurParams, SetEncoder};
use pleiad_vectors::{MultiVector, MultiVectorRef};
use std::hint::black_box;

/// Documents that are encoded together.
const TOGETHER: usize = 16;

/// Features measured with every code that suits them.
pub const FEATURES: [u32; 3] = [256, 512, 1024];

/// Both forms by the name of their rows.
pub const FORMS: [(&str, LemurForm); 2] =
    [("lemur", LemurForm::HalfPlanes), ("lemur, trained", LemurForm::Trained)];

fn learn(params: LemurParams, documents: &[MultiVector]) -> LemurEncoder {
    let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
    LemurEncoder::learn(&params, &sets, &in_order).expect("documents with tokens")
}

/// Results of LEMUR on a set.
pub struct Measured {
    /// Rows of the table of candidates.
    pub rows: Vec<Vec<String>>,
    /// The set's name, and for each form and number of features the CPU seconds to learn from its documents: features, and
    /// all that documents are fitted with. Means over seeds.
    pub learning: Vec<String>,
}

/// Measures both forms with all numbers of features.
pub fn measure(data: &Data) -> Measured {
    let mut measured = Measured { rows: Vec::new(), learning: vec![data.name.clone()] };
    for (name, form) in FORMS {
        for num_features in FEATURES {
            let (mut seconds, mut encoders) = (0.0, Vec::new());
            for seed in 0..SEEDS {
                let params = LemurParams { form, ..LemurParams::new(num_features, seed) };
                seconds += seconds_of(|| encoders.push(learn(params, &data.documents)));
            }
            measured.learning.push(format!("{:.1}", seconds / SEEDS as f64));
            measured.rows.extend(code_rows(data, &encoders, name, &[FdeCode::F32, FdeCode::Int4]));
        }
    }
    measured
}

/// Columns of [`Measured::learning`].
pub fn learning_columns() -> Vec<String> {
    let of_form = |(name, _): &(&str, _)| FEATURES.map(|num| format!("{name}, {num}"));
    std::iter::once("set".to_owned()).chain(FORMS.iter().flat_map(of_form)).collect()
}

/// Encodes documents in batches.
pub fn contender(
    (name, form): (&str, LemurForm),
    num_features: u32,
    documents: &[MultiVector],
    per_round: usize,
) -> Contender {
    let encoder = learn(LemurParams { form, ..LemurParams::new(num_features, 1) }, documents);
    let documents = documents.to_vec();
    let mut scratch = LemurScratch::default();
    let mut out = vec![0.0; TOGETHER * encoder.encoding_dim()];
    let bytes = documents[0].data().len() * size_of::<f32>();
    let work = move |num_docs: usize| {
        for documents in documents.chunks_exact(TOGETHER).cycle().take(num_docs / TOGETHER) {
            let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
            encoder.encode_documents_into(&sets, &mut scratch, &mut out).expect("finite");
            black_box(&out);
        }
    };
    let name = format!("pleiad {name}, {num_features} features");
    Contender { name, per_round, bytes, work: Box::new(work) }
}
