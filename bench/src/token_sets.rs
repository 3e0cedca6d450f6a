//! Token vectors, judgments and exact scores of the folders under `multivec/`.

use crate::machine;
use pleiad_encode::import::VectorFolder;
use pleiad_evaluate::{Judgments, Qrels, ndcg};
use pleiad_kernels::{Isa, QueryPanel};
use pleiad_vectors::MultiVector;
use std::path::PathBuf;

/// Below every score.
pub const NOT_SCORED: f32 = -1e30;

/// Documents and queries of one folder.
pub struct TokenSet {
    /// The folder's name.
    pub name: String,
    /// Token vectors of every document.
    pub documents: Vec<MultiVector>,
    /// Token vectors of every query.
    pub queries: Vec<MultiVector>,
    document_ids: Vec<String>,
    /// Judgments of each query, if it has any.
    judgments: Vec<Option<Judgments>>,
}

/// Returns the project's shared folder.
pub fn shared() -> PathBuf {
    std::env::var_os("PLEIAD_SHARED").map_or_else(|| machine::root().join("../shared"), PathBuf::from)
}

impl TokenSet {
    /// Reads a folder.
    pub fn read(name: &str) -> Self {
        let path = shared().join("data/multivec").join(name);
        let failed = |error: &dyn std::fmt::Display| -> ! { panic!("{error}; set PLEIAD_SHARED") };
        let folder = VectorFolder::open(&path).unwrap_or_else(|e| failed(&e));
        let documents = folder.documents().unwrap_or_else(|e| failed(&e));
        let documents = documents.map(|document| document.unwrap_or_else(|e| failed(&e)).1).collect();
        let queries = folder.queries().unwrap_or_else(|e| failed(&e));
        let qrels = Qrels::open(path.join("qrels.tsv")).unwrap_or_else(|e| failed(&e));
        Self {
            name: name.to_owned(),
            documents,
            judgments: queries.iter().map(|(id, _)| qrels.judgments(id).cloned()).collect(),
            queries: queries.iter().map(|(_, query)| query.vectors().to_owned()).collect(),
            document_ids: folder.document_ids().to_vec(),
        }
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.queries[0].dim()
    }

    /// Tokens of all documents.
    pub fn num_tokens(&self) -> usize {
        self.documents.iter().map(MultiVector::num_tokens).sum()
    }

    /// Summary of the set, in a line.
    pub fn summary(&self) -> String {
        let (documents, queries) = (self.documents.len(), self.queries.len());
        format!("{}: {documents} documents, {} tokens, {queries} queries", self.name, self.num_tokens())
    }

    /// MaxSim of every query with each document, `[queries][documents]`.
    pub fn scores(queries: &[MultiVector], documents: &[MultiVector]) -> Vec<Vec<f32>> {
        let of_query = |query: &MultiVector| {
            let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
            documents.iter().map(|document| panel.maxsim(document.data())).collect()
        };
        queries.iter().map(of_query).collect()
    }

    /// MaxSim of every query with the documents named for it, `[queries][documents]`; all others score far below.
    pub fn scores_of(&self, named: &[Vec<usize>], documents: &[MultiVector]) -> Vec<Vec<f32>> {
        let of_query = |(query, named): (&MultiVector, &Vec<usize>)| {
            let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
            let mut scores = vec![NOT_SCORED; documents.len()];
            named.iter().for_each(|&id| scores[id] = panel.maxsim(documents[id].data()));
            scores
        };
        self.queries.iter().zip(named).map(of_query).collect()
    }

    /// nDCG at ten of a ranking of documents, if the query is judged.
    pub fn ndcg(&self, query: usize, ranking: &[usize]) -> Option<f64> {
        let keys: Vec<&str> = ranking.iter().map(|&document| self.document_ids[document].as_str()).collect();
        self.judgments[query].as_ref().map(|judgments| ndcg(&keys, judgments, 10))
    }
}
