use super::{Basis, Plan, PlanSource};
use std::fmt;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { num_documents, sources, num_reranked, k, .. } = self;
        if self.is_exact() {
            return write!(f, "exact MaxSim over {num_documents} documents → {k} hits");
        }
        if sources.contains(&PlanSource::CodeScan) {
            return write!(
                f,
                "MaxSim on the codes of {num_documents} documents → {num_reranked} reranked by exact MaxSim → {k} hits"
            );
        }
        let mut num_candidates = 0;
        for (at, source) in sources.iter().enumerate() {
            num_candidates += source.budget().unwrap_or(0);
            let and = if at > 0 { " + " } else { "" };
            match source {
                PlanSource::Exact | PlanSource::CodeScan => {}
                PlanSource::FdeScan { num_candidates, coarse_factor } => {
                    write!(f, "{and}FDE scan over {num_documents} documents")?;
                    if let Some(factor) = coarse_factor {
                        let num_coarse = num_candidates.saturating_mul(*factor as usize);
                        write!(f, " by coarse codes → {num_coarse} by whole ones")?;
                    }
                    write!(f, " → {num_candidates} candidates")?;
                }
                PlanSource::Postings { num_probes, num_candidates } => write!(
                    f,
                    "{and}postings of {num_probes} centroids for each query token → {num_candidates} candidates"
                )?,
            }
        }
        if num_candidates <= *num_reranked {
            return write!(f, ", reranked by exact MaxSim → {k} hits");
        }
        write!(f, ", rescored by MaxSim on codes → {num_reranked} reranked by exact MaxSim → {k} hits")
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => write!(f, "as asked for"),
            Self::Defaults => write!(f, "default budgets: no recall is promised"),
            Self::Calibration { promised, expected, num_queries, num_documents } => write!(
                f,
                "recall {promised} promised, {expected:.4} expected: calibrated with {num_queries} queries at \
                 {num_documents} documents"
            ),
            Self::Unreachable { recall, is_calibrated: true } => {
                write!(f, "no cheaper plan is known to reach recall {recall}: exact search")
            }
            Self::Unreachable { recall, is_calibrated: false } => {
                write!(f, "not calibrated, so that only an exact search can promise recall {recall}")
            }
        }
    }
}
