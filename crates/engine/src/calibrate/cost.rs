use super::draw::Drawn;
use crate::columns::TOKENS;
use crate::error::Result;
use crate::{PlanSource, Snapshot};

/// What the steps of a plan cost on the machine of `docs/performance.md`, in nanoseconds of one core. Only ratios
/// matter: which of two plans is cheaper must not depend on what else the machine does, so that nothing is timed.
pub(super) struct Cost {
    num_documents: f64,
    scan_ns: f64,
    rescore_ns: f64,
    rerank_ns: f64,
}

/// Of scanning one byte of FDE codes: 6.9 million rows of 1,280 bytes a second.
const SCAN_BYTE_NS: f64 = 0.11;
/// Of scoring one value of a document on its codes, per query token, and once for all of them.
const RESCORE_VALUE_NS: (f64, f64) = (0.0037, 0.06);
/// The same for exact scores, of codes that have to be decoded.
const RERANK_VALUE_NS: (f64, f64) = (0.0118, 0.4);

impl Cost {
    /// For the documents and queries drawn, as they are on average.
    pub(super) fn of(snapshot: &Snapshot, drawn: &Drawn) -> Result<Self> {
        let codecs = &snapshot.shared.codecs;
        let mut num_bytes = 0;
        for &location in &drawn.documents {
            num_bytes += snapshot.column(location, TOKENS)?.len();
        }
        let num_tokens = num_bytes as f64 / codecs.tokens.bytes_per_token() as f64;
        let values = num_tokens * codecs.tokens.dim() as f64 / drawn.documents.len().max(1) as f64;
        let asked: usize = drawn.queries.iter().map(|asked| asked.query.vectors().num_tokens()).sum();
        let query_tokens = asked as f64 / drawn.queries.len().max(1) as f64;
        let of_values = |(per_token, once): (f64, f64)| values * (per_token * query_tokens + once);
        let rescore_ns = if snapshot.codes_are_cheap() { of_values(RESCORE_VALUE_NS) } else { 0.0 };
        Ok(Self {
            num_documents: snapshot.num_documents() as f64,
            scan_ns: SCAN_BYTE_NS * codecs.fde_code.bytes() as f64,
            rescore_ns,
            rerank_ns: of_values(RERANK_VALUE_NS),
        })
    }

    /// Of a whole plan, per query.
    pub(super) fn of_plan(&self, sources: &[PlanSource], num_reranked: usize) -> f64 {
        let source = |source: &PlanSource| match *source {
            PlanSource::Exact => 0.0,
            PlanSource::CodeScan => self.num_documents * self.rescore_ns,
            PlanSource::FdeScan { num_candidates } => {
                self.num_documents * self.scan_ns + num_candidates as f64 * self.rescore_ns
            }
        };
        sources.iter().map(source).sum::<f64>() + num_reranked as f64 * self.rerank_ns
    }

    /// Documents of the collection.
    pub(super) fn num_documents(&self) -> usize {
        self.num_documents as usize
    }

    /// Whether scoring on codes is a step of its own.
    pub(super) fn has_rescoring(&self) -> bool {
        self.rescore_ns > 0.0
    }

    /// A made-up one, for tests.
    #[cfg(test)]
    pub(super) fn plain(num_documents: usize) -> Self {
        Self { num_documents: num_documents as f64, scan_ns: 150.0, rescore_ns: 1500.0, rerank_ns: 4000.0 }
    }
}
