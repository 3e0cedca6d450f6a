//! FDE codes of large sets and the exact answers, made document by document: token vectors are never kept.

use crate::token_sets::shared;
use pleiad::{Schema, SetEncoding};
use pleiad_compress::{FdeCode, FdeCodec, FdeEncoder, FdeScratch};
use pleiad_encode::{Encoder, ModelEncoder};
use pleiad_evaluate::{BeirFolder, Synthetic, SyntheticParams};
use pleiad_kernels::{Isa, QueryPanel};
use pleiad_vectors::{MultiVector, MultiVectorRef, Ranked, Score, TopK};

/// Collections of short texts that make one of 19,000 documents.
const MERGED: [&str; 3] = ["cranfield", "npl", "cosqa"];

/// Exact answers of a query that are kept.
pub const TOP: usize = 100;

/// Tokens of a synthetic query.
const QUERY_TOKENS: usize = 16;

/// Documents as the default schema keeps their FDEs, and queries with their exact answers.
pub struct CodeSet {
    pub name: String,
    pub codec: FdeCodec,
    /// `[num_documents, codec.bytes()]`.
    pub codes: Vec<u8>,
    /// `[num_queries][fde_dim]`.
    pub query_fdes: Vec<Vec<f32>>,
    /// The exact MaxSim top [`TOP`] of each query, best first.
    pub answers: Vec<Vec<u32>>,
}

impl CodeSet {
    /// The texts of three shared collections as one, through the built-in model.
    pub fn merged_text(num_queries: usize) -> Self {
        let encoder =
            ModelEncoder::built_in(ModelEncoder::MINI).expect("its files").expect("a built-in model");
        let folders = || {
            MERGED
                .iter()
                .map(|name| BeirFolder::open(shared().join("data/beir").join(name)).expect("a shared set"))
        };
        let mut queries = Vec::new();
        for folder in folders() {
            let qrels = folder.qrels("test").expect("judgments");
            let judged = folder.judged_queries(&qrels).expect("queries");
            let vectors =
                judged.iter().map(|query| encoder.encode_query(&query.text).expect("a text").vectors);
            queries.extend(vectors.filter(|vectors| !vectors.is_empty()));
        }
        let step = queries.len().div_ceil(num_queries);
        let queries: Vec<MultiVector> = queries.into_iter().step_by(step).collect();
        let mut building = Building::new(encoder.dim(), &queries);
        for document in
            folders().flat_map(|folder| folder.documents().expect("documents").collect::<Vec<_>>())
        {
            let document = document.expect("a document").value;
            let vectors = encoder.encode_document(&document.title_and_text()).expect("a text").vectors;
            if !vectors.is_empty() {
                building.add(vectors.as_ref());
            }
        }
        building.finish("text merged")
    }

    /// Synthetic passages.
    pub fn synthetic(num_documents: u64, num_queries: u64) -> Self {
        let params = SyntheticParams::passages(num_documents);
        let dim = params.dim;
        let sets = Synthetic::new(params).expect("valid");
        let queries: Vec<MultiVector> = (0..num_queries)
            .map(|number| sets.query(number, QUERY_TOKENS).query.vectors().to_owned())
            .collect();
        let mut building = Building::new(dim, &queries);
        sets.documents(0..num_documents).for_each(|document| building.add(document.as_ref()));
        building.finish("synthetic")
    }

    /// Documents.
    pub fn num_documents(&self) -> usize {
        self.codes.len() / self.codec.bytes()
    }

    /// Summary of the set, in a line.
    pub fn summary(&self) -> String {
        let (documents, queries) = (self.num_documents(), self.query_fdes.len());
        format!("{}: {documents} documents, {queries} queries", self.name)
    }
}

struct Building {
    encoder: FdeEncoder,
    scratch: FdeScratch,
    fde: Vec<f32>,
    codec: FdeCodec,
    codes: Vec<u8>,
    query_fdes: Vec<Vec<f32>>,
    panels: Vec<QueryPanel>,
    tops: Vec<TopK<u32>>,
}

impl Building {
    fn new(dim: usize, queries: &[MultiVector]) -> Self {
        let SetEncoding::Fde { params, .. } = Schema::new(dim).encoding else {
            panic!("the default is an FDE")
        };
        let encoder = FdeEncoder::new(dim, params).expect("the default");
        let codec = FdeCodec::new(FdeCode::Sign, encoder.fde_dim()).expect("the default");
        let query_fdes = queries.iter().map(|query| encoder.encode_query(query.as_ref()).expect("a query"));
        let panels = queries.iter().map(|query| QueryPanel::new(Isa::best(), query.data(), dim));
        Self {
            query_fdes: query_fdes.collect(),
            panels: panels.collect(),
            tops: queries.iter().map(|_| TopK::new(TOP)).collect(),
            fde: vec![0.0; encoder.fde_dim()],
            scratch: FdeScratch::default(),
            codes: Vec::new(),
            encoder,
            codec,
        }
    }

    fn add(&mut self, document: MultiVectorRef<'_>) {
        let id = (self.codes.len() / self.codec.bytes()) as u32;
        self.encoder.encode_document_into(document, &mut self.scratch, &mut self.fde).expect("a document");
        self.codec.encode(&self.fde, mean_length(document), &mut self.codes).expect("finite values");
        for (panel, top) in self.panels.iter().zip(&mut self.tops) {
            top.push(Ranked { id, score: Score::new(panel.maxsim(document.data())).expect("finite scores") });
        }
    }

    fn finish(self, name: &str) -> CodeSet {
        let ids = |top: TopK<u32>| top.into_sorted().into_iter().map(|ranked| ranked.id).collect();
        CodeSet {
            name: name.to_owned(),
            codec: self.codec,
            codes: self.codes,
            query_fdes: self.query_fdes,
            answers: self.tops.into_iter().map(ids).collect(),
        }
    }
}

fn mean_length(document: MultiVectorRef<'_>) -> f32 {
    let lengths = document.rows().map(|row| row.iter().map(|v| v * v).sum::<f32>().sqrt());
    lengths.sum::<f32>() / document.num_tokens() as f32
}
